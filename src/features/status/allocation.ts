import { randomInt } from 'node:crypto';
import type { Executor } from '../../adapters/database/schema.js';
import { MINIMUM_ENTRIES } from '../../credentials/status/bitstring.js';
import {
  STATUS_PURPOSES,
  type StatusPlace,
  type StatusPurpose,
} from '../../credentials/status/statusEntry.js';
import { newId, type CredentialId, type OrganisationId, type StatusListId } from '../../kernel/ids.js';
import { claimIndex, insertList, lockListOpening, lockNewestList } from './store.js';

export function statusListUrl(publicUrl: string, listId: StatusListId): string {
  return `${publicUrl}/status/${listId}`;
}

/**
 * One place for each purpose, at indexes that tell nothing (Bitstring Status List §5.4): picked at random, and never given out twice, not
 * even after the issuance failed.
 */
export async function allocateStatus(
  trx: Executor,
  publicUrl: string,
  order: { issuerId: OrganisationId; credentialId: CredentialId; at: Date },
): Promise<Record<StatusPurpose, StatusPlace>> {
  const places = {} as Record<StatusPurpose, StatusPlace>;
  for (const purpose of STATUS_PURPOSES) {
    const listId = await listWithRoom(trx, order.issuerId, purpose, order.at);
    const index = await claimRandomIndex(trx, listId, order.credentialId);
    places[purpose] = { purpose, listUrl: statusListUrl(publicUrl, listId), index };
  }
  return places;
}

/** A list is left when it is half full: until then a random index is free at the first or second try. */
async function listWithRoom(
  trx: Executor,
  issuerId: OrganisationId,
  purpose: StatusPurpose,
  at: Date,
): Promise<StatusListId> {
  const roomy = await findListWithRoom(trx, issuerId, purpose);
  if (roomy !== undefined) return roomy;
  // Of many at once, one opens the next list and the others go into it: an index hides among many.
  await lockListOpening(trx, issuerId, purpose);
  const opened = await findListWithRoom(trx, issuerId, purpose);
  if (opened !== undefined) return opened;
  const id = newId<'statusList'>();
  await insertList(trx, { id, size: MINIMUM_ENTRIES, taken: 0, issuerId, purpose, at });
  return id;
}

async function findListWithRoom(
  trx: Executor,
  issuerId: OrganisationId,
  purpose: StatusPurpose,
): Promise<StatusListId | undefined> {
  const newest = await lockNewestList(trx, issuerId, purpose);
  return newest && newest.taken < newest.size / 2 ? newest.id : undefined;
}

async function claimRandomIndex(
  trx: Executor,
  listId: StatusListId,
  credentialId: CredentialId,
): Promise<number> {
  for (;;) {
    const index = randomInt(MINIMUM_ENTRIES);
    if (await claimIndex(trx, listId, index, credentialId)) return index;
  }
}
