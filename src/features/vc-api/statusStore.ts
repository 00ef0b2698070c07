import { sql } from 'kysely';
import type { Executor } from '../../adapters/database/schema.js';
import type { InstanceId, InstanceListId } from '../../kernel/ids.js';

/** An instance's newest list, when it has taken fewer indexes than `most`; held, so that its count stays right. */
export async function lockRoomyList(
  trx: Executor,
  instanceId: InstanceId,
  most: number,
): Promise<InstanceListId | undefined> {
  // Of many at once, one opens the next list and the others go into it.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`instance-list:${instanceId}`}, 0))`.execute(trx);
  const newest = await trx
    .selectFrom('instance_status_lists')
    .select(['id', 'taken'])
    .where('instance_id', '=', instanceId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return newest && newest.taken < most ? newest.id : undefined;
}

export async function insertList(
  trx: Executor,
  list: { id: InstanceListId; instanceId: InstanceId; at: Date },
): Promise<void> {
  await trx
    .insertInto('instance_status_lists')
    .values({ id: list.id, instance_id: list.instanceId, created_at: list.at })
    .execute();
}

/** False when the index is taken: the primary key is what decides. */
export async function claimIndex(
  trx: Executor,
  entry: { listId: InstanceListId; index: number; credentialId: string | undefined },
): Promise<boolean> {
  const result = await trx
    .insertInto('instance_status_entries')
    .values({ list_id: entry.listId, index: entry.index, credential_id: entry.credentialId ?? null })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (result.numInsertedOrUpdatedRows !== 1n) return false;
  await trx
    .updateTable('instance_status_lists')
    .set((eb) => ({ taken: eb('taken', '+', 1) }))
    .where('id', '=', entry.listId)
    .execute();
  return true;
}

/** The entries of whatever the instance issued under this name; held until the transaction ends. */
export async function lockEntries(
  trx: Executor,
  instanceId: InstanceId,
  credentialId: string,
): Promise<{ listId: InstanceListId; index: number; revokedAt: Date | null }[]> {
  return trx
    .selectFrom('instance_status_entries')
    .innerJoin('instance_status_lists', 'instance_status_lists.id', 'instance_status_entries.list_id')
    .select(['list_id as listId', 'index', 'revoked_at as revokedAt'])
    .where('instance_id', '=', instanceId)
    .where('credential_id', '=', credentialId)
    .orderBy('list_id')
    .orderBy('index')
    .forUpdate('instance_status_entries')
    .execute();
}

export async function revokeEntry(
  trx: Executor,
  { listId, index }: { listId: InstanceListId; index: number },
  at: Date,
): Promise<void> {
  await trx
    .updateTable('instance_status_entries')
    .set({ revoked_at: at })
    .where('list_id', '=', listId)
    .where('index', '=', index)
    .execute();
}

/** Whose list it is, and which of its bits are set. */
export async function findList(
  executor: Executor,
  listId: InstanceListId,
): Promise<{ instanceId: InstanceId; revokedIndexes: number[] } | undefined> {
  const row = await executor
    .selectFrom('instance_status_lists')
    .select((eb) => [
      'instance_id',
      eb
        .selectFrom('instance_status_entries')
        .select(sql<number[]>`coalesce(array_agg(index order by index), '{}')`.as('indexes'))
        .whereRef('list_id', '=', 'instance_status_lists.id')
        .where('revoked_at', 'is not', null)
        .as('revoked_indexes'),
    ])
    .where('id', '=', listId)
    .executeTakeFirst();
  return row && { instanceId: row.instance_id, revokedIndexes: row.revoked_indexes ?? [] };
}
