import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  ANY_KEYS,
  checkDidDocument,
  findMethodOf,
  findVerificationMethod,
} from '../../src/credentials/did/document.js';
import { jwkDidDocument } from '../../src/credentials/did/jwkDid.js';
import { isForeignKeyDid, keyDidDocument } from '../../src/credentials/did/keyDid.js';
import { decodeBase58, encodeBase58 } from '../../src/credentials/encoding/base58.js';
import {
  importAnyJwk,
  importAnyMultikey,
  importJwk,
  importMultikey,
  jwkThumbprint,
  toMultikey,
} from '../../src/credentials/keys.js';

/** From the did:key specification and the W3C cryptosuite vectors. */
const ED25519_DID = 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp';
const P256_DID = 'did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv';
const P384_DID = 'did:key:z82Lkytz3HqpWiBmt2853ZgNgNG8qVoUJnyoMvGw6ZEBktGcwUVdKpUNJHct1wvp9pXjr7Y';
const X25519_DID = 'did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc';
const SECP256K1_DID = 'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme';

const P521_DID =
  'did:key:z2J9gcGbsEDUmANXS8iJTVefK5t4eCx9x5k8jr8EyXWekTiEet6Jt6gwup2aWawzhHyMadvVMFcQ3ruwqg1Y8rYzjto1ccQu';

function jwkDid(jwk: object): string {
  return `did:jwk:${Buffer.from(JSON.stringify(jwk)).toString('base64url')}`;
}

describe('did:key', () => {
  it.each([
    [ED25519_DID, 'EdDSA'],
    [P256_DID, 'ES256'],
    [P384_DID, 'ES384'],
  ])('%s has a document with its %s key', (did, algorithm) => {
    const document = checkDidDocument(keyDidDocument(did), did);
    const kid = `${did}#${did.slice('did:key:'.length)}`;
    const finding = document && findVerificationMethod(document, kid, 'assertionMethod');
    expect(finding).toMatchObject({ state: 'listed', key: { algorithm } });
  });

  it.each([
    ['of a curve for encryption', X25519_DID],
    ['of a curve that is not used here', P521_DID],
    ['cut short', ED25519_DID.slice(0, -1)],
    ['with a foreign character', ED25519_DID.replace('M', '0')],
    ['with a leading zero byte', ED25519_DID.replace(':z', ':z1')],
    ['with a path', `${ED25519_DID}/a`],
    ['with a blank', `${ED25519_DID}\n`],
    ['of another multibase', ED25519_DID.replace(':z', ':u')],
  ])('one %s has none', (_, did) => {
    expect(keyDidDocument(did)).toBeUndefined();
  });

  it('of secp256k1 has a key only for the formats that name ES256K', () => {
    const document = checkDidDocument(keyDidDocument(SECP256K1_DID), SECP256K1_DID)!;
    const kid = `${SECP256K1_DID}#${SECP256K1_DID.slice('did:key:'.length)}`;
    expect(findVerificationMethod(document, kid, 'assertionMethod')).toEqual({ state: 'unusable' });
    expect(findMethodOf(ANY_KEYS, document, kid, 'assertionMethod')).toMatchObject({
      state: 'listed',
      key: { algorithm: 'ES256K', jwk: { crv: 'secp256k1' } },
    });
  });

  it.each([
    [X25519_DID, true],
    [P521_DID, true],
    [`did:key:z4MX${'j'.repeat(380)}`, true],
    [ED25519_DID, false],
    [ED25519_DID.slice(0, -1), false],
    ['did:key:zzz', false],
  ])('%s is of a kind that others use: %s', (did, isForeign) => {
    expect(isForeignKeyDid(did)).toBe(isForeign);
  });

  it.each([ED25519_DID, P256_DID, P384_DID, SECP256K1_DID])(
    '%s is for every purpose of a signature',
    (did) => {
      const method = [`${did}#${did.slice('did:key:'.length)}`];
      expect(keyDidDocument(did)).toMatchObject({
        assertionMethod: method,
        authentication: method,
        capabilityInvocation: method,
        capabilityDelegation: method,
      });
    },
  );

  it('an Ed25519 key under the code of P-256 has none', () => {
    const raw = decodeBase58(ED25519_DID.slice('did:key:z'.length))?.subarray(2) ?? new Uint8Array();
    expect(keyDidDocument(`did:key:z${encodeBase58(Uint8Array.from([0x80, 0x24, ...raw]))}`)).toBeUndefined();
  });

  it('a point that is not on the curve, or not compressed, has none', () => {
    const x = Array<number>(32).fill(0xff);
    for (const sign of [2, 4]) {
      const bytes = Uint8Array.from([0x80, 0x24, sign, ...x]);
      expect(importMultikey(`z${encodeBase58(bytes)}`)).toBeUndefined();
    }
  });
});

describe('did:jwk', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });

  it('has a document with its key at #0', () => {
    const did = jwkDid(jwk);
    const document = checkDidDocument(jwkDidDocument(did), did);
    const finding = document && findVerificationMethod(document, `${did}#0`, 'authentication');
    expect(finding).toMatchObject({ state: 'listed', key: { algorithm: 'ES256' } });
  });

  it.each([
    ['Ed25519', undefined],
    ['Ed25519', 'sig'],
  ])('of a key of %s whose use is %s says so by its purposes', (_, use) => {
    const okp = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    const document = jwkDidDocument(jwkDid(use === undefined ? okp : { ...okp, use }));
    expect(document?.keyAgreement !== undefined).toBe(use === undefined);
  });

  it.each(['P-384', 'secp256k1'])('may be of a key of %s', (namedCurve) => {
    const ec = generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
    expect(jwkDidDocument(jwkDid(ec))).toMatchObject({ verificationMethod: [{ publicKeyJwk: ec }] });
  });

  it.each([
    ['of a private key', jwkDid(privateKey.export({ format: 'jwk' }))],
    ['of a key for encryption', jwkDid({ ...jwk, use: 'enc' })],
    ['of a point off its curve', jwkDid({ ...jwk, y: jwk.x })],
    ['of another curve than its coordinates', jwkDid({ ...jwk, crv: 'P-384' })],
    ['of a coordinate that is too long', jwkDid({ ...jwk, x: `AAAA${jwk.x ?? ''}` })],
    ['of an RSA key', jwkDid({ kty: 'RSA', n: 'AQAB', e: 'AQAB' })],
    ['of null', 'did:jwk:bnVsbA'],
    ['that is not canonical', `${jwkDid(jwk)}A`],
    ['with padding', `${jwkDid(jwk)}=`],
  ])('one %s has none', (_, did) => {
    expect(jwkDidDocument(did)).toBeUndefined();
  });
});

describe('keys', () => {
  it('have the thumbprint of RFC 8037 appendix A.3', () => {
    const key = importJwk({ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' });
    expect(key && jwkThumbprint(key.jwk)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it.each(['P-256', 'P-384', 'secp256k1'])('of %s keep their Multikey', (namedCurve) => {
    for (let round = 0; round < 8; round++) {
      const key = importAnyJwk(generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' }));
      expect(key && importAnyMultikey(toMultikey(key))?.jwk).toEqual(key?.jwk);
    }
  });

  it('are imported once', () => {
    expect(importMultikey(ED25519_DID.slice(8))).toBe(importMultikey(ED25519_DID.slice(8)));
  });
});

describe('findVerificationMethod', () => {
  const did = ED25519_DID;
  const [method] = keyDidDocument(did)?.verificationMethod ?? [];
  const revoked = { ...method, id: '#k', type: 'Multikey', controller: did, revoked: '2026-01-01T00:00:00Z' };

  it('finds a revoked key although it has left the list', () => {
    const document = { id: did, verificationMethod: [revoked] };
    expect(findVerificationMethod(document, `${did}#k`, 'assertionMethod')).toMatchObject({
      state: 'revoked',
      revokedAt: new Date('2026-01-01T00:00:00Z'),
    });
  });

  it('does not use a key whose revocation it cannot read', () => {
    const document = { id: did, verificationMethod: [{ ...revoked, revoked: 'yesterday' }] };
    expect(findVerificationMethod(document, `${did}#k`, 'assertionMethod')).toEqual({ state: 'unusable' });
  });

  it('tells a key embedded for another purpose from one that is not there', () => {
    const document = { id: did, authentication: [revoked] };
    const find = (fragment: string) =>
      findVerificationMethod(document, did + fragment, 'assertionMethod').state;
    expect([find('#k'), find('#other')]).toEqual(['notListedForPurpose', 'notFound']);
  });
});
