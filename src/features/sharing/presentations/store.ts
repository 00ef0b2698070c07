import type { Selectable } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { OrganisationId, PresentationId } from '../../../kernel/ids.js';

export type PresentationRow = Selectable<Tables['presentations']>;

export async function insertPresentation(
  trx: Executor,
  { credentials, ...row }: PresentationRow,
): Promise<void> {
  await trx
    .insertInto('presentations')
    .values({ ...row, credentials: JSON.stringify(credentials) })
    .execute();
}

/** Oldest first; one row more than the page holds. */
export async function listPresentations(
  executor: Executor,
  organisationId: OrganisationId,
  page: PageRequest,
): Promise<PresentationRow[]> {
  let query = executor.selectFrom('presentations').selectAll().where('organisation_id', '=', organisationId);
  if (page.after !== undefined) query = query.where('id', '>', page.after as PresentationId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

export async function findPresentation(
  executor: Executor,
  id: PresentationId,
  organisationId: OrganisationId,
): Promise<PresentationRow | undefined> {
  return executor
    .selectFrom('presentations')
    .selectAll()
    .where('id', '=', id)
    .where('organisation_id', '=', organisationId)
    .executeTakeFirst();
}

export async function exportPresentations(executor: Executor, organisationId: OrganisationId) {
  return executor
    .selectFrom('presentations')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .orderBy('id')
    .execute();
}
