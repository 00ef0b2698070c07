import { sql } from 'kysely';
import type { Executor } from '../../adapters/database/schema.js';
import type { StatusPurpose } from '../../credentials/status/statusEntry.js';
import {
  newId,
  type CredentialId,
  type KeyId,
  type OrganisationId,
  type StatusListId,
} from '../../kernel/ids.js';

export interface StatusListRow {
  readonly id: StatusListId;
  readonly size: number;
  readonly taken: number;
}

/** The issuer's newest list of a purpose; held, so that its count of taken indexes stays right. */
export async function lockNewestList(
  trx: Executor,
  issuerId: OrganisationId,
  purpose: StatusPurpose,
): Promise<StatusListRow | undefined> {
  return trx
    .selectFrom('status_lists')
    .select(['id', 'size', 'taken'])
    .where('issuer_id', '=', issuerId)
    .where('purpose', '=', purpose)
    .orderBy('id', 'desc')
    .limit(1)
    .forUpdate()
    .executeTakeFirst();
}

/** Lists of an issuer and purpose are opened one after the other. */
export async function lockListOpening(
  trx: Executor,
  issuerId: OrganisationId,
  purpose: StatusPurpose,
): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`status-list:${issuerId}:${purpose}`}, 0))`.execute(
    trx,
  );
}

export async function insertList(
  trx: Executor,
  list: StatusListRow & { issuerId: OrganisationId; purpose: StatusPurpose; at: Date },
): Promise<void> {
  await trx
    .insertInto('status_lists')
    .values({
      id: list.id,
      issuer_id: list.issuerId,
      purpose: list.purpose,
      size: list.size,
      created_at: list.at,
    })
    .execute();
}

/** False when the index is taken, by whomever: the primary key is what decides. */
export async function claimIndex(
  trx: Executor,
  listId: StatusListId,
  index: number,
  credentialId: CredentialId,
): Promise<boolean> {
  const result = await trx
    .insertInto('status_entries')
    .values({ list_id: listId, index, credential_id: credentialId })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (result.numInsertedOrUpdatedRows !== 1n) return false;
  await trx
    .updateTable('status_lists')
    .set((eb) => ({ taken: eb('taken', '+', 1) }))
    .where('id', '=', listId)
    .execute();
  return true;
}

/** Sets a credential's bit in its list of this purpose, and returns that list. */
export async function setStatus(
  trx: Executor,
  credentialId: CredentialId,
  purpose: StatusPurpose,
  value: boolean,
): Promise<StatusListId> {
  const entry = await trx
    .updateTable('status_entries')
    .from('status_lists')
    .set({ value })
    .whereRef('status_lists.id', '=', 'status_entries.list_id')
    .where('status_lists.purpose', '=', purpose)
    .where('status_entries.credential_id', '=', credentialId)
    .returning('status_entries.list_id')
    .executeTakeFirstOrThrow();
  await trx
    .updateTable('status_lists')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .where('id', '=', entry.list_id)
    .execute();
  return entry.list_id;
}

/** A list with the bits of one moment and the number of the version they make. */
export interface ListSnapshot {
  readonly issuerId: OrganisationId;
  readonly purpose: StatusPurpose;
  readonly size: number;
  readonly version: number;
  readonly setIndexes: number[];
}

/** One statement, so that version and bits belong together. */
export async function readSnapshot(
  executor: Executor,
  listId: StatusListId,
): Promise<ListSnapshot | undefined> {
  const row = await executor
    .selectFrom('status_lists')
    .select((eb) => [
      'issuer_id',
      'purpose',
      'size',
      'version',
      eb
        .selectFrom('status_entries')
        .select(sql<number[]>`coalesce(array_agg(index order by index), '{}')`.as('indexes'))
        .whereRef('list_id', '=', 'status_lists.id')
        .where('value', '=', true)
        .as('set_indexes'),
    ])
    .where('id', '=', listId)
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    issuerId: row.issuer_id,
    purpose: row.purpose,
    size: row.size,
    version: row.version,
    setIndexes: row.set_indexes ?? [],
  };
}

export interface PublicationRow {
  readonly version: number;
  readonly token: string;
  readonly publishedAt: Date;
  readonly expiresAt: Date;
}

/** The signed list, when it has the bits of the newest version. */
export async function findCurrentPublication(
  executor: Executor,
  listId: StatusListId,
): Promise<PublicationRow | undefined> {
  const row = await executor
    .selectFrom('status_publications')
    .innerJoin('status_lists', 'status_lists.id', 'status_publications.list_id')
    .select(['status_publications.version', 'token', 'published_at', 'expires_at'])
    .where('list_id', '=', listId)
    .whereRef('status_publications.version', '=', 'status_lists.version')
    .executeTakeFirst();
  return (
    row && {
      version: row.version,
      token: row.token,
      publishedAt: row.published_at,
      expiresAt: row.expires_at,
    }
  );
}

/** Keeps the publication unless a newer one is there: of two processes that sign at once, the later bits win. */
export async function upsertPublication(
  trx: Executor,
  listId: StatusListId,
  publication: PublicationRow & { signedBy: KeyId },
): Promise<void> {
  const columns = {
    version: publication.version,
    token: publication.token,
    signed_by: publication.signedBy,
    published_at: publication.publishedAt,
    expires_at: publication.expiresAt,
  };
  await trx
    .insertInto('status_publications')
    .values({ list_id: listId, ...columns })
    .onConflict((conflict) =>
      conflict
        .column('list_id')
        .doUpdateSet(columns)
        .where((where) =>
          where.or([
            where('status_publications.version', '<', columns.version),
            where.and([
              where('status_publications.version', '=', columns.version),
              where('status_publications.expires_at', '<', columns.expires_at),
            ]),
          ]),
        ),
    )
    .execute();
}

/** Lists signed with a key that is no longer trusted must be signed again before they are served. */
export async function dropPublicationsBy(trx: Executor, keyId: KeyId): Promise<StatusListId[]> {
  const rows = await trx
    .deleteFrom('status_publications')
    .where('signed_by', '=', keyId)
    .returning('list_id')
    .execute();
  return rows.map((row) => row.list_id);
}

export async function insertStatusChange(
  trx: Executor,
  change: {
    credentialId: CredentialId;
    change: 'suspended' | 'reinstated' | 'revoked';
    reason: string;
    at: Date;
  },
): Promise<void> {
  await trx
    .insertInto('status_changes')
    .values({
      id: newId<'statusChange'>(),
      credential_id: change.credentialId,
      change: change.change,
      reason: change.reason,
      at: change.at,
    })
    .execute();
}

export async function listStatusChanges(executor: Executor, credentialId: CredentialId) {
  return executor
    .selectFrom('status_changes')
    .select(['change', 'reason', 'at'])
    .where('credential_id', '=', credentialId)
    .orderBy('id')
    .execute();
}

export async function listListsOf(executor: Executor, issuerId: OrganisationId): Promise<StatusListId[]> {
  const rows = await executor
    .selectFrom('status_lists')
    .select('id')
    .where('issuer_id', '=', issuerId)
    .orderBy('id')
    .execute();
  return rows.map((row) => row.id);
}
