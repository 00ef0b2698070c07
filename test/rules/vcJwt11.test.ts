import fc from 'fast-check';
import { createHmac, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  CREDENTIALS_V1_CONTEXT,
  CREDENTIALS_V2_CONTEXT,
  type Credential,
} from '../../src/credentials/dataModel.js';
import { parseVcJwt } from '../../src/credentials/securing/vcJwt.js';
import {
  parseVcJwt11,
  prepareVcJwt11,
  signVcJwt11,
  verifyVcJwt11Signature,
} from '../../src/credentials/securing/vcJwt11.js';
import {
  COOP_DID,
  coopKey,
  createKey,
  forgeToken,
  legalIdentityCredential,
  profiles,
  registrarEdKey,
  registrarKey,
  REGISTRAR_DID,
  signCredential,
  signer,
  type TestKey,
} from '../support/issuer.js';
import {
  createSecp256k1Key,
  issueVcJwt11,
  parsedVcJwt11,
  preparedVcJwt11,
  verificationKeyOf,
} from '../support/jwt11.js';
import { runs } from '../support/properties.js';

const HEADER = { alg: 'ES256', typ: 'JWT', kid: registrarKey.kid };
const { credential: GOOD, payload: GOOD_PAYLOAD } = preparedVcJwt11(legalIdentityCredential());
const CLAIMS = JSON.parse(GOOD_PAYLOAD) as Readonly<Record<string, unknown>>;

/** A token by the registrar's key, `undefined` leaving out what a good one has. */
const forged = (claims: object, vc: object = {}, header: object = {}) =>
  forgeToken(registrarKey, { ...HEADER, ...header }, { ...CLAIMS, vc: { ...GOOD, ...vc }, ...claims });

const problemOf = (token: unknown) => {
  const parsed = parseVcJwt11(token);
  return 'problem' in parsed ? parsed.problem : undefined;
};

const isGood = (token: unknown, key: Pick<TestKey, 'jwk'> = registrarKey) => {
  const parsed = parseVcJwt11(token);
  return !('problem' in parsed) && verifyVcJwt11Signature(parsed, verificationKeyOf(key));
};

describe('prepareVcJwt11', () => {
  it('says in the words of 1.1 what was said in 2.0, in members and in claims', () => {
    const { '@context': contexts, validFrom, validUntil, ...members } = legalIdentityCredential();
    expect(CLAIMS).toEqual({
      iss: REGISTRAR_DID,
      sub: COOP_DID,
      jti: members.id,
      nbf: Date.parse(validFrom ?? '') / 1000,
      exp: Date.parse(validUntil ?? '') / 1000,
      vc: {
        ...members,
        '@context': [CREDENTIALS_V1_CONTEXT, contexts[1]],
        issuanceDate: validFrom,
        expirationDate: validUntil,
      },
    });
  });

  it('gives the same bytes for the same credential, and again for what it gave', () => {
    const reversed = Object.fromEntries(Object.entries(legalIdentityCredential()).reverse());
    expect(preparedVcJwt11(reversed).payload).toBe(GOOD_PAYLOAD);
    expect(preparedVcJwt11(CLAIMS['vc']).payload).toBe(GOOD_PAYLOAD);
    expect(preparedVcJwt11(CLAIMS['vc']).payloadDigest).toEqual(preparedVcJwt11(reversed).payloadDigest);
  });

  it('holds what was checked, not the object that it was made from', () => {
    const credential = structuredClone(legalIdentityCredential()) as Credential & { issuer: string };
    const before = preparedVcJwt11(credential);
    credential.issuer = COOP_DID;
    expect(before.credential.issuer).toBe(REGISTRAR_DID);
    expect(Object.isFrozen(before.credential.credentialSubject)).toBe(true);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  const foreign = {
    '@context': [CREDENTIALS_V2_CONTEXT],
    type: 'VerifiableCredential',
    issuer: REGISTRAR_DID,
    validFrom: '2026-01-01T00:00:00Z',
    credentialSubject: { id: COOP_DID },
  };
  it('takes a credential of no profile of ours', () => {
    expect(preparedVcJwt11(foreign).credential.issuanceDate).toBe(foreign.validFrom);
  });

  it.each<[string, unknown, string]>([
    ['no credential', {}, '/@context'],
    ['what is not JSON', { ...legalIdentityCredential(), extra: 1n }, ''],
    ['a cycle', cyclic, ''],
    ['one of our types that lacks its schema', { ...GOOD, assuranceLevel: 'total' }, '/assuranceLevel'],
    ['a credential without a date', { ...foreign, validFrom: undefined }, '/validFrom'],
    [
      'several subjects',
      { ...foreign, credentialSubject: [{ id: COOP_DID }, { id: 'urn:x:y' }] },
      '/credentialSubject',
    ],
    [
      'both contexts',
      {
        ...foreign,
        '@context': [CREDENTIALS_V1_CONTEXT, CREDENTIALS_V2_CONTEXT],
        issuanceDate: foreign.validFrom,
      },
      '/@context',
    ],
    [
      'a status without an id',
      { ...foreign, credentialStatus: { type: 'BitstringStatusListEntry' } },
      '/credentialStatus/id',
    ],
  ])('refuses %s', (_, value, pointer) => {
    const outcome = prepareVcJwt11(value, profiles);
    expect('problems' in outcome && outcome.problems.map((problem) => problem.pointer)).toContain(pointer);
  });
});

describe('signVcJwt11', () => {
  it("does not sign with a key that is not the issuer's", async () => {
    const prepared = preparedVcJwt11(legalIdentityCredential());
    await expect(signVcJwt11(prepared, coopKey, signer)).rejects.toThrow(TypeError);
    await expect(signVcJwt11(prepared, { ...coopKey, did: REGISTRAR_DID }, signer)).rejects.toThrow(
      TypeError,
    );
  });

  it('does not pass on a signature that is not raw', async () => {
    const der = { sign: () => Promise.resolve(new Uint8Array(70)) };
    const prepared = preparedVcJwt11(legalIdentityCredential());
    await expect(signVcJwt11(prepared, registrarKey, der)).rejects.toThrow(TypeError);
  });

  it.each([registrarKey, registrarEdKey])('names the key and the kind of token ($algorithm)', async (key) => {
    const token = await issueVcJwt11(legalIdentityCredential(), key);
    const [header = '', payload = ''] = token.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: key.algorithm,
      kid: key.kid,
      typ: 'JWT',
    });
    expect(Buffer.from(payload, 'base64url').toString()).toBe(GOOD_PAYLOAD);
  });
});

describe('round trip', () => {
  const dates = fc.date({
    min: new Date('1970-01-01T00:00:00Z'),
    max: new Date('9999-12-31T00:00:00Z'),
    noInvalidDate: true,
  });
  const credentials = fc
    .record(
      {
        id: fc.uuid().map((id) => `urn:uuid:${id}`),
        validUntil: dates.map((date) => date.toISOString()),
        credentialSubject: fc.record({ id: fc.constant(COOP_DID), claim: fc.jsonValue() }),
        issuer: fc.constantFrom(REGISTRAR_DID, { id: REGISTRAR_DID, name: 'Registrar' }),
      },
      { requiredKeys: ['credentialSubject', 'issuer'] },
    )
    .map((members) => ({
      '@context': [CREDENTIALS_V2_CONTEXT],
      type: ['VerifiableCredential'],
      validFrom: '1970-01-01T00:00:00.5+01:00',
      ...members,
    }));
  const keys = fc.constantFrom(registrarKey, registrarEdKey);

  it('what was prepared is what is read, and its signature is good', async () => {
    await fc.assert(
      fc.asyncProperty(credentials, keys, async (credential, key) => {
        const prepared = preparedVcJwt11(credential);
        const token = await signVcJwt11(prepared, key, signer);
        const parsed = parsedVcJwt11(token);
        expect(parsed.credential).toEqual(prepared.credential);
        expect(parsed.methodId).toBe(key.kid);
        expect(verifyVcJwt11Signature(parsed, verificationKeyOf(key))).toBe(true);
      }),
      runs(100),
    );
  });

  it('whatever character of a token is another one, it is not accepted', async () => {
    const tokens = await Promise.all(
      [registrarKey, registrarEdKey].map(async (key) => ({
        key,
        token: await issueVcJwt11(legalIdentityCredential(), key),
      })),
    );
    const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+ '];
    const changes = fc.record({
      signed: fc.constantFrom(...tokens),
      part: fc.nat({ max: 2 }),
      place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      character: fc.constantFrom(...alphabet),
    });
    fc.assert(
      fc.property(changes, ({ signed: { key, token }, part, place, character }) => {
        const parts = token.split('.');
        const text = parts[part] ?? '';
        const at = Math.floor(place * text.length);
        fc.pre(text.charAt(at) !== character);
        parts[part] = text.slice(0, at) + character + text.slice(at + 1);
        expect(isGood(parts.join('.'), key)).toBe(false);
      }),
      runs(300),
    );
  });
});

describe('what claims and members say together (§6.3.1)', () => {
  it('is the same, whichever members are left to the claims', () => {
    const members = ['id', 'issuer', 'issuanceDate', 'expirationDate', 'credentialSubject.id'] as const;
    fc.assert(
      fc.property(fc.subarray([...members]), (left) => {
        const { id: _, ...anonymous } = GOOD.credentialSubject as Record<string, unknown>;
        const vc = Object.fromEntries(left.map((member) => [member, undefined]));
        const token = forged(
          {},
          left.includes('credentialSubject.id') ? { ...vc, credentialSubject: anonymous } : vc,
        );
        expect(parsedVcJwt11(token).credential).toEqual(GOOD);
      }),
      runs(100),
    );
  });

  it.each(['sub', 'jti', 'nbf', 'exp'])('is the same without the claim %s', (claim) => {
    expect(parsedVcJwt11(forged({ [claim]: undefined })).credential).toEqual(GOOD);
  });

  it('keeps an issuer object, and gives it the id it lacks', () => {
    for (const issuer of [{ id: REGISTRAR_DID, name: 'R' }, { name: 'R' }]) {
      expect(parsedVcJwt11(forged({}, { issuer })).credential.issuer).toEqual({
        id: REGISTRAR_DID,
        name: 'R',
      });
    }
  });

  it('is about one subject, alone or in a list', () => {
    const subject = GOOD.credentialSubject as Record<string, unknown>;
    expect(parsedVcJwt11(forged({}, { credentialSubject: [subject] })).credential.credentialSubject).toEqual([
      subject,
    ]);
    expect(parsedVcJwt11(forged({}, { credentialSubject: undefined })).credential.credentialSubject).toEqual({
      id: COOP_DID,
    });
    expect(problemOf(forged({}, { credentialSubject: [subject, { id: 'urn:x:y' }] }))).toBe(
      'conflictingClaims',
    );
  });

  it('keeps a date in its own spelling, as long as it is that second', () => {
    const exp = Date.parse('2030-01-01T00:00:00Z') / 1000;
    for (const expirationDate of ['2030-01-01T00:00:00.999Z', '2030-01-01T01:00:00+01:00']) {
      expect(parsedVcJwt11(forged({ exp }, { expirationDate })).credential.expirationDate).toBe(
        expirationDate,
      );
    }
  });

  it.each<[number, string]>([
    [0, '1970-01-01T00:00:00Z'],
    [1.5, '1970-01-01T00:00:01.500Z'],
    [253_402_300_799, '9999-12-31T23:59:59Z'],
    [253_402_300_800, '10000-01-01T00:00:00Z'],
  ])('takes the date %d from a claim', (exp, expirationDate) => {
    expect(parsedVcJwt11(forged({ exp }, { expirationDate: undefined })).credential).toMatchObject({
      expirationDate,
    });
  });

  it.each<[string, object, object]>([
    ['iss and issuer', { iss: COOP_DID }, {}],
    ['iss and the id in issuer', {}, { issuer: { id: COOP_DID } }],
    ['sub and credentialSubject.id', { sub: REGISTRAR_DID }, {}],
    ['jti and id', { jti: 'urn:x:y' }, {}],
    ['jti and an id that is null', {}, { id: null }],
    ['a credentialStatus beside vc', { credentialStatus: {} }, { credentialStatus: undefined }],
    ['nbf and issuanceDate', { nbf: 0 }, {}],
    ['exp and expirationDate', { exp: 9_999_999_999 }, {}],
    ['exp and expirationDate by a second', { exp: 1 }, { expirationDate: '1970-01-01T00:00:02Z' }],
  ])('is nothing where they contradict each other: %s', (_, claims, vc) => {
    expect(problemOf(forged(claims, vc))).toBe('conflictingClaims');
  });
});

describe('the key that a token names', () => {
  it.each<[string, unknown, string | undefined]>([
    ['an absolute one', registrarKey.kid, registrarKey.kid],
    ['a fragment', '#key-1', `${REGISTRAR_DID}#key-1`],
    ['a bare fragment', 'key-1', `${REGISTRAR_DID}#key-1`],
    ['none', undefined, undefined],
    ['a URL elsewhere', 'https://a.example/keys/1', 'https://a.example/keys/1'],
  ])('%s', (_, kid, methodId) => {
    expect(parsedVcJwt11(forged({}, {}, { kid })).methodId).toBe(methodId);
  });
});

describe('ES256K', () => {
  const secp256k1 = createSecp256k1Key();
  const token = secp256k1.token({ ...HEADER, alg: 'ES256K' }, CLAIMS);

  it('is verified under a secp256k1 key, either half of its signatures', () => {
    const order = BigInt('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141');
    const parsed = parsedVcJwt11(token);
    expect(parsed.algorithm).toBe('ES256K');
    const twin = order - BigInt(`0x${parsed.signature.subarray(32).toString('hex')}`);
    const s = Buffer.from(twin.toString(16).padStart(64, '0'), 'hex');
    for (const signature of [parsed.signature, Buffer.concat([parsed.signature.subarray(0, 32), s])]) {
      expect(verifyVcJwt11Signature({ ...parsed, signature }, secp256k1.key)).toBe(true);
    }
  });

  it('is refused under a key of P-256, of Ed25519, or of somebody else', () => {
    const parsed = parsedVcJwt11(token);
    for (const key of [
      verificationKeyOf(registrarKey),
      verificationKeyOf(registrarEdKey),
      createSecp256k1Key().key,
    ]) {
      expect(verifyVcJwt11Signature(parsed, key)).toBe(false);
    }
  });

  it('is refused under its own key when the header names another algorithm', () => {
    const lying = parsedVcJwt11(secp256k1.token(HEADER, CLAIMS));
    expect(verifyVcJwt11Signature(lying, secp256k1.key)).toBe(false);
  });

  it('is not taken by the format of version 2.0', () => {
    const vcJwt = secp256k1.token({ ...HEADER, alg: 'ES256K', typ: 'vc+jwt' }, legalIdentityCredential());
    expect(parseVcJwt(vcJwt)).toEqual({ problem: 'algorithmNotAllowed' });
  });
});

describe('hostile tokens are refused', () => {
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  const valid = forgeToken(registrarKey, HEADER, GOOD_PAYLOAD);
  const [header = '', payload = '', signature = ''] = valid.split('.');
  const withText = (text: string) => forgeToken(registrarKey, HEADER, text);

  function hmacToken(): string {
    const signingInput = `${encode(JSON.stringify({ ...HEADER, alg: 'HS256' }))}.${payload}`;
    const publicKey = createPublicKey(registrarKey.privateKey).export({ format: 'pem', type: 'spki' });
    return `${signingInput}.${createHmac('sha256', publicKey).update(signingInput).digest('base64url')}`;
  }

  it('as opposed to the good one, and to the one without typ', () => {
    expect(isGood(valid)).toBe(true);
    expect(isGood(forged({}, {}, { typ: undefined }))).toBe(true);
  });

  it.each<[string, string, string]>([
    ['alg none', `${encode('{"alg":"none","typ":"JWT"}')}.${payload}.`, 'algorithmNotAllowed'],
    ['HS256 with the public key', hmacToken(), 'algorithmNotAllowed'],
    ['ES384, which is not of this format', forged({}, {}, { alg: 'ES384' }), 'algorithmNotAllowed'],
    ['ES256K-R', forged({}, {}, { alg: 'ES256K-R' }), 'algorithmNotAllowed'],
    ['alg of a prototype member', forged({}, {}, { alg: 'toString' }), 'algorithmNotAllowed'],
    ['no alg', forged({}, {}, { alg: undefined }), 'malformed'],
    ['typ of version 2.0', forged({}, {}, { typ: 'vc+jwt' }), 'unsupported'],
    ['typ null', forged({}, {}, { typ: null }), 'unsupported'],
    ['cty JWT, a token in a token', forged({}, {}, { cty: 'JWT' }), 'unsupported'],
    ['crit', forged({}, {}, { crit: ['exp'], exp: 1 }), 'criticalHeader'],
    ['b64', forged({}, {}, { b64: false }), 'criticalHeader'],
    ['kid of the wrong type', forged({}, {}, { kid: 7 }), 'malformed'],
    ['duplicate members', withText(`{"iss":"did:web:a",${GOOD_PAYLOAD.slice(1)}`), 'malformed'],
    ['duplicates by escape', withText(`{"\\u0069ss":"did:web:a",${GOOD_PAYLOAD.slice(1)}`), 'malformed'],
    [
      'duplicates in vc',
      withText(GOOD_PAYLOAD.replace('"vc":{', '"vc":{"issuer":"did:web:a",')),
      'malformed',
    ],
    ['padding', `${header}.${payload}=.${signature}`, 'malformed'],
    ['a trailing part', `${valid}.`, 'malformed'],
    ['a trailing blank', `${valid}\n`, 'malformed'],
    ['2 MB', 'A'.repeat(2_000_000), 'malformed'],
    ['100 dots', '.'.repeat(100), 'malformed'],
    ['nothing', '', 'malformed'],
    ['iss left out', forged({ iss: undefined }), 'malformed'],
    ['iss of the wrong type', forged({ iss: [REGISTRAR_DID] }), 'malformed'],
    ['exp as text', forged({ exp: '9999999999' }), 'malformed'],
    ['exp null', forged({ exp: null }), 'malformed'],
    ['nbf beyond any date', forged({ nbf: 1e300 }), 'malformed'],
    ['aud of the wrong type', forged({ aud: [7] }), 'malformed'],
    ['vc left out', forged({ vc: undefined }), 'unsupported'],
    ['vc a text', forged({ vc: JSON.stringify(GOOD) }), 'notACredential'],
    ['vc null', forged({ vc: null }), 'notACredential'],
    ['vc a list', forged({ vc: [GOOD] }), 'notACredential'],
    ['vp beside vc', forged({ vp: {} }), 'forbiddenClaim'],
    ['a credential of 2.0 in vc', forged({ vc: legalIdentityCredential() }), 'notACredential'],
    [
      'the context of 2.0 beside that of 1.1',
      forged({}, { '@context': [CREDENTIALS_V1_CONTEXT, CREDENTIALS_V2_CONTEXT] }),
      'notACredential',
    ],
    ['an expirationDate that is no date', forged({}, { expirationDate: 'never' }), 'notACredential'],
    ['no date at all', forged({ nbf: undefined }, { issuanceDate: undefined }), 'notACredential'],
    ['a subject that is a text', forged({}, { credentialSubject: COOP_DID }), 'notACredential'],
    ['an iss that is no URL', forged({ iss: 'me' }, { issuer: undefined }), 'notACredential'],
  ])('%s', (_, token, problem) => {
    expect(problemOf(token)).toBe(problem);
  });

  it.each<[string, string]>([
    ['trailing bytes of the signature', `${valid}AAAA`],
    ['a signature cut short', valid.slice(0, -4)],
    ['no signature', `${header}.${payload}.`],
    ['all zeros', `${header}.${payload}.${'A'.repeat(86)}`],
    ["somebody else's key", forgeToken(createKey(REGISTRAR_DID), HEADER, GOOD_PAYLOAD)],
    ['a key that the token brings', forgeToken(coopKey, { ...HEADER, jwk: coopKey.jwk }, GOOD_PAYLOAD)],
    ['another algorithm than the key', forged({}, {}, { alg: 'EdDSA' })],
  ])('%s, by its signature', (_, token) => {
    expect(isGood(token)).toBe(false);
  });

  it('non-canonical base64url: other trailing bits of the same signature', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = valid.slice(0, -1) + alphabet.charAt(alphabet.indexOf(valid.at(-1) ?? '') ^ 1);
    expect(Buffer.from(twin.split('.')[2] ?? '', 'base64url')).toEqual(Buffer.from(signature, 'base64url'));
    expect(problemOf(twin)).toBe('malformed');
  });

  it.each([undefined, null, 7, {}, []])('%j is no token', (value) => {
    expect(problemOf(value)).toBe('malformed');
  });

  it('a vc+jwt is not one of these, nor one of these a vc+jwt', async () => {
    expect(problemOf(await signCredential(legalIdentityCredential()))).toBe('unsupported');
    expect(parseVcJwt(valid)).toEqual({ problem: 'unsupported' });
  });
});
