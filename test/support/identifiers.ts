import { createEnvelope } from '../../src/adapters/envelope.js';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import { inWork } from '../../src/adapters/database/context.js';
import { createKeyCustody, type KeyCustody } from '../../src/adapters/keys/keyCustody.js';
import {
  createIdentifiers,
  type IdentifiersService,
  type RevokedKey,
} from '../../src/features/identifiers/service.js';
import { newId, type OrganisationId } from '../../src/kernel/ids.js';
import { serviceOf } from './database.js';

export const PUBLIC_URL = 'http://localhost:3000';
export const FOUNDED_AT = new Date('2026-11-02T08:00:00.000Z');

/** One process's view of a database: two of them stand for two processes. */
export interface IdentifiersProcess {
  readonly custody: KeyCustody;
  readonly identifiers: IdentifiersService;
  readonly changedDids: string[];
  readonly revokedKeys: RevokedKey[];
  setNow(instant: Date): void;
}

export function startIdentifiers(
  connection: DatabaseConnection,
  keyEncryptionKey = Buffer.alloc(32, 7),
): IdentifiersProcess {
  const { db } = connection;
  let now = FOUNDED_AT;
  const changedDids: string[] = [];
  const revokedKeys: RevokedKey[] = [];
  const held = createKeyCustody({
    db: serviceOf(connection).db,
    envelope: createEnvelope(keyEncryptionKey),
    publicUrl: PUBLIC_URL,
  });
  const custody: KeyCustody = {
    ...held,
    sign: (key, data) => inWork('issuance', () => held.sign(key, data)),
  };
  const identifiers = createIdentifiers({
    db,
    clock: { now: () => now },
    publicUrl: PUBLIC_URL,
    custody,
    onDidChanged: (did) => void changedDids.push(did),
    onKeyRetired: async () => undefined,
    onKeyRevoked: async () => undefined,
    afterKeyRevoked: async (revoked) => void revokedKeys.push(revoked),
  });
  return { custody, identifiers, changedDids, revokedKeys, setNow: (instant) => (now = instant) };
}

/** An organisation with its DID and keys, in one transaction, as accounts makes them. */
export async function foundOrganisation(
  { db }: DatabaseConnection,
  { identifiers }: IdentifiersProcess,
  slug: string,
): Promise<{ organisationId: OrganisationId; did: string }> {
  const organisationId = newId<'organisation'>();
  const { did } = await db.transaction().execute(async (trx) => {
    await trx
      .insertInto('organisations')
      .values({ id: organisationId, slug, name: slug, jurisdiction: 'GB', created_at: FOUNDED_AT })
      .execute();
    return identifiers.createIdentifier(trx, { organisationId, slug, at: FOUNDED_AT });
  });
  return { organisationId, did };
}
