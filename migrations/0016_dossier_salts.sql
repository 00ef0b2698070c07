-- The secret from which the salts of a version's Merkle leaves are derived, sealed under the dossier's key: with that key everything that a
-- published root could be compared with is gone. Null for versions from before, which nothing can be proven of, and once it is erased.
alter table dossier_versions
  add column sealed_salts bytea,
  add column salts_generation integer check (salts_generation > 0);
