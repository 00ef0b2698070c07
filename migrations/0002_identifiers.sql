-- DIDs and signing keys: the stores of the Veramo agent.

create table identifiers (
  did text primary key,
  organisation_id uuid not null unique references organisations,
  provider text not null,
  created_at timestamptz not null
);

create table signing_keys (
  id uuid primary key,
  did text not null references identifiers deferrable initially deferred,
  -- RFC 7638 thumbprint: the fragment of the JsonWebKey method and of a token's kid.
  thumbprint text not null unique,
  algorithm text not null check (algorithm in ('ES256', 'EdDSA')),
  public_jwk jsonb not null,
  -- PKCS #8, sealed with a data key of its own; removed when the key is retired or revoked.
  sealed_private_key bytea,
  created_at timestamptz not null,
  -- Rotated away: signs nothing any more, what it signed stays valid.
  retired_at timestamptz,
  revoked_at timestamptz,
  -- From this instant on somebody else may have signed with it.
  compromised_at timestamptz,
  -- In the administrator's words, for the members of the organisation; it is never published.
  revocation_reason text,
  check ((revoked_at is null) = (compromised_at is null)),
  -- A key that does not sign any more leaves nothing to sign with.
  check (sealed_private_key is null or (retired_at is null and revoked_at is null))
);
create unique index signing_keys_active on signing_keys (did, algorithm) where retired_at is null and revoked_at is null;
create index signing_keys_did on signing_keys (did, id);
