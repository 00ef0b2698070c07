-- What a federation says about its members: its own register, private to it.
create table federation_members (
  id uuid primary key,
  -- The federation.
  organisation_id uuid not null references organisations,
  -- Who shares one of them is the same co-op: number with the authority's name, and with its code.
  subject_keys text[] not null,
  -- The columns of the federation's register, the address of the contact among them.
  record jsonb not null,
  state text not null check (state in ('imported', 'invited', 'joined', 'issued')),
  -- The account that the co-op has, or got by accepting.
  joined_organisation_id uuid references organisations,
  -- Who accepted: whom the answer from the register's address bound to the co-op.
  joined_person_id uuid references people,
  joined_at timestamptz,
  -- How the invitation that was accepted had been sent.
  joined_by text check (joined_by in ('mail', 'handed')),
  credential_id uuid references credentials,
  -- When the register last said something new about one that had joined.
  changed_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  removed_at timestamptz
);
create index federation_members_organisation on federation_members (organisation_id, id) where removed_at is null;
create index federation_members_subject on federation_members using gin (subject_keys) where removed_at is null;
create unique index federation_members_joined on federation_members (organisation_id, joined_organisation_id)
  where removed_at is null;

create table member_invitations (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  member_id uuid not null references federation_members,
  token_hash bytea not null unique,
  sent_by text not null check (sent_by in ('mail', 'handed')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz
);
create unique index member_invitations_open on member_invitations (member_id) where ended_at is null;

create table member_imports (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  dry_run boolean not null,
  status text not null check (status in ('receiving', 'working', 'finished')),
  -- SHA-256 of the content and of how its columns were read; known once all of it has come in.
  content_digest bytea,
  lines integer not null default 0,
  added integer not null default 0,
  unchanged integer not null default 0,
  changed integer not null default 0,
  failed integer not null default 0,
  requested_by jsonb not null,
  created_at timestamptz not null,
  finished_at timestamptz
);
create index member_imports_organisation on member_imports (organisation_id, id);
create unique index member_imports_working on member_imports (organisation_id, content_digest, dry_run)
  where status = 'working';

create table member_import_lines (
  id uuid primary key,
  import_id uuid not null references member_imports on delete cascade,
  organisation_id uuid not null references organisations,
  line integer not null,
  -- What the line says, until it is worked off.
  record jsonb,
  outcome text check (outcome in ('added', 'unchanged', 'changed', 'failed')),
  errors jsonb,
  member_id uuid references federation_members
);
create index member_import_lines_import on member_import_lines (import_id, id);
create index member_import_lines_open on member_import_lines (import_id, id) where outcome is null;
create index member_import_lines_failed on member_import_lines (import_id, id) where outcome = 'failed';

create table member_issuances (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  status text not null check (status in ('working', 'finished')),
  -- On whose decision; looked up anew before every batch.
  ordered_by jsonb not null,
  valid_for text,
  -- The federation says that it took every token to the address in its register itself.
  sent_by_ourselves boolean not null,
  not_joined integer not null,
  created_at timestamptz not null,
  finished_at timestamptz
);
create index member_issuances_organisation on member_issuances (organisation_id, id);

create table member_issuance_items (
  id uuid primary key,
  issuance_id uuid not null references member_issuances on delete cascade,
  organisation_id uuid not null references organisations,
  member_id uuid not null references federation_members,
  attempts integer not null default 0,
  claimed_until timestamptz,
  outcome text check (outcome in ('issued', 'proposed', 'not_ready', 'failed')),
  -- A code, and words without anybody's data.
  reason text,
  detail text,
  application_id uuid references applications,
  credential_id uuid references credentials
);
create index member_issuance_items_issuance on member_issuance_items (issuance_id, id);
create index member_issuance_items_open on member_issuance_items (issuance_id, id) where outcome is null;
