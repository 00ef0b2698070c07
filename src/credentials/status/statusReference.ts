import { listOf, type TypedObject } from '../dataModel.js';
import { readStatusClaim } from './statusClaim.js';
import { readBitstringEntry, type StatusEntry } from './statusEntry.js';

/** Where a credential's status stands, whichever list it is in. `unknown`: it may be a good entry of a kind that is not read here. */
export type StatusReference =
  | ({ readonly kind: 'bitstring' } & StatusEntry)
  | { readonly kind: 'token'; readonly listUrl: string; readonly index: number }
  | { readonly kind: 'malformed' | 'unknown' };

/** Of `credentialStatus` (VC Data Model §4.10). */
export function readStatusEntries(
  credentialStatus: TypedObject | readonly TypedObject[] | undefined,
): StatusReference[] {
  return listOf(credentialStatus).map((entry) => {
    const read = readBitstringEntry(entry);
    if (read === 'malformed') return { kind: 'malformed' };
    return read === 'unknownType' ? { kind: 'unknown' } : { kind: 'bitstring', ...read };
  });
}

/** Of the claim `status` of a token; empty where it has none. */
export function readStatusReference(status: unknown): StatusReference[] {
  if (status === undefined) return [];
  const reference = readStatusClaim(status);
  if (reference === 'malformed') return [{ kind: 'malformed' }];
  if (reference === 'unknownMechanism') return [{ kind: 'unknown' }];
  return [{ kind: 'token', listUrl: reference.uri, index: reference.idx }];
}
