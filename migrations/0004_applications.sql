create table accreditations (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  credential_types text[] not null,
  jurisdictions text[] not null,
  max_assurance text not null check (max_assurance in ('low', 'substantial', 'high')),
  created_at timestamptz not null,
  expires_at timestamptz,
  ended_at timestamptz
);
create index accreditations_organisation on accreditations (organisation_id);

create table applications (
  id uuid primary key,
  applicant_id uuid not null references organisations,
  registrar_id uuid not null references organisations,
  credential_types text[] not null,
  status text not null check (status in
    ('submitted', 'in_review', 'information_requested', 'approved', 'issued', 'issuance_failed', 'refused', 'withdrawn')),
  dossier_version integer not null,
  assignee_id uuid references memberships,
  -- When the version now under review was handed in: at submission or the latest resubmission.
  submitted_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  decided_at timestamptz,
  decided_by jsonb,
  decision_reason text,
  foreign key (applicant_id, dossier_version) references dossier_versions (organisation_id, version)
);
create index applications_registrar on applications (registrar_id, id);
create index applications_applicant on applications (applicant_id, id);

create table application_messages (
  id uuid primary key,
  application_id uuid not null references applications,
  organisation_id uuid not null references organisations,
  text text not null,
  created_at timestamptz not null
);
create index application_messages_application on application_messages (application_id, id);

create table checks (
  id uuid primary key,
  application_id uuid not null references applications,
  field text not null,
  method text not null,
  result text not null check (result in ('confirmed', 'refuted', 'inconclusive')),
  evidence jsonb not null,
  evidence_id uuid references evidence,
  note text,
  -- The version of the dossier that was looked at.
  dossier_version integer not null,
  checked_at timestamptz not null,
  checked_by jsonb not null
);
create index checks_application on checks (application_id, id);
