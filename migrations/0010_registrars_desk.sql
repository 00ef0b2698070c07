-- The registrar's desk: a queue that is read from indexes, due dates, review settings, decisions by two persons, the versions that were
-- handed in, and questions with attachments.

alter table applications
  -- Until then the registrar means to decide. The default is for the version before this one, which knows no due dates.
  add column due_at timestamptz not null default date_trunc('milliseconds', now() + interval '14 days'),
  -- The registrar's settings that the review began under; null before it began, 0 where there were none.
  add column settings_version integer,
  -- Of the version under review, to find it by: the names, folded, and the jurisdiction.
  add column search_words text not null default '',
  add column jurisdiction text,
  add column decision_reasons jsonb;

update applications set
  due_at = date_trunc('milliseconds', submitted_at + interval '14 days'),
  settings_version = case when status in ('submitted', 'withdrawn') then null else 0 end,
  search_words = lower(organisations.name || ' ' || coalesce(dossier_versions.blocks #>> '{legalIdentity,legalName}', '')),
  jurisdiction = dossier_versions.blocks #>> '{legalIdentity,jurisdiction}'
from organisations, dossier_versions
where organisations.id = applications.applicant_id
  and dossier_versions.organisation_id = applications.applicant_id
  and dossier_versions.version = applications.dossier_version;

-- A page of the queue under each of its orders, of all applications and of those that are open: decided ones pile up for years.
create index applications_by_submission on applications (registrar_id, submitted_at, id);
create index applications_by_due_date on applications (registrar_id, due_at, id);
create index applications_by_change on applications (registrar_id, updated_at, id);
create index applications_by_status on applications (registrar_id, status, id);
create index applications_open_by_submission on applications (registrar_id, submitted_at, id)
  where status in ('submitted', 'in_review', 'information_requested');
create index applications_open_by_due_date on applications (registrar_id, due_at, id)
  where status in ('submitted', 'in_review', 'information_requested');
create index applications_open_by_change on applications (registrar_id, updated_at, id)
  where status in ('submitted', 'in_review', 'information_requested');
create index applications_unassigned on applications (registrar_id, due_at, id)
  where assignee_id is null and status in ('submitted', 'in_review');
create index applications_assignee on applications (registrar_id, assignee_id, id) where assignee_id is not null;
create index applications_words on applications using gin (to_tsvector('simple', search_words));

create table application_versions (
  application_id uuid not null references applications,
  dossier_version integer not null,
  handed_in_at timestamptz not null,
  primary key (application_id, dossier_version)
);
insert into application_versions (application_id, dossier_version, handed_in_at)
  select id, dossier_version, submitted_at from applications;
insert into application_versions (application_id, dossier_version, handed_in_at)
  select application_id, dossier_version, min(checked_at) from checks group by application_id, dossier_version
  on conflict do nothing;

-- Every version is kept: a review goes on under the one that it began under.
create table review_settings (
  organisation_id uuid not null references organisations,
  version integer not null check (version > 0),
  settings jsonb not null,
  created_at timestamptz not null,
  primary key (organisation_id, version)
);

create table decision_proposals (
  id uuid primary key,
  application_id uuid not null references applications,
  registrar_id uuid not null references organisations,
  -- What is to be decided, and the digest of what it was decided on: the dossier's version and the checks.
  terms jsonb not null,
  basis text not null,
  dossier_version integer not null,
  membership_id uuid not null references memberships,
  person_id uuid not null references people,
  proposed_at timestamptz not null,
  ended_at timestamptz,
  ending text check (ending in ('confirmed', 'voided', 'withdrawn', 'superseded')),
  check ((ended_at is null) = (ending is null))
);
create unique index decision_proposals_open on decision_proposals (application_id) where ended_at is null;
create index decision_proposals_application on decision_proposals (application_id, id);

alter table application_messages
  add column kind text not null default 'note' check (kind in ('question', 'answer', 'note')),
  add column about text,
  add column answers uuid references application_messages;

create table message_attachments (
  message_id uuid not null references application_messages,
  evidence_id uuid not null references evidence,
  application_id uuid not null references applications,
  primary key (message_id, evidence_id)
);
create index message_attachments_evidence on message_attachments (evidence_id);
create index message_attachments_application on message_attachments (application_id);
