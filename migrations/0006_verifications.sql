create table verifications (
  id uuid primary key,
  organisation_id uuid not null references organisations,
  verdict text not null check (verdict in ('accepted', 'rejected', 'undetermined')),
  -- JSON text rather than jsonb: a foreign credential may hold characters that jsonb does not take.
  report text not null,
  verified_at timestamptz not null
);
create index verifications_organisation on verifications (organisation_id, id);
