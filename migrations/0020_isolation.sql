-- Row-level security. Each transaction of the service takes up one of these roles and says for which organisation (src/adapters/database/
-- context.ts); the user that it signs in as may read and change nothing by itself. What a role is not granted here, it may not do.

-- No row is touched here; functions over the tables are looked through as they are made, which would count as a query (see migrate.ts).
set local row_security = on;

-- Roles are the cluster's, not the database's: another database may have made them, or another process may be making them at this moment.
do $$
declare
  wanted text;
begin
  foreach wanted in array array[
    'coop_passport_public', 'coop_passport_member', 'coop_passport_operator', 'coop_passport_accounts', 'coop_passport_issuance',
    'coop_passport_idempotency', 'coop_passport_upkeep', 'coop_passport_sealing', 'coop_passport_watch', 'coop_passport_retention',
    'coop_passport_registers', 'coop_passport_counterpart', 'coop_passport_telling', 'coop_passport_facts'
  ] loop
    if not exists (select from pg_roles where rolname = wanted) then
      begin
        execute format('create role %I nologin', wanted);
      exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then
          raise exception 'The role % does not exist, and % may not create it.', wanted, current_user
            using hint = 'Give the user of MIGRATION_DATABASE_URL the right to (alter role … createrole), or create the role beforehand.';
      end;
    end if;
  end loop;
  foreach wanted in array array[
    'coop_passport_member', 'coop_passport_operator', 'coop_passport_accounts', 'coop_passport_issuance', 'coop_passport_upkeep',
    'coop_passport_sealing', 'coop_passport_watch', 'coop_passport_retention', 'coop_passport_registers', 'coop_passport_counterpart',
    'coop_passport_telling'
  ] loop
    -- What everybody may read, they may.
    if not pg_has_role(wanted, 'coop_passport_public', 'usage') then
      begin
        execute format('grant coop_passport_public to %I', wanted);
      exception when unique_violation then null;
      end;
    end if;
  end loop;
  -- The owner of the functions below; whoever migrates must be able to hand them over. Since PostgreSQL 16 who made a role is a member that may
  -- not become it, until it is granted. Where an administrator made the roles, that was granted as well.
  if not (select rolsuper from pg_roles where rolname = current_user) then
    begin
      execute format('grant coop_passport_facts to %I', current_user);
    exception when unique_violation or insufficient_privilege then null;
    end;
  end if;
end $$;

-- On whose behalf. Without a context these are null, and nothing is equal to null.
create function coop_passport_organisation() returns uuid language sql stable parallel safe
  return nullif(current_setting('coop_passport.organisation', true), '')::uuid;
create function coop_passport_person() returns uuid language sql stable parallel safe
  return nullif(current_setting('coop_passport.person', true), '')::uuid;
create function coop_passport_requester() returns text language sql stable parallel safe
  return nullif(current_setting('coop_passport.requester', true), '');

do $$
declare
  name text;
begin
  for name in select tablename from pg_tables where schemaname = 'public' and tablename not like 'kysely\_%' loop
    execute format('alter table %I enable row level security, force row level security', name);
  end loop;
end $$;

-- The service looks whether the schema is up to date before it serves; it never changes it.
grant select on kysely_migration to coop_passport_public;

-- A policy `using (true) with check (…)` for updates lets a row be held (a lock asks for the same right as a change), and changed only where
-- the check says so: never, where it is false.

---- Settings
grant select (name) on settings to coop_passport_public;
grant select, insert on settings to coop_passport_upkeep;
create policy everybody on settings for select to coop_passport_public using (true);
create policy first_start on settings for insert to coop_passport_upkeep with check (true);

---- Organisations: their profiles are public
grant select on organisations to coop_passport_public;
grant update (name, website, listed, closed_at) on organisations to coop_passport_member;
grant insert, update (closed_at) on organisations to coop_passport_accounts;
grant update (closed_at) on organisations to coop_passport_issuance;
create policy everybody on organisations for select to coop_passport_public using (true);
create policy own on organisations for update to coop_passport_member
  using (true) with check (id = (select coop_passport_organisation()));
create policy registration on organisations for insert to coop_passport_accounts with check (true);
create policy held on organisations for update to coop_passport_accounts, coop_passport_issuance using (true) with check (false);

---- People and their sessions
grant select (id, name, email, email_key, is_operator, created_at, erased_at) on people to coop_passport_member;
grant select, insert, update on people to coop_passport_accounts;
create policy members on people for select to coop_passport_member using (
  exists (select from memberships where memberships.person_id = people.id and memberships.ended_at is null)
);
create policy accounts on people to coop_passport_accounts using (true) with check (true);

grant select, update (role, ended_at) on memberships to coop_passport_member;
grant select, insert, update on memberships to coop_passport_accounts;
grant select on memberships to coop_passport_facts;
create policy own on memberships to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));
create policy of_the_person on memberships for select to coop_passport_member
  using (person_id = (select coop_passport_person()));
create policy accounts on memberships to coop_passport_accounts using (true) with check (true);
create policy facts on memberships for select to coop_passport_facts using (true);

grant select (id, membership_id, ended_at), update (ended_at) on sessions to coop_passport_member;
grant select, insert, update, delete on sessions to coop_passport_accounts;
create policy of_members on sessions to coop_passport_member using (
  exists (
    select from memberships
    where memberships.id = sessions.membership_id and memberships.organisation_id = (select coop_passport_organisation())
  )
);
create policy accounts on sessions to coop_passport_accounts using (true) with check (true);

grant select, insert, update, delete on refresh_tokens, mailed_tokens, sign_in_failures, known_sign_ins to coop_passport_accounts;
create policy accounts on refresh_tokens to coop_passport_accounts using (true) with check (true);
create policy accounts on mailed_tokens to coop_passport_accounts using (true) with check (true);
create policy accounts on sign_in_failures to coop_passport_accounts using (true) with check (true);
create policy accounts on known_sign_ins to coop_passport_accounts using (true) with check (true);

-- Of these the hashes of secrets are for whoever compares them.
grant select (id, organisation_id, email, role, created_at, expires_at, accepted_at, withdrawn_at), insert, update (email, withdrawn_at)
  on invitations to coop_passport_member;
grant select, update on invitations to coop_passport_accounts;
create policy own on invitations to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));
create policy accounts on invitations to coop_passport_accounts using (true) with check (true);

grant select (id, organisation_id, name, scopes, created_at, revoked_at), insert, update (revoked_at) on clients to coop_passport_member;
grant select on clients to coop_passport_accounts;
create policy own on clients to coop_passport_member using (organisation_id = (select coop_passport_organisation()));
create policy accounts on clients for select to coop_passport_accounts using (true);

---- What every part adds to
grant insert on outgoing_mails to coop_passport_member, coop_passport_accounts, coop_passport_issuance;
grant select, insert, update, delete on outgoing_mails to coop_passport_upkeep;
create policy queued on outgoing_mails for insert to coop_passport_member, coop_passport_accounts, coop_passport_issuance
  with check (true);
create policy delivery on outgoing_mails to coop_passport_upkeep using (true) with check (true);

grant select, insert, update, delete on idempotency_keys to coop_passport_idempotency;
grant select (started_at), delete on idempotency_keys to coop_passport_upkeep;
create policy own on idempotency_keys to coop_passport_idempotency using (caller = (select coop_passport_requester()));
create policy old on idempotency_keys to coop_passport_upkeep using (true) with check (false);

grant select, insert on audit_entries to coop_passport_member;
grant insert on audit_entries to coop_passport_operator, coop_passport_accounts, coop_passport_issuance, coop_passport_upkeep;
create policy own on audit_entries to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));
create policy recorded on audit_entries for insert
  to coop_passport_operator, coop_passport_accounts, coop_passport_issuance, coop_passport_upkeep with check (true);

grant select on log_entries to coop_passport_public;
grant insert on log_entries to coop_passport_member, coop_passport_operator, coop_passport_accounts, coop_passport_issuance;
create policy everybody on log_entries for select to coop_passport_public using (true);
create policy appended on log_entries for insert
  to coop_passport_member, coop_passport_operator, coop_passport_accounts, coop_passport_issuance with check (true);

---- DIDs and keys: public, but for what signs and for the words of a revocation
grant select on identifiers to coop_passport_public;
grant insert, update (provider) on identifiers to coop_passport_member;
grant insert on identifiers to coop_passport_accounts;
grant select on identifiers, issuer_instances to coop_passport_facts;
create policy everybody on identifiers for select to coop_passport_public using (true);
create policy facts on identifiers for select to coop_passport_facts using (true);
create policy registration on identifiers for insert to coop_passport_accounts with check (true);
create policy own_instance on identifiers for insert to coop_passport_member with check (
  instance_id in (select id from issuer_instances where organisation_id = (select coop_passport_organisation()))
);
create policy held on identifiers for update to coop_passport_member
  using (organisation_id = (select coop_passport_organisation())) with check (false);

create function coop_passport_owns_did(did text) returns boolean language sql stable
  return exists (
    select from identifiers
    where identifiers.did = $1 and (
      identifiers.organisation_id = coop_passport_organisation()
      or identifiers.instance_id in (select id from issuer_instances where organisation_id = coop_passport_organisation())
    )
  );

grant select (id, did, thumbprint, algorithm, public_jwk, created_at, retired_at, revoked_at, compromised_at)
  on signing_keys to coop_passport_public;
grant insert, update (sealed_private_key, retired_at, revoked_at, compromised_at, revocation_reason)
  on signing_keys to coop_passport_member;
grant insert on signing_keys to coop_passport_accounts;
grant update (retired_at) on signing_keys to coop_passport_issuance;
grant select on signing_keys to coop_passport_facts;
create policy everybody on signing_keys for select to coop_passport_public using (true);
create policy facts on signing_keys for select to coop_passport_facts using (true);
create policy registration on signing_keys for insert to coop_passport_accounts with check (true);
-- A DID's keys come before it does.
create policy own_or_new on signing_keys for insert to coop_passport_member with check (
  coop_passport_owns_did(did) or not exists (select from identifiers where identifiers.did = signing_keys.did)
);
create policy own on signing_keys for update to coop_passport_member using (coop_passport_owns_did(did));
create policy held on signing_keys for update to coop_passport_issuance using (true) with check (false);

-- What signs, for a key that does so now: to the organisation whose key it is, and to the work of issuance.
create function coop_passport_sealed_key(did text, thumbprint text)
  returns table (id uuid, sealed_private_key bytea)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
begin atomic
  select signing_keys.id, signing_keys.sealed_private_key from signing_keys
  where signing_keys.did = $1 and signing_keys.thumbprint = $2 and retired_at is null and revoked_at is null
    and (current_setting('role') = 'coop_passport_issuance' or coop_passport_owns_did(signing_keys.did));
end;
revoke execute on function coop_passport_sealed_key from public;
grant execute on function coop_passport_sealed_key to coop_passport_member, coop_passport_issuance;

-- In the administrator's words, to the organisation whose key it was.
create function coop_passport_revocation_reason(key_id uuid)
  returns text
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  return (select revocation_reason from signing_keys where id = key_id and coop_passport_owns_did(did));
revoke execute on function coop_passport_revocation_reason from public;
grant execute on function coop_passport_revocation_reason to coop_passport_member;

---- Dossiers and evidence: the organisation's own, and a registrar's to whom they were handed in
grant select, insert on dossier_versions, evidence to coop_passport_member;
create policy own on dossier_versions to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));
create policy handed_in on dossier_versions for select to coop_passport_member using (
  exists (
    select from applications
    where applications.registrar_id = (select coop_passport_organisation())
      and applications.applicant_id = dossier_versions.organisation_id
      and applications.dossier_version >= dossier_versions.version
  )
);
create policy own on evidence to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));
create policy handed_in on evidence for select to coop_passport_member using (
  exists (
    select from applications
    where applications.registrar_id = (select coop_passport_organisation())
      and applications.applicant_id = evidence.organisation_id
      and applications.submitted_at >= evidence.created_at
      and applications.status <> 'withdrawn'
  )
);

---- Accreditations: public, and the operator's to give and take
grant select on accreditations to coop_passport_public;
grant insert on accreditations to coop_passport_operator;
grant update (ended_at) on accreditations to coop_passport_operator, coop_passport_member, coop_passport_issuance;
create policy everybody on accreditations for select to coop_passport_public using (true);
create policy granted on accreditations for insert to coop_passport_operator with check (true);
create policy ended on accreditations for update to coop_passport_operator using (true);
create policy held on accreditations for update to coop_passport_member, coop_passport_issuance using (true) with check (false);

---- Applications: the two parties'
grant select, insert, update on applications to coop_passport_member;
grant select, update (status, updated_at) on applications to coop_passport_issuance;
create policy parties on applications to coop_passport_member using (
  applicant_id = (select coop_passport_organisation()) or registrar_id = (select coop_passport_organisation())
);
create policy submitted on applications as restrictive for insert to coop_passport_member
  with check (applicant_id = (select coop_passport_organisation()));
create policy settled on applications to coop_passport_issuance using (true);

grant select, insert on application_messages to coop_passport_member;
create policy parties on application_messages for select to coop_passport_member
  using (exists (select from applications where applications.id = application_id));
create policy own on application_messages for insert to coop_passport_member with check (
  organisation_id = (select coop_passport_organisation())
  and exists (select from applications where applications.id = application_id)
);

grant select, insert, update (dossier_version) on checks to coop_passport_member;
create policy parties on checks for select to coop_passport_member
  using (exists (select from applications where applications.id = application_id));
create policy carried on checks for update to coop_passport_member
  using (exists (select from applications where applications.id = application_id));
create policy registrars on checks for insert to coop_passport_member with check (
  exists (
    select from applications
    where applications.id = application_id and applications.registrar_id = (select coop_passport_organisation())
  )
);

---- Credentials: issuer's and holder's
grant select, insert, update on credentials to coop_passport_member;
grant select, update on credentials to coop_passport_issuance;
grant select on credentials, credential_forms to coop_passport_facts;
create policy parties on credentials for select to coop_passport_member using (
  issuer_id = (select coop_passport_organisation()) or holder_id = (select coop_passport_organisation())
);
create policy issued on credentials for insert to coop_passport_member
  with check (issuer_id = (select coop_passport_organisation()));
create policy changed on credentials for update to coop_passport_member
  using (true) with check (issuer_id = (select coop_passport_organisation()));
create policy settled on credentials to coop_passport_issuance using (true);
create policy facts on credentials for select to coop_passport_facts using (true);

grant select on credential_forms to coop_passport_member;
grant select, insert on credential_forms to coop_passport_issuance;
create policy parties on credential_forms for select to coop_passport_member
  using (exists (select from credentials where credentials.id = credential_id));
create policy settled on credential_forms to coop_passport_issuance using (true);
create policy facts on credential_forms for select to coop_passport_facts using (true);

-- Whether a credential of the type lives about the same subject, whoever issued it.
create function coop_passport_has_live_credential(
  wanted_type text, wanted_keys text[], at timestamptz, wanted_issuer uuid, superseded uuid
)
  returns boolean
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  return exists (
    select from credentials
    where type = wanted_type and state <> 'failed' and revoked_at is null and valid_until > at
      and (wanted_issuer is null or issuer_id = wanted_issuer)
      -- Other than the one that is to be superseded, and of that one whether another is about to take its place.
      and (superseded is null or id <> superseded)
      and (subject_keys && wanted_keys or supersedes = superseded)
  );
revoke execute on function coop_passport_has_live_credential from public;
grant execute on function coop_passport_has_live_credential to coop_passport_member;

-- The record of an issuance, for the verifier: nothing that the credential itself would not show to who has it.
create function coop_passport_issuance_record(credential uuid)
  returns table (issued_at timestamptz, issuer_id uuid, signed_digest bytea)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
begin atomic
  select credentials.issued_at, credentials.issuer_id, credential_forms.signed_digest
  from credentials join credential_forms on credential_forms.credential_id = credentials.id
  where credentials.id = credential;
end;
revoke execute on function coop_passport_issuance_record from public;
grant execute on function coop_passport_issuance_record to coop_passport_public;

-- Whether a member of the one is, or ever was, a member of the other.
create function coop_passport_has_member_ever_of(one uuid, other uuid)
  returns boolean
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  return exists (
    select from memberships live
    where live.organisation_id = one and live.ended_at is null
      and live.person_id in (select person_id from memberships where organisation_id = other)
  );
revoke execute on function coop_passport_has_member_ever_of from public;
grant execute on function coop_passport_has_member_ever_of to coop_passport_member;

---- Status lists: the issuer's; signed and served by the work of issuance
grant select, insert, update (taken, version) on status_lists to coop_passport_member;
grant select on status_lists, status_entries to coop_passport_issuance;
create policy own on status_lists to coop_passport_member using (issuer_id = (select coop_passport_organisation()));
create policy published on status_lists for select to coop_passport_issuance using (true);

grant select, insert, update (value) on status_entries to coop_passport_member;
create policy own on status_entries to coop_passport_member
  using (exists (select from status_lists where status_lists.id = list_id));
create policy published on status_entries for select to coop_passport_issuance using (true);

grant select, insert on status_changes to coop_passport_member;
create policy parties on status_changes for select to coop_passport_member
  using (exists (select from credentials where credentials.id = credential_id));
create policy issuers on status_changes for insert to coop_passport_member with check (
  exists (
    select from credentials
    where credentials.id = credential_id and credentials.issuer_id = (select coop_passport_organisation())
  )
);

grant select (list_id, signed_by), delete on status_publications to coop_passport_member;
grant select, insert, update on status_publications to coop_passport_issuance;
create policy own on status_publications to coop_passport_member
  using (exists (select from status_lists where status_lists.id = list_id));
create policy published on status_publications to coop_passport_issuance using (true);

---- Verifications
grant select, insert on verifications to coop_passport_member;
create policy own on verifications to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));

---- Issuers of the VC API
grant select, insert, update (ended_at) on issuer_instances to coop_passport_member;
grant select on issuer_instances, instance_status_lists, instance_status_entries to coop_passport_issuance;
create policy own on issuer_instances to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));
create policy published on issuer_instances for select to coop_passport_issuance using (true);
create policy facts on issuer_instances for select to coop_passport_facts using (true);

grant select, insert, update (taken) on instance_status_lists to coop_passport_member;
create policy own on instance_status_lists to coop_passport_member
  using (exists (select from issuer_instances where issuer_instances.id = instance_id));
create policy published on instance_status_lists for select to coop_passport_issuance using (true);

grant select, insert, update (revoked_at) on instance_status_entries to coop_passport_member;
create policy own on instance_status_entries to coop_passport_member
  using (exists (select from instance_status_lists where instance_status_lists.id = list_id));
create policy published on instance_status_entries for select to coop_passport_issuance using (true);

---- Evidence: what rests on it, who holds it, and vouches
grant update (due_at) on evidence to coop_passport_member;
-- A file of a message is for both sides of it.
create policy attached on evidence for select to coop_passport_member
  using (exists (select from message_attachments where message_attachments.evidence_id = evidence.id));
-- Whoever records a check, or a hold, keeps the file from being deleted meanwhile; only retention changes one.
create policy held on evidence as restrictive for update to coop_passport_member using (true) with check (false);
create policy held_by_reviewers on evidence for update to coop_passport_member using (
  exists (
    select from applications
    where applications.registrar_id = (select coop_passport_organisation())
      and applications.applicant_id = evidence.organisation_id
      and applications.submitted_at >= evidence.created_at
      and applications.status <> 'withdrawn'
  )
  or exists (select from message_attachments where message_attachments.evidence_id = evidence.id)
);

grant select, insert on check_files, message_attachments, application_versions to coop_passport_member;
create policy parties on check_files to coop_passport_member
  using (exists (select from applications where applications.id = application_id));
create policy parties on message_attachments to coop_passport_member
  using (exists (select from applications where applications.id = application_id));
create policy parties on application_versions to coop_passport_member
  using (exists (select from applications where applications.id = application_id));

grant select, insert, update (until, reason), delete on evidence_holds to coop_passport_member;
create policy own on evidence_holds to coop_passport_member using (organisation_id = (select coop_passport_organisation()));
create policy seen on evidence_holds for select to coop_passport_member
  using (exists (select from evidence where evidence.id = evidence_id));

grant select, insert, update (outcome, settled_at, evidence_id) on vouch_requests to coop_passport_member;
create policy parties on vouch_requests to coop_passport_member using (
  subject_id = (select coop_passport_organisation()) or voucher_id = (select coop_passport_organisation())
);
create policy asked on vouch_requests as restrictive for insert to coop_passport_member
  with check (subject_id = (select coop_passport_organisation()));

grant select, insert, update (outcome, code, checked_at) on vouches to coop_passport_member;
create policy own on vouches for insert to coop_passport_member with check (organisation_id = (select coop_passport_organisation()));
create policy seen on vouches for select to coop_passport_member
  using (exists (select from evidence where evidence.id = evidence_id));
create policy checked on vouches for update to coop_passport_member
  using (exists (select from evidence where evidence.id = evidence_id));

---- The desk
grant select, insert on review_settings to coop_passport_member;
create policy own on review_settings to coop_passport_member using (organisation_id = (select coop_passport_organisation()));

grant select, insert, update (ended_at, ending) on decision_proposals to coop_passport_member;
create policy own on decision_proposals to coop_passport_member using (registrar_id = (select coop_passport_organisation()));

---- Personal data: keys and erasures are written by sealing and retention
grant select on dossier_keys to coop_passport_member;
create policy own on dossier_keys for select to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));
grant select, insert, update (started_at) on erasures to coop_passport_member;
create policy own on erasures to coop_passport_member using (organisation_id = (select coop_passport_organisation()));

grant select, insert, update (released_at) on dossier_holds to coop_passport_member;
create policy parties on dossier_holds for select to coop_passport_member using (
  organisation_id = (select coop_passport_organisation()) or registrar_id = (select coop_passport_organisation())
);
create policy placed on dossier_holds for insert to coop_passport_member
  with check (registrar_id = (select coop_passport_organisation()));
create policy released on dossier_holds for update to coop_passport_member
  using (registrar_id = (select coop_passport_organisation()));

grant select, insert, update, delete on retention_rules to coop_passport_member;
create policy own on retention_rules to coop_passport_member using (registrar_id = (select coop_passport_organisation()));

---- The life of credentials: written by who watches, but for contests
grant select on credential_grounds, credential_concerns to coop_passport_member;
create policy parties on credential_grounds for select to coop_passport_member using (
  holder_id = (select coop_passport_organisation()) or issuer_id = (select coop_passport_organisation())
);
create policy parties on credential_concerns for select to coop_passport_member using (
  holder_id = (select coop_passport_organisation()) or issuer_id = (select coop_passport_organisation())
);
grant select, insert, update (closed_at, outcome, reason) on credential_contests to coop_passport_member;
create policy parties on credential_contests to coop_passport_member using (
  holder_id = (select coop_passport_organisation()) or issuer_id = (select coop_passport_organisation())
);
create policy opened on credential_contests as restrictive for insert to coop_passport_member with check (
  exists (
    select from credentials
    where credentials.id = credential_id and credentials.holder_id = (select coop_passport_organisation())
      and credentials.issuer_id = credential_contests.issuer_id
  )
);

-- That a field of a credential is contested, and since when, is for everybody who has the credential; why, is not.
create function coop_passport_open_contests(credential uuid)
  returns table (pointer text, opened_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
begin atomic
  select credential_contests.pointer, credential_contests.opened_at from credential_contests
  where credential_contests.credential_id = credential and closed_at is null order by credential_contests.pointer;
end;
revoke execute on function coop_passport_open_contests from public;
grant execute on function coop_passport_open_contests to coop_passport_public;
grant select on credential_contests to coop_passport_facts;
create policy facts on credential_contests for select to coop_passport_facts using (true);

grant select, update (read_at) on notices to coop_passport_member;
create policy own on notices to coop_passport_member using (organisation_id = (select coop_passport_organisation()));

---- Representation and provenance
grant select, insert, update on dossier_field_versions to coop_passport_member;
create policy own on dossier_field_versions to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));

grant select, insert, update (membership_id, named_at) on application_representatives to coop_passport_member;
create policy parties on application_representatives for select to coop_passport_member
  using (exists (select from applications where applications.id = application_id));
create policy named on application_representatives for insert to coop_passport_member
  with check (organisation_id = (select coop_passport_organisation()));
create policy renamed on application_representatives for update to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));

grant select, insert, update on representation_proofs to coop_passport_member;
create policy parties on representation_proofs to coop_passport_member using (
  applicant_id = (select coop_passport_organisation()) or registrar_id = (select coop_passport_organisation())
);
create policy begun on representation_proofs as restrictive for insert to coop_passport_member
  with check (registrar_id = (select coop_passport_organisation()));
grant select, update (lapsed_at, lapse_reason, warns_at) on representations to coop_passport_member;
create policy parties on representations to coop_passport_member using (
  applicant_id = (select coop_passport_organisation()) or registrar_id = (select coop_passport_organisation())
);

---- Members of federations: the federation's own register
grant select, insert, update on federation_members, member_imports, member_import_lines, member_issuances, member_issuance_items
  to coop_passport_member;
grant delete on member_imports to coop_passport_member;
grant insert, update (ended_at), select (id, organisation_id, member_id, sent_by, created_at, expires_at, ended_at)
  on member_invitations to coop_passport_member;
create policy own on federation_members to coop_passport_member using (organisation_id = (select coop_passport_organisation()));
create policy own on member_invitations to coop_passport_member using (organisation_id = (select coop_passport_organisation()));
create policy own on member_imports to coop_passport_member using (organisation_id = (select coop_passport_organisation()));
create policy own on member_import_lines to coop_passport_member using (organisation_id = (select coop_passport_organisation()));
create policy own on member_issuances to coop_passport_member using (organisation_id = (select coop_passport_organisation()));
create policy own on member_issuance_items to coop_passport_member using (organisation_id = (select coop_passport_organisation()));

---- The service's own work across organisations: each kind is granted what its steps take, and nothing else bounds it.

-- What is personal is sealed, under a key that may have to be made.
grant select on erasures, applications to coop_passport_sealing;
grant select, insert on dossier_keys to coop_passport_sealing;

-- What credentials rest on, and who may still speak for a co-op, is watched, and the parties are told.
grant select on dossier_versions, memberships to coop_passport_watch;
grant select (id, name, email, erased_at) on people to coop_passport_watch;
grant select, insert on notices to coop_passport_watch;
grant select, insert, update (check_id, value_digest, expires_at, warns_at, lapsed_at) on credential_grounds to coop_passport_watch;
grant select, insert, update (enforced_at, closed_at, outcome) on credential_concerns to coop_passport_watch;
grant select, insert, update (warns_at, lapsed_at, lapse_reason) on representations to coop_passport_watch;
grant select, insert, update (membership_id, named_at) on application_representatives to coop_passport_watch;
grant update (expiry_noticed_at, suspended_at) on credentials to coop_passport_watch;

-- Evidence and personal data end when their time is over.
grant select on
  applications, check_files, evidence_holds, dossier_holds, retention_rules, dossier_keys
  to coop_passport_retention;
grant select, insert, update (started_at, completed_at) on erasures to coop_passport_retention;
grant select, update (title, details, wrapped_key, key_generation, due_at, blob_deleted_at, deleted_at)
  on evidence to coop_passport_retention;
grant select, update (sealed_personal, sealed_salts) on dossier_versions to coop_passport_retention;
grant select, update (sealed_text) on application_messages to coop_passport_retention;
grant select, update (sealed_details) on checks to coop_passport_retention;
grant select, update (sealed_record) on representation_proofs to coop_passport_retention;
grant select, update (statement) on vouches to coop_passport_retention;
grant select, update (secured) on credential_forms to coop_passport_retention;
grant select (dossier_id, body_generation), update (body) on idempotency_keys to coop_passport_retention;

-- A credential that must not stand any longer is suspended or revoked, on whoever's list it is.
grant select, update (revoked_at) on credentials to coop_passport_watch, coop_passport_retention;
grant insert on status_changes to coop_passport_watch, coop_passport_retention;
grant select, update (value) on status_entries to coop_passport_watch, coop_passport_retention;
grant select, update (version) on status_lists to coop_passport_watch, coop_passport_retention;
grant select (list_id, signed_by), delete on status_publications to coop_passport_watch, coop_passport_retention;

-- Federations' members are bound to their accounts, and what a federation had begun goes on after a restart: the registers are its own.
grant select, insert, update on federation_members to coop_passport_registers;
grant select, update (ended_at) on member_invitations to coop_passport_registers;
grant select, update on member_imports, member_import_lines, member_issuances, member_issuance_items to coop_passport_registers;
grant delete on member_imports to coop_passport_registers;
grant select, insert on applications, application_versions, dossier_versions to coop_passport_registers;
grant select, insert, update (version, since) on dossier_field_versions to coop_passport_registers;
grant update (closed_at) on organisations to coop_passport_registers;

-- What one party of an application must know of the other to go on, or causes there.
grant select on review_settings, dossier_versions, message_attachments to coop_passport_counterpart;
grant select (id, name, email, erased_at) on people to coop_passport_counterpart;
grant select, update (ended_at) on memberships to coop_passport_counterpart;
grant select, update (status, settings_version, updated_at) on applications to coop_passport_counterpart;
grant select, insert on checks, check_files, vouches to coop_passport_counterpart;
grant select, insert, update (due_at) on evidence to coop_passport_counterpart;
grant select, update (ended_at, ending) on decision_proposals to coop_passport_counterpart;

do $$
declare
  worker text;
  name text;
begin
  foreach worker in array array['sealing', 'watch', 'retention', 'registers', 'counterpart'] loop
    execute format('grant insert on outgoing_mails, audit_entries, log_entries to coop_passport_%s', worker);
    for name in
      select relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'kysely\_%' and (
        has_any_column_privilege('coop_passport_' || worker, oid, 'select, insert, update')
        or has_table_privilege('coop_passport_' || worker, oid, 'delete')
      )
    loop
      execute format('create policy %I on %I to coop_passport_%s using (true)', worker, name, worker);
    end loop;
  end loop;
end $$;
-- None of them changes these; it holds them while it writes down what rests on them.
create policy unchanged_by_registers on organisations as restrictive for update to coop_passport_registers using (true) with check (false);
create policy unchanged_by_counterpart on memberships as restrictive for update to coop_passport_counterpart using (true) with check (false);
create policy unchanged_by_counterpart on evidence as restrictive for update to coop_passport_counterpart using (true) with check (false);

---- The functions that answer across organisations see no more than they need: they are not the owner's, whom nothing stops.
grant create on schema public to coop_passport_facts;
do $$
declare
  one regprocedure;
begin
  for one in select oid from pg_proc where pronamespace = 'public'::regnamespace and prosecdef loop
    execute format('alter function %s owner to coop_passport_facts', one);
  end loop;
end $$;
revoke create on schema public from coop_passport_facts;
