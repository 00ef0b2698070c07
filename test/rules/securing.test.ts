import { createPublicKey } from 'node:crypto';
import { compactVerify, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  parseVcJwt,
  prepareVcJwt,
  signVcJwt,
  type PreparedVcJwt,
} from '../../src/credentials/securing/vcJwt.js';
import { prepareVpJwt, signVpJwt } from '../../src/credentials/securing/vpJwt.js';
import { composeStatusList } from '../../src/credentials/status/listCredential.js';
import { createBitstring } from '../../src/credentials/status/bitstring.js';
import { addSeconds } from '../../src/kernel/instants.js';
import type { Credential } from '../../src/credentials/dataModel.js';
import {
  COOP_DID,
  coopKey,
  legalIdentityCredential,
  NOW,
  profiles,
  REGISTRAR_DID,
  registrarEdKey,
  registrarKey,
  REVOCATION_URL,
  signer,
} from '../support/issuer.js';

function prepared(credential: unknown): PreparedVcJwt {
  const outcome = prepareVcJwt(credential, profiles);
  if ('problems' in outcome) throw new Error(JSON.stringify(outcome.problems));
  return outcome.value;
}

describe('prepareVcJwt', () => {
  it('gives the same bytes for the same credential, whatever the order of its members', () => {
    const credential = legalIdentityCredential();
    const reversed = Object.fromEntries(Object.entries(credential).reverse());
    expect(prepared(reversed).payload).toBe(prepared(credential).payload);
    expect(prepared(reversed).payloadDigest).toEqual(prepared(credential).payloadDigest);
  });

  it('gives them again from its own payload, as after a crash', () => {
    const { payload } = prepared(legalIdentityCredential());
    expect(prepared(JSON.parse(payload)).payload).toBe(payload);
  });

  it('holds what was checked, not the object that it was made from', () => {
    const credential = structuredClone(legalIdentityCredential()) as Credential & { issuer: string };
    const before = prepared(credential);
    credential.issuer = COOP_DID;
    expect(before.credential.issuer).toBe(REGISTRAR_DID);
    expect(Object.isFrozen(before.credential.credentialSubject)).toBe(true);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  it.each<[string, unknown, string]>([
    ['no credential', {}, '/@context'],
    ['what is not JSON', { ...legalIdentityCredential(), extra: 1n }, ''],
    ['a cycle', cyclic, ''],
    ['half a surrogate pair', { ...legalIdentityCredential(), id: 'urn:x:\ud800' }, ''],
    [
      'one of our types that lacks its schema',
      { ...legalIdentityCredential(), assuranceLevel: 'total' },
      '/assuranceLevel',
    ],
    ['JWT claims of the wrong type', { ...legalIdentityCredential(), exp: '1' }, ''],
  ])('refuses %s', (_, value, pointer) => {
    const outcome = prepareVcJwt(value, profiles);
    expect('problems' in outcome && outcome.problems.map((problem) => problem.pointer)).toContain(pointer);
  });
});

describe('signVcJwt', () => {
  it.each([registrarKey, registrarEdKey])('makes a token that jose verifies ($algorithm)', async (key) => {
    const credential = prepared(legalIdentityCredential());
    const token = await signVcJwt(credential, key, signer);
    const { payload } = await compactVerify(token, createPublicKey(key.privateKey));
    expect(new TextDecoder().decode(payload)).toBe(credential.payload);
    expect(decodeProtectedHeader(token)).toEqual({
      alg: key.algorithm,
      kid: key.kid,
      typ: 'vc+jwt',
      cty: 'vc',
      iss: REGISTRAR_DID,
    });
  });

  it("does not sign with a key that is not the issuer's", async () => {
    const credential = prepared(legalIdentityCredential());
    await expect(signVcJwt(credential, coopKey, signer)).rejects.toThrow(TypeError);
    await expect(signVcJwt(credential, { ...coopKey, did: REGISTRAR_DID }, signer)).rejects.toThrow(
      TypeError,
    );
  });

  it('does not pass on a signature that is not raw', async () => {
    const der = { sign: () => Promise.resolve(new Uint8Array(70)) };
    await expect(signVcJwt(prepared(legalIdentityCredential()), registrarKey, der)).rejects.toThrow(
      TypeError,
    );
  });
});

describe('parseVcJwt', () => {
  it('reads what was signed, and media types in any case', async () => {
    const token = await signVcJwt(prepared(legalIdentityCredential()), registrarKey, signer);
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'Application/VC+JWT', kid: 'x' }));
    const [, payload, signature] = token.split('.');
    for (const text of [token, [header.toString('base64url'), payload, signature].join('.')]) {
      expect(parseVcJwt(text)).toMatchObject({ credential: { id: legalIdentityCredential().id } });
    }
  });

  it('does not take a presentation for a credential', async () => {
    const presentation = prepareVpJwt({
      holder: COOP_DID,
      audience: 'https://partner.example',
      nonce: 'n',
      credentials: ['a.b.c'],
      issuedAt: NOW,
      expiresAt: addSeconds(NOW, 300),
    });
    expect(parseVcJwt(await signVpJwt(presentation, coopKey, signer))).toEqual({ problem: 'unsupported' });
  });
});

it('a status list says its ttl in milliseconds and is a credential itself', () => {
  const list = composeStatusList({
    listUrl: REVOCATION_URL,
    issuerDid: REGISTRAR_DID,
    purpose: 'revocation',
    bits: createBitstring(),
    validFrom: NOW,
    validUntil: addSeconds(NOW, 86_400),
    ttlSeconds: 60,
  });
  expect(prepared(list).credential.credentialSubject).toMatchObject({
    ttl: 60_000,
    statusPurpose: 'revocation',
  });
});
