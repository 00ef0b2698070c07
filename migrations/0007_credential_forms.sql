-- A credential is issued in every format that its profile lists: all forms of it together, or none.
create table credential_forms (
  credential_id uuid not null references credentials,
  format text not null,
  -- As it is handed out: a token, or the JSON text of a document with its proof.
  secured text not null,
  -- SHA-256 of what makes the form this one and no other: a token's signing input, or the canonical document without its proof value.
  signed_digest bytea not null,
  signed_by uuid not null references signing_keys,
  primary key (credential_id, format)
);
create index credential_forms_signed_by on credential_forms (signed_by);

insert into credential_forms (credential_id, format, secured, signed_digest, signed_by)
  select id, 'vc+jwt', token, signing_input_digest, signed_by from credentials where state = 'issued';

alter table credentials
  -- What an accreditation is judged against.
  add column jurisdiction text,
  -- What the log's leaves say of it: the salted hash of what its forms were prepared as.
  add column commitment text,
  -- While it is not settled: by format the document that will be secured, everything disclosed (a JSON object), and the secret seed of the
  -- salts, so that whoever goes on after a crash secures the same. Erased with the result.
  add column documents text,
  add column seed bytea;

update credentials set
  jurisdiction = payload::json #>> '{credentialSubject,jurisdiction}',
  commitment = rtrim(translate(encode(sha256(log_salt || convert_to(payload, 'UTF8')), 'base64'), '+/', '-_'), '='),
  documents = case when state = 'prepared' then '{"vc+jwt":' || payload || '}' end,
  seed = case when state = 'prepared' then uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) end;

alter table credentials
  -- With them goes the constraint of which they are parts.
  drop column payload,
  drop column token,
  drop column signing_input_digest,
  drop column signed_by,
  alter column jurisdiction set not null,
  alter column commitment set not null,
  add check ((state = 'issued') = (issued_at is not null)),
  add check ((state = 'prepared') = (documents is not null)),
  add check ((state = 'prepared') = (seed is not null));

-- A token list (IETF) has two bits an entry, so it says by itself what takes two lists of one purpose each.
alter table status_lists rename column purpose to kind;
alter table status_lists drop constraint status_lists_purpose_check;
alter table status_lists add constraint status_lists_kind_check check (kind in ('revocation', 'suspension', 'token'));

-- Still the one source of truth: 0 or 1 in a list of one purpose; in a token list 0 valid, 1 revoked, 2 suspended.
drop index status_entries_set;
alter table status_entries alter column value drop default;
alter table status_entries alter column value type smallint using value::integer::smallint;
alter table status_entries alter column value set default 0;
alter table status_entries add constraint status_entries_value_check check (value between 0 and 2);
create index status_entries_set on status_entries (list_id, index) where value <> 0;

-- Signed once for every change, in each media type that the list is served as.
alter table status_publications rename column token to body;
alter table status_publications add column media_type text not null default 'application/vc+jwt';
alter table status_publications alter column media_type drop default;
alter table status_publications drop constraint status_publications_pkey;
alter table status_publications add primary key (list_id, media_type);
create index status_publications_signed_by on status_publications (signed_by);
