import type { Selectable } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { NoticeId, OrganisationId } from '../../../kernel/ids.js';
import type { NoticeKind } from '../../../kernel/notices.js';

export type NoticeRow = Selectable<Tables['notices']>;

export async function insertNotice(trx: Executor, row: NoticeRow): Promise<void> {
  await trx.insertInto('notices').values(row).execute();
}

/** Whether the organisation was written to about this kind since then. */
export async function wasMailed(
  trx: Executor,
  notice: { organisationId: OrganisationId; kind: NoticeKind },
  since: Date,
): Promise<boolean> {
  const row = await trx
    .selectFrom('notices')
    .select('id')
    .where('organisation_id', '=', notice.organisationId)
    .where('kind', '=', notice.kind)
    .where('at', '>', since)
    .where('is_mailed', '=', true)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Oldest first; one row more than the page holds. */
export async function listNotices(
  executor: Executor,
  filter: { organisationId: OrganisationId; onlyUnread: boolean },
  page: PageRequest,
): Promise<NoticeRow[]> {
  let query = executor.selectFrom('notices').selectAll().where('organisation_id', '=', filter.organisationId);
  if (filter.onlyUnread) query = query.where('read_at', 'is', null);
  if (page.after !== undefined) query = query.where('id', '>', page.after as NoticeId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

/** Keeps the instant of the first reading. */
export async function markRead(
  trx: Executor,
  id: NoticeId,
  organisationId: OrganisationId,
  at: Date,
): Promise<NoticeRow | undefined> {
  return trx
    .updateTable('notices')
    .set((eb) => ({ read_at: eb.fn.coalesce('read_at', eb.val(at)) }))
    .where('id', '=', id)
    .where('organisation_id', '=', organisationId)
    .returningAll()
    .executeTakeFirst();
}
