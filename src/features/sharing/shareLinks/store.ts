import type { Selectable } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { Actor } from '../../../kernel/caller.js';
import type { PageRequest } from '../../../http/paging.js';
import type { OrganisationId, ShareLinkId } from '../../../kernel/ids.js';

export type LinkRow = Omit<Selectable<Tables['share_links']>, 'code_digest' | 'created_by'>;

const COLUMNS = [
  ...(['id', 'organisation_id', 'credential_ids', 'max_uses', 'uses'] as const),
  ...(['created_at', 'expires_at', 'ended_at', 'last_opened_at'] as const),
] as const;

export async function insertLink(
  trx: Executor,
  row: LinkRow,
  { codeDigest, createdBy }: { readonly codeDigest: Buffer; readonly createdBy: Actor },
): Promise<void> {
  await trx
    .insertInto('share_links')
    .values({ ...row, code_digest: codeDigest, created_by: JSON.stringify(createdBy) })
    .execute();
}

/** Oldest first; one row more than the page holds. */
export async function listLinks(
  executor: Executor,
  organisationId: OrganisationId,
  page: PageRequest,
): Promise<LinkRow[]> {
  let query = executor
    .selectFrom('share_links')
    .select(COLUMNS)
    .where('organisation_id', '=', organisationId);
  if (page.after !== undefined) query = query.where('id', '>', page.after as ShareLinkId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

export async function findLink(
  executor: Executor,
  id: ShareLinkId,
  organisationId: OrganisationId,
): Promise<LinkRow | undefined> {
  return executor
    .selectFrom('share_links')
    .select(COLUMNS)
    .where('id', '=', id)
    .where('organisation_id', '=', organisationId)
    .executeTakeFirst();
}

/** Whether it would open now, without doing it. */
export async function opens(executor: Executor, codeDigest: Buffer, at: Date): Promise<boolean> {
  const row = await executor
    .selectFrom('share_links')
    .select('id')
    .where('code_digest', '=', codeDigest)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', at)
    .whereRef('uses', '<', 'max_uses')
    .executeTakeFirst();
  return row !== undefined;
}

/** Counts the use; `undefined` for what does not open, whyever. Two at once are two uses. */
export async function useLink(
  executor: Executor,
  codeDigest: Buffer,
  at: Date,
): Promise<LinkRow | undefined> {
  return executor
    .updateTable('share_links')
    .set(({ eb }) => ({ uses: eb('uses', '+', 1), last_opened_at: at }))
    .where('code_digest', '=', codeDigest)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', at)
    .whereRef('uses', '<', 'max_uses')
    .returning(COLUMNS)
    .executeTakeFirst();
}

/** True where there was something to end. */
export async function endLinks(
  trx: Executor,
  which: { readonly organisationId: OrganisationId; readonly id?: ShareLinkId },
  at: Date,
): Promise<boolean> {
  let query = trx
    .updateTable('share_links')
    .set({ ended_at: at })
    .where('organisation_id', '=', which.organisationId)
    .where('ended_at', 'is', null);
  if (which.id !== undefined) query = query.where('id', '=', which.id);
  const result = await query.executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function exportLinks(executor: Executor, organisationId: OrganisationId) {
  return executor
    .selectFrom('share_links')
    .select(COLUMNS)
    .where('organisation_id', '=', organisationId)
    .orderBy('id')
    .execute();
}
