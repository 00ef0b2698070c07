import type { Selectable } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { Actor } from '../../../kernel/caller.js';

export type LinkRow = Selectable<Tables['evidence_links']>;

export async function insertLink(
  trx: Executor,
  row: Omit<LinkRow, 'created_by'> & { readonly created_by: Actor },
): Promise<void> {
  await trx
    .insertInto('evidence_links')
    .values({ ...row, created_by: JSON.stringify(row.created_by) })
    .execute();
}

export async function findLink(executor: Executor, tokenHash: Buffer): Promise<LinkRow | undefined> {
  return executor
    .selectFrom('evidence_links')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst();
}

export async function deleteLinks(executor: Executor, expiredBefore: Date): Promise<void> {
  await executor.deleteFrom('evidence_links').where('expires_at', '<=', expiredBefore).execute();
}
