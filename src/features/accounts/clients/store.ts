import type { Executor } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { Scope } from '../../../kernel/caller.js';
import type { ClientId, OrganisationId } from '../../../kernel/ids.js';

export async function insertClient(
  trx: Executor,
  client: {
    id: ClientId;
    organisationId: OrganisationId;
    name: string;
    scopes: readonly Scope[];
    secretHash: Buffer;
    at: Date;
  },
): Promise<void> {
  await trx
    .insertInto('clients')
    .values({
      id: client.id,
      organisation_id: client.organisationId,
      name: client.name,
      scopes: [...client.scopes],
      secret_hash: client.secretHash,
      created_at: client.at,
    })
    .execute();
}

export async function listClients(executor: Executor, organisationId: OrganisationId, page?: PageRequest) {
  let query = executor
    .selectFrom('clients')
    .select(['id', 'name', 'scopes', 'created_at'])
    .where('organisation_id', '=', organisationId)
    .where('revoked_at', 'is', null)
    .orderBy('id');
  if (page) query = query.limit(page.limit + 1);
  if (page?.after !== undefined) query = query.where('id', '>', page.after as ClientId);
  return query.execute();
}

/** A client that is not revoked, of an organisation that is open. */
export async function findLiveClient(executor: Executor, clientId: ClientId) {
  return executor
    .selectFrom('clients')
    .innerJoin('organisations', 'organisations.id', 'clients.organisation_id')
    .select([
      'clients.organisation_id as organisationId',
      'clients.name',
      'clients.scopes',
      'clients.secret_hash as secretHash',
    ])
    .where('clients.id', '=', clientId)
    .where('clients.revoked_at', 'is', null)
    .where('organisations.closed_at', 'is', null)
    .executeTakeFirst();
}

/** False where there is no such live client. */
export async function revokeClient(
  trx: Executor,
  organisationId: OrganisationId,
  clientId: ClientId,
  at: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('clients')
    .set({ revoked_at: at })
    .where('id', '=', clientId)
    .where('organisation_id', '=', organisationId)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

export async function revokeAllClients(
  trx: Executor,
  organisationId: OrganisationId,
  at: Date,
): Promise<void> {
  await trx
    .updateTable('clients')
    .set({ revoked_at: at })
    .where('organisation_id', '=', organisationId)
    .where('revoked_at', 'is', null)
    .execute();
}
