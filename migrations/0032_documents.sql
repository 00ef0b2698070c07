-- Files under a grant, by links that are soon over; and requests for the document behind what was shown.

-- Five minutes each, deleted when they are over. The token is for who asked for it, its hash for whoever compares it.
create table evidence_links (
  id uuid primary key,
  grant_id uuid not null references grants,
  partner_id uuid not null references organisations,
  holder_id uuid not null references organisations,
  evidence_id uuid not null references evidence,
  token_hash bytea not null unique,
  created_by jsonb not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index evidence_links_expiring on evidence_links (expires_at);

-- When one was or was not answered stays on record. A file is released under a grant only.
create table document_requests (
  id uuid primary key,
  partner_id uuid not null references organisations,
  holder_id uuid not null references organisations,
  -- The holder itself, or the registrar that examined.
  responder_id uuid not null references organisations,
  -- On what the partner rests: exactly one of the two.
  grant_id uuid references grants,
  verification_id uuid references verifications,
  pointer text,
  evidence_digest text,
  sealed_reason bytea,
  created_at timestamptz not null,
  created_by jsonb not null,
  due_at timestamptz not null,
  outcome text check (outcome in ('answered', 'refused', 'closed')),
  settled_at timestamptz,
  settled_by jsonb,
  sealed_refusal bytea,
  answer_grant_id uuid references grants,
  evidence_id uuid references evidence,
  -- When it was seen that it was late; told once.
  late_at timestamptz,
  constraint document_requests_rest check (num_nonnulls(grant_id, verification_id) = 1),
  constraint document_requests_what check (num_nonnulls(pointer, evidence_digest) > 0),
  constraint document_requests_settled check ((outcome is null) = (settled_at is null)),
  constraint document_requests_answer check ((evidence_id is null) = (answer_grant_id is null))
);
create index document_requests_partner on document_requests (partner_id, id);
create index document_requests_responder on document_requests (responder_id, id);
create index document_requests_holder on document_requests (holder_id, id);
create index document_requests_answers on document_requests (answer_grant_id) where answer_grant_id is not null;
create index document_requests_due on document_requests (due_at) where outcome is null and late_at is null;

alter table evidence_links enable row level security, force row level security;
alter table document_requests enable row level security, force row level security;

---- Links: made by the partner, followed by nobody in particular
grant insert on evidence_links to coop_passport_member;
create policy made on evidence_links for insert to coop_passport_member
  with check (partner_id = (select coop_passport_organisation()));
grant select on evidence_links to coop_passport_counterpart;
create policy counterpart on evidence_links for select to coop_passport_counterpart using (true);
grant insert on grant_accesses to coop_passport_counterpart;
create policy counterpart on grant_accesses for insert to coop_passport_counterpart with check (true);
grant select (expires_at), delete on evidence_links to coop_passport_upkeep;
create policy upkeep on evidence_links to coop_passport_upkeep using (true);

---- Requests for documents: of who asks, who answers, and whose dossier it is
grant select, insert, update (outcome, settled_at, settled_by, sealed_refusal, answer_grant_id, evidence_id)
  on document_requests to coop_passport_member;
create policy parties on document_requests for select to coop_passport_member using (
  partner_id = (select coop_passport_organisation()) or holder_id = (select coop_passport_organisation())
  or responder_id = (select coop_passport_organisation())
);
create policy asked on document_requests for insert to coop_passport_member
  with check (partner_id = (select coop_passport_organisation()));
create policy answered on document_requests for update to coop_passport_member
  using (responder_id = (select coop_passport_organisation()));

-- They end with an account.
grant select, update (outcome, settled_at, settled_by) on document_requests to coop_passport_counterpart;
create policy counterpart on document_requests to coop_passport_counterpart using (true);
-- An answer that is kept for a repetition is sealed for whom it is about.
grant select (id, holder_id) on document_requests to coop_passport_sealing;
create policy sealing on document_requests for select to coop_passport_sealing using (true);
-- What is late is told once.
grant select, update (late_at) on document_requests to coop_passport_telling;
create policy telling on document_requests to coop_passport_telling using (true);
-- With a dossier go the words under its key.
grant select, update (sealed_reason, sealed_refusal) on document_requests to coop_passport_retention;
create policy retention on document_requests to coop_passport_retention using (true);
