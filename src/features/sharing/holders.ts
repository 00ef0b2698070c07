import type { Executor } from '../../adapters/database/schema.js';
import type { AccessRequestId, DocumentRequestId, GrantId, OrganisationId } from '../../kernel/ids.js';
import { findHolderOfRequest } from './accessRequests/store.js';
import { findHolderOfDocument } from './documentRequests/store.js';
import { findHolderOfGrant } from './grants/store.js';

const ABOUT = /^\/v1\/(access-requests|grants|document-requests)\/([0-9a-f-]{36})(?:\/|$)/;

/** Whose dossier an answer about sharing is about, by the address that was asked or by that of what was made. */
export async function findSharedHolder(
  executor: Executor,
  addresses: readonly string[],
): Promise<OrganisationId | undefined> {
  for (const address of addresses) {
    const [, kind, id] = ABOUT.exec(address) ?? [];
    if (kind === 'access-requests') return findHolderOfRequest(executor, id as AccessRequestId);
    if (kind === 'document-requests') return findHolderOfDocument(executor, id as DocumentRequestId);
    if (kind === 'grants') return findHolderOfGrant(executor, id as GrantId);
  }
  return undefined;
}
