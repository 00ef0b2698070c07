import type { StoredCaller } from '../../adapters/database/membershipTables.js';
import type { Executor } from '../../adapters/database/schema.js';
import type { OrganisationCaller } from '../../kernel/caller.js';
import { findLiveClient } from './clients/store.js';

/**
 * Whoever ordered work that goes on without them, with the rights that they have now: `undefined` once the membership or the client is
 * over. The session in which it was ordered may have ended since; an order outlives it.
 */
export async function findCaller(
  executor: Executor,
  stored: StoredCaller,
): Promise<OrganisationCaller | undefined> {
  if (stored.kind === 'client') {
    const client = await findLiveClient(executor, stored.clientId);
    return (
      client && {
        kind: 'client',
        clientId: stored.clientId,
        organisationId: client.organisationId,
        scopes: stored.scopes.filter((scope) => client.scopes.includes(scope)),
      }
    );
  }
  const membership = await executor
    .selectFrom('memberships')
    .innerJoin('organisations', 'organisations.id', 'memberships.organisation_id')
    .select(['memberships.person_id', 'memberships.organisation_id', 'memberships.role'])
    .where('memberships.id', '=', stored.membershipId)
    .where('memberships.ended_at', 'is', null)
    .where('organisations.closed_at', 'is', null)
    .executeTakeFirst();
  return (
    membership && {
      kind: 'member',
      personId: membership.person_id,
      sessionId: stored.sessionId,
      membershipId: stored.membershipId,
      organisationId: membership.organisation_id,
      role: membership.role,
    }
  );
}
