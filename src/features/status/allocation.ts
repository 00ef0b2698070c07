import { randomInt } from 'node:crypto';
import type { Executor } from '../../adapters/database/schema.js';
import { MINIMUM_ENTRIES } from '../../credentials/status/bitstring.js';
import {
  OWN_LIST_KINDS,
  type ListPlace,
  type OwnListKind,
  type StatusPlaces,
} from '../../credentials/status/statusLists.js';
import { newId, type CredentialId, type OrganisationId, type StatusListId } from '../../kernel/ids.js';
import { claimIndexes, insertList, lockListOpening, lockNewestList } from './store.js';

export function statusListUrl(publicUrl: string, listId: StatusListId): string {
  return `${publicUrl}/status/${listId}`;
}

/**
 * For each form of a credential a place of its own in every kind of list that it needs, at indexes that tell nothing (Bitstring Status List
 * §5.4, Token Status List §12.4): picked at random, and never given out twice, not even after the issuance failed.
 *
 * @param wanted the kinds of list of each form
 * @returns the places of each form, in the same order
 */
export async function allocateStatus(
  trx: Executor,
  publicUrl: string,
  order: { issuerId: OrganisationId; credentialId: CredentialId; at: Date },
  wanted: readonly (readonly OwnListKind[])[],
): Promise<StatusPlaces[]> {
  const places = wanted.map((): Partial<Record<OwnListKind, ListPlace>> => ({}));
  // Everybody locks lists in this order.
  for (const kind of OWN_LIST_KINDS) {
    const takers = places.filter((_, form) => wanted[form]?.includes(kind));
    if (takers.length === 0) continue;
    const listId = await listWithRoom(trx, order.issuerId, kind, order.at);
    const indexes = await claimRandomIndexes(trx, listId, order.credentialId, takers.length);
    const listUrl = statusListUrl(publicUrl, listId);
    for (const [n, index] of indexes.entries()) {
      const taker = takers[n];
      if (taker) taker[kind] = { listUrl, index };
    }
  }
  return places;
}

/** A list is left when it is half full: until then a random index is free at the first or second try. */
async function listWithRoom(
  trx: Executor,
  issuerId: OrganisationId,
  kind: OwnListKind,
  at: Date,
): Promise<StatusListId> {
  const roomy = await findListWithRoom(trx, issuerId, kind);
  if (roomy !== undefined) return roomy;
  // Of many at once, one opens the next list and the others go into it: an index hides among many.
  await lockListOpening(trx, issuerId, kind);
  const opened = await findListWithRoom(trx, issuerId, kind);
  if (opened !== undefined) return opened;
  const id = newId<'statusList'>();
  await insertList(trx, { id, size: MINIMUM_ENTRIES, taken: 0, issuerId, kind, at });
  return id;
}

async function findListWithRoom(
  trx: Executor,
  issuerId: OrganisationId,
  kind: OwnListKind,
): Promise<StatusListId | undefined> {
  const newest = await lockNewestList(trx, issuerId, kind);
  return newest && newest.taken < newest.size / 2 ? newest.id : undefined;
}

async function claimRandomIndexes(
  trx: Executor,
  listId: StatusListId,
  credentialId: CredentialId,
  count: number,
): Promise<number[]> {
  const claimed: number[] = [];
  while (claimed.length < count) {
    const picked = new Set(Array.from({ length: count - claimed.length }, () => randomInt(MINIMUM_ENTRIES)));
    claimed.push(...(await claimIndexes(trx, listId, [...picked], credentialId)));
  }
  return claimed;
}
