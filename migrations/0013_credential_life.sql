-- The life of a credential after its issue: what it rests on, what went wrong with that, what its holder contests, what replaced it, and who was told.

alter table applications
  -- The credentials that those applied for are to take the place of.
  add column renews uuid[] not null default '{}';

alter table checks
  -- The check of an earlier application that counts for this one as well: of the same value, and still young enough.
  add column carried_from uuid references checks;

alter table credentials
  -- What it takes the place of, from the moment it is intended; and what took its own place, once that was issued.
  add column supersedes uuid references credentials,
  add column superseded_by uuid unique references credentials,
  -- From when on it may be renewed; its holder is told once.
  add column renewable_from timestamptz,
  add column expiry_noticed_at timestamptz;
-- The chain has no branches: while one successor lives or is being made, there is no other.
create unique index credentials_supersedes on credentials (supersedes) where state <> 'failed';

update credentials set renewable_from = valid_until - (valid_until - valid_from) / 3;
create index credentials_expiring on credentials (renewable_from)
  where state = 'issued' and revoked_at is null and expiry_noticed_at is null;

-- What a credential rests on: each dossier field whose value it says, and each check that it was issued on.
create table credential_grounds (
  credential_id uuid not null references credentials,
  holder_id uuid not null references organisations,
  issuer_id uuid not null references organisations,
  -- Into the dossier.
  pointer text not null,
  -- HMAC of the value that was confirmed, under a secret outside the database. Absent for a check around what is said.
  value_digest bytea,
  check_id uuid references checks,
  -- When the check's evidence is over, or the check too old for the profile.
  expires_at timestamptz,
  -- When that was seen; taken back with a new check.
  lapsed_at timestamptz,
  primary key (credential_id, pointer)
);
create index credential_grounds_holder on credential_grounds (holder_id);
create index credential_grounds_due on credential_grounds (expires_at) where expires_at is not null and lapsed_at is null;

create table credential_concerns (
  id uuid primary key,
  credential_id uuid not null references credentials,
  holder_id uuid not null references organisations,
  issuer_id uuid not null references organisations,
  kind text not null check (kind in ('evidence_lapsed', 'field_changed', 'representation_lapsed')),
  pointer text not null,
  since timestamptz not null,
  suspends_at timestamptz not null check (suspends_at >= since),
  -- When the grace had passed and the credential stood suspended for it.
  enforced_at timestamptz,
  closed_at timestamptz,
  -- Whether it was put right, or there is nothing left to suspend.
  outcome text check (outcome in ('cured', 'ended')),
  check ((closed_at is null) = (outcome is null))
);
create unique index credential_concerns_open on credential_concerns (credential_id, kind, pointer) where closed_at is null;
create index credential_concerns_due on credential_concerns (suspends_at) where closed_at is null and enforced_at is null;

create table credential_contests (
  id uuid primary key,
  credential_id uuid not null references credentials,
  holder_id uuid not null references organisations,
  issuer_id uuid not null references organisations,
  -- Into the credential.
  pointer text not null,
  statement text not null,
  opened_at timestamptz not null,
  opened_by jsonb not null,
  closed_at timestamptz,
  outcome text check (outcome in ('upheld', 'dismissed', 'withdrawn')),
  reason text,
  check ((closed_at is null) = (outcome is null))
);
create unique index credential_contests_open on credential_contests (credential_id, pointer) where closed_at is null;
create index credential_contests_credential on credential_contests (credential_id, id);

-- What an organisation is told: kind and place, never a value or a name.
create table notices (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  kind text not null,
  subject_id uuid not null,
  pointers text[] not null default '{}',
  at timestamptz not null,
  -- Whether its administrators were written to; not for each of many of a kind that come at once.
  is_mailed boolean not null default false,
  read_at timestamptz
);
create index notices_organisation on notices (organisation_id, id);
create index notices_unread on notices (organisation_id, id) where read_at is null;
create index notices_mailed on notices (organisation_id, kind, at) where is_mailed;
