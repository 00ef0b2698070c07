import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { Actor } from '../../../kernel/caller.js';
import type { ContestId, CredentialId, OrganisationId } from '../../../kernel/ids.js';
import type { DossierRef } from '../../../kernel/ports.js';

export type ContestRow = Omit<Selectable<Tables['credential_contests']>, 'opened_by'>;

const COLUMNS = [
  'id',
  'credential_id',
  'holder_id',
  'issuer_id',
  'pointer',
  'statement',
  'sealed_statement',
  'opened_at',
  'closed_at',
  'outcome',
  'reason',
  'sealed_reason',
] as const;

/** False where this place is contested already; the transaction goes on. */
export async function insertContest(trx: Executor, row: ContestRow, openedBy: Actor): Promise<boolean> {
  const result = await trx
    .insertInto('credential_contests')
    .values({ ...row, opened_by: JSON.stringify(openedBy) })
    .onConflict((conflict) =>
      conflict.columns(['credential_id', 'pointer']).where('closed_at', 'is', null).doNothing(),
    )
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

export async function lockContest(
  trx: Executor,
  credentialId: CredentialId,
  id: ContestId,
): Promise<ContestRow | undefined> {
  return trx
    .selectFrom('credential_contests')
    .select(COLUMNS)
    .where('id', '=', id)
    .where('credential_id', '=', credentialId)
    .forUpdate()
    .executeTakeFirst();
}

export async function closeContest(
  trx: Executor,
  id: ContestId,
  end: Pick<ContestRow, 'closed_at' | 'outcome' | 'reason' | 'sealed_reason'>,
): Promise<void> {
  await trx.updateTable('credential_contests').set(end).where('id', '=', id).execute();
}

/** What is contested is contested of whatever says the same in its place. */
export async function moveOpenContests(trx: Executor, from: CredentialId, to: CredentialId): Promise<void> {
  await trx
    .updateTable('credential_contests')
    .set({ credential_id: to })
    .where('credential_id', '=', from)
    .where('closed_at', 'is', null)
    .execute();
}

/** Oldest first; one row more than the page holds. */
export async function listContests(
  executor: Executor,
  credentialId: CredentialId,
  page: PageRequest,
): Promise<ContestRow[]> {
  let query = executor
    .selectFrom('credential_contests')
    .select(COLUMNS)
    .where('credential_id', '=', credentialId);
  if (page.after !== undefined) query = query.where('id', '>', page.after as ContestId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

/** For verification reports: where, and since when; never what was said. */
export async function listOpenContests(
  executor: Executor,
  credentialId: CredentialId,
): Promise<{ pointer: string; since: Date }[]> {
  const { rows } = await sql<{ pointer: string; since: Date }>`
    select pointer, opened_at as since from coop_passport_open_contests(${credentialId})`.execute(executor);
  return rows;
}

/** Every contest of a credential and of what says the same in its place, without the words; `closed_at` is null while it is open. */
export async function listContestHistory(
  executor: Executor,
  credentialId: CredentialId,
): Promise<{ pointer: string; openedAt: Date; closedAt: Date | null }[]> {
  const { rows } = await sql<{ pointer: string; openedAt: Date; closedAt: Date | null }>`
    select pointer, opened_at as "openedAt", closed_at as "closedAt"
    from coop_passport_contest_history(${credentialId})`.execute(executor);
  return rows;
}

/** What an organisation contests and contested, as its holder. */
export async function listContestsOf(executor: Executor, holderId: OrganisationId): Promise<ContestRow[]> {
  return executor
    .selectFrom('credential_contests')
    .select(COLUMNS)
    .where('holder_id', '=', holderId)
    .orderBy('id')
    .execute();
}

/** What the key of a dossier sealed, and what was written before there was one for it. */
export async function eraseContestWords(
  trx: Executor,
  { organisationId, generation }: DossierRef,
): Promise<void> {
  for (const column of ['sealed_statement', 'sealed_reason'] as const)
    await trx
      .updateTable('credential_contests')
      .set({ [column]: null })
      .where('holder_id', '=', organisationId)
      .where(sql<boolean>`substring(${sql.ref(column)} from 1 for 4) = int4send(${generation}::integer)`)
      .execute();
  for (const column of ['statement', 'reason'] as const)
    await trx
      .updateTable('credential_contests')
      .set({ [column]: '' })
      .where('holder_id', '=', organisationId)
      .where(column, '<>', '')
      .execute();
}
