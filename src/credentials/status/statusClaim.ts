import { isUrl } from '../dataModel.js';
import { isJsonObject } from '../../kernel/strictJson.js';

/**
 * The `status` claim of a token whose status stands in a Token Status List (draft-ietf-oauth-status-list-21 §6.1, §6.2,
 * read for this).
 */
export interface StatusListReference {
  /** Position in the list, from 0. */
  readonly idx: number;
  /** Where the list is, and what its `sub` says. */
  readonly uri: string;
}

export function composeStatusClaim({ idx, uri }: StatusListReference) {
  return { status_list: { idx, uri } };
}

/** `unknownMechanism` where it may be a good claim of a mechanism that is not read here. Never throws. */
export function readStatusClaim(status: unknown): StatusListReference | 'malformed' | 'unknownMechanism' {
  // "At least one reference to a status mechanism."
  if (!isJsonObject(status) || Object.keys(status).length === 0) return 'malformed';
  if (!Object.hasOwn(status, 'status_list')) return 'unknownMechanism';
  const reference = status['status_list'];
  if (!isJsonObject(reference)) return 'malformed';
  const { idx, uri } = reference;
  return typeof idx === 'number' && Number.isSafeInteger(idx) && idx >= 0 && isUrl(uri)
    ? { idx, uri }
    : 'malformed';
}
