-- Receipts of verifications, and what it takes to say what an honest verifier would have said at an instant.

-- No row is touched here; functions over the tables are looked through as they are made, which would count as a query (see migrate.ts).
set local row_security = on;

alter table verifications
  -- The report, signed by the organisation that verified (a compact JWS); absent where none was asked for.
  add column receipt text;

-- A status list of the past is made of the changes of what stands in it.
grant select (id, credential_id, change, at) on status_changes to coop_passport_issuance;
create policy published on status_changes for select to coop_passport_issuance using (true);

-- When what was contested of a credential. What is open goes along when the same is issued in its place (0021): until then it was of the one before.
create function coop_passport_contest_history(credential uuid)
  returns table (pointer text, opened_at timestamptz, closed_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
begin atomic
  with recursive line as (
    select credentials.id, credentials.superseded_by, null::timestamptz as issued_at
    from credentials where credentials.id = credential
    union all
    select successor.id, successor.superseded_by, successor.issued_at
    from line join credentials successor on successor.id = line.superseded_by
    where successor.reissued_for is not null
  ), first as (select min(line.issued_at) as issued_at from line)
  select credential_contests.pointer, credential_contests.opened_at,
    -- Of the one before it ended when that one was replaced.
    case when line.issued_at is null then credential_contests.closed_at
      else least(credential_contests.closed_at, first.issued_at) end
  from first cross join line join credential_contests on credential_contests.credential_id = line.id
  where line.issued_at is null or credential_contests.opened_at < first.issued_at
  order by credential_contests.pointer, credential_contests.opened_at;
end;
revoke execute on function coop_passport_contest_history from public;
grant execute on function coop_passport_contest_history to coop_passport_public;
grant create on schema public to coop_passport_facts;
alter function coop_passport_contest_history owner to coop_passport_facts;
revoke create on schema public from coop_passport_facts;

---- What other hosts published, as it was seen by verifications of who was signed in. Nobody reads or writes these but through the functions below.
create table archived_bodies (
  digest bytea primary key check (length(digest) = 32),
  body bytea not null,
  -- Who had it fetched first: for a measure of the day, and for nobody to read.
  organisation_id uuid not null references organisations,
  archived_at timestamptz not null
);
create index archived_bodies_measure on archived_bodies (organisation_id, archived_at);
create index archived_bodies_age on archived_bodies (archived_at);

create table archived_answers (
  -- SHA-256 of what was asked for: media types and address.
  request bytea not null check (length(request) = 32),
  seen_at timestamptz not null,
  url text not null,
  status smallint not null,
  digest bytea not null references archived_bodies,
  organisation_id uuid not null references organisations,
  primary key (request, seen_at)
);
create index archived_answers_measure on archived_answers (organisation_id, seen_at);
create index archived_answers_age on archived_answers (seen_at);
create index archived_answers_digest on archived_answers (digest);

alter table archived_bodies enable row level security, force row level security;
alter table archived_answers enable row level security, force row level security;
grant select, insert on archived_bodies, archived_answers to coop_passport_facts;
create policy facts on archived_bodies to coop_passport_facts using (true);
create policy facts on archived_answers to coop_passport_facts using (true);
grant select (digest, archived_at), delete on archived_bodies to coop_passport_upkeep;
grant select (digest, seen_at), delete on archived_answers to coop_passport_upkeep;
create policy upkeep on archived_bodies to coop_passport_upkeep using (true) with check (false);
create policy upkeep on archived_answers to coop_passport_upkeep using (true) with check (false);

-- By whoever is signed in to an organisation, and within its measure.
create function coop_passport_archive(
  request bytea, url text, status smallint, digest bytea, body bytea, seen timestamptz, most_bytes bigint, most_answers bigint
)
  returns void
  language sql volatile security definer set search_path = pg_catalog, public, pg_temp
begin atomic
  with room as (
    select coop_passport_organisation() as organisation_id
    where coop_passport_organisation() is not null
      and (
        select coalesce(sum(length(archived_bodies.body)), 0) + length($5) from archived_bodies
        where organisation_id = coop_passport_organisation() and archived_at > seen - interval '1 day'
      ) <= most_bytes
      and (
        select count(*) from archived_answers
        where organisation_id = coop_passport_organisation() and seen_at > seen - interval '1 day'
      ) < most_answers
  ), kept as (
    insert into archived_bodies (digest, body, organisation_id, archived_at)
      select $4, $5, room.organisation_id, seen from room
      on conflict do nothing
  )
  insert into archived_answers (request, seen_at, url, status, digest, organisation_id)
    select $1, seen, $2, $3, $4, room.organisation_id from room
    on conflict do nothing;
end;

-- What was answered last, until an instant and after another one.
create function coop_passport_archived(wanted bytea, until timestamptz, after timestamptz)
  returns table (status smallint, body bytea, seen_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
begin atomic
  select archived_answers.status, archived_bodies.body, archived_answers.seen_at
  from archived_answers join archived_bodies on archived_bodies.digest = archived_answers.digest
  where archived_answers.request = wanted and archived_answers.seen_at <= until and archived_answers.seen_at > after
  order by archived_answers.seen_at desc limit 1;
end;

revoke execute on function coop_passport_archive, coop_passport_archived from public;
grant execute on function coop_passport_archive, coop_passport_archived to coop_passport_member;
grant create on schema public to coop_passport_facts;
alter function coop_passport_archive owner to coop_passport_facts;
alter function coop_passport_archived owner to coop_passport_facts;
revoke create on schema public from coop_passport_facts;
