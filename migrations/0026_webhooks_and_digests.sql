-- Webhooks with what is to be delivered to them, and digests of events by mail.

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

-- Written with the event, in the transaction of the change. No foreign keys: as with events, ten thousand rows would hold as many others.
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
create index webhook_deliveries_created on webhook_deliveries (created_at);

do $$
declare
  name text;
begin
  foreach name in array array['webhooks', 'webhook_deliveries'] loop
    execute format('alter table %I enable row level security, force row level security', name);
    execute format(
      'create policy own on %I to coop_passport_member using (organisation_id = (select coop_passport_organisation()))', name);
    execute format('create policy delivery on %I to coop_passport_upkeep using (true)', name);
    execute format('create policy telling on %I to coop_passport_telling using (true)', name);
  end loop;
end $$;

-- Whose it is, it stays.
grant select, insert, delete, update (
  url, types, sealed_secret, sealed_previous_secret, previous_valid_until, disabled_at, disabled_because, failures, failing_since, resumes_at
) on webhooks to coop_passport_member;
grant select, delete, update (state, attempts, next_attempt_at, last_status, last_problem) on webhook_deliveries to coop_passport_member;

-- Who delivers takes, settles, and notes how an address fares.
grant select, update (disabled_at, disabled_because, failures, failing_since, resumes_at) on webhooks to coop_passport_upkeep;
grant select, delete, update (state, attempts, next_attempt_at, last_attempt_at, last_status, last_problem)
  on webhook_deliveries to coop_passport_upkeep;

-- Who tells adds a delivery for each webhook, and sees no secret and no address.
grant select (id, organisation_id, types, disabled_at) on webhooks to coop_passport_telling;
grant insert on webhook_deliveries to coop_passport_telling;

---- Digests of events by mail: what each member has chosen, and up to which of the organisation's events it was told

-- A digest goes by the places that events are given, each member by its own.
alter table events drop column digested_at;

create table event_digests (
  membership_id uuid primary key references memberships,
  organisation_id uuid not null references organisations,
  person_id uuid not null references people,
  choice text not null default 'automatic' check (choice in ('automatic', 'daily', 'never')),
  -- The place of the last event that was counted, whether it was mailed or not wanted.
  position bigint,
  -- The moment up to which events stand in the last mail: one mail to a person for each.
  mailed_for timestamptz
);
create index event_digests_person on event_digests (person_id);
alter table event_digests enable row level security, force row level security;

do $$
begin
  if not exists (select from pg_roles where rolname = 'coop_passport_digests') then
    begin
      create role coop_passport_digests nologin;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise exception 'The role coop_passport_digests does not exist, and % may not create it.', current_user
          using hint = 'Give the user of MIGRATION_DATABASE_URL the right to (alter role … createrole), or create the role beforehand.';
    end;
  end if;
  if not pg_has_role('coop_passport_digests', 'coop_passport_public', 'usage') then
    begin
      grant coop_passport_public to coop_passport_digests;
    exception when unique_violation then null;
    end;
  end if;
end $$;

grant select, insert (membership_id, organisation_id, person_id, choice), update (choice) on event_digests to coop_passport_member;
create policy own on event_digests to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()) and person_id = (select coop_passport_person()))
  with check (
    organisation_id = (select coop_passport_organisation()) and person_id = (select coop_passport_person())
    and exists (select from memberships where memberships.id = membership_id and memberships.person_id = event_digests.person_id)
  );

-- How many events of which kind, to whom: not what they say, and nothing about who relies on whom but that somebody does.
grant select (id, organisation_id, person_id, role, created_at, ended_at) on memberships to coop_passport_digests;
grant select (id, email, erased_at) on people to coop_passport_digests;
grant select (id, organisation_id, type, at, position), update (position) on events to coop_passport_digests;
grant usage on sequence event_positions to coop_passport_digests;
grant select (organisation_id, ended_at) on reliances to coop_passport_digests;
grant select (organisation_id, disabled_at, failing_since) on webhooks to coop_passport_digests;
grant select, insert, update (position, mailed_for) on event_digests to coop_passport_digests;
grant insert on outgoing_mails to coop_passport_digests;
create policy digests on memberships for select to coop_passport_digests using (true);
create policy digests on people for select to coop_passport_digests using (true);
create policy digests on events to coop_passport_digests using (true);
create policy digests on reliances for select to coop_passport_digests using (true);
create policy digests on webhooks for select to coop_passport_digests using (true);
create policy digests on event_digests to coop_passport_digests using (true);
create policy digests on outgoing_mails for insert to coop_passport_digests with check (true);
