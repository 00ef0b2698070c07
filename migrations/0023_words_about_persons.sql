-- What people write about people is sealed under the key of the dossier that it is about, and gone with it: in contests, and in what a piece
-- of evidence is said to be.
set local row_security = on;

alter table credential_contests
  -- The generation of the key, four bytes, and what it sealed; `statement` and `reason` are then empty.
  add column sealed_statement bytea,
  add column sealed_reason bytea;
grant update (sealed_reason) on credential_contests to coop_passport_member;

alter table evidence
  -- Under the key of `key_generation`; `details` is then null.
  add column sealed_details bytea;
grant update (sealed_details) on evidence to coop_passport_retention;
grant select, update (statement, reason, sealed_statement, sealed_reason) on credential_contests to coop_passport_retention;
create policy retention on credential_contests to coop_passport_retention using (true);

-- An answer about a credential is kept under the key of its holder's dossier.
grant select (id, holder_id) on credentials to coop_passport_sealing;
create policy sealing on credentials for select to coop_passport_sealing using (true);
