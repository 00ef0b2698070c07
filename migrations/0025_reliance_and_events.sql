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
    execute format('grant select, update on %I to coop_passport_stewardship', name);
    execute format('create policy stewardship on %I to coop_passport_stewardship using (true)', name);
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
grant select, insert, update (digested_at) on events to coop_passport_stewardship;
grant select, delete on events to coop_passport_upkeep;
grant usage on sequence event_positions to coop_passport_member;
create policy own on events to coop_passport_member using (organisation_id = (select coop_passport_organisation()));
create policy stewardship on events to coop_passport_stewardship using (true);
create policy upkeep on events to coop_passport_upkeep using (true);

---- Accreditations that expire: who relies on what they were for is told once
alter table accreditations add column expiry_told_at timestamptz;
create index accreditations_expiring on accreditations (expires_at) where expiry_told_at is null and ended_at is null;
grant update (expiry_told_at) on accreditations to coop_passport_operator;

---- Webhooks, and what is to be delivered to them
create table webhooks (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  url text not null,
  -- Empty: all.
  types text[] not null,
  sealed_secret bytea not null,
  -- Signs beside the present one for a while.
  sealed_previous_secret bytea,
  previous_valid_until timestamptz,
  created_at timestamptz not null,
  disabled_at timestamptz,
  disabled_because text check (disabled_because in ('paused', 'failing', 'gone')),
  -- One after the other, since the last success; from when on; and until when it is left alone.
  failures integer not null default 0,
  failing_since timestamptz,
  resumes_at timestamptz,
  check ((disabled_at is null) = (disabled_because is null)),
  check ((sealed_previous_secret is null) = (previous_valid_until is null))
);
create index webhooks_organisation on webhooks (organisation_id, id);

create table webhook_deliveries (
  id uuid primary key,
  webhook_id uuid not null,
  organisation_id uuid not null,
  event_id uuid not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
  attempts integer not null default 0,
  created_at timestamptz not null,
  -- While somebody is at it, when another one may try.
  next_attempt_at timestamptz not null,
  last_attempt_at timestamptz,
  last_status integer,
  last_problem text
);
create index webhook_deliveries_webhook on webhook_deliveries (webhook_id, id);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_attempt_at) where state = 'pending';
create index webhook_deliveries_next on webhook_deliveries (next_attempt_at) where state = 'pending';
create index webhook_deliveries_created on webhook_deliveries (created_at);

do $$
declare
  name text;
begin
  foreach name in array array['webhooks', 'webhook_deliveries'] loop
    execute format('alter table %I enable row level security, force row level security', name);
    execute format('grant select, update, delete on %I to coop_passport_member', name);
    execute format(
      'create policy own on %I to coop_passport_member using (organisation_id = (select coop_passport_organisation()))', name);
    execute format('grant select, update, delete on %I to coop_passport_upkeep', name);
    execute format('create policy delivery on %I to coop_passport_upkeep using (true)', name);
    execute format('create policy stewardship on %I to coop_passport_stewardship using (true)', name);
  end loop;
end $$;
grant insert on webhooks to coop_passport_member;
grant select (id, organisation_id, types, disabled_at), delete on webhooks to coop_passport_stewardship;
grant select (webhook_id, organisation_id), insert, delete on webhook_deliveries to coop_passport_stewardship;
