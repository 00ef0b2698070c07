import { sql } from 'kysely';
import type { Executor } from '../../adapters/database/schema.js';
import {
  newId,
  type CheckId,
  type ConcernId,
  type CredentialId,
  type OrganisationId,
} from '../../kernel/ids.js';
import type { Concern, Ground } from './rules.js';

/** Held by whoever changes what the credentials of this holder rest on, or their status on that account: one after the other. */
export async function lockHolder(trx: Executor, holderId: OrganisationId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${lockName(holderId)}, 0))`.execute(trx);
}

/** False where somebody else is at it just now. */
export async function tryLockHolder(trx: Executor, holderId: OrganisationId): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${lockName(holderId)}, 0)) as locked`.execute(trx);
  return rows[0]?.locked === true;
}

function lockName(holderId: OrganisationId): string {
  return `credential-life:${holderId}`;
}

export interface GroundRow extends Ground {
  readonly credentialId: CredentialId;
  /** For which the digest was made: this credential, or the one that said the same before it. */
  readonly digestOf: CredentialId;
}

export interface Parties {
  readonly credentialId: CredentialId;
  readonly holderId: OrganisationId;
  readonly issuerId: OrganisationId;
}

export async function insertGrounds(
  trx: Executor,
  { credentialId, holderId, issuerId }: Parties,
  grounds: readonly Ground[],
): Promise<void> {
  await trx
    .insertInto('credential_grounds')
    .values(
      grounds.map(({ pointer, digest, checkId, expiresAt, warnsAt }) => ({
        credential_id: credentialId,
        holder_id: holderId,
        issuer_id: issuerId,
        pointer,
        value_digest: digest ?? null,
        digest_of: null,
        check_id: checkId ?? null,
        expires_at: expiresAt ?? null,
        lapsed_at: null,
        warns_at: warnsAt ?? null,
      })),
    )
    .execute();
}

export async function listGrounds(
  executor: Executor,
  credentialIds: readonly CredentialId[],
): Promise<GroundRow[]> {
  if (credentialIds.length === 0) return [];
  const rows = await executor
    .selectFrom('credential_grounds')
    .select(['credential_id', 'digest_of', 'pointer', 'value_digest', 'check_id', 'expires_at'])
    .where('credential_id', 'in', [...credentialIds])
    .orderBy('credential_id')
    .orderBy('pointer')
    .execute();
  return rows.map((row) => ({
    credentialId: row.credential_id,
    digestOf: row.digest_of ?? row.credential_id,
    pointer: row.pointer,
    ...(row.value_digest && { digest: row.value_digest }),
    ...(row.check_id && { checkId: row.check_id }),
    ...(row.expires_at && { expiresAt: row.expires_at }),
  }));
}

/** The same once more, for a credential that says the same. */
export async function copyGrounds(trx: Executor, from: CredentialId, to: CredentialId): Promise<void> {
  await sql`
    insert into credential_grounds (credential_id, digest_of, holder_id, issuer_id, pointer, value_digest, check_id,
      expires_at, lapsed_at, warns_at)
    select ${to}, coalesce(digest_of, credential_id), holder_id, issuer_id, pointer, value_digest, check_id,
      expires_at, lapsed_at, warns_at
    from credential_grounds where credential_id = ${from}`.execute(trx);
}

/** What is open about a credential is open about the one that says the same in its place, since when it was. */
export async function moveOpenConcerns(trx: Executor, from: CredentialId, to: CredentialId): Promise<void> {
  await trx
    .updateTable('credential_concerns')
    .set({ credential_id: to })
    .where('credential_id', '=', from)
    .where('closed_at', 'is', null)
    .execute();
}

/**
 * Holders of credentials of which something has lapsed that nobody has seen yet (`expires_at`), or will lapse soon and they have not been told
 * (`warns_at`). What was seen to lapse warns no more.
 */
export async function listHoldersDue(
  executor: Executor,
  what: 'expires_at' | 'warns_at',
  now: Date,
  limit: number,
): Promise<OrganisationId[]> {
  const due = executor
    .selectFrom('credential_grounds')
    .select('holder_id')
    .where(what, '<=', now)
    .$if(what === 'expires_at', (query) => query.where('lapsed_at', 'is', null))
    .orderBy(what)
    .limit(limit)
    .as('due');
  const rows = await executor.selectFrom(due).select('holder_id').distinct().execute();
  return rows.map((row) => row.holder_id);
}

/** Marks as seen what has lapsed under these credentials. */
export async function takeLapses(
  trx: Executor,
  credentialIds: readonly CredentialId[],
  now: Date,
): Promise<{ credentialId: CredentialId; pointer: string }[]> {
  if (credentialIds.length === 0) return [];
  return trx
    .updateTable('credential_grounds')
    .set({ lapsed_at: now, warns_at: null })
    .where('credential_id', 'in', [...credentialIds])
    .where('expires_at', '<=', now)
    .where('lapsed_at', 'is', null)
    .returning(['credential_id as credentialId', 'pointer'])
    .execute();
}

/** Marks as told what will lapse soon under these credentials. */
export async function takeWarnings(
  trx: Executor,
  credentialIds: readonly CredentialId[],
  now: Date,
): Promise<(Parties & { pointer: string })[]> {
  if (credentialIds.length === 0) return [];
  return trx
    .updateTable('credential_grounds')
    .set({ warns_at: null })
    .where('credential_id', 'in', [...credentialIds])
    .where('warns_at', '<=', now)
    .returning(['credential_id as credentialId', 'holder_id as holderId', 'issuer_id as issuerId', 'pointer'])
    .execute();
}

/** A new check stands behind it. */
export async function renewGround(
  trx: Executor,
  ground: { credentialId: CredentialId; pointer: string },
  check: { checkId: CheckId; expiresAt: Date | undefined; warnsAt: Date | undefined },
): Promise<void> {
  await trx
    .updateTable('credential_grounds')
    .set({
      check_id: check.checkId,
      expires_at: check.expiresAt ?? null,
      lapsed_at: null,
      warns_at: check.warnsAt ?? null,
    })
    .where('credential_id', '=', ground.credentialId)
    .where('pointer', '=', ground.pointer)
    .execute();
}

/** Of these blocks no digest is left that a value could be tried against. */
export async function forgetDigests(
  trx: Executor,
  holderId: OrganisationId,
  blocks: readonly string[],
): Promise<void> {
  await trx
    .updateTable('credential_grounds')
    .set({ value_digest: null })
    .where('holder_id', '=', holderId)
    .where((where) =>
      where.or(
        blocks.flatMap((block) => [where('pointer', '=', block), where('pointer', 'like', `${block}/%`)]),
      ),
    )
    .execute();
}

export interface ConcernRow extends Concern, Parties {
  readonly id: ConcernId;
  readonly enforcedAt?: Date;
}

const CONCERN = [
  'id',
  'credential_id as credentialId',
  'holder_id as holderId',
  'issuer_id as issuerId',
  'kind',
  'pointer',
  'since',
  'suspends_at as suspendsAt',
  'enforced_at as enforcedAt',
] as const;

/** Those that were not open already. */
export async function insertConcerns(
  trx: Executor,
  concerns: readonly (Concern & Parties)[],
): Promise<ConcernRow[]> {
  if (concerns.length === 0) return [];
  const rows = await trx
    .insertInto('credential_concerns')
    .values(
      concerns.map((concern) => ({
        id: newId<'concern'>(),
        credential_id: concern.credentialId,
        holder_id: concern.holderId,
        issuer_id: concern.issuerId,
        kind: concern.kind,
        pointer: concern.pointer,
        since: concern.since,
        suspends_at: concern.suspendsAt,
        enforced_at: null,
        closed_at: null,
        outcome: null,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['credential_id', 'kind', 'pointer']).where('closed_at', 'is', null).doNothing(),
    )
    .returning(CONCERN)
    .execute();
  return rows.map(toConcern);
}

export async function listOpenConcerns(
  executor: Executor,
  credentialIds: readonly CredentialId[],
): Promise<ConcernRow[]> {
  if (credentialIds.length === 0) return [];
  const rows = await executor
    .selectFrom('credential_concerns')
    .select(CONCERN)
    .where('credential_id', 'in', [...credentialIds])
    .where('closed_at', 'is', null)
    .orderBy('id')
    .execute();
  return rows.map(toConcern);
}

/** Whose grace has passed, and for which nothing was done yet; longest overdue first. */
export async function listDueCredentials(
  executor: Executor,
  now: Date,
  limit: number,
): Promise<{ credentialId: CredentialId; holderId: OrganisationId }[]> {
  const due = executor
    .selectFrom('credential_concerns')
    .select(['credential_id as credentialId', 'holder_id as holderId'])
    .where('suspends_at', '<=', now)
    .where('closed_at', 'is', null)
    .where('enforced_at', 'is', null)
    .orderBy('suspends_at')
    .limit(limit)
    .as('due');
  return executor.selectFrom(due).selectAll().distinct().execute();
}

export async function markEnforced(trx: Executor, ids: readonly ConcernId[], at: Date): Promise<void> {
  await trx
    .updateTable('credential_concerns')
    .set({ enforced_at: at })
    .where('id', 'in', [...ids])
    .execute();
}

export async function closeConcerns(
  trx: Executor,
  ids: readonly ConcernId[],
  end: { readonly at: Date; readonly outcome: 'cured' | 'ended' },
): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .updateTable('credential_concerns')
    .set({ closed_at: end.at, outcome: end.outcome })
    .where('id', 'in', [...ids])
    .where('closed_at', 'is', null)
    .execute();
}

function toConcern<Row extends { enforcedAt: Date | null }>({ enforcedAt, ...row }: Row) {
  return { ...row, ...(enforcedAt && { enforcedAt }) };
}
