-- Webhooks, and what is to be delivered to them.

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
