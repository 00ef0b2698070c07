import { createPrivateKey, generateKeyPairSync, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import { createEnvelope, EnvelopeError } from '../../src/adapters/envelope.js';
import { SealedKeyManagementSystem } from '../../src/adapters/keys/keyManagementSystem.js';
import { UnsealedKeys } from '../../src/adapters/keys/unsealedKeys.js';
import { importJwk } from '../../src/credentials/keys.js';
import { findVerificationMethod } from '../../src/credentials/did/document.js';
import type { OrganisationCaller } from '../../src/kernel/caller.js';
import { newId, type OrganisationId } from '../../src/kernel/ids.js';
import { openTestDatabase, serviceOf } from '../support/database.js';
import { inWork } from '../../src/adapters/database/context.js';
import {
  foundOrganisation,
  startIdentifiers,
  FOUNDED_AT,
  type IdentifiersProcess,
} from '../support/identifiers.js';

const DATA = Buffer.from('eyJhbGciOiJFUzI1NiJ9.e30');

let database: DatabaseConnection;
let here: IdentifiersProcess;
/** Another process on the same database, with caches of its own. */
let elsewhere: IdentifiersProcess;
let organisationCount = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  here = startIdentifiers(database);
  elsewhere = startIdentifiers(database);
});
afterAll(() => database.close());

const found = (process = here) => foundOrganisation(database, process, `custody-${++organisationCount}`);
const clientOf = (organisationId: OrganisationId): OrganisationCaller => ({
  kind: 'client',
  clientId: newId<'client'>(),
  organisationId,
  scopes: [],
});
const rowsOf = (did: string) =>
  database.db.selectFrom('signing_keys').selectAll().where('did', '=', did).orderBy('id').execute();

describe('signing', () => {
  it.each(['ES256', 'EdDSA'] as const)(
    '%s gives 64 raw bytes that the DID document verifies',
    async (algorithm) => {
      const { organisationId, did } = await found();
      const key = await here.identifiers.activeKey(database.db, organisationId, algorithm);
      const signature = await here.custody.sign(key, DATA);
      const document = await here.identifiers.documentOf(did.slice(did.lastIndexOf(':') + 1));
      const method = document && findVerificationMethod(document, key.kid, 'assertionMethod');
      if (method?.state !== 'listed') throw new Error('the key is not listed');
      const { keyObject } = method.key;
      const isValid =
        algorithm === 'ES256'
          ? verify('sha256', DATA, { key: keyObject, dsaEncoding: 'ieee-p1363' }, signature)
          : verify(null, DATA, keyObject, signature);
      expect(signature).toHaveLength(64);
      expect(isValid).toBe(true);
    },
  );

  it('inside a transaction goes through the signer of that transaction', async () => {
    const { organisationId } = await found();
    const signature = await inWork('issuance', () =>
      serviceOf(database)
        .db.transaction()
        .execute(async (trx) => {
          const key = await here.identifiers.activeKey(trx, organisationId, 'ES256');
          return here.custody.signerFor(trx).sign(key, DATA);
        }),
    );
    expect(signature).toHaveLength(64);
  });

  it('refuses another algorithm than the one of the key', async () => {
    const { organisationId } = await found();
    const key = await here.identifiers.activeKey(database.db, organisationId, 'ES256');
    await expect(here.custody.sign({ ...key, algorithm: 'EdDSA' }, DATA)).rejects.toThrow(
      /another algorithm/,
    );
  });

  it('refuses a key that another process retired a moment ago, although it is in memory here', async () => {
    const { organisationId } = await found();
    const key = await here.identifiers.activeKey(database.db, organisationId, 'ES256');
    await here.custody.sign(key, DATA);
    await elsewhere.identifiers.rotateKey(clientOf(organisationId), 'ES256');
    await expect(here.custody.sign(key, DATA)).rejects.toMatchObject({ code: 'keys/not-active' });
  });

  it('refuses a key that another process revoked a moment ago, although it is in memory here', async () => {
    const { organisationId } = await found();
    const key = await here.identifiers.activeKey(database.db, organisationId, 'EdDSA');
    await here.custody.sign(key, DATA);
    const revocation = { compromisedAt: FOUNDED_AT, reason: 'stolen' };
    await elsewhere.identifiers.revokeKey(clientOf(organisationId), key.id, revocation);
    await expect(here.custody.sign(key, DATA)).rejects.toMatchObject({ code: 'keys/not-active' });
  });

  it('refuses a key that never was', async () => {
    const { organisationId, did } = await found();
    const key = await here.identifiers.activeKey(database.db, organisationId, 'ES256');
    await expect(here.custody.sign({ ...key, kid: `${did}#nothing` }, DATA)).rejects.toMatchObject({
      code: 'keys/not-active',
    });
  });
});

describe('private keys at rest', () => {
  it('cannot be read from the row', async () => {
    const [row] = await rowsOf((await found()).did);
    const sealed = row?.sealed_private_key;
    if (!sealed) throw new Error('no sealed key');
    const slices = Array.from({ length: sealed.length }, (_, start) => sealed.subarray(start));
    const readable = slices.filter((der) => {
      try {
        return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      } catch {
        return undefined;
      }
    });
    expect(readable).toEqual([]);
    expect(Object.keys(row.public_jwk)).not.toContain('d');
  });

  it('does not open in the row of another key', async () => {
    const [victim, attacker] = [await found(), await found()];
    const [stolen] = await rowsOf(victim.did);
    const key = await here.identifiers.activeKey(database.db, attacker.organisationId, 'ES256');
    const { sealed_private_key } = stolen ?? {};
    if (!sealed_private_key) throw new Error('no sealed key');
    await database.db
      .updateTable('signing_keys')
      .set({ sealed_private_key })
      .where('id', '=', key.id)
      .execute();
    await expect(here.custody.sign(key, DATA)).rejects.toBeInstanceOf(EnvelopeError);
  });

  it('does not open for another DID that its row was given to', async () => {
    const [victim, attacker] = [await found(), await found()];
    const key = await here.identifiers.activeKey(database.db, victim.organisationId, 'ES256');
    await database.db.deleteFrom('signing_keys').where('did', '=', attacker.did).execute();
    await database.db
      .updateTable('signing_keys')
      .set({ did: attacker.did })
      .where('id', '=', key.id)
      .execute();
    const moved = await here.identifiers.activeKey(database.db, attacker.organisationId, 'ES256');
    await expect(here.custody.sign(moved, DATA)).rejects.toBeInstanceOf(EnvelopeError);
  });

  it('does not open under another KEY_ENCRYPTION_KEY', async () => {
    const { organisationId } = await found();
    const key = await here.identifiers.activeKey(database.db, organisationId, 'ES256');
    const stranger = startIdentifiers(database, Buffer.alloc(32, 8));
    await expect(stranger.custody.sign(key, DATA)).rejects.toBeInstanceOf(EnvelopeError);
  });

  it('is gone once the key is retired', async () => {
    const { organisationId, did } = await found();
    await here.identifiers.rotateKey(clientOf(organisationId), 'ES256');
    const [retired] = (await rowsOf(did)).filter((row) => row.retired_at !== null);
    expect(retired?.sealed_private_key).toBeNull();
  });
});

describe('the key-management system', () => {
  const create = (type: string) =>
    database.db.transaction().execute(async (trx) => {
      const kms = new SealedKeyManagementSystem({
        executor: trx,
        envelope: createEnvelope(Buffer.alloc(32, 7)),
        unsealedKeys: new UnsealedKeys(),
        clock: { now: () => FOUNDED_AT },
      });
      const did = `did:web:localhost%3A3000:orgs:kms-${++organisationCount}`;
      const created = await kms.createKey({ type, meta: { id: newId<'key'>(), did } });
      const row = await trx.selectFrom('signing_keys').selectAll().where('did', '=', did).executeTakeFirst();
      // Without its DID the row is refused at commit, so it is taken back.
      await trx.deleteFrom('signing_keys').where('did', '=', did).execute();
      return { created, row };
    });

  it.each([
    ['Secp256r1', 'P-256', 66],
    ['Ed25519', 'Ed25519', 64],
  ])('makes of %s a key of the curve %s', async (type, curve, hexLength) => {
    const { created, row } = await create(type);
    expect(importJwk(row?.public_jwk)?.jwk.crv).toBe(curve);
    expect(created.publicKeyHex).toHaveLength(hexLength);
  });

  it('returns nothing private', async () => {
    const { created } = await create('Ed25519');
    expect(Object.keys(created).sort()).toEqual(['kid', 'kms', 'meta', 'publicKeyHex', 'type']);
    expect(created.meta).toEqual({ algorithms: ['EdDSA'] });
  });

  it('makes no key of a kind that we do not hold', async () => {
    await expect(create('Secp256k1')).rejects.toThrow(/not_supported/);
  });
});

describe('decrypted keys in memory', () => {
  const { privateKey: secret } = generateKeyPairSync('ed25519');

  it('are kept until their DID is forgotten', async () => {
    const keys = new UnsealedKeys();
    let unsealed = 0;
    const read = () => keys.get('did:web:a#k', async () => (unsealed++, secret));
    await read();
    await read();
    keys.forget('did:web:ab');
    await read();
    expect(unsealed).toBe(1);
    keys.forget('did:web:a');
    await read();
    expect(unsealed).toBe(2);
  });

  it('are not kept when they were forgotten while being read', async () => {
    const keys = new UnsealedKeys();
    let unsealed = 0;
    const unseal = async () => {
      if (++unsealed === 1) keys.forget();
      return secret;
    };
    await keys.get('did:web:a#k', unseal);
    await keys.get('did:web:a#k', unseal);
    expect(unsealed).toBe(2);
  });
});

describe('at the same moment', () => {
  const active = async (did: string, algorithm: string) =>
    (await rowsOf(did)).filter((row) => row.algorithm === algorithm && !row.retired_at && !row.revoked_at);

  it('eight rotations in two processes leave one active key', async () => {
    const { organisationId, did } = await found();
    const rotate = (process: IdentifiersProcess) =>
      process.identifiers.rotateKey(clientOf(organisationId), 'ES256');
    await Promise.all([0, 1, 2, 3].flatMap(() => [rotate(here), rotate(elsewhere)]));
    expect(await active(did, 'ES256')).toHaveLength(1);
  });

  it('two revocations of one key: one is made, the other hears that it was', async () => {
    const { organisationId, did } = await found();
    const { id } = await here.identifiers.activeKey(database.db, organisationId, 'ES256');
    const revocation = { compromisedAt: FOUNDED_AT, reason: 'stolen' };
    const outcomes = await Promise.allSettled(
      [here, elsewhere].map(({ identifiers }) =>
        identifiers.revokeKey(clientOf(organisationId), id, revocation),
      ),
    );
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((outcome) => outcome.status === 'rejected')?.reason).toMatchObject({
      code: 'keys/already-revoked',
    });
    expect(await active(did, 'ES256')).toHaveLength(1);
  });

  it('a rotation that fails leaves the key before it active', async () => {
    const { organisationId, did } = await found();
    const before = await active(did, 'ES256');
    const failing = database.db.transaction().execute(async (trx) => {
      const { custody } = here;
      await custody.retireKey(trx, { kid: `${did}#${before[0]?.thumbprint}`, at: FOUNDED_AT });
      throw new Error('cut off');
    });
    await expect(failing).rejects.toThrow('cut off');
    const key = await here.identifiers.activeKey(database.db, organisationId, 'ES256');
    await expect(here.custody.sign(key, DATA)).resolves.toHaveLength(64);
  });
});
