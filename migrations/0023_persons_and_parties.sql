-- What people write about people is sealed under the key of the dossier that it is about, and gone with it: in contests, and in what a piece
-- of evidence is said to be.
set local row_security = on;

alter table credential_contests
  -- The generation of the key, four bytes, and what it sealed; `statement` and `reason` are then empty.
  add column sealed_statement bytea,
  add column sealed_reason bytea;
grant update (sealed_reason) on credential_contests to coop_passport_member;
grant select, update (statement, reason, sealed_statement, sealed_reason) on credential_contests to coop_passport_retention;
create policy retention on credential_contests to coop_passport_retention using (true);

alter table evidence
  -- Under the key of `key_generation`; `details` is then null.
  add column sealed_details bytea;
grant update (sealed_details) on evidence to coop_passport_retention;
grant update (fields) on vouches to coop_passport_retention;

-- An answer about a credential is kept under the key of its holder's dossier.
grant select (id, holder_id) on credentials to coop_passport_sealing;
create policy sealing on credentials for select to coop_passport_sealing using (true);

---- Whose a row is, it stays: also a party of it, which may change what it says, makes it nobody else's, nor its own.
revoke update on applications, credentials, representation_proofs from coop_passport_member;
grant update (
  status, dossier_version, assignee_id, submitted_at, updated_at, decided_at, decided_by, decision_reason, decision_reasons, due_at,
  settings_version, search_words, jurisdiction
) on applications to coop_passport_member;
grant update (suspended_at, revoked_at) on credentials to coop_passport_member;
grant update (attempts, last_attempt_at, outcome, ended_at, code_hash) on representation_proofs to coop_passport_member;

-- A file is its owner's to send. Asked by a function, since who may see a file depends on what it was sent with.
grant select (id, organisation_id) on evidence to coop_passport_facts;
create policy facts on evidence for select to coop_passport_facts
  using (organisation_id = (select coop_passport_organisation()));
create function coop_passport_owns_evidence(evidence_id uuid)
  returns boolean
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  return exists (select from evidence where id = evidence_id and organisation_id = coop_passport_organisation());
revoke execute on function coop_passport_owns_evidence from public;
grant execute on function coop_passport_owns_evidence to coop_passport_member;
grant create on schema public to coop_passport_facts;
alter function coop_passport_owns_evidence owner to coop_passport_facts;
revoke create on schema public from coop_passport_facts;
create policy of_the_sender on message_attachments as restrictive for insert to coop_passport_member
  with check (coop_passport_owns_evidence(evidence_id));

-- Nobody holds the dossier of an organisation that never came before it.
create policy of_applicants on dossier_holds as restrictive for insert to coop_passport_member with check (
  exists (
    select from applications
    where applications.registrar_id = (select coop_passport_organisation())
      and applications.applicant_id = dossier_holds.organisation_id
  )
);
