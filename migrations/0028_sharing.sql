-- Dossier data for partners: who asks for which fields, how the co-op consents, what is released by that, and who has looked.

---- How a co-op consents, by how sensitive the fields are. A version never changes: a request goes by the one of when it was made.
create table consent_rules (
  organisation_id uuid not null references organisations,
  version integer not null check (version > 0),
  rules jsonb not null,
  created_at timestamptz not null,
  created_by jsonb not null,
  primary key (organisation_id, version)
);

---- Requests
create table access_requests (
  id uuid primary key,
  partner_id uuid not null references organisations,
  holder_id uuid not null references organisations,
  fields text[] not null,
  purposes text[] not null,
  with_evidence boolean not null,
  retention text not null,
  grant_for text not null,
  -- The partner's acceptance policy as it was: id, version, name, rules.
  policy jsonb,
  -- Free words are under the key of the holder's dossier, the generation before what is sealed.
  sealed_note bytea,
  created_at timestamptz not null,
  created_by jsonb not null,
  expires_at timestamptz not null,
  -- By what it is decided, as it was when it was made. 0: the rule of those that have settled none.
  rule_version integer not null,
  tier text not null check (tier in ('public', 'internal', 'personal')),
  rule jsonb not null,
  outcome text check (outcome in ('granted', 'refused', 'withdrawn', 'closed')),
  settled_at timestamptz,
  settled_by jsonb,
  sealed_reason bytea,
  -- When it was seen that nobody had decided in time; the parties are told once.
  expired_at timestamptz,
  constraint access_requests_settled check ((outcome is null) = (settled_at is null))
);
create index access_requests_partner on access_requests (partner_id, id);
create index access_requests_holder on access_requests (holder_id, id);
create index access_requests_open on access_requests (holder_id, partner_id) where outcome is null;
create index access_requests_expiring on access_requests (expires_at) where outcome is null and expired_at is null;

create table access_approvals (
  id uuid primary key,
  request_id uuid not null references access_requests,
  holder_id uuid not null references organisations,
  person_id uuid not null references people,
  membership_id uuid not null references memberships,
  -- What the person could see when approving.
  dossier_version integer not null,
  at timestamptz not null,
  sealed_minute bytea,
  void_at timestamptz,
  void_cause text check (void_cause in ('changed', 'left', 'erased')),
  constraint access_approvals_void check ((void_at is null) = (void_cause is null))
);
create unique index access_approvals_once on access_approvals (request_id, person_id) where void_at is null;
create index access_approvals_holder on access_approvals (holder_id) where void_at is null;

---- Grants
create table grants (
  id uuid primary key,
  request_id uuid not null unique references access_requests,
  partner_id uuid not null references organisations,
  holder_id uuid not null references organisations,
  fields text[] not null,
  purposes text[] not null,
  with_evidence boolean not null,
  retention text not null,
  dossier_version integer not null,
  dossier_generation integer not null,
  -- On which agreement it rests; neither: on collective consent.
  agreement_id uuid,
  agreement_version integer,
  granted_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ending text check (ending in ('withdrawn', 'given_back', 'agreement_ended', 'organisation_closed', 'erased')),
  ended_by jsonb,
  sealed_reason bytea,
  -- When it was seen that it had expired; the parties are told once.
  expired_at timestamptz,
  constraint grants_basis check ((agreement_id is null) = (agreement_version is null)),
  constraint grants_ending check ((ended_at is null) = (ending is null))
);
create index grants_partner on grants (partner_id, id);
create index grants_holder on grants (holder_id, id);
create index grants_live on grants (holder_id) where ended_at is null;
create index grants_agreement on grants (agreement_id) where ended_at is null and agreement_id is not null;
create index grants_expiring on grants (expires_at) where ended_at is null and expired_at is null;

-- Every use of a grant, written before what it released is sent.
create table grant_accesses (
  id uuid primary key,
  grant_id uuid not null references grants,
  partner_id uuid not null references organisations,
  holder_id uuid not null references organisations,
  at timestamptz not null,
  by jsonb not null,
  kind text not null check (kind in ('data', 'evidence')),
  fields text[] not null,
  -- For which of those that were granted.
  purposes text[] not null,
  evidence_id uuid
);
create index grant_accesses_grant on grant_accesses (grant_id, id);

-- Signed under the holder's DID, one for each state that a grant has been in.
create table consent_receipts (
  grant_id uuid not null references grants,
  state text not null,
  partner_id uuid not null references organisations,
  holder_id uuid not null references organisations,
  token text not null,
  created_at timestamptz not null,
  primary key (grant_id, state)
);

---- Who may do what with them
do $$
declare
  name text;
begin
  foreach name in array array[
    'consent_rules', 'access_requests', 'access_approvals', 'grants', 'grant_accesses', 'consent_receipts'
  ] loop
    execute format('alter table %I enable row level security, force row level security', name);
  end loop;
  foreach name in array array['access_requests', 'grants', 'grant_accesses', 'consent_receipts'] loop
    execute format(
      'create policy parties on %I for select to coop_passport_member using (
         partner_id = (select coop_passport_organisation()) or holder_id = (select coop_passport_organisation())
       )', name);
  end loop;
end $$;

grant select, insert on consent_rules to coop_passport_member;
create policy own on consent_rules to coop_passport_member using (organisation_id = (select coop_passport_organisation()));

grant select, insert, update (outcome, settled_at, settled_by, sealed_reason) on access_requests to coop_passport_member;
create policy asked on access_requests for insert to coop_passport_member
  with check (partner_id = (select coop_passport_organisation()));
create policy settled on access_requests for update to coop_passport_member using (
  partner_id = (select coop_passport_organisation()) or holder_id = (select coop_passport_organisation())
);

-- Who has approved is the holder's own affair.
grant select, insert, update (void_at, void_cause) on access_approvals to coop_passport_member;
create policy own on access_approvals to coop_passport_member using (holder_id = (select coop_passport_organisation()));

grant select, insert, update (ended_at, ending, ended_by, sealed_reason) on grants to coop_passport_member;
create policy granted on grants for insert to coop_passport_member
  with check (holder_id = (select coop_passport_organisation()));
create policy ended on grants for update to coop_passport_member using (
  partner_id = (select coop_passport_organisation()) or holder_id = (select coop_passport_organisation())
);

grant select, insert on grant_accesses to coop_passport_member;
create policy used on grant_accesses for insert to coop_passport_member
  with check (partner_id = (select coop_passport_organisation()));

-- Whoever asks first has it signed, under a key that only issuance may use for another.
grant select on consent_receipts to coop_passport_member;
grant select, insert on consent_receipts to coop_passport_issuance;
create policy signed on consent_receipts to coop_passport_issuance using (true);

---- What one party causes at the other: the rule of the co-op that is asked, the grant that an agreement gives at once, and what ends with an
---- account, an agreement or a role.
grant select on consent_rules to coop_passport_counterpart;
create policy counterpart on consent_rules for select to coop_passport_counterpart using (true);
grant select, update (outcome, settled_at, settled_by) on access_requests to coop_passport_counterpart;
create policy counterpart on access_requests to coop_passport_counterpart using (true);
grant select, update (void_at, void_cause) on access_approvals to coop_passport_counterpart;
create policy counterpart on access_approvals to coop_passport_counterpart using (true);
grant select, insert, update (ended_at, ending, ended_by) on grants to coop_passport_counterpart;
create policy counterpart on grants to coop_passport_counterpart using (true);

---- An answer that is kept for a repetition is sealed for whom it is about
grant select (id, holder_id) on access_requests, grants to coop_passport_sealing;
create policy sealing on access_requests for select to coop_passport_sealing using (true);
create policy sealing on grants for select to coop_passport_sealing using (true);

---- What is over by itself is told once
grant select, update (expired_at) on access_requests, grants to coop_passport_telling;
create policy telling on access_requests to coop_passport_telling using (true);
create policy telling on grants to coop_passport_telling using (true);

---- With a dossier go the words under its key, and the grants of it
grant select, update (sealed_note, sealed_reason) on access_requests to coop_passport_retention;
create policy retention on access_requests to coop_passport_retention using (true);
grant select, update (sealed_minute, void_at, void_cause) on access_approvals to coop_passport_retention;
create policy retention on access_approvals to coop_passport_retention using (true);
grant select, update (sealed_reason, ended_at, ending) on grants to coop_passport_retention;
create policy retention on grants to coop_passport_retention using (true);
