-- Public counts of the network: a row a day, of which nothing small can be derived (src/features/statistics/rules.ts).

create table network_statistics (
  -- The beginning of this day, in UTC, is the moment that the figures are of.
  day date primary key,
  figures jsonb not null,
  computed_at timestamptz not null
);
alter table network_statistics enable row level security, force row level security;

do $$
begin
  if not exists (select from pg_roles where rolname = 'coop_passport_statistics') then
    begin
      create role coop_passport_statistics nologin;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise exception 'The role coop_passport_statistics does not exist, and % may not create it.', current_user
          using hint = 'Give the user of MIGRATION_DATABASE_URL the right to (alter role … createrole), or create the role beforehand.';
    end;
  end if;
  if not pg_has_role('coop_passport_statistics', 'coop_passport_public', 'usage') then
    begin
      grant coop_passport_public to coop_passport_statistics;
    exception when unique_violation then null;
    end;
  end if;
end $$;

grant select on network_statistics to coop_passport_public;
grant insert on network_statistics to coop_passport_statistics;
create policy everybody on network_statistics for select to coop_passport_public using (true);
create policy statistics on network_statistics for insert to coop_passport_statistics with check (true);

-- What is counted, and of whom; no report, no purpose, no payload.
grant select (organisation_id, verdict, verified_at) on verifications to coop_passport_statistics;
grant select (id, organisation_id, holder_id, created_at, ended_at) on reliances to coop_passport_statistics;
grant select (reliance_id, issuer_id) on relied_credentials to coop_passport_statistics;
grant select (id, created_at) on applications to coop_passport_statistics;
grant select (application_id, holder_id, type, issued_at) on credentials to coop_passport_statistics;
create policy statistics on verifications for select to coop_passport_statistics using (true);
create policy statistics on reliances for select to coop_passport_statistics using (true);
create policy statistics on relied_credentials for select to coop_passport_statistics using (true);
create policy statistics on applications for select to coop_passport_statistics using (true);
create policy statistics on credentials for select to coop_passport_statistics using (true);
