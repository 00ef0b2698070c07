-- Receipts of verifications, and what it takes to say what an honest verifier would have said at an instant.

alter table verifications
  -- The report, signed by the organisation that verified (a compact JWS); absent where none was asked for.
  add column receipt text;
