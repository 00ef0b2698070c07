-- Acceptance policies. A version never changes: a verification says under which it was decided.
create table policies (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  created_at timestamptz not null,
  -- Kept, since verifications refer to it; nothing is decided under it any more.
  archived_at timestamptz
);
create index policies_organisation on policies (organisation_id, id);

create table policy_versions (
  policy_id uuid not null references policies,
  version integer not null check (version > 0),
  -- JSON text: name, description, rules.
  body text not null,
  created_at timestamptz not null,
  primary key (policy_id, version)
);

alter table verifications
  add column policy_id uuid,
  add column policy_version integer,
  add constraint verifications_policy_whole check ((policy_id is null) = (policy_version is null)),
  -- Not validated: until now there was none to refer to.
  add constraint verifications_policy foreign key (policy_id, policy_version) references policy_versions not valid;
-- For looking through a time, or through what was decided under one policy in a time.
create index verifications_time on verifications (organisation_id, verified_at, id);
create index verifications_policy_time on verifications (policy_id, verified_at, id) where policy_id is not null;

alter table policies enable row level security, force row level security;
alter table policy_versions enable row level security, force row level security;

grant select, insert, update (archived_at) on policies to coop_passport_member;
create policy own on policies to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));

grant select, insert on policy_versions to coop_passport_member;
create policy own on policy_versions to coop_passport_member
  using (exists (select from policies where policies.id = policy_id));
