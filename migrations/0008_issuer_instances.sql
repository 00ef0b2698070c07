-- Issuers of the W3C VC API. Each has a DID and a key of its own in the same stores as the organisations' keys, and never theirs.

create table issuer_instances (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  name text not null,
  format text not null,
  -- Of Data Integrity only.
  cryptosuite text,
  key_type text not null,
  -- Whether what it issues gets a place in a status list of its own.
  has_status_list boolean not null,
  created_at timestamptz not null,
  -- It issues nothing any more; what it issued is still verified.
  ended_at timestamptz
);
create index issuer_instances_organisation on issuer_instances (organisation_id, id);

-- A DID stands for an organisation or for one of these instances.
alter table identifiers alter column organisation_id drop not null;
alter table identifiers add column instance_id uuid unique references issuer_instances;
alter table identifiers add constraint identifiers_one_owner check ((organisation_id is null) <> (instance_id is null));

alter table signing_keys drop constraint signing_keys_algorithm_check;
alter table signing_keys add constraint signing_keys_algorithm_check check (algorithm in ('ES256', 'ES384', 'EdDSA'));

-- The bits of an instance's Bitstring Status List, whose one purpose is revocation; the signed list is made of them when it is asked for.
create table instance_status_lists (
  id uuid primary key,
  instance_id uuid not null references issuer_instances,
  -- How many indexes are taken; a new list is opened before picking at random gets slow.
  taken integer not null default 0,
  created_at timestamptz not null
);
create index instance_status_lists_instance on instance_status_lists (instance_id, id);

create table instance_status_entries (
  list_id uuid not null references instance_status_lists,
  index integer not null check (index between 0 and 131071),
  -- By what its issuer will name the credential: its id, or what the issuer called it. Nothing else of a credential is kept.
  credential_id text,
  revoked_at timestamptz,
  primary key (list_id, index)
);
create index instance_status_entries_credential on instance_status_entries (credential_id);
create index instance_status_entries_revoked on instance_status_entries (list_id, index) where revoked_at is not null;
