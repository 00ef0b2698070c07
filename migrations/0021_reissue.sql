-- A credential that is issued once more, saying what it said: under another key of its issuer, for another key of its holder.
alter table credentials
  -- The key of its holder that its forms are bound to.
  add column holder_key uuid references signing_keys,
  -- Why it was issued in the place of its predecessor without a decision; absent where there was one.
  add column reissued_for text check (
    reissued_for in ('signed_after_compromise', 'signed_by_revoked_key', 'holder_key_replaced')
  ),
  add check (reissued_for is null or supersedes is not null);
create index credentials_holder_key on credentials (holder_key);

-- The key that the holder had when what it was to be issued was prepared.
alter table credentials no force row level security;
alter table identifiers no force row level security;
alter table signing_keys no force row level security;
update credentials set holder_key = (
  select signing_keys.id
  from signing_keys join identifiers on identifiers.did = signing_keys.did
  where identifiers.organisation_id = credentials.holder_id and algorithm = 'ES256'
    and signing_keys.created_at <= credentials.prepared_at
  order by signing_keys.created_at desc, signing_keys.id desc
  limit 1
);
alter table credentials force row level security;
alter table identifiers force row level security;
alter table signing_keys force row level security;

-- What a credential rests on goes along with what it says: the digests stay those of the credential that they were made for.
alter table credential_grounds add column digest_of uuid references credentials;

-- The issuer's own register says something else than the credential.
alter table credential_concerns drop constraint credential_concerns_kind_check;
alter table credential_concerns add constraint credential_concerns_kind_check
  check (kind in ('evidence_lapsed', 'field_changed', 'representation_lapsed', 'standing_changed'));

-- What is open about a credential goes along as well.
grant update (credential_id) on credential_concerns to coop_passport_watch;
grant select, update (credential_id) on credential_contests to coop_passport_watch;
create policy watch on credential_contests to coop_passport_watch using (true);
