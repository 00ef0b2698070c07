-- Who relies on which credentials, and what those are told of what happens to these.

---- Reliances: of an organisation on the credentials of one verification. For it and for their holder, and nobody else.
create table reliances (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  holder_id uuid not null references organisations,
  verification_id uuid not null references verifications,
  purpose text not null,
  created_at timestamptz not null,
  created_by jsonb not null,
  ended_at timestamptz
);
create unique index reliances_open on reliances (verification_id) where ended_at is null;
create index reliances_organisation on reliances (organisation_id, id);
create index reliances_holder on reliances (holder_id, id);

-- No foreign key to credentials, which are never deleted: its check would hold one after its holder is held, and an erasure does it the other
-- way round.
create table relied_credentials (
  reliance_id uuid not null references reliances,
  credential_id uuid not null,
  organisation_id uuid not null,
  holder_id uuid not null,
  issuer_id uuid not null,
  type text not null,
  valid_until timestamptz not null,
  -- When it was seen that it had expired; who relies on it is told once.
  expired_at timestamptz,
  ended_at timestamptz,
  primary key (reliance_id, credential_id)
);
create index relied_credentials_credential on relied_credentials (credential_id) where ended_at is null;
create index relied_credentials_issuer on relied_credentials (issuer_id, type) where ended_at is null;
create index relied_credentials_expiring on relied_credentials (valid_until) where expired_at is null and ended_at is null;

do $$
declare
  name text;
begin
  foreach name in array array['reliances', 'relied_credentials'] loop
    execute format('alter table %I enable row level security, force row level security', name);
    execute format('grant select, insert, update (ended_at) on %I to coop_passport_member', name);
    execute format(
      'create policy parties on %I for select to coop_passport_member using (
         organisation_id = (select coop_passport_organisation()) or holder_id = (select coop_passport_organisation())
       )', name);
    execute format(
      'create policy relied on %I for insert to coop_passport_member with check (organisation_id = (select coop_passport_organisation()))',
      name);
    execute format(
      'create policy ended on %I for update to coop_passport_member using (organisation_id = (select coop_passport_organisation()))',
      name);
    execute format('grant select, update on %I to coop_passport_telling', name);
    execute format('create policy telling on %I to coop_passport_telling using (true)', name);
  end loop;
end $$;

---- Events: what an organisation is told by its cursor, its stream, its webhooks and its mail, written with the change that it tells of
create table events (
  id uuid primary key,
  -- No foreign keys here: of ten thousand rows that a change writes at once, each would hold somebody's.
  organisation_id uuid not null,
  type text not null,
  at timestamptz not null,
  data jsonb not null,
  -- The order in which the organisation reads them; given when they are first read, since only then it is known which were committed before.
  position bigint,
  digested_at timestamptz
);
create index events_position on events (organisation_id, position);
create index events_undigested on events (organisation_id, at) where digested_at is null;
create index events_at on events (at);
create sequence event_positions;

-- A UUIDv7 (RFC 9562 section 5.7), for rows that are not made by the application.
create function coop_passport_new_id() returns uuid language sql volatile
  return overlay(
    overlay(
      gen_random_uuid()::text
      placing regexp_replace(lpad(to_hex(floor(extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0'), '(.{8})', '\1-')
      from 1 for 13
    )
    placing '7' from 15 for 1
  )::uuid;

alter table events enable row level security, force row level security;
grant select, update (position) on events to coop_passport_member;
grant select, insert, update (digested_at) on events to coop_passport_telling;
grant select, delete on events to coop_passport_upkeep;
grant usage on sequence event_positions to coop_passport_member;
create policy own on events to coop_passport_member using (organisation_id = (select coop_passport_organisation()));
create policy telling on events to coop_passport_telling using (true);
create policy upkeep on events to coop_passport_upkeep using (true);

---- Accreditations that expire: who relies on what they were for is told once
alter table accreditations add column expiry_told_at timestamptz;
create index accreditations_expiring on accreditations (expires_at) where expiry_told_at is null and ended_at is null;
grant update (expiry_told_at) on accreditations to coop_passport_operator;

---- Telling looks up what changed: of credentials and of what they are signed with
grant select (id, type, issuer_id, holder_id, state, issued_at, valid_until, revoked_at, suspended_at)
  on credentials to coop_passport_telling;
grant select (credential_id, signed_by) on credential_forms to coop_passport_telling;
create policy telling on credentials for select to coop_passport_telling using (true);
create policy telling on credential_forms for select to coop_passport_telling using (true);
