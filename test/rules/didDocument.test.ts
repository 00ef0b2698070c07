import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkDidDocument, findVerificationMethod } from '../../src/credentials/did/document.js';
import { importJwk, importMultikey, jwkThumbprint } from '../../src/credentials/keys.js';
import {
  buildDidDocument,
  checkRevocation,
  kidOf,
  type PublishedKey,
} from '../../src/features/identifiers/rules.js';
import { toWebDid } from '../../src/adapters/keys/webDidProvider.js';
import type { AppError } from '../../src/kernel/errors.js';

const DID = 'did:web:passport.example:orgs:albion';
const NOON = new Date('2026-11-02T12:00:00.000Z');

function makeKey(algorithm: 'ES256' | 'EdDSA', lifecycle: Partial<PublishedKey> = {}): PublishedKey {
  const { publicKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('ed25519');
  const key = importJwk(publicKey.export({ format: 'jwk' }));
  if (!key) throw new Error('no key');
  return {
    did: DID,
    thumbprint: jwkThumbprint(key.jwk),
    algorithm,
    publicJwk: key.jwk,
    retiredAt: null,
    revokedAt: null,
    compromisedAt: null,
    ...lifecycle,
  };
}

describe('the DID document', () => {
  it.each(['ES256', 'EdDSA'] as const)('has a %s key twice, both times the same key', (algorithm) => {
    const key = makeKey(algorithm);
    const [jsonWebKey, multikey] = buildDidDocument(DID, [key]).verificationMethod ?? [];
    expect(jsonWebKey).toEqual({
      id: `${DID}#${key.thumbprint}`,
      type: 'JsonWebKey',
      controller: DID,
      publicKeyJwk: { ...key.publicJwk, kid: key.thumbprint, alg: algorithm },
    });
    expect(multikey?.id).toBe(`${DID}#${String(multikey?.publicKeyMultibase)}`);
    expect(importMultikey(multikey?.publicKeyMultibase)?.jwk).toEqual(key.publicJwk);
  });

  it('is one that our own verifier takes', () => {
    const keys = [
      makeKey('ES256'),
      makeKey('EdDSA', { retiredAt: NOON }),
      makeKey('ES256', { revokedAt: NOON, compromisedAt: NOON }),
    ];
    expect(checkDidDocument(buildDidDocument(DID, keys), DID)).toBeDefined();
  });

  it('holds nothing private', () => {
    expect(JSON.stringify(buildDidDocument(DID, [makeKey('ES256'), makeKey('EdDSA')]))).not.toContain('"d"');
  });

  it('lists an active key for both purposes', () => {
    const key = makeKey('ES256');
    const document = buildDidDocument(DID, [key]);
    expect(findVerificationMethod(document, kidOf(key), 'assertionMethod').state).toBe('listed');
    expect(findVerificationMethod(document, kidOf(key), 'authentication').state).toBe('listed');
  });

  it('lists a retired key for what it asserted, and not for authentication', () => {
    const key = makeKey('ES256', { retiredAt: NOON });
    const document = buildDidDocument(DID, [key]);
    expect(findVerificationMethod(document, kidOf(key), 'assertionMethod').state).toBe('listed');
    expect(findVerificationMethod(document, kidOf(key), 'authentication').state).toBe('notListedForPurpose');
  });

  it('says of a revoked key, in both forms, since when it is compromised, and lists it for nothing', () => {
    const compromisedAt = new Date('2026-11-01T09:30:00.250Z');
    const document = buildDidDocument(DID, [
      makeKey('EdDSA', { retiredAt: NOON, revokedAt: NOON, compromisedAt }),
    ]);
    expect(document.assertionMethod).toEqual([]);
    expect(document.authentication).toEqual([]);
    const methods = document.verificationMethod ?? [];
    expect(methods.map(({ id }) => findVerificationMethod(document, id, 'assertionMethod'))).toEqual([
      expect.objectContaining({ state: 'revoked', revokedAt: compromisedAt }),
      expect.objectContaining({ state: 'revoked', revokedAt: compromisedAt }),
    ]);
  });
});

describe('the DID of a slug', () => {
  it.each([
    ['https://passport.example', 'did:web:passport.example:orgs:albion'],
    ['http://localhost:3000', 'did:web:localhost%3A3000:orgs:albion'],
  ])('on %s is %s', (publicUrl, did) => expect(toWebDid(publicUrl, 'albion')).toBe(did));

  it.each(['', 'A', 'a:keys', 'a/b', 'a%2fb', 'a b', '-a', 'a\u0000', 'é', 'a'.repeat(101)])(
    'does not exist for %j',
    (text) => expect(toWebDid('https://passport.example', text)).toBeUndefined(),
  );
});

describe('a revocation', () => {
  const attempt = (compromisedAt: Date, revokedAt: Date | null = null) => {
    try {
      checkRevocation({ revokedAt }, compromisedAt, NOON);
    } catch (error) {
      return (error as AppError).code;
    }
    return undefined;
  };

  it.each([new Date('2001-01-01T00:00:00Z'), NOON])('may name any instant of the past: %s', (instant) =>
    expect(attempt(instant)).toBeUndefined(),
  );
  it('may not lie in the future', () =>
    expect(attempt(new Date(NOON.getTime() + 1))).toBe('request/invalid'));
  it('is final', () => expect(attempt(NOON, NOON)).toBe('keys/already-revoked'));
});
