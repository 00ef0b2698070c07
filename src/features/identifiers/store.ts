import { sql } from 'kysely';
import type { Executor, JsonWebKeyColumns } from '../../adapters/database/schema.js';
import type { PageRequest } from '../../http/paging.js';
import type { KeyId, OrganisationId } from '../../kernel/ids.js';
import type { SigningAlgorithm } from '../../kernel/ports.js';

/** A key without its private half, which only the key custody reads. */
export interface StoredKey {
  readonly id: KeyId;
  readonly did: string;
  readonly thumbprint: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicJwk: JsonWebKeyColumns;
  readonly createdAt: Date;
  readonly retiredAt: Date | null;
  readonly revokedAt: Date | null;
  readonly compromisedAt: Date | null;
}

/** As its own organisation sees it. */
export interface OwnKey extends StoredKey {
  readonly revocationReason: string | null;
}

const COLUMNS = [
  'signing_keys.id',
  'signing_keys.did',
  'thumbprint',
  'algorithm',
  'public_jwk as publicJwk',
  'signing_keys.created_at as createdAt',
  'retired_at as retiredAt',
  'revoked_at as revokedAt',
  'compromised_at as compromisedAt',
] as const;

const REVOCATION_REASON = sql<string | null>`coop_passport_revocation_reason(signing_keys.id)`.as(
  'revocationReason',
);

/** The organisation's DID, locked until the transaction ends, so that its keys change one after the other. */
export async function lockIdentifier(
  trx: Executor,
  organisationId: OrganisationId,
): Promise<string | undefined> {
  const row = await trx
    .selectFrom('identifiers')
    .select('did')
    .where('organisation_id', '=', organisationId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row?.did;
}

/** All keys that a DID ever had, oldest first; none only where there is no such DID, since it is made with its keys. */
export async function findKeysOf(executor: Executor, did: string): Promise<StoredKey[]> {
  return executor.selectFrom('signing_keys').select(COLUMNS).where('did', '=', did).orderBy('id').execute();
}

export async function findKey(
  executor: Executor,
  organisationId: OrganisationId,
  keyId: KeyId,
): Promise<OwnKey | undefined> {
  return keysOfOrganisation(executor, organisationId)
    .select(COLUMNS)
    .select(REVOCATION_REASON)
    .where('signing_keys.id', '=', keyId)
    .executeTakeFirst();
}

export async function findActiveKey(
  executor: Executor,
  organisationId: OrganisationId,
  algorithm: SigningAlgorithm,
): Promise<StoredKey | undefined> {
  return keysOfOrganisation(executor, organisationId)
    .select(COLUMNS)
    .where('algorithm', '=', algorithm)
    .where('retired_at', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
}

/** Newest first, one row more than the page holds. */
export async function findKeyPage(
  executor: Executor,
  organisationId: OrganisationId,
  { limit, after }: PageRequest,
): Promise<OwnKey[]> {
  return keysOfOrganisation(executor, organisationId)
    .select(COLUMNS)
    .select(REVOCATION_REASON)
    .$if(after !== undefined, (query) => query.where('signing_keys.id', '<', after as KeyId))
    .orderBy('signing_keys.id', 'desc')
    .limit(limit + 1)
    .execute();
}

/** The key must have been retired before: what is revoked has no private half any more. */
export async function markRevoked(
  trx: Executor,
  keyId: KeyId,
  revocation: { at: Date; compromisedAt: Date; reason: string },
): Promise<void> {
  await trx
    .updateTable('signing_keys')
    .set({
      revoked_at: revocation.at,
      compromised_at: revocation.compromisedAt,
      revocation_reason: revocation.reason,
    })
    .where('id', '=', keyId)
    .execute();
}

function keysOfOrganisation(executor: Executor, organisationId: OrganisationId) {
  return executor
    .selectFrom('signing_keys')
    .innerJoin('identifiers', 'identifiers.did', 'signing_keys.did')
    .where('identifiers.organisation_id', '=', organisationId);
}

/** Whether nothing is known against a key; its row is held, so that it cannot be revoked before the transaction is over. */
export async function holdTrustedKey(trx: Executor, keyId: KeyId): Promise<boolean> {
  const row = await trx
    .selectFrom('signing_keys')
    .select('id')
    .where('id', '=', keyId)
    .where('revoked_at', 'is', null)
    .forShare()
    .executeTakeFirst();
  return row !== undefined;
}

/** Of those of these keys that were revoked, when; none of them changes before the transaction is over. */
export async function holdRevocations(trx: Executor, keyIds: readonly KeyId[]): Promise<Date[]> {
  if (keyIds.length === 0) return [];
  const rows = await trx
    .selectFrom('signing_keys')
    .select('revoked_at')
    .where('id', 'in', [...keyIds])
    .orderBy('id')
    .forShare()
    .execute();
  return rows.flatMap(({ revoked_at: at }) => at ?? []);
}
