import type { Executor } from '../../adapters/database/schema.js';
import type { PageRequest } from '../../http/paging.js';
import type { Actor } from '../../kernel/caller.js';
import type { HoldId, OrganisationId } from '../../kernel/ids.js';
import type { RetentionRule } from './rules.js';

export interface HoldRow {
  readonly id: HoldId;
  readonly organisation_id: OrganisationId;
  readonly registrar_id: OrganisationId;
  readonly until: Date;
  readonly legal_basis: string;
  readonly created_at: Date;
  readonly released_at: Date | null;
}

const COLUMNS = [
  'id',
  'organisation_id',
  'registrar_id',
  'until',
  'legal_basis',
  'created_at',
  'released_at',
] as const;

export async function insertHold(trx: Executor, row: HoldRow, createdBy: Actor): Promise<void> {
  await trx
    .insertInto('dossier_holds')
    .values({ ...row, created_by: JSON.stringify(createdBy) })
    .execute();
}

/** Oldest first; one row more than the page holds. Of one registrar only, where it is named. */
export async function listHolds(
  executor: Executor,
  organisationId: OrganisationId,
  registrarId: OrganisationId | undefined,
  page: PageRequest,
): Promise<HoldRow[]> {
  let query = executor
    .selectFrom('dossier_holds')
    .select(COLUMNS)
    .where('organisation_id', '=', organisationId);
  if (registrarId !== undefined) query = query.where('registrar_id', '=', registrarId);
  if (page.after !== undefined) query = query.where('id', '>', page.after as HoldId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

export async function listStandingHolds(
  executor: Executor,
  organisationId: OrganisationId,
  now: Date,
): Promise<HoldRow[]> {
  return executor
    .selectFrom('dossier_holds')
    .select(COLUMNS)
    .where('organisation_id', '=', organisationId)
    .where('released_at', 'is', null)
    .where('until', '>', now)
    .execute();
}

/** False when there is none of this registrar that stands. */
export async function releaseHold(
  trx: Executor,
  hold: { id: HoldId; organisationId: OrganisationId; registrarId: OrganisationId },
  at: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('dossier_holds')
    .set({ released_at: at })
    .where('id', '=', hold.id)
    .where('organisation_id', '=', hold.organisationId)
    .where('registrar_id', '=', hold.registrarId)
    .where('released_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function putRetentionRule(trx: Executor, rule: RetentionRule, at: Date): Promise<void> {
  const terms = { after_decision: rule.afterDecision, legal_basis: rule.legalBasis, updated_at: at };
  await trx
    .insertInto('retention_rules')
    .values({ registrar_id: rule.registrarId, ...terms })
    .onConflict((conflict) => conflict.column('registrar_id').doUpdateSet(terms))
    .execute();
}

export async function deleteRetentionRule(trx: Executor, registrarId: OrganisationId): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('retention_rules')
    .where('registrar_id', '=', registrarId)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

export async function listRetentionRules(
  executor: Executor,
  registrarIds: readonly OrganisationId[],
): Promise<RetentionRule[]> {
  if (registrarIds.length === 0) return [];
  return executor
    .selectFrom('retention_rules')
    .select(['registrar_id as registrarId', 'after_decision as afterDecision', 'legal_basis as legalBasis'])
    .where('registrar_id', 'in', [...registrarIds])
    .execute();
}
