import { sql, type RawBuilder } from 'kysely';
import type { Executor } from '../../../adapters/database/schema.js';
import type { ReissueCause } from '../../../kernel/credentialLife.js';
import type { CredentialId, KeyId, OrganisationId } from '../../../kernel/ids.js';

/**
 * Why the credential of the row should be issued once more, by the gravest cause; null where nothing is wrong with the keys behind it, or
 * nobody relies on it any more.
 */
export function reissueCause(now: Date): RawBuilder<ReissueCause | null> {
  return sql<ReissueCause | null>`case
    when credentials.state <> 'issued' or credentials.revoked_at is not null or credentials.valid_until <= ${now} then null
    when exists (
      select from credential_forms join signing_keys on signing_keys.id = credential_forms.signed_by
      where credential_forms.credential_id = credentials.id and signing_keys.compromised_at <= credentials.issued_at
    ) then 'signed_after_compromise'
    when exists (
      select from credential_forms join signing_keys on signing_keys.id = credential_forms.signed_by
      where credential_forms.credential_id = credentials.id and signing_keys.revoked_at is not null
    ) then 'signed_by_revoked_key'
    when exists (
      select from signing_keys where signing_keys.id = credentials.holder_key and signing_keys.retired_at is not null
    ) then 'holder_key_replaced'
  end`;
}

export async function listReissueCauses(
  executor: Executor,
  ids: readonly CredentialId[],
  now: Date,
): Promise<ReadonlyMap<CredentialId, ReissueCause>> {
  if (ids.length === 0) return new Map();
  const rows = await executor
    .selectFrom('credentials')
    .select(['id', reissueCause(now).as('cause')])
    .where('id', 'in', [...ids])
    .execute();
  return new Map(rows.flatMap(({ id, cause }) => (cause === null ? [] : [[id, cause] as const])));
}

/** Of an issuer, oldest first; one more than asked for. */
export async function listAffected(
  executor: Executor,
  issuerId: OrganisationId,
  page: { readonly limit: number; readonly after?: CredentialId; readonly now: Date },
): Promise<{ id: CredentialId }[]> {
  let query = executor
    .selectFrom('credentials')
    .select('id')
    .where('issuer_id', '=', issuerId)
    .where(reissueCause(page.now), 'is not', null);
  if (page.after !== undefined) query = query.where('id', '>', page.after);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

/** The live credentials whose forms are bound to this key of their holder. */
export async function listBoundTo(
  executor: Executor,
  keyId: KeyId,
  now: Date,
): Promise<{ id: CredentialId; holderId: OrganisationId; issuerId: OrganisationId }[]> {
  return executor
    .selectFrom('credentials')
    .select(['id', 'holder_id as holderId', 'issuer_id as issuerId'])
    .where('holder_key', '=', keyId)
    .where('state', '=', 'issued')
    .where('revoked_at', 'is', null)
    .where('valid_until', '>', now)
    .orderBy('id')
    .execute();
}

/** What is being made to take the place of a credential. */
export async function findSuccessorInTheMaking(
  executor: Executor,
  id: CredentialId,
): Promise<{ id: CredentialId; reissuedFor: ReissueCause | null } | undefined> {
  return executor
    .selectFrom('credentials')
    .select(['id', 'reissued_for as reissuedFor'])
    .where('supersedes', '=', id)
    .where('state', '=', 'prepared')
    .executeTakeFirst();
}

/** When another credential took the place of this one; `undefined` where none has. */
export async function findSupersededAt(executor: Executor, id: CredentialId): Promise<Date | undefined> {
  const row = await executor
    .selectFrom('credentials')
    .innerJoin('credentials as successor', 'successor.id', 'credentials.superseded_by')
    .select('successor.issued_at')
    .where('credentials.id', '=', id)
    .executeTakeFirst();
  return row?.issued_at ?? undefined;
}
