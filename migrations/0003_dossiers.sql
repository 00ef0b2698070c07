create table dossier_versions (
  organisation_id uuid not null references organisations,
  version integer not null check (version > 0),
  blocks jsonb not null,
  created_at timestamptz not null,
  primary key (organisation_id, version)
);

create table evidence (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  type text not null check (type in ('document', 'electronic_record', 'vouch', 'electronic_signature')),
  title text not null,
  media_type text not null,
  size_bytes bigint not null,
  -- SHA-256 of the plain content.
  digest bytea not null,
  -- The file's data key, wrapped by the key-encryption key and bound to this id.
  wrapped_key bytea not null,
  created_at timestamptz not null
);
create index evidence_organisation on evidence (organisation_id, id);
