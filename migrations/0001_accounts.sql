-- Organisations, people, their sessions, and what every feature shares: settings, audit, log, outgoing mail.

create table settings (
  name text primary key,
  value text not null
);

create table organisations (
  id uuid primary key,
  -- Part of the DID: never changes and never returns, so a closed organisation keeps its row.
  slug text not null unique,
  name text not null,
  jurisdiction text not null,
  registration_number text,
  website text,
  listed boolean not null default false,
  created_at timestamptz not null,
  closed_at timestamptz
);

create table people (
  id uuid primary key,
  name text not null,
  email text not null,
  -- The address in the form that is compared; null once the person is erased.
  email_key text unique,
  -- argon2id, PHC string format; null once the person is erased.
  password_hash text,
  is_operator boolean not null default false,
  created_at timestamptz not null,
  erased_at timestamptz
);

create table memberships (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  person_id uuid not null references people,
  role text not null check (role in ('admin', 'delegate', 'reviewer', 'viewer')),
  created_at timestamptz not null,
  ended_at timestamptz
);
create unique index memberships_live on memberships (person_id, organisation_id) where ended_at is null;
create index memberships_organisation on memberships (organisation_id, id);

create table sessions (
  id uuid primary key,
  person_id uuid not null references people,
  -- Null for the operator's session, which names no organisation.
  membership_id uuid references memberships,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz
);
create index sessions_person on sessions (person_id) where ended_at is null;

-- One family a session. The successor of a token is derived from it with a server secret, so nothing secret is stored.
create table refresh_tokens (
  id uuid primary key,
  session_id uuid not null references sessions,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  successor_id uuid
);
create index refresh_tokens_session on refresh_tokens (session_id);

create table invitations (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  email text not null,
  role text not null check (role in ('admin', 'delegate', 'reviewer', 'viewer')),
  token_hash bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  withdrawn_at timestamptz
);
create index invitations_organisation on invitations (organisation_id, id);

create table clients (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  name text not null,
  -- SHA-256 of a 256-bit random secret: no slow hash is needed for what cannot be guessed.
  secret_hash bytea not null,
  scopes text[] not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);
create index clients_organisation on clients (organisation_id, id);

-- Links sent by mail: confirming a registration, resetting a password.
create table mailed_tokens (
  id uuid primary key,
  purpose text not null check (purpose in ('registration', 'password_reset')),
  token_hash bytea not null unique,
  -- Keyed hash of the address it went to, so that nobody's mailbox is flooded.
  recipient_hash bytea not null,
  person_id uuid references people,
  -- A registration waiting for its confirmation, sealed (it holds an address and a password hash).
  sealed_payload bytea,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index mailed_tokens_recipient on mailed_tokens (recipient_hash, created_at);

-- Failures to sign in, by account and by network address, under keyed hashes so that the table names nobody.
create table sign_in_failures (
  subject bytea primary key,
  failures integer not null,
  last_failed_at timestamptz not null
);

-- Where an account was signed in to before, as a keyed hash of both: strangers elsewhere cannot make its owner wait there.
create table known_sign_ins (
  subject bytea primary key,
  last_signed_in_at timestamptz not null
);

-- Mail is written in the transaction that causes it and sent afterwards, so none is lost and timing reveals nothing.
create table outgoing_mails (
  id uuid primary key,
  -- Recipient, subject and text, sealed: a mail can hold a link that signs somebody in.
  sealed_mail bytea not null,
  created_at timestamptz not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  failed_at timestamptz
);
create index outgoing_mails_due on outgoing_mails (next_attempt_at) where failed_at is null;

create table idempotency_keys (
  caller text not null,
  route text not null,
  key text not null,
  request_digest bytea not null,
  started_at timestamptz not null,
  -- Null while the first request is under way.
  status integer,
  location text,
  body text,
  primary key (caller, route, key)
);
create index idempotency_keys_started on idempotency_keys (started_at);

-- Who did what. Ids only, no personal data, so that erasing a person leaves the trail whole.
create table audit_entries (
  id uuid primary key,
  at timestamptz not null,
  organisation_id uuid references organisations,
  actor_kind text not null check (actor_kind in ('person', 'client', 'operator', 'system')),
  actor_id uuid,
  action text not null,
  subject_id uuid,
  detail jsonb not null default '{}'
);
create index audit_entries_organisation on audit_entries (organisation_id, id);

-- Leaves of the public log, in the transaction of what they record. The tree over them is built later, in the order of `position`.
create table log_entries (
  position bigint generated always as identity primary key,
  at timestamptz not null,
  kind text not null,
  -- What the leaf commits to: canonical JSON with a salted hash, without anything that names somebody.
  entry text not null,
  -- SHA-256(0x00 || entry), RFC 6962 section 2.1.
  leaf_hash bytea not null
);
