import type { Selectable } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { Actor } from '../../../kernel/caller.js';
import type { OrganisationId, RelianceId } from '../../../kernel/ids.js';

export type RelianceRow = Omit<Selectable<Tables['reliances']>, 'created_by'>;
export type ReliedRow = Selectable<Tables['relied_credentials']>;

const COLUMNS = [
  'id',
  'organisation_id',
  'holder_id',
  'verification_id',
  'purpose',
  'created_at',
  'ended_at',
] as const;

/** False where one relies on this verification already; the transaction goes on. */
export async function insertReliance(trx: Executor, row: RelianceRow, createdBy: Actor): Promise<boolean> {
  const result = await trx
    .insertInto('reliances')
    .values({ ...row, created_by: JSON.stringify(createdBy) })
    .onConflict((conflict) => conflict.column('verification_id').where('ended_at', 'is', null).doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

export async function insertRelied(trx: Executor, rows: readonly ReliedRow[]): Promise<void> {
  await trx
    .insertInto('relied_credentials')
    .values([...rows])
    .execute();
}

/** Of either party. */
export async function findReliance(
  executor: Executor,
  id: RelianceId,
  party: OrganisationId,
): Promise<RelianceRow | undefined> {
  return executor
    .selectFrom('reliances')
    .select(COLUMNS)
    .where('id', '=', id)
    .where((where) => where.or([where('organisation_id', '=', party), where('holder_id', '=', party)]))
    .executeTakeFirst();
}

/** Oldest first; one row more than the page holds. */
export async function listReliances(
  executor: Executor,
  filter: { readonly role: 'partner' | 'holder'; readonly organisationId: OrganisationId },
  page: PageRequest,
): Promise<RelianceRow[]> {
  let query = executor
    .selectFrom('reliances')
    .select(COLUMNS)
    .where(filter.role === 'holder' ? 'holder_id' : 'organisation_id', '=', filter.organisationId);
  if (page.after !== undefined) query = query.where('id', '>', page.after as RelianceId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

export async function listReliedOf(executor: Executor, ids: readonly RelianceId[]): Promise<ReliedRow[]> {
  if (ids.length === 0) return [];
  return executor
    .selectFrom('relied_credentials')
    .selectAll()
    .where('reliance_id', 'in', [...ids])
    .orderBy('reliance_id')
    .orderBy('credential_id')
    .execute();
}

/** Those that ended with this: of one, or of all of a partner's. */
export async function endReliances(
  trx: Executor,
  which: { readonly organisationId: OrganisationId; readonly id?: RelianceId },
  at: Date,
): Promise<RelianceRow[]> {
  let query = trx
    .updateTable('reliances')
    .set({ ended_at: at })
    .where('organisation_id', '=', which.organisationId)
    .where('ended_at', 'is', null);
  if (which.id !== undefined) query = query.where('id', '=', which.id);
  const ended = await query.returning(COLUMNS).execute();
  if (ended.length === 0) return [];
  await trx
    .updateTable('relied_credentials')
    .set({ ended_at: at })
    .where(
      'reliance_id',
      'in',
      ended.map(({ id }) => id),
    )
    .execute();
  return ended;
}

/** Where an organisation relies on others, or others on it. */
export async function exportReliances(
  executor: Executor,
  organisationId: OrganisationId,
): Promise<{ reliances: unknown; reliedOnBy: unknown }> {
  const rows = await executor
    .selectFrom('reliances')
    .select([...COLUMNS])
    .where((where) =>
      where.or([where('organisation_id', '=', organisationId), where('holder_id', '=', organisationId)]),
    )
    .orderBy('id')
    .execute();
  const credentials = await listReliedOf(
    executor,
    rows.map(({ id }) => id),
  );
  const shown = rows.map((row) => ({
    id: row.id,
    partnerId: row.organisation_id,
    holderId: row.holder_id,
    purpose: row.purpose,
    since: row.created_at,
    endedAt: row.ended_at,
    credentialIds: credentials.filter((one) => one.reliance_id === row.id).map((one) => one.credential_id),
  }));
  return {
    reliances: shown.filter(({ partnerId }) => partnerId === organisationId),
    reliedOnBy: shown.filter(({ holderId }) => holderId === organisationId),
  };
}
