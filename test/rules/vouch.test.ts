import { describe, expect, it } from 'vitest';
import {
  isVouchedFor,
  signVouch,
  verifyVouch,
  vouchForValue,
  type Vouch,
} from '../../src/credentials/evidence/vouch.js';
import { canonicalJson } from '../../src/kernel/canonicalJson.js';
import { signCompactJws } from '../../src/credentials/securing/jws.js';
import { COOP_DID, createKey, NOW, REGISTRAR_DID, signer, type TestKey } from '../support/issuer.js';

const key = createKey(REGISTRAR_DID, 'EdDSA');
const NAME = '/legalIdentity/legalName';
const vouch: Vouch = {
  voucherDid: REGISTRAR_DID,
  subjectDid: COOP_DID,
  id: '01941f29-7c00-7000-8000-000000000009',
  statement: 'A member of ours since 1987.',
  dossierVersion: 3,
  fields: [vouchForValue(NAME, 'Albion'), vouchForValue('/addresses', [{ b: 1, a: 2 }])],
  issuedAt: NOW,
  expiresAt: new Date('2027-11-20T12:00:00.000Z'),
};

/** The DID document of whoever has these keys. */
const world = (...keys: (TestKey & { revoked?: string })[]) => ({
  resolveDid: async (did: string) => {
    const own = keys.filter((one) => one.did === did);
    if (own.length === 0) return { problem: 'unreachable' as const };
    const verificationMethod = own.map(({ kid, jwk, revoked }) => ({
      id: kid,
      type: 'JsonWebKey',
      controller: did,
      publicKeyJwk: jwk,
      ...(revoked === undefined ? {} : { revoked }),
    }));
    return {
      document: {
        id: did,
        verificationMethod,
        assertionMethod: own.filter(({ revoked }) => revoked === undefined).map(({ kid }) => kid),
      },
    };
  },
});
const judge = (token: unknown, sources = world(key), now = NOW) => verifyVouch(token, { now, sources });

async function forged(changes: object, header: Record<string, string> = {}, by = key): Promise<string> {
  const payload = {
    iss: vouch.voucherDid,
    sub: vouch.subjectDid,
    jti: vouch.id,
    iat: NOW.getTime() / 1000,
    exp: vouch.expiresAt.getTime() / 1000,
    statement: vouch.statement,
    fields: vouch.fields,
    ...changes,
  };
  return signCompactJws({ typ: 'coop-passport-vouch+jwt', ...header }, canonicalJson(payload), by, signer);
}

describe('a vouch', () => {
  it('verifies under the key that its voucher lists, and says what was signed', async () => {
    for (const by of [key, createKey(REGISTRAR_DID, 'ES256')]) {
      const verdict = await judge(await signVouch(vouch, by, signer), world(by));
      expect(verdict).toEqual({ outcome: 'pass', code: 'signature/valid', vouch });
    }
  });

  it('says nothing of a value, and fits that value of that field alone', async () => {
    const token = await signVouch(vouch, key, signer);
    expect(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).not.toContain('Albion');
    expect(isVouchedFor(vouch.fields, NAME, 'Albion')).toBe(true);
    expect(isVouchedFor(vouch.fields, '/addresses', [{ a: 2, b: 1 }])).toBe(true);
    expect(isVouchedFor(vouch.fields, NAME, 'Albion ')).toBe(false);
    expect(isVouchedFor(vouch.fields, '/legalIdentity', 'Albion')).toBe(false);
    expect(isVouchedFor(vouch.fields, NAME, undefined)).toBe(false);
    expect(vouchForValue(NAME, 'Albion').digest.value).not.toBe(vouch.fields[0]?.digest.value);
  });

  it('is not made with the key of another', async () => {
    await expect(signVouch(vouch, createKey(COOP_DID), signer)).rejects.toThrow(TypeError);
  });

  it('is undetermined, and not refused, where the voucher cannot be asked', async () => {
    const verdict = await judge(await signVouch(vouch, key, signer), world());
    expect(verdict).toMatchObject({ outcome: 'undetermined', code: 'key/unresolvable' });
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['no text', async () => 7, 'format/malformed'],
    ['no token', async () => 'a.b', 'format/malformed'],
    ['another kind of token', () => forged({}, { typ: 'vc+jwt' }), 'format/unsupported'],
    ['a signature changed', async () => (await forged({})).replace(/.{4}$/, 'AAAA'), 'signature/invalid'],
    [
      'content changed',
      async () => {
        const [header, , signature] = (await forged({})).split('.');
        const [, payload] = (await forged({ statement: 'Other' })).split('.');
        return [header, payload, signature].join('.');
      },
      'signature/invalid',
    ],
    ['a stranger’s key', () => forged({}, {}, { ...createKey(REGISTRAR_DID, 'EdDSA') }), 'key/not-found'],
    ['the key of another DID', () => forged({ iss: COOP_DID }), 'issuer/mismatch'],
    ['no key', () => forged({}, { kid: '#key' }), 'key/unidentified'],
    ['no algorithm', () => forged({}, { alg: 'none' }), 'signature/algorithm-not-allowed'],
    ['the algorithm of another key', () => forged({}, { alg: 'ES256' }), 'signature/algorithm-mismatch'],
    ['its time over', () => forged({ iat: 1, exp: NOW.getTime() / 1000 - 61 }), 'validity/expired'],
    ['its time to come', () => forged({ iat: NOW.getTime() / 1000 + 61 }), 'validity/not-yet-valid'],
    ['an end that is text', () => forged({ exp: 'never' }), 'format/malformed'],
    ['no end', () => forged({ exp: undefined }), 'format/malformed'],
    ['nobody it is about', () => forged({ sub: undefined }), 'format/malformed'],
    ['no fields', () => forged({ fields: [] }), 'format/malformed'],
    ['too many fields', () => forged({ fields: Array(51).fill(vouch.fields[0]) }), 'format/malformed'],
    [
      'a field that is no pointer',
      () => forged({ fields: [{ ...vouch.fields[0], pointer: 'name' }] }),
      'format/malformed',
    ],
    [
      'a short salt',
      () =>
        forged({
          fields: [
            { pointer: NAME, digest: { alg: 'sha-256', salt: 'AA', value: vouch.fields[0]?.digest.value } },
          ],
        }),
      'format/malformed',
    ],
    ['no statement', () => forged({ statement: ' ' }), 'format/malformed'],
    ['a statement that no database takes', () => forged({ statement: 'a\u0000b' }), 'format/malformed'],
  ])('with %s is refused', async (_what, make, code) => {
    expect(await judge(await make())).toMatchObject({ outcome: 'fail', code });
  });

  it('of a key that was revoked is refused, since a thief backdates', async () => {
    const revoked = { ...key, revoked: '2026-11-20T13:00:00Z' };
    const verdict = await judge(await signVouch(vouch, key, signer), world(revoked));
    expect(verdict.outcome).toBe('fail');
  });
});
