/** Closed sets that the database, the API and the rules share. */

/** What is out of order about something that a credential rests on. */
export const CONCERN_KINDS = [
  'evidence_lapsed',
  'field_changed',
  'representation_lapsed',
  'standing_changed',
] as const;
export type ConcernKind = (typeof CONCERN_KINDS)[number];

/** Why a credential is issued once more with what it says, gravest first. */
export const REISSUE_CAUSES = [
  'signed_after_compromise',
  'signed_by_revoked_key',
  'holder_key_replaced',
] as const;
export type ReissueCause = (typeof REISSUE_CAUSES)[number];
