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
