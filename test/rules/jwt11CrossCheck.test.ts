import { createAgent, type ICredentialPlugin, type TAgent } from '@veramo/core';
import { CredentialProviderJWT } from '@veramo/credential-jwt';
import { CredentialPlugin } from '@veramo/credential-w3c';
import { createJWT, EdDSASigner, ES256KSigner, ES256Signer, verifyJWT } from 'did-jwt';
import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ANY_KEYS, type DidDocument, type KeyPurpose } from '../../src/credentials/did/document.js';
import { findSoleMethodOf } from '../../src/credentials/did/soleMethod.js';
import type { AnyVerificationKey } from '../../src/credentials/keys.js';
import type { ParsedJwt11 } from '../../src/credentials/securing/jwt11Token.js';
import { verifyVcJwt11Signature } from '../../src/credentials/securing/vcJwt11.js';
import {
  parseVpJwt11,
  prepareVpJwt11,
  signVpJwt11,
  verifyVpJwt11Signature,
} from '../../src/credentials/securing/vpJwt11.js';
import { addSeconds } from '../../src/kernel/instants.js';
import {
  COOP_DID,
  coopKey,
  legalIdentityCredential,
  NOW,
  rawSignature,
  registrarEdKey,
  registrarKey,
  REGISTRAR_DID,
  signer,
  type TestKey,
} from '../support/issuer.js';
import {
  createSecp256k1Key,
  documentInBothForms,
  issueVcJwt11,
  parsedVcJwt11,
  preparedVcJwt11,
  verificationKeyOf,
} from '../support/jwt11.js';

/** Two independent implementations take ours, and we take theirs: did-jwt's JWTs, and Veramo's credentials (did-jwt-vc). */

const NOW_SECONDS = NOW.getTime() / 1000;
const AUDIENCE = 'https://partner.example';
const NONCE = 'n-0S6_WzA2Mj';
const documents = new Map<string, DidDocument>([
  [REGISTRAR_DID, documentInBothForms(REGISTRAR_DID, [registrarKey, registrarEdKey])],
  [COOP_DID, documentInBothForms(COOP_DID, [coopKey])],
]);

/** did-resolver's answer; a new one each time, since it is written into. */
const resolve = (did: string) =>
  Promise.resolve({
    didResolutionMetadata: {},
    didDocument: structuredClone(documents.get(did)) as never,
    didDocumentMetadata: {},
  });
const resolver = { resolve };
const KEYS = [registrarKey, registrarEdKey];

const privateBytes = (key: KeyObject) =>
  new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'));

/** About another subject, wherever it is named, or with another change to what was signed. */
function tampered(token: string, from = COOP_DID, to = `${COOP_DID}x`): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const text = Buffer.from(payload, 'base64url').toString().replaceAll(from, to);
  return [header, Buffer.from(text).toString('base64url'), signature].join('.');
}

describe('did-jwt', () => {
  it.each(KEYS)('takes a credential of ours, and not its tampered twin ($algorithm)', async (key) => {
    const token = await issueVcJwt11(legalIdentityCredential(), key);
    const options = () => ({
      resolver,
      proofPurpose: 'assertionMethod' as const,
      policies: { now: NOW_SECONDS },
    });
    const { payload, issuer } = await verifyJWT(token, options());
    expect(issuer).toBe(REGISTRAR_DID);
    expect(payload).toEqual(JSON.parse(preparedVcJwt11(legalIdentityCredential()).payload));
    await expect(verifyJWT(tampered(token), options())).rejects.toThrow('invalid_signature');
    await expect(
      verifyJWT(token, { ...options(), policies: { now: NOW_SECONDS + 400 * 86_400 } }),
    ).rejects.toThrow('expired');
  });

  const secp256k1 = createSecp256k1Key();
  const theirs: [string, Parameters<typeof createJWT>[1]['signer'], AnyVerificationKey][] = [
    ['ES256', ES256Signer(privateBytes(registrarKey.privateKey)), verificationKeyOf(registrarKey)],
    ['EdDSA', edSigner(registrarEdKey), verificationKeyOf(registrarEdKey)],
    ['ES256K', ES256KSigner(privateBytes(secp256k1.privateKey)), secp256k1.key],
  ];

  it.each(theirs)('makes tokens that we take, and not their tampered twins (%s)', async (alg, sign, key) => {
    const { vc, ...claims } = JSON.parse(preparedVcJwt11(legalIdentityCredential()).payload) as {
      vc: object;
    };
    const { issuanceDate: _, expirationDate: __, ...members } = vc as Record<string, unknown>;
    const token = await createJWT(
      { ...claims, vc: members },
      { issuer: REGISTRAR_DID, signer: sign },
      { alg },
    );
    const parsed = parsedVcJwt11(token);
    expect(parsed.credential).toEqual(vc);
    expect(parsed).toMatchObject({ algorithm: alg, kid: undefined, methodId: undefined });
    expect(verifyVcJwt11Signature(parsed, key)).toBe(true);
    expect(verifyVcJwt11Signature(parsedVcJwt11(tampered(token)), key)).toBe(false);
  });
});

/** did-jwt wants the seed and the public key in one. */
function edSigner({ privateKey, jwk }: TestKey) {
  return EdDSASigner(Buffer.concat([privateBytes(privateKey), Buffer.from(jwk.x, 'base64url')]));
}

describe("Veramo's credential plugins", () => {
  const agent = createVeramo();

  it.each(KEYS)('take a credential of ours, and not its tampered twin ($algorithm)', async (key) => {
    const token = await issueVcJwt11(legalIdentityCredential(), key);
    const verify = (credential: string, now = NOW_SECONDS) =>
      agent.verifyCredential({ credential, policies: { now, credentialStatus: false } });
    expect(await verify(token)).toMatchObject({ verified: true });
    expect(await verify(tampered(token))).toMatchObject({
      verified: false,
      error: { errorCode: 'invalid_signature' },
    });
    expect((await verify(token, NOW_SECONDS + 400 * 86_400)).verified).toBe(false);
  });

  it.each([
    [registrarKey, true],
    [registrarEdKey, true],
    [registrarKey, false],
  ] as const)(
    'make credentials that we take, and not their tampered twins',
    async (key, removeOriginalFields) => {
      const { credential } = preparedVcJwt11(legalIdentityCredential());
      const { proof } = await agent.createVerifiableCredential({
        credential: {
          ...structuredClone(credential),
          issuer: { id: REGISTRAR_DID, name: 'Registrar' },
        } as never,
        proofFormat: 'jwt',
        keyRef: key.kid,
        removeOriginalFields,
      });
      const token = (proof as unknown as { jwt: string }).jwt;
      const parsed = parsedVcJwt11(token);
      // What it does not know it puts beside `vc`, where §6.3.1 has nothing of a credential.
      const { assuranceLevel: _, ...known } = { assuranceLevel: undefined, ...credential };
      expect(parsed.credential).toEqual(known);
      expect(verifyVcJwt11Signature(parsed, keyOf(parsed, 'assertionMethod'))).toBe(true);
      const twin = parsedVcJwt11(tampered(token));
      expect(verifyVcJwt11Signature(twin, keyOf(twin, 'assertionMethod'))).toBe(false);
    },
  );

  it('take a presentation of ours, for its audience only', async () => {
    const prepared = prepareVpJwt11({
      holder: COOP_DID,
      audience: AUDIENCE,
      nonce: NONCE,
      credentials: [await issueVcJwt11(legalIdentityCredential())],
      issuedAt: NOW,
      expiresAt: addSeconds(NOW, 300),
    });
    if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
    const presentation = await signVpJwt11(prepared.value, coopKey, signer);
    const verify = (challenge: string, domain: string) =>
      agent.verifyPresentation({ presentation, challenge, domain, policies: { now: NOW_SECONDS } });
    expect(await verify(NONCE, AUDIENCE)).toMatchObject({ verified: true });
    expect(await verify('another', AUDIENCE)).toMatchObject({ verified: false });
    expect(await verify(NONCE, 'https://other.example')).toMatchObject({ verified: false });
  });

  it('make presentations that we take, and not their tampered twins', async () => {
    const credential = await issueVcJwt11(legalIdentityCredential());
    const { proof } = await agent.createVerifiablePresentation({
      presentation: { holder: COOP_DID, verifiableCredential: [credential] },
      proofFormat: 'jwt',
      domain: AUDIENCE,
      challenge: NONCE,
      keyRef: coopKey.kid,
      now: NOW,
    });
    const token = (proof as unknown as { jwt: string }).jwt;
    const parsed = readPresentation(token);
    expect(parsed).toMatchObject({
      holder: COOP_DID,
      audiences: [AUDIENCE],
      nonce: NONCE,
      credentials: [credential],
      claims: { nbf: NOW_SECONDS },
    });
    const key = keyOf(parsed, 'authentication');
    expect(verifyVpJwt11Signature(parsed, key)).toBe(true);
    expect(verifyVpJwt11Signature(readPresentation(tampered(token, NONCE, 'another')), key)).toBe(false);
  });
});

function readPresentation(token: string) {
  const parsed = parseVpJwt11(token);
  if ('problem' in parsed) throw new Error(JSON.stringify(parsed));
  return parsed;
}

/** Their tokens have no `kid`: the one key of that algorithm in the issuer's document. */
function keyOf({ claims, algorithm, methodId }: ParsedJwt11, purpose: KeyPurpose): AnyVerificationKey {
  expect(methodId).toBeUndefined();
  const document = documents.get(claims.iss);
  const finding = document && findSoleMethodOf(ANY_KEYS, document, algorithm, purpose);
  if (finding?.state !== 'listed') throw new Error('no such key');
  return finding.key;
}

/** Their plugins on test keys; what holds the keys and resolves the DIDs is handed in. */
function createVeramo(): TAgent<ICredentialPlugin> {
  const keys = [...KEYS, coopKey];
  const keyTypes = { ES256: 'Secp256r1', EdDSA: 'Ed25519' } as const;
  const methods = {
    resolveDid: ({ didUrl }: { didUrl: string }) => resolve(didUrl),
    didManagerFind: () => Promise.resolve([]),
    didManagerGet: ({ did }: { did: string }) =>
      Promise.resolve({
        did,
        provider: 'test',
        services: [],
        keys: keys
          .filter((key) => key.did === did)
          .map(({ kid, algorithm }) => ({ kid, kms: 'test', type: keyTypes[algorithm], publicKeyHex: '' })),
      }),
    keyManagerSign: ({ keyRef, data }: { keyRef: string; data: string }) => {
      const key = keys.find(({ kid }) => kid === keyRef);
      if (!key) throw new Error('no such key');
      return Promise.resolve(rawSignature(key, Buffer.from(data)).toString('base64url'));
    },
  };
  return createAgent<ICredentialPlugin>({
    plugins: [new CredentialPlugin([new CredentialProviderJWT()]), { methods }],
  });
}
