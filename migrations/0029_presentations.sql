-- What co-ops present to whom, what partners ask to be presented, and links to a passport.

---- Presentations: what was shown to whom; never the presentation itself. For the holder only.
create table presentations (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  format text not null check (format in ('vp+jwt', 'dc+sd-jwt')),
  audience text not null,
  -- [{id, type, disclosed?}]
  credentials jsonb not null,
  -- No foreign key: the request is somebody else's.
  request_id uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index presentations_organisation on presentations (organisation_id, id);

---- Requests: what a partner asks for. Whoever has the link may see what is asked, and answer.
create table presentation_requests (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  -- SHA-256 of what stands in the link.
  code_digest bytea not null unique,
  nonce text not null,
  policy_id uuid not null,
  policy_version integer not null,
  purpose text not null,
  created_at timestamptz not null,
  created_by jsonb not null,
  expires_at timestamptz not null,
  cancelled_at timestamptz,
  answered_at timestamptz,
  verification_id uuid references verifications,
  foreign key (policy_id, policy_version) references policy_versions,
  constraint presentation_requests_answer_whole check ((answered_at is null) = (verification_id is null)),
  constraint presentation_requests_one_end check (answered_at is null or cancelled_at is null)
);
create index presentation_requests_organisation on presentation_requests (organisation_id, id);

---- Share links: whoever has one may see the passport, so many times and so long
create table share_links (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  code_digest bytea not null unique,
  -- Absent: all that are valid when it is opened.
  credential_ids uuid[],
  max_uses integer not null check (max_uses between 1 and 10000),
  uses integer not null default 0 check (uses between 0 and max_uses),
  created_at timestamptz not null,
  created_by jsonb not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  last_opened_at timestamptz
);
create index share_links_organisation on share_links (organisation_id, id);

alter table presentations enable row level security, force row level security;
alter table presentation_requests enable row level security, force row level security;
alter table share_links enable row level security, force row level security;

grant select, insert on presentations to coop_passport_member;
create policy own on presentations to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));

grant select, insert, update (cancelled_at, answered_at, verification_id) on presentation_requests to coop_passport_member;
create policy own on presentation_requests to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));

-- The digest is for whoever looks a code up.
grant select (id, organisation_id, credential_ids, max_uses, uses, created_at, expires_at, ended_at, last_opened_at), insert, update (ended_at)
  on share_links to coop_passport_member;
create policy own on share_links to coop_passport_member
  using (organisation_id = (select coop_passport_organisation()));

-- Whoever brings a code acts for nobody; what it opens is looked up by it alone.
grant select on presentation_requests to coop_passport_counterpart;
create policy by_code on presentation_requests for select to coop_passport_counterpart using (true);
grant select, update (uses, last_opened_at) on share_links to coop_passport_counterpart;
create policy by_code on share_links for select to coop_passport_counterpart using (true);
create policy opening on share_links for update to coop_passport_counterpart using (true) with check (true);
