import { createHmac, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { importJwk } from '../../src/credentials/keys.js';
import { verifyJwsSignature } from '../../src/credentials/securing/jws.js';
import { findKeyBindingProblem } from '../../src/credentials/securing/sdJwt/keyBinding.js';
import { parseDcSdJwt } from '../../src/credentials/securing/dcSdJwt.js';
import { parseSdJwt } from '../../src/credentials/securing/sdJwt/sdJwt.js';
import { parseVcSdJwt } from '../../src/credentials/securing/vcSdJwt.js';
import { coopKey, legalIdentityCredential, NOW, registrarKey } from '../support/issuer.js';
import {
  AUDIENCE,
  digest,
  disclosure,
  forgeKeyBinding,
  forgeSdJwt,
  NONCE,
  NOW_SECONDS,
  PROFILE,
} from '../support/sdJwt.js';

const SALT = 'AAECAwQFBgcICQoLDA0ODw';
const good = disclosure(SALT, 'legalName', 'Abeona');
const encode = (text: string) => Buffer.from(text).toString('base64url');
/** One that the issuer signed the digest of, so that only its content can be the reason. */
const called = (encoded: string, rest: object = {}) =>
  forgeSdJwt({ ...rest, _sd: [digest(encoded)] }, [encoded]);
const calledAsElement = (encoded: string) => forgeSdJwt({ list: [{ '...': digest(encoded) }] }, [encoded]);
const base64WithTrailingBits = (text: string) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) + 1);
};
const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

describe('disclosures', () => {
  it('the token that the hostile ones are made from is accepted', () => {
    expect(parseSdJwt(called(good), PROFILE)).toMatchObject({ claims: { legalName: 'Abeona' } });
    expect(parseSdJwt(calledAsElement(disclosure(SALT, 'x')), PROFILE)).toMatchObject({
      claims: { list: ['x'] },
    });
  });

  const overridingIss = disclosure(SALT, 'iss', 'https://mallory.example');
  const inner = disclosure(SALT, 'street', '1 Mutual Way');
  const outer = disclosure(SALT, 'address', { _sd: [digest(inner)] });
  const chained = Array.from({ length: 70 }).reduce<string[]>(
    (chain) => [disclosure(SALT, chain.length === 0 ? 1 : [{ '...': digest(chain[0] ?? '') }]), ...chain],
    [],
  );

  it.each<[string, string, string]>([
    ['overriding a signed claim', called(overridingIss, { iss: 'https://a.example' }), 'claimConflict'],
    ['adding a reserved claim', called(overridingIss), 'reservedClaim'],
    ['adding exp', called(disclosure(SALT, 'exp', 9e9)), 'reservedClaim'],
    ['not called for', forgeSdJwt({ _sd: [] }, [good]), 'unreferencedDisclosure'],
    ['not called for, without any digest', forgeSdJwt({}, [good]), 'unreferencedDisclosure'],
    [
      'called for by a disclosure that is not there',
      forgeSdJwt({ _sd: [digest(outer)] }, [inner]),
      'unreferencedDisclosure',
    ],
    ['twice', forgeSdJwt({ _sd: [digest(good)] }, [good, good]), 'duplicateDigest'],
    ['called for twice', forgeSdJwt({ _sd: [digest(good), digest(good)] }, [good]), 'duplicateDigest'],
    [
      'called for in two places',
      forgeSdJwt({ _sd: [digest(good)], a: { _sd: [digest(good)] } }, [good]),
      'duplicateDigest',
    ],
    ['a decoy that stands twice', forgeSdJwt({ _sd: ['x'], a: { _sd: ['x'] } }), 'duplicateDigest'],
    [
      'a digest that a disclosure repeats',
      called(disclosure(SALT, 'a', { _sd: ['x', 'x'] })),
      'duplicateDigest',
    ],
    [
      'two of one name',
      forgeSdJwt({ _sd: [digest(good), digest(disclosure('s', 'legalName', 1))] }, [
        good,
        disclosure('s', 'legalName', 1),
      ]),
      'claimConflict',
    ],
    ['of a name that stands there', called(good, { legalName: 'Other' }), 'claimConflict'],
    ['named _sd', called(disclosure(SALT, '_sd', [])), 'malformedDisclosure'],
    ['named ...', called(disclosure(SALT, '...', 'x')), 'malformedDisclosure'],
    ['named _sd_alg', called(disclosure(SALT, '_sd_alg', 'sha-512')), 'malformedDisclosure'],
    ['an object, not an array', called(encode('{"salt":"x"}')), 'malformedDisclosure'],
    ['a text', called(encode('"x"')), 'malformedDisclosure'],
    ['null', called(encode('null')), 'malformedDisclosure'],
    ['no JSON', called(encode('[')), 'malformedDisclosure'],
    ['of one part', called(disclosure(SALT)), 'malformedDisclosure'],
    ['of four parts', called(disclosure(SALT, 'a', 1, 2)), 'malformedDisclosure'],
    ['with a number as salt', called(disclosure(7, 'a', 1)), 'malformedDisclosure'],
    ['with null as salt', called(disclosure(null, 'a', 1)), 'malformedDisclosure'],
    ['with an array as salt', called(disclosure([SALT], 'a', 1)), 'malformedDisclosure'],
    ['with a number as name', called(disclosure(SALT, 7, 1)), 'malformedDisclosure'],
    ['with duplicate members', called(encode(`["${SALT}","a",{"b":1,"b":2}]`)), 'malformedDisclosure'],
    ['of two parts as member', called(disclosure(SALT, 'x')), 'malformedDisclosure'],
    ['of three parts as element', calledAsElement(good), 'malformedDisclosure'],
    ['padded', called(`${encode(`["${SALT}","ab",1]`)}=`), 'malformedDisclosure'],
    ['with trailing bits', called(base64WithTrailingBits(disclosure(SALT, 'abc', 1))), 'malformedDisclosure'],
    [
      'in ordinary base64',
      called(Buffer.from(`["${SALT}","~~~???",">>>"]`).toString('base64')),
      'malformedDisclosure',
    ],
    ['empty', forgeSdJwt({}, ['']), 'malformedDisclosure'],
    ['after too many tildes', `${called(good)}~`, 'malformedDisclosure'],
    ['deeper than JSON may be', called(disclosure(SALT, 'a', deep(70))), 'malformedDisclosure'],
    ['deep together', forgeSdJwt({ list: [{ '...': digest(chained[0] ?? '') }] }, chained), 'malformed'],
    [
      'too many',
      forgeSdJwt(
        {},
        Array.from({ length: 1_001 }, (_, index) => disclosure('s', index)),
      ),
      'malformed',
    ],
  ])('%s', (_, token, problem) => {
    expect(parseSdJwt(token, PROFILE)).toEqual({ problem });
  });

  it('a claim named __proto__ stays a claim', () => {
    const parsed = parseSdJwt(called(encode(`["${SALT}","__proto__",{"isAdmin":true}]`)), PROFILE);
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(Object.keys(parsed.claims)).toEqual(['__proto__']);
    expect(parsed.claims['isAdmin']).toBeUndefined();
  });
});

describe('digests', () => {
  const element = disclosure(SALT, 'x');
  it.each<[string, object, string[], string]>([
    ['_sd that is a text', { _sd: 'x' }, [], 'malformedDigests'],
    ['_sd that is null', { _sd: null }, [], 'malformedDigests'],
    ['_sd with a number', { _sd: [7] }, [], 'malformedDigests'],
    ['_sd with a list', { _sd: [['x']] }, [], 'malformedDigests'],
    ['... outside an array', { '...': digest(element) }, [element], 'malformedDigests'],
    ['... in a nested object', { a: { '...': 'x' } }, [], 'malformedDigests'],
    [
      '... beside another member',
      { list: [{ '...': digest(element), a: 1 }] },
      [element],
      'malformedDigests',
    ],
    ['... that is a number', { list: [{ '...': 7 }] }, [], 'malformedDigests'],
    ['... that is an array', { list: [{ '...': [digest(element)] }] }, [element], 'malformedDigests'],
    ['_sd_alg below the top', { a: { _sd_alg: 'sha-256' } }, [], 'malformedDigests'],
    ['_sd_alg that is not known', { _sd_alg: 'md5' }, [], 'unsupportedHash'],
    ['_sd_alg that is a prototype member', { _sd_alg: 'toString' }, [], 'unsupportedHash'],
    ['_sd_alg that is null', { _sd_alg: null }, [], 'unsupportedHash'],
    [
      'of another hash than was signed',
      { _sd_alg: 'sha-512', _sd: [digest(good)] },
      [good],
      'unreferencedDisclosure',
    ],
    ['a status that could be kept back', { status: { _sd: ['x'] } }, [], 'reservedClaim'],
    ['a part of a status that could be kept back', { status: { a: [{ '...': 'x' }] } }, [], 'reservedClaim'],
    ['a status that is disclosed', { status: { _sd: [digest(good)] } }, [good], 'reservedClaim'],
  ])('%s', (_, payload, disclosures, problem) => {
    expect(parseSdJwt(forgeSdJwt(payload, disclosures), PROFILE)).toEqual({ problem });
  });

  it('_sd inside a disclosure is processed by the same rules', () => {
    const hostile = disclosure(SALT, 'a', { _sd: 'x' });
    expect(parseSdJwt(called(hostile), PROFILE)).toEqual({ problem: 'malformedDigests' });
    const pretending = disclosure(SALT, { '...': digest(element) });
    expect(parseSdJwt(calledAsElement(pretending), PROFILE)).toEqual({ problem: 'malformedDigests' });
  });
});

describe('the whole', () => {
  const token = called(good);
  const [jwt = ''] = token.split('~');
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  const none = `${encode(`{"alg":"none","typ":"${PROFILE.typ}"}`)}.${payload}.`;

  it.each<[string, string, string]>([
    ['a JWT without a tilde', jwt, 'malformed'],
    ['trailing bytes behind the JWT', `${jwt}\n~${good}~`, 'malformed'],
    [
      'a signature with trailing bits',
      `${header}.${payload}.${base64WithTrailingBits(signature)}~${good}~`,
      'malformed',
    ],
    ['four parts', `${jwt}.x~${good}~`, 'malformed'],
    ['alg none', `${none}~${good}~`, 'algorithmNotAllowed'],
    ['HS256 with the public key', `${hmac('HS256')}~${good}~`, 'algorithmNotAllowed'],
    ['another typ', forgeSdJwt({}, [], { typ: 'JWT' }), 'unsupported'],
    ['kb+jwt as credential', forgeSdJwt({}, [], { typ: 'kb+jwt' }), 'unsupported'],
  ])('%s', (_, text, problem) => {
    expect(parseSdJwt(text, PROFILE)).toEqual({ problem });
  });

  it('a signature that is followed by another byte', () => {
    const parsed = parseSdJwt(`${jwt}A~${good}~`, PROFILE);
    const key = importJwk(registrarKey.jwk);
    if ('problem' in parsed || !key) throw new Error('not read');
    expect(verifyJwsSignature(parsed, key)).toBe(false);
  });

  function hmac(alg: string): string {
    const input = `${encode(JSON.stringify({ alg, typ: PROFILE.typ }))}.${payload}`;
    const secret = createPublicKey(registrarKey.privateKey).export({ type: 'spki', format: 'pem' });
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  }
});

describe('key binding', () => {
  const presented = called(good, { cnf: { jwk: coopKey.jwk } });
  const holder = importJwk(coopKey.jwk);
  if (!holder) throw new Error('no key');
  const expected = { audience: AUDIENCE, nonce: NONCE, now: NOW };
  const judge = (keyBinding: string) => {
    const parsed = parseSdJwt(presented + keyBinding, PROFILE);
    return 'problem' in parsed ? parsed.problem : findKeyBindingProblem(parsed, holder, expected);
  };
  const other = called(disclosure('s', 'a', 1), { cnf: { jwk: coopKey.jwk } });
  const [header = '', payload = ''] = forgeKeyBinding(presented).split('.');
  const macInput = `${encode('{"alg":"HS256","typ":"kb+jwt"}')}.${payload}`;
  const mac = createHmac('sha256', JSON.stringify(coopKey.jwk)).update(macInput).digest('base64url');

  it('the one that the hostile ones are made from is accepted', () => {
    expect(judge(forgeKeyBinding(presented))).toBeUndefined();
  });

  it.each<[string, string, string]>([
    ['missing', '', 'keyBindingMissing'],
    [
      'for another audience',
      forgeKeyBinding(presented, { claims: { aud: 'https://mallory.example' } }),
      'keyBindingAudience',
    ],
    [
      'for a list of audiences',
      forgeKeyBinding(presented, { claims: { aud: [AUDIENCE] } }),
      'keyBindingMalformed',
    ],
    ['without audience', forgeKeyBinding(presented, { claims: { aud: undefined } }), 'keyBindingMalformed'],
    ['with another nonce', forgeKeyBinding(presented, { claims: { nonce: 'other' } }), 'keyBindingNonce'],
    ['with a number as nonce', forgeKeyBinding(presented, { claims: { nonce: 7 } }), 'keyBindingMalformed'],
    ['old', forgeKeyBinding(presented, { claims: { iat: NOW_SECONDS - 361 } }), 'keyBindingTime'],
    ['of the future', forgeKeyBinding(presented, { claims: { iat: NOW_SECONDS + 61 } }), 'keyBindingTime'],
    ['without iat', forgeKeyBinding(presented, { claims: { iat: undefined } }), 'keyBindingMalformed'],
    ['with a text as iat', forgeKeyBinding(presented, { claims: { iat: 'now' } }), 'keyBindingMalformed'],
    ['expired', forgeKeyBinding(presented, { claims: { exp: NOW_SECONDS - 60 } }), 'keyBindingTime'],
    ['with exp "never"', forgeKeyBinding(presented, { claims: { exp: 'never' } }), 'keyBindingMalformed'],
    ['not yet valid', forgeKeyBinding(presented, { claims: { nbf: NOW_SECONDS + 61 } }), 'keyBindingTime'],
    ['of another credential', forgeKeyBinding(other), 'keyBindingHash'],
    ['of fewer disclosures', forgeKeyBinding(`${presented.split('~')[0] ?? ''}~`), 'keyBindingHash'],
    [
      'without sd_hash',
      forgeKeyBinding(presented, { claims: { sd_hash: undefined } }),
      'keyBindingMalformed',
    ],
    ['by another key', forgeKeyBinding(presented, { key: registrarKey }), 'keyBindingSignature'],
    [
      'of another algorithm than the key',
      forgeKeyBinding(presented, { header: { alg: 'EdDSA' } }),
      'keyBindingAlgorithm',
    ],
    ['alg none', `${encode('{"alg":"none","typ":"kb+jwt"}')}.${payload}.`, 'keyBindingAlgorithm'],
    ['HS256 with the public key', `${macInput}.${mac}`, 'keyBindingAlgorithm'],
    ['of typ JWT', forgeKeyBinding(presented, { header: { typ: 'JWT' } }), 'keyBindingMalformed'],
    ['without typ', forgeKeyBinding(presented, { header: { typ: undefined } }), 'keyBindingMalformed'],
    [
      'with crit',
      forgeKeyBinding(presented, { header: { crit: ['b64'], b64: false } }),
      'keyBindingMalformed',
    ],
    ['with trailing bytes', `${forgeKeyBinding(presented)}A`, 'keyBindingSignature'],
    ['cut off', header, 'keyBindingMalformed'],
  ])('%s', (_, keyBinding, problem) => {
    expect(judge(keyBinding)).toBe(problem);
  });
});

describe('dc+sd-jwt', () => {
  const base = { iss: 'https://a.example', vct: 'https://a.example/type' };
  const typ = 'dc+sd-jwt';
  const forged = (claims: object) => parseDcSdJwt(forgeSdJwt({ ...base, ...claims }, [], { typ }));

  it('the one that the hostile ones are made from is read', () => {
    expect(forged({})).toMatchObject({ claims: base });
  });

  it.each<[string, object]>([
    ['exp "never"', { exp: 'never' }],
    ['exp null', { exp: null }],
    ['nbf as text', { nbf: '0' }],
    ['iat as list', { iat: [1] }],
    ['no vct', { vct: undefined }],
    ['vct as list', { vct: ['https://a.example/type'] }],
    ['an integrity that is none', { 'vct#integrity': 'md5-abc' }],
    ['no further type', { aka_vcts: [] }],
    ['a further type that is no list', { aka_vcts: 'urn:example:a' }],
    ['a further type that is a number', { aka_vcts: ['urn:example:a', 7] }],
    ['an empty further type', { aka_vcts: [''] }],
    ['its own type as a further one', { aka_vcts: ['urn:example:a', 'https://a.example/type'] }],
    ['iss as object', { iss: { id: 'https://a.example' } }],
    ['cnf as text', { cnf: 'x' }],
    ['cnf with a private key', { cnf: { jwk: coopKey.privateKey.export({ format: 'jwk' }) } }],
    ['cnf that points elsewhere', { cnf: { jku: 'https://a.example' } }],
    ['status as text', { status: 'valid' }],
    ['an empty status', { status: {} }],
    ['a status list without index', { status: { status_list: { uri: 'https://a.example/s' } } }],
    ['an index as text', { status: { status_list: { idx: '1', uri: 'https://a.example/s' } } }],
    ['a negative index', { status: { status_list: { idx: -1, uri: 'https://a.example/s' } } }],
  ])('%s', (_, claims) => {
    expect(forged(claims)).toMatchObject({ problem: 'notADcSdJwt' });
  });

  it.each(['iss', 'nbf', 'exp', 'cnf', 'vct', 'vct#integrity', 'aka_vcts', 'status', 'jti'])(
    '%s disclosed',
    (name) => {
      const encoded = disclosure(SALT, name, name === 'vct' ? 'https://a.example/type' : 1);
      const rest = Object.fromEntries(Object.entries(base).filter(([member]) => member !== name));
      const token = forgeSdJwt({ ...rest, _sd: [digest(encoded)] }, [encoded], { typ });
      expect(parseDcSdJwt(token)).toEqual({ problem: 'reservedClaim' });
    },
  );

  it('is not read as vc+sd-jwt, nor the other way round', () => {
    expect(parseVcSdJwt(forgeSdJwt(base, [], { typ }))).toEqual({ problem: 'unsupported' });
    const credential = forgeSdJwt(legalIdentityCredential(), [], { typ: 'vc+sd-jwt' });
    expect(parseDcSdJwt(credential)).toEqual({ problem: 'unsupported' });
  });
});

describe('vc+sd-jwt', () => {
  const typ = 'vc+sd-jwt';

  it.each([
    '@context',
    'type',
    'issuer',
    'validFrom',
    'validUntil',
    'credentialStatus',
    'credentialSchema',
    'id',
  ])('%s disclosed', (name) => {
    const { [name]: value, ...rest } = { ...legalIdentityCredential() } as Record<string, unknown>;
    const encoded = disclosure(SALT, name, value);
    const token = forgeSdJwt({ ...rest, _sd: [digest(encoded)] }, [encoded], { typ });
    expect(parseVcSdJwt(token)).toEqual({ problem: 'reservedClaim' });
  });

  it('a status entry that could be kept back', () => {
    const credentialStatus = [{ '...': digest('x') }];
    const token = forgeSdJwt({ ...legalIdentityCredential(), credentialStatus }, [], { typ });
    expect(parseVcSdJwt(token)).toEqual({ problem: 'reservedClaim' });
  });

  it.each<[string, object, string]>([
    ['a vc claim', { vc: {} }, 'forbiddenClaim'],
    ['another jti than the id', { jti: 'x' }, 'conflictingClaims'],
    ['another sub than the subject', { sub: 'x' }, 'conflictingClaims'],
    ['exp as text', { exp: 'never' }, 'malformed'],
    ['no context', { '@context': [] }, 'notACredential'],
  ])('%s', (_, claims, problem) => {
    const token = forgeSdJwt({ ...legalIdentityCredential(), ...claims }, [], { typ });
    expect(parseVcSdJwt(token)).toMatchObject({ problem });
  });
});
