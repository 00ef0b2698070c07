import { describe, expect, it } from 'vitest';
import { CREDENTIALS_V1_CONTEXT, CREDENTIALS_V2_CONTEXT } from '../../src/credentials/dataModel.js';
import {
  parseVpJwt11,
  prepareVpJwt11,
  signVpJwt11,
  verifyVpJwt11Signature,
  type ParsedVpJwt11,
} from '../../src/credentials/securing/vpJwt11.js';
import { parseVcJwt11 } from '../../src/credentials/securing/vcJwt11.js';
import { parseVpJwt, type PresentationParts } from '../../src/credentials/securing/vpJwt.js';
import { addSeconds } from '../../src/kernel/instants.js';
import {
  COOP_DID,
  coopKey,
  forgeToken,
  legalIdentityCredential,
  NOW,
  registrarKey,
  REGISTRAR_DID,
  signer,
} from '../support/issuer.js';
import { createSecp256k1Key, issueVcJwt11, preparedVcJwt11, verificationKeyOf } from '../support/jwt11.js';

const PARTS: PresentationParts = {
  holder: COOP_DID,
  audience: 'https://partner.example',
  nonce: 'n-0S6_WzA2Mj',
  credentials: ['a.b.c'],
  issuedAt: NOW,
  expiresAt: addSeconds(NOW, 300),
};
const NOW_SECONDS = NOW.getTime() / 1000;
const HEADER = { alg: 'ES256', typ: 'JWT', kid: coopKey.kid };
const VP = {
  '@context': [CREDENTIALS_V1_CONTEXT],
  type: ['VerifiablePresentation'],
  holder: COOP_DID,
  verifiableCredential: ['a.b.c'],
};
const CLAIMS = { iss: COOP_DID, aud: PARTS.audience, nonce: PARTS.nonce, exp: NOW_SECONDS + 300 };

const forged = (claims: object, vp: object = {}, header: object = {}) =>
  forgeToken(coopKey, { ...HEADER, ...header }, { ...CLAIMS, vp: { ...VP, ...vp }, ...claims });

function parsed(token: unknown): ParsedVpJwt11 {
  const outcome = parseVpJwt11(token);
  if ('problem' in outcome) throw new Error(JSON.stringify(outcome));
  return outcome;
}

const problemOf = (token: unknown) => {
  const outcome = parseVpJwt11(token);
  return 'problem' in outcome ? outcome.problem : undefined;
};

async function sign(parts: PresentationParts = PARTS): Promise<string> {
  const prepared = prepareVpJwt11(parts);
  if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
  return signVpJwt11(prepared.value, coopKey, signer);
}

describe('a presentation of ours', () => {
  it('is read as it was prepared, and verified', async () => {
    const credentials = [await issueVcJwt11(legalIdentityCredential()), 'a.b.c~WyJzYWx0Il0~'];
    const presentation = parsed(await sign({ ...PARTS, credentials }));
    expect(presentation).toMatchObject({
      holder: COOP_DID,
      audiences: [PARTS.audience],
      nonce: PARTS.nonce,
      methodId: coopKey.kid,
      credentials,
      claims: { iss: COOP_DID, iat: NOW_SECONDS, nbf: NOW_SECONDS, exp: NOW_SECONDS + 300 },
    });
    expect(verifyVpJwt11Signature(presentation, verificationKeyOf(coopKey))).toBe(true);
    expect(verifyVpJwt11Signature(presentation, verificationKeyOf(registrarKey))).toBe(false);
  });

  it('is not verified once a character of its payload is another one', async () => {
    const [header = '', payload = '', signature = ''] = (await sign()).split('.');
    const text = Buffer.from(payload, 'base64url').toString().replace(PARTS.nonce, 'n-0S6_WzA2Mk');
    const twin = parsed([header, Buffer.from(text).toString('base64url'), signature].join('.'));
    expect(twin.nonce).toBe('n-0S6_WzA2Mk');
    expect(verifyVpJwt11Signature(twin, verificationKeyOf(coopKey))).toBe(false);
  });

  it('is prepared with 1 to 20 credentials that are tokens, and some time to live', () => {
    expect(() => prepareVpJwt11({ ...PARTS, credentials: [] })).toThrow(RangeError);
    expect(() => prepareVpJwt11({ ...PARTS, credentials: Array<string>(21).fill('a.b.c') })).toThrow(
      RangeError,
    );
    expect(() => prepareVpJwt11({ ...PARTS, expiresAt: NOW })).toThrow(RangeError);
    expect(prepareVpJwt11({ ...PARTS, credentials: ['no token'] })).toHaveProperty('problems');
    expect(prepareVpJwt11({ ...PARTS, holder: 'nobody' })).toHaveProperty('problems');
  });

  it("is not signed with a key that is not the holder's", async () => {
    const prepared = prepareVpJwt11(PARTS);
    if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
    await expect(signVpJwt11(prepared.value, registrarKey, signer)).rejects.toThrow(TypeError);
  });
});

describe('a presentation of others', () => {
  it('takes its holder from the claims', () => {
    const { holder } = parsed(forged({ jti: 'urn:x:y' }, { holder: undefined }));
    expect(holder).toBe(COOP_DID);
    expect(parsed(forged({}, { holder: { id: COOP_DID, name: 'Co-op' } })).holder).toBe(COOP_DID);
  });

  it('holds tokens, objects, or one of them alone', () => {
    const { credential } = preparedVcJwt11(legalIdentityCredential());
    const object = JSON.parse(
      JSON.stringify({ ...credential, proof: { type: 'DataIntegrityProof' } }),
    ) as object;
    for (const verifiableCredential of [[object, 'a.b.c'], object, 'a.b.c~']) {
      expect(parsed(forged({}, { verifiableCredential })).credentials).toEqual([verifiableCredential].flat());
    }
  });

  it('may be for several, and without nonce', () => {
    const presentation = parsed(forged({ aud: ['urn:a', 'urn:b'], nonce: undefined }));
    expect(presentation).toMatchObject({ audiences: ['urn:a', 'urn:b'], nonce: undefined });
    expect(parsed(forged({ aud: undefined })).audiences).toEqual([]);
  });

  it('may be signed with secp256k1', () => {
    const { key, token } = createSecp256k1Key();
    const presentation = parsed(token({ ...HEADER, alg: 'ES256K' }, { ...CLAIMS, vp: VP }));
    expect(verifyVpJwt11Signature(presentation, key)).toBe(true);
    expect(verifyVpJwt11Signature(presentation, verificationKeyOf(coopKey))).toBe(false);
  });

  it.each<[string, string, string]>([
    ['alg none', forged({}, {}, { alg: 'none' }), 'algorithmNotAllowed'],
    ['crit', forged({}, {}, { crit: ['x'], x: 1 }), 'criticalHeader'],
    ['another typ', forged({}, {}, { typ: 'vp+jwt' }), 'unsupported'],
    ['vc beside vp', forged({ vc: {} }), 'forbiddenClaim'],
    ['no iss', forged({ iss: undefined }), 'malformed'],
    ['exp as text', forged({ exp: '1' }), 'malformed'],
    ['aud of the wrong type', forged({ aud: {} }), 'malformed'],
    ['nonce of the wrong type', forged({ nonce: 7 }), 'malformed'],
    ['vp a text', forged({ vp: JSON.stringify(VP) }), 'notAPresentation'],
    ['vp null', forged({ vp: null }), 'notAPresentation'],
    ['no vp', forged({ vp: undefined }), 'unsupported'],
    ['another holder than iss', forged({}, { holder: REGISTRAR_DID }), 'conflictingClaims'],
    ['another holder object than iss', forged({}, { holder: { id: REGISTRAR_DID } }), 'conflictingClaims'],
    ['another id than jti', forged({ jti: 'urn:x:y' }, { id: 'urn:x:z' }), 'conflictingClaims'],
    ['the context of 2.0', forged({}, { '@context': [CREDENTIALS_V2_CONTEXT] }), 'notAPresentation'],
    ['another type', forged({}, { type: ['VerifiableCredential'] }), 'notAPresentation'],
    ['no credentials', forged({}, { verifiableCredential: undefined }), 'notAPresentation'],
    ['an empty list', forged({}, { verifiableCredential: [] }), 'notAPresentation'],
    ['21 credentials', forged({}, { verifiableCredential: Array(21).fill('a.b.c') }), 'notAPresentation'],
    ['a text that is no token', forged({}, { verifiableCredential: ['hello'] }), 'notAPresentation'],
    ['a null among them', forged({}, { verifiableCredential: ['a.b.c', null] }), 'notAPresentation'],
    ['an object that is no credential', forged({}, { verifiableCredential: [{}] }), 'notAPresentation'],
    ['2 MB', 'A'.repeat(2_000_001), 'malformed'],
    ['100 dots', '.'.repeat(100), 'malformed'],
  ])('%s is refused', (_, token, problem) => {
    expect(problemOf(token)).toBe(problem);
  });

  it('is neither a credential nor a presentation of version 2.0', () => {
    expect(parseVcJwt11(forged({}))).toEqual({ problem: 'forbiddenClaim' });
    expect(parseVpJwt(forged({}))).toEqual({ problem: 'unsupported' });
  });
});
