-- Receipts of verifications, and what it takes to say what an honest verifier would have said at an instant.

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
