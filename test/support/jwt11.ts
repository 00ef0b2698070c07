import { generateKeyPairSync, sign } from 'node:crypto';
import type { Credential } from '../../src/credentials/dataModel.js';
import type { DidDocument } from '../../src/credentials/did/document.js';
import { importAnyJwk, toMultikey, type AnyVerificationKey } from '../../src/credentials/keys.js';
import {
  parseVcJwt11,
  prepareVcJwt11,
  signVcJwt11,
  type ParsedVcJwt11,
  type PreparedVcJwt11,
} from '../../src/credentials/securing/vcJwt11.js';
import { profiles, registrarKey, signer, type TestKey } from './issuer.js';

/** VC-JWT 1.1: what tests of it and of others' take on it share. */

export function preparedVcJwt11(credential: unknown): PreparedVcJwt11 {
  const outcome = prepareVcJwt11(credential, profiles);
  if ('problems' in outcome) throw new Error(JSON.stringify(outcome.problems));
  return outcome.value;
}

export function issueVcJwt11(credential: Credential, key: TestKey = registrarKey): Promise<string> {
  return signVcJwt11(preparedVcJwt11(credential), key, signer);
}

export function parsedVcJwt11(token: unknown): ParsedVcJwt11 {
  const parsed = parseVcJwt11(token);
  if ('problem' in parsed) throw new Error(JSON.stringify(parsed));
  return parsed;
}

export function verificationKeyOf({ jwk }: Pick<TestKey, 'jwk'>): AnyVerificationKey {
  const key = importAnyJwk(jwk);
  if (!key) throw new Error('a test key that cannot be imported');
  return key;
}

/** A document that lists each key in both forms, as the service's documents do; others' libraries read the Multikey. */
export function documentInBothForms(did: string, keys: readonly Pick<TestKey, 'jwk' | 'kid'>[]): DidDocument {
  const methods = keys.flatMap(({ jwk, kid }) => {
    const multikey = toMultikey(verificationKeyOf({ jwk }));
    return [
      { id: kid, type: 'JsonWebKey', controller: did, publicKeyJwk: jwk },
      { id: `${did}#${multikey}`, type: 'Multikey', controller: did, publicKeyMultibase: multikey },
    ];
  });
  const ids = methods.map(({ id }) => id);
  return { id: did, verificationMethod: methods, assertionMethod: ids, authentication: ids };
}

/** A key of the curve that nobody here signs with. */
export function createSecp256k1Key() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const key = importAnyJwk(publicKey.export({ format: 'jwk' }));
  if (key?.algorithm !== 'ES256K') throw new Error('a test key that cannot be imported');
  const token = (header: object, payload: object): string => {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const signingInput = `${encode(header)}.${encode(payload)}`;
    const signature = sign('sha256', Buffer.from(signingInput), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `${signingInput}.${signature.toString('base64url')}`;
  };
  return { key, privateKey, token };
}
