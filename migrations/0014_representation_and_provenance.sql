-- Since which version each field of the newest dossier has had its present value, by JSON Pointer; containers have one too. Kept when saving,
-- so that nobody has to read five hundred versions to say how old a value is. Of blocks about persons only the entries, never members of theirs.
create table dossier_field_versions (
  organisation_id uuid primary key references organisations,
  version integer not null,
  since jsonb not null,
  foreign key (organisation_id, version) references dossier_versions (organisation_id, version)
);

-- In whose name an application stands: who submitted it, or took it over. Without a membership where a machine client submitted it.
create table application_representatives (
  application_id uuid primary key references applications,
  organisation_id uuid not null references organisations,
  membership_id uuid references memberships,
  named_at timestamptz not null
);

-- What was undertaken to show that who applies acts for the legal entity.
create table representation_proofs (
  id uuid primary key,
  application_id uuid not null references applications,
  applicant_id uuid not null references organisations,
  registrar_id uuid not null references organisations,
  method text not null check (method in ('callback', 'mandate', 'letter', 'domain')),
  -- Where the channel was taken from, and the legal entity that it is about (SHA-256): another one's proof shows nothing.
  register text not null,
  entity_digest bytea not null,
  started_by jsonb not null,
  started_at timestamptz not null,
  expires_at timestamptz,
  ended_at timestamptz,
  outcome text check (outcome in ('confirmed', 'refuted', 'inconclusive', 'superseded', 'exhausted')),
  -- Which contact was called, or who signed: personal data, sealed, for the registrar only.
  sealed_record bytea,
  evidence_id uuid references evidence,
  code_hash bytea,
  domain text,
  listed_by text check (listed_by in ('coop_registry', 'register')),
  path_token text,
  content_token text,
  attempts integer not null default 0,
  last_attempt_at timestamptz,
  check ((ended_at is null) = (outcome is null))
);
create index representation_proofs_application on representation_proofs (application_id, id);
create index representation_proofs_applicant on representation_proofs (applicant_id);
create unique index representation_proofs_open on representation_proofs (application_id, method) where ended_at is null;

-- Whom a confirmed check of /representation binds, and until when.
create table representations (
  check_id uuid primary key references checks,
  application_id uuid not null references applications,
  applicant_id uuid not null references organisations,
  registrar_id uuid not null references organisations,
  membership_id uuid references memberships,
  -- The role in which the person was shown to act.
  role text,
  -- Memberships of all who administered the organisation then.
  administrators uuid[] not null,
  shown_at timestamptz not null,
  expires_at timestamptz not null,
  lapsed_at timestamptz,
  lapse_reason text,
  check ((lapsed_at is null) = (lapse_reason is null))
);
create index representations_application on representations (application_id);
create index representations_live on representations (applicant_id) where lapsed_at is null;
create index representations_expiring on representations (expires_at) where lapsed_at is null;

insert into application_representatives (application_id, organisation_id, membership_id, named_at)
select applications.id, applications.applicant_id, submitter.id, applications.created_at
from applications
left join lateral (
  select memberships.id
  from audit_entries
  join memberships on memberships.person_id = audit_entries.actor_id
    and memberships.organisation_id = applications.applicant_id
  where audit_entries.organisation_id = applications.applicant_id
    and audit_entries.subject_id = applications.id
    and audit_entries.action = 'application.submitted'
    and audit_entries.actor_kind = 'person'
  order by memberships.id desc
  limit 1
) submitter on true;

insert into representations
  (check_id, application_id, applicant_id, registrar_id, membership_id, role, administrators, shown_at, expires_at)
select shown.id, applications.id, applications.applicant_id, applications.registrar_id, memberships.id, memberships.role,
  array(select admins.id from memberships admins
    where admins.organisation_id = applications.applicant_id and admins.role = 'admin' and admins.ended_at is null),
  shown.checked_at, shown.checked_at + interval '1 year'
from applications
join lateral (
  select checks.id, checks.result, checks.checked_at
  from checks
  where checks.application_id = applications.id and checks.field = '/representation'
  order by checks.id desc
  limit 1
) shown on shown.result = 'confirmed'
join application_representatives representatives on representatives.application_id = applications.id
left join memberships on memberships.id = representatives.membership_id
where applications.status in ('in_review', 'information_requested', 'approved', 'issued', 'issuance_failed');
