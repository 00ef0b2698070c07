import type { ErasureGround } from '../../adapters/database/personalDataTables.js';
import type { Executor } from '../../adapters/database/schema.js';
import type { Actor } from '../../kernel/caller.js';
import type { DossierRef } from '../../kernel/ports.js';

export interface ErasureOrder extends DossierRef {
  readonly requestedBy: Actor;
  readonly ground: ErasureGround;
  readonly at: Date;
}

/** From when this is committed there is no way back. One that was scheduled begins now. False when it had begun before. */
export async function insertStarted(trx: Executor, order: ErasureOrder): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('erasures')
    .values({ ...toRow(order), due_at: order.at, started_at: order.at })
    .onConflict((conflict) =>
      conflict
        .columns(['organisation_id', 'generation'])
        .doUpdateSet(({ ref }) => ({ started_at: ref('excluded.started_at') }))
        .where('erasures.started_at', 'is', null),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function insertScheduled(trx: Executor, order: ErasureOrder, dueAt: Date): Promise<void> {
  await trx
    .insertInto('erasures')
    .values({ ...toRow(order), due_at: dueAt })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

function toRow({ organisationId, generation, requestedBy, ground, at }: ErasureOrder) {
  return {
    organisation_id: organisationId,
    generation,
    requested_at: at,
    requested_by: JSON.stringify(requestedBy),
    ground,
  };
}

/** False when another process was first. */
export async function markCompleted(trx: Executor, dossier: DossierRef, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('erasures')
    .set({ completed_at: at })
    .where('organisation_id', '=', dossier.organisationId)
    .where('generation', '=', dossier.generation)
    .where('started_at', 'is not', null)
    .where('completed_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function postpone(trx: Executor, dossier: DossierRef, dueAt: Date): Promise<void> {
  await trx
    .updateTable('erasures')
    .set({ due_at: dueAt })
    .where('organisation_id', '=', dossier.organisationId)
    .where('generation', '=', dossier.generation)
    .where('started_at', 'is', null)
    .execute();
}

export interface ErasureState extends DossierRef {
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly requestedBy: Actor;
  readonly ground: ErasureGround;
}

/** What is begun and not done, and what is due. */
export async function listUnfinished(executor: Executor, now: Date, limit: number): Promise<ErasureState[]> {
  const rows = await selectErasures(executor)
    .where('completed_at', 'is', null)
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(limit)
    .execute();
  return rows.map(toState);
}

export async function listErasures(executor: Executor): Promise<ErasureState[]> {
  const rows = await selectErasures(executor).where('started_at', 'is not', null).execute();
  return rows.map(toState);
}

function selectErasures(executor: Executor) {
  return executor.selectFrom('erasures').selectAll();
}

function toState(
  row: Awaited<ReturnType<ReturnType<typeof selectErasures>['execute']>>[number],
): ErasureState {
  return {
    organisationId: row.organisation_id,
    generation: row.generation,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    requestedBy: row.requested_by,
    ground: row.ground,
  };
}
