create table credentials (
  id uuid primary key,
  application_id uuid not null references applications,
  type text not null,
  issuer_id uuid not null references organisations,
  holder_id uuid not null references organisations,
  -- The number with the authority's name, and with its code, normalised: who shares one is the same subject, with one live credential a type.
  subject_keys text[] not null check (cardinality(subject_keys) > 0),
  state text not null check (state in ('prepared', 'issued', 'failed')),
  -- The prepared credential, canonical JSON: what is signed is exactly this.
  payload text not null,
  -- Salt of the log leaf's hash of the payload; destroying it unlinks the leaf.
  log_salt bytea not null,
  assurance text not null check (assurance in ('low', 'substantial', 'high')),
  valid_from timestamptz not null,
  valid_until timestamptz not null,
  prepared_at timestamptz not null,
  -- While this lies ahead, some process is signing it.
  claimed_until timestamptz,
  attempts integer not null default 0,
  failure text,
  -- Our record of the issuance, which no date inside a token can contradict.
  issued_at timestamptz,
  token text,
  -- SHA-256 of the token's signing input.
  signing_input_digest bytea,
  signed_by uuid references signing_keys,
  suspended_at timestamptz,
  revoked_at timestamptz,
  check ((state = 'issued') = (token is not null and issued_at is not null and signing_input_digest is not null and signed_by is not null))
);
create index credentials_application on credentials (application_id);
create index credentials_holder on credentials (holder_id, id);
create index credentials_issuer on credentials (issuer_id, id);
create index credentials_unfinished on credentials (prepared_at) where state = 'prepared';
create index credentials_subject on credentials using gin (subject_keys) where state <> 'failed' and revoked_at is null;
create index credentials_signed_by on credentials (signed_by);

create table status_lists (
  id uuid primary key,
  issuer_id uuid not null references organisations,
  purpose text not null check (purpose in ('revocation', 'suspension')),
  size integer not null check (size >= 131072 and size % 8 = 0),
  -- How many indexes are taken; a new list is opened before picking at random gets slow.
  taken integer not null default 0,
  -- Grows with every change of a bit; a signed publication is current when it carries the same number.
  version integer not null default 0,
  created_at timestamptz not null
);
create index status_lists_issuer on status_lists (issuer_id, purpose, id);

-- The one source of truth of the bits. A burnt index (a failed issuance) keeps its row and is never given out again.
create table status_entries (
  list_id uuid not null references status_lists,
  index integer not null check (index >= 0),
  credential_id uuid not null references credentials deferrable initially deferred,
  value boolean not null default false,
  primary key (list_id, index)
);
create index status_entries_credential on status_entries (credential_id);
create index status_entries_set on status_entries (list_id, index) where value;

-- The history of every bit, with the reason, for the holder and for later as-of questions.
create table status_changes (
  id uuid primary key,
  credential_id uuid not null references credentials,
  change text not null check (change in ('suspended', 'reinstated', 'revoked')),
  reason text not null,
  at timestamptz not null
);
create index status_changes_credential on status_changes (credential_id, id);

-- The signed list as it is served, the same bytes from every process.
create table status_publications (
  list_id uuid primary key references status_lists,
  version integer not null,
  token text not null,
  signed_by uuid not null references signing_keys,
  published_at timestamptz not null,
  expires_at timestamptz not null
);
