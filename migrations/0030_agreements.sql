-- Standing agreements on who may have which fields for what: a text and terms, in versions that each member accepts for itself.

create table agreements (
  id uuid primary key,
  author_id uuid not null references organisations,
  created_at timestamptz not null,
  -- Nothing is decided by it any more.
  closed_at timestamptz
);

-- A version never changes: members have accepted just this one.
create table agreement_versions (
  agreement_id uuid not null references agreements,
  -- The agreement's.
  author_id uuid not null references organisations,
  version integer not null check (version > 0),
  title text not null,
  text text not null,
  terms jsonb not null,
  -- Who may join; absent: every organisation of the network.
  parties uuid[],
  -- SHA-256 of the canonical JSON of title, text and terms.
  digest bytea not null,
  created_at timestamptz not null,
  created_by jsonb not null,
  primary key (agreement_id, version)
);

-- One row for each version that a member has accepted; the one that has not ended counts.
create table agreement_memberships (
  id uuid primary key,
  agreement_id uuid not null,
  organisation_id uuid not null references organisations,
  version integer not null,
  accepted_at timestamptz not null,
  ended_at timestamptz,
  ending text check (ending in ('replaced', 'left', 'organisation_closed')),
  foreign key (agreement_id, version) references agreement_versions,
  constraint agreement_memberships_ending check ((ended_at is null) = (ending is null))
);
create unique index agreement_memberships_one on agreement_memberships (agreement_id, organisation_id) where ended_at is null;
create index agreement_memberships_organisation on agreement_memberships (organisation_id) where ended_at is null;

-- Delegates' yes to a version, until there are as many as the organisation's rule asks for.
create table agreement_approvals (
  id uuid primary key,
  agreement_id uuid not null,
  version integer not null,
  organisation_id uuid not null references organisations,
  person_id uuid not null references people,
  membership_id uuid not null references memberships,
  -- By the rule of when it was given so many are needed; the strictest of all counts.
  needed integer not null check (needed > 0),
  at timestamptz not null,
  sealed_minute bytea,
  settled_at timestamptz,
  foreign key (agreement_id, version) references agreement_versions
);
create unique index agreement_approvals_once on agreement_approvals (agreement_id, version, organisation_id, person_id)
  where settled_at is null;
create index agreement_approvals_organisation on agreement_approvals (organisation_id) where settled_at is null;

alter table agreements enable row level security, force row level security;
alter table agreement_versions enable row level security, force row level security;
alter table agreement_memberships enable row level security, force row level security;
alter table agreement_approvals enable row level security, force row level security;

-- Its author, whoever may join it, and whoever has.
grant select, insert, update (closed_at) on agreements to coop_passport_member;
grant select, insert on agreement_versions to coop_passport_member;
create policy offered on agreement_versions for select to coop_passport_member using (
  parties is null or (select coop_passport_organisation()) = any(parties)
  or author_id = (select coop_passport_organisation())
  or exists (
    select from agreement_memberships joined
    where joined.agreement_id = agreement_versions.agreement_id
      and joined.organisation_id = (select coop_passport_organisation()) and joined.version = agreement_versions.version
  )
);
create policy written on agreement_versions for insert to coop_passport_member with check (
  author_id = (select coop_passport_organisation())
  and exists (select from agreements where agreements.id = agreement_id and agreements.author_id = agreement_versions.author_id)
);
create policy offered on agreements for select to coop_passport_member using (
  author_id = (select coop_passport_organisation())
  or exists (select from agreement_versions where agreement_versions.agreement_id = agreements.id)
);
create policy own on agreements for insert to coop_passport_member
  with check (author_id = (select coop_passport_organisation()));
create policy closed on agreements for update to coop_passport_member
  using (author_id = (select coop_passport_organisation()));

grant select, insert, update (ended_at, ending) on agreement_memberships to coop_passport_member;
create policy own on agreement_memberships to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));

grant select, insert, update (settled_at) on agreement_approvals to coop_passport_member;
create policy own on agreement_approvals to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));

-- Whether two parties are bound by one, and who its members are, is for more than one of them.
grant select on agreement_versions to coop_passport_counterpart;
create policy counterpart on agreement_versions for select to coop_passport_counterpart using (true);
grant select on agreements to coop_passport_counterpart;
create policy counterpart on agreements for select to coop_passport_counterpart using (true);
grant select, update (ended_at) on agreement_memberships to coop_passport_counterpart;
create policy counterpart on agreement_memberships for select to coop_passport_counterpart using (true);
-- To hold a row is all that it may: it changes none.
create policy held on agreement_memberships for update to coop_passport_counterpart using (true) with check (false);

-- Members are told of a new version.
grant select (agreement_id, organisation_id, ended_at) on agreement_memberships to coop_passport_telling;
create policy telling on agreement_memberships for select to coop_passport_telling using (true);

-- With a dossier go the words under its key.
grant select, update (sealed_minute) on agreement_approvals to coop_passport_retention;
create policy retention on agreement_approvals to coop_passport_retention using (true);
