-- Personal data under a key for each dossier, which lies outside this database; its erasure, and the duties that stand against one.

-- Which keys the key store must have: one that is neither there nor erased is missing, and is never made a second time.
create table dossier_keys (
  organisation_id uuid not null references organisations,
  generation integer not null check (generation > 0),
  created_at timestamptz not null,
  primary key (organisation_id, generation)
);

create table erasures (
  organisation_id uuid not null references organisations,
  generation integer not null check (generation > 0),
  requested_at timestamptz not null,
  requested_by jsonb not null,
  ground text not null check (ground in ('request', 'purpose_ended', 'consent_withdrawn', 'account_closed', 'replayed')),
  -- Not before: of a closed account, when the last duty to keep it ends.
  due_at timestamptz not null,
  -- From here there is no way back: what is sealed from now on is of the next generation, and the key is destroyed next.
  started_at timestamptz,
  -- The key is gone, and nothing of what it sealed is left here.
  completed_at timestamptz,
  primary key (organisation_id, generation),
  check (completed_at is null or started_at is not null)
);
create index erasures_unfinished on erasures (due_at) where completed_at is null;

-- A registrar's duty to keep one dossier.
create table dossier_holds (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  registrar_id uuid not null references organisations,
  until timestamptz not null,
  legal_basis text not null,
  created_at timestamptz not null,
  created_by jsonb not null,
  released_at timestamptz
);
create index dossier_holds_organisation on dossier_holds (organisation_id, id);
create index dossier_holds_registrar on dossier_holds (registrar_id);

-- A registrar's duty to keep every dossier for some time after it decided on it (ISO 8601 duration).
create table retention_rules (
  registrar_id uuid primary key references organisations,
  after_decision text not null,
  legal_basis text not null,
  updated_at timestamptz not null
);

-- The blocks about persons, canonical JSON; null with a generation: erased.
alter table dossier_versions
  add column sealed_personal bytea,
  add column personal_generation integer check (personal_generation > 0);

-- Under whose key `wrapped_key` is sealed; null: the installation's own, until it is wrapped anew.
alter table evidence add column key_generation integer check (key_generation > 0);
create index evidence_not_rewrapped on evidence (id) where key_generation is null;

-- What a reviewer wrote about a check: the note, and the evidence where the field is about persons. `evidence` then holds its type only.
alter table checks
  add column sealed_details bytea,
  add column details_generation integer check (details_generation > 0);

-- Whoever writes may name somebody: with a generation `text` is empty, and what was written is sealed.
alter table application_messages
  add column sealed_text bytea,
  add column text_generation integer check (text_generation > 0);

-- Of a credential that holds personal data: `documents`, `seed` and the `secured` of its forms are sealed under the holder's key, the texts in Base64.
alter table credentials add column personal_generation integer check (personal_generation > 0);

-- An answer about the dossier of somebody: `body` is sealed under its key, in Base64.
alter table idempotency_keys
  add column dossier_id uuid references organisations,
  add column body_generation integer check (body_generation > 0);
