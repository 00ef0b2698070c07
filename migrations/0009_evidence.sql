-- What a piece of evidence is, in OpenID Identity Assurance's members; which fields it supports; how long it is kept.
alter table evidence
  add column details jsonb,
  add column fields text[] not null default '{}',
  -- The default is for a version of the service that does not know of it yet.
  add column retain_until timestamptz not null default now() + interval '7 years',
  -- When the job looks at it next: later than `retain_until` where something rests on it.
  add column due_at timestamptz not null default now() + interval '7 years',
  -- From here on there is no data key any more; the rest of the row stays.
  add column deleted_at timestamptz,
  add column blob_deleted_at timestamptz;
alter table evidence alter column wrapped_key drop not null;
alter table evidence add constraint evidence_key_or_deletion check ((wrapped_key is null) = (deleted_at is not null));
update evidence set
  retain_until = created_at + interval '7 years',
  due_at = created_at + interval '7 years';
create index evidence_due on evidence (due_at) where deleted_at is null;
create index evidence_blob_due on evidence (deleted_at) where deleted_at is not null and blob_deleted_at is null;

-- Every file that a check rests on: the one that it names, and its attachments.
create table check_files (
  check_id uuid not null references checks,
  evidence_id uuid not null references evidence,
  application_id uuid not null references applications,
  primary key (check_id, evidence_id)
);
create index check_files_evidence on check_files (evidence_id);
insert into check_files (check_id, evidence_id, application_id)
  select id, evidence_id, application_id from checks where evidence_id is not null;

-- Who must keep a file, whatever its period says: its owner, or a registrar that examined it.
create table evidence_holds (
  evidence_id uuid not null references evidence,
  organisation_id uuid not null references organisations,
  until timestamptz not null,
  reason text not null,
  created_at timestamptz not null,
  primary key (evidence_id, organisation_id)
);

-- A co-op asks another organisation to vouch for fields of one version of its dossier.
create table vouch_requests (
  id uuid primary key,
  subject_id uuid not null references organisations,
  voucher_id uuid not null references organisations,
  dossier_version integer not null,
  fields text[] not null,
  note text,
  created_at timestamptz not null,
  outcome text check (outcome in ('given', 'declined', 'withdrawn')),
  settled_at timestamptz,
  -- What the subject's dossier gained by it.
  evidence_id uuid references evidence,
  foreign key (subject_id, dossier_version) references dossier_versions (organisation_id, version)
);
create index vouch_requests_subject on vouch_requests (subject_id, id);
create index vouch_requests_voucher on vouch_requests (voucher_id, id);

-- What is known of a vouch, whose token is the file of the piece of evidence.
create table vouches (
  evidence_id uuid primary key references evidence,
  -- Whose dossier it is about.
  organisation_id uuid not null references organisations,
  voucher_did text not null,
  -- Where it is an organisation of this network.
  voucher_id uuid references organisations,
  statement text not null,
  -- JSON Pointer, salt and salted digest of every field that is vouched for.
  fields jsonb not null,
  dossier_version integer,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  outcome text not null check (outcome in ('pass', 'fail', 'undetermined')),
  code text not null,
  checked_at timestamptz not null
);
create index vouches_organisation on vouches (organisation_id);
