import type { Selectable } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { GrantId } from '../../../kernel/ids.js';

export type ReceiptRow = Selectable<Tables['consent_receipts']>;

export async function findReceipt(
  executor: Executor,
  grantId: GrantId,
  state: string,
): Promise<ReceiptRow | undefined> {
  return executor
    .selectFrom('consent_receipts')
    .selectAll()
    .where('grant_id', '=', grantId)
    .where('state', '=', state)
    .executeTakeFirst();
}

/** The first one stays. */
export async function insertReceipt(trx: Executor, row: ReceiptRow): Promise<void> {
  await trx
    .insertInto('consent_receipts')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
