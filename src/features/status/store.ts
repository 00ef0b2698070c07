import { sql } from 'kysely';
import type { Executor } from '../../adapters/database/schema.js';
import type { OwnListKind, StatusMediaType } from '../../credentials/status/statusLists.js';
import type { ListTimeline } from './historyRules.js';
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

/** The issuer's newest list of a kind; held, so that its count of taken indexes stays right. */
export async function lockNewestList(
  trx: Executor,
  issuerId: OrganisationId,
  kind: OwnListKind,
): Promise<StatusListRow | undefined> {
  return trx
    .selectFrom('status_lists')
    .select(['id', 'size', 'taken'])
    .where('issuer_id', '=', issuerId)
    .where('kind', '=', kind)
    .orderBy('id', 'desc')
    .limit(1)
    .forUpdate()
    .executeTakeFirst();
}

/** Lists of an issuer and kind are opened one after the other. */
export async function lockListOpening(
  trx: Executor,
  issuerId: OrganisationId,
  kind: OwnListKind,
): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`status-list:${issuerId}:${kind}`}, 0))`.execute(
    trx,
  );
}

export async function insertList(
  trx: Executor,
  list: StatusListRow & { issuerId: OrganisationId; kind: OwnListKind; at: Date },
): Promise<void> {
  await trx
    .insertInto('status_lists')
    .values({
      id: list.id,
      issuer_id: list.issuerId,
      kind: list.kind,
      size: list.size,
      created_at: list.at,
    })
    .execute();
}

/** Those of the indexes that were free: the primary key is what decides. */
export async function claimIndexes(
  trx: Executor,
  listId: StatusListId,
  indexes: readonly number[],
  credentialId: CredentialId,
): Promise<number[]> {
  const claimed = await trx
    .insertInto('status_entries')
    .values(indexes.map((index) => ({ list_id: listId, index, credential_id: credentialId })))
    .onConflict((conflict) => conflict.doNothing())
    .returning('index')
    .execute();
  await trx
    .updateTable('status_lists')
    .set((eb) => ({ taken: eb('taken', '+', claimed.length) }))
    .where('id', '=', listId)
    .execute();
  return claimed.map(({ index }) => index);
}

/** Sets all entries of a credential, of all its forms, to the value for their kind of list; returns the lists that changed. */
export async function setStatus(
  trx: Executor,
  credentialId: CredentialId,
  values: Readonly<Record<OwnListKind, number>>,
): Promise<StatusListId[]> {
  const value = sql<number>`(${JSON.stringify(values)}::json ->> status_lists.kind)::smallint`;
  const entries = await trx
    .updateTable('status_entries')
    .from('status_lists')
    .set({ value })
    .whereRef('status_lists.id', '=', 'status_entries.list_id')
    .where('status_entries.credential_id', '=', credentialId)
    .where('status_entries.value', '<>', value)
    .returning('status_entries.list_id')
    .execute();
  const listIds = [...new Set(entries.map(({ list_id }) => list_id))];
  if (listIds.length === 0) return [];
  await trx
    .updateTable('status_lists')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .where('id', 'in', (from) =>
      from
        .selectFrom('status_lists as held')
        .select('held.id')
        .where('held.id', 'in', listIds)
        // The order in which an allocation locks lists, so that nobody waits for each other.
        .orderBy('held.kind')
        .orderBy('held.id')
        .forNoKeyUpdate(),
    )
    .execute();
  return listIds;
}

/** A list with the entries of one moment and the number of the version they make. */
export interface ListSnapshot {
  readonly issuerId: OrganisationId;
  readonly kind: OwnListKind;
  readonly size: number;
  readonly version: number;
  /** Those that are not 0. */
  readonly entries: readonly { readonly index: number; readonly value: number }[];
}

/** One statement, so that version and entries belong together. */
export async function readSnapshot(
  executor: Executor,
  listId: StatusListId,
): Promise<ListSnapshot | undefined> {
  const row = await executor
    .selectFrom('status_lists')
    .select((eb) => [
      'issuer_id',
      'kind',
      'size',
      'version',
      eb
        .selectFrom('status_entries')
        .select(
          sql<
            ListSnapshot['entries']
          >`coalesce(json_agg(json_build_object('index', index, 'value', value) order by index), '[]')`.as(
            'entries',
          ),
        )
        .whereRef('list_id', '=', 'status_lists.id')
        .where('value', '<>', 0)
        .as('entries'),
    ])
    .where('id', '=', listId)
    .executeTakeFirst();
  if (!row) return undefined;
  const { issuer_id: issuerId, kind, size, version, entries } = row;
  return { issuerId, kind, size, version, entries: entries ?? [] };
}

/** A list as it is served in one media type. */
export interface PublicationRow {
  readonly mediaType: StatusMediaType;
  readonly version: number;
  readonly body: string;
  readonly publishedAt: Date;
  readonly expiresAt: Date;
}

/** What is signed of the newest version of a list, in whichever media types. */
export async function findCurrentPublications(
  executor: Executor,
  listId: StatusListId,
): Promise<{ kind: OwnListKind; publications: PublicationRow[] } | undefined> {
  const rows = await executor
    .selectFrom('status_publications')
    .innerJoin('status_lists', 'status_lists.id', 'status_publications.list_id')
    .select([
      'kind',
      'media_type as mediaType',
      'status_publications.version',
      'body',
      'published_at as publishedAt',
      'expires_at as expiresAt',
    ])
    .where('list_id', '=', listId)
    .whereRef('status_publications.version', '=', 'status_lists.version')
    .execute();
  const [first] = rows;
  return first && { kind: first.kind, publications: rows.map(({ kind: _, ...publication }) => publication) };
}

/** Keeps each publication unless a newer one is there: of two processes that sign at once, the later entries win. */
export async function upsertPublications(
  trx: Executor,
  listId: StatusListId,
  publications: readonly (PublicationRow & { signedBy: KeyId })[],
): Promise<void> {
  await trx
    .insertInto('status_publications')
    .values(
      publications.map(({ mediaType, version, body, signedBy, publishedAt, expiresAt }) => ({
        list_id: listId,
        media_type: mediaType,
        version,
        body,
        signed_by: signedBy,
        published_at: publishedAt,
        expires_at: expiresAt,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['list_id', 'media_type'])
        .doUpdateSet(({ ref }) => ({
          version: ref('excluded.version'),
          body: ref('excluded.body'),
          signed_by: ref('excluded.signed_by'),
          published_at: ref('excluded.published_at'),
          expires_at: ref('excluded.expires_at'),
        }))
        .where((where) =>
          where.or([
            where('status_publications.version', '<', where.ref('excluded.version')),
            where.and([
              where('status_publications.version', '=', where.ref('excluded.version')),
              where('status_publications.expires_at', '<', where.ref('excluded.expires_at')),
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
  return [...new Set(rows.map((row) => row.list_id))];
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

/** A list and every change of a credential in it. */
export async function readTimeline(
  executor: Executor,
  listId: StatusListId,
): Promise<ListTimeline | undefined> {
  const list = await executor
    .selectFrom('status_lists')
    .select(['issuer_id as issuerId', 'kind', 'size', 'created_at as createdAt'])
    .where('id', '=', listId)
    .executeTakeFirst();
  if (!list) return undefined;
  const events = await executor
    .selectFrom('status_entries')
    .innerJoin('status_changes', 'status_changes.credential_id', 'status_entries.credential_id')
    .select(['status_entries.index', 'status_changes.change', 'status_changes.at'])
    .where('status_entries.list_id', '=', listId)
    .orderBy('status_changes.at')
    .orderBy('status_changes.id')
    .execute();
  return { ...list, events };
}

/** The changes of one credential, without the words. */
export async function listStatusEvents(executor: Executor, credentialId: CredentialId) {
  return executor
    .selectFrom('status_changes')
    .select(['change', 'at'])
    .where('credential_id', '=', credentialId)
    .orderBy('at')
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
