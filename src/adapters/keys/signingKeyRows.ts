import { sql } from 'kysely';
import type { KeyId } from '../../kernel/ids.js';
import type { SigningAlgorithm } from '../../kernel/ports.js';
import { parseDidUrl } from '../../credentials/did/didUrl.js';
import type { Executor, JsonWebKeyColumns } from '../database/schema.js';

/** The statements on `signing_keys` that the key store and the key-management system share. */

export interface ActiveKeyRow {
  readonly id: KeyId;
  readonly did: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicJwk: JsonWebKeyColumns;
}

export interface NewKeyRow {
  readonly id: KeyId;
  readonly did: string;
  readonly thumbprint: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicJwk: JsonWebKeyColumns;
  readonly sealedPrivateKey: Buffer;
  readonly createdAt: Date;
}

export async function insertKey(executor: Executor, key: NewKeyRow): Promise<void> {
  await executor
    .insertInto('signing_keys')
    .values({
      id: key.id,
      did: key.did,
      thumbprint: key.thumbprint,
      algorithm: key.algorithm,
      public_jwk: JSON.stringify(key.publicJwk),
      sealed_private_key: key.sealedPrivateKey,
      created_at: key.createdAt,
    })
    .execute();
}

/** `undefined` when there is no such key, or it was retired or revoked. */
export async function findActiveKey(executor: Executor, kid: string): Promise<ActiveKeyRow | undefined> {
  const row = await activeKeys(executor, kid)
    ?.select(['id', 'did', 'algorithm', 'public_jwk'])
    .executeTakeFirst();
  return row && { id: row.id, did: row.did, algorithm: row.algorithm, publicJwk: row.public_jwk };
}

/** For the organisation whose key it is, and for the work of issuance. */
export async function findSealedKey(
  executor: Executor,
  kid: string,
): Promise<{ id: KeyId; sealedPrivateKey: Buffer } | undefined> {
  const url = parseDidUrl(kid);
  if (!url) return undefined;
  const { rows } = await sql<{ id: KeyId; sealed_private_key: Buffer | null }>`
    select * from coop_passport_sealed_key(${url.did}, ${url.fragment})`.execute(executor);
  const [row] = rows;
  return row?.sealed_private_key ? { id: row.id, sealedPrivateKey: row.sealed_private_key } : undefined;
}

/** Ends the key's signing for good. False when it had ended already. */
export async function retireKey(executor: Executor, kid: string, at: Date): Promise<boolean> {
  const url = parseDidUrl(kid);
  if (!url) return false;
  const { numUpdatedRows } = await executor
    .updateTable('signing_keys')
    .set({ retired_at: at, sealed_private_key: null })
    .where('did', '=', url.did)
    .where('thumbprint', '=', url.fragment)
    .where('retired_at', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

export async function listActiveKeys(
  executor: Executor,
  did: string,
): Promise<readonly (ActiveKeyRow & { readonly kid: string })[]> {
  const rows = await executor
    .selectFrom('signing_keys')
    .select(['id', 'did', 'algorithm', 'public_jwk', 'thumbprint'])
    .where('did', '=', did)
    .where('retired_at', 'is', null)
    .where('revoked_at', 'is', null)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    kid: `${row.did}#${row.thumbprint}`,
    did: row.did,
    algorithm: row.algorithm,
    publicJwk: row.public_jwk,
  }));
}

function activeKeys(executor: Executor, kid: string) {
  const url = parseDidUrl(kid);
  return (
    url &&
    executor
      .selectFrom('signing_keys')
      .where('did', '=', url.did)
      .where('thumbprint', '=', url.fragment)
      .where('retired_at', 'is', null)
      .where('revoked_at', 'is', null)
  );
}
