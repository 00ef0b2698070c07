import { createHmac, createPublicKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { CREDENTIALS_V1_CONTEXT, CREDENTIALS_V2_CONTEXT } from '../../src/credentials/dataModel.js';
import { isForeignKeyDid, keyDidDocument } from '../../src/credentials/did/keyDid.js';
import { decodeBitstring } from '../../src/credentials/status/bitstring.js';
import { decodeTokenStatusList } from '../../src/credentials/status/tokenStatusList.js';
import type { CheckResult } from '../../src/credentials/verification/checks.js';
import { verifyCredential } from '../../src/credentials/verification/verifyCredential.js';
import { verifyPresentation } from '../../src/credentials/verification/verifyPresentation.js';
import { gzipBomb, zlibBomb } from '../support/bombs.js';
import { canonizer, createDidKeyIssuer, issue, sampleCredential, signRaw } from '../support/dataIntegrity.js';
import { COOP_DID, coopKey, createKey, createWorld, documentOf, NOW, type World } from '../support/issuer.js';
import { poisonGraph } from '../support/poison.js';
import { AUDIENCE, forgeKeyBinding, NONCE } from '../support/sdJwt.js';

/**
 * What must never be accepted, each by name and in every format: by the verifier's core, with an issuer whose keys are found. The good one that
 * each hostile one is made from has a valid signature, so that it is the hostility that is refused.
 */

const ISSUER = 'did:web:issuer.example';
const key = createKey(ISSUER);
/** Listed for authentication only: to present, never to issue. */
const presenting = createKey(ISSUER);
/** The other way round. */
const issuing = createKey(ISSUER);
const ed = createDidKeyIssuer('Ed25519');
const p256 = createDidKeyIssuer('P-256');
const SECONDS = NOW.getTime() / 1000;

let world: World;
beforeAll(async () => {
  world = await createWorld();
  const document = documentOf(ISSUER, [key, presenting, issuing]);
  world.documents.set(ISSUER, {
    ...document,
    assertionMethod: [key.kid, issuing.kid],
    authentication: [key.kid, presenting.kid],
  });
});

const sources = () => ({
  ...world.sources,
  canonizer,
  resolveDid: async (did: string) => {
    if (!did.startsWith('did:key:')) return world.sources.resolveDid(did);
    const document = keyDidDocument(did);
    if (document) return { document };
    return { problem: isForeignKeyDid(did) ? ('methodNotSupported' as const) : ('invalid' as const) };
  },
});

interface Answer {
  readonly verdict: string;
  readonly codes: readonly string[];
}
const answerOf = ({ verdict, checks }: { verdict: string; checks: readonly CheckResult[] }): Answer => ({
  verdict,
  codes: checks.map(({ code }) => code),
});
const judgeCredential = async (input: unknown) =>
  answerOf(await verifyCredential(input, { now: NOW, sources: sources() }));
const judgePresentation = async (input: unknown) =>
  answerOf(
    await verifyPresentation(input, { now: NOW, sources: sources(), audience: AUDIENCE, nonce: NONCE }),
  );

const encode = (part: string | object) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** Another spelling of the same bytes: in the last character are bits that encode nothing. */
function respell(segment: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const twin = segment.slice(0, -1) + alphabet.charAt(alphabet.indexOf(segment.at(-1) ?? '') ^ 1);
  expect(Buffer.from(twin, 'base64url')).toEqual(Buffer.from(segment, 'base64url'));
  return twin;
}

/** Blanks behind the JSON, until its base64url ends with bits that encode nothing. */
function withSpareBits(text: string): string {
  return Buffer.byteLength(text) % 3 === 0 ? `${text} ` : text;
}

const credential = () => ({ ...sampleCredential(ISSUER), credentialStatus: undefined });

const credentialV1 = () => ({
  '@context': [CREDENTIALS_V1_CONTEXT],
  type: ['VerifiableCredential'],
  issuer: ISSUER,
  issuanceDate: NOW.toISOString(),
  credentialSubject: { id: COOP_DID },
});

interface TokenFormat {
  readonly typ: string;
  readonly judge: (input: unknown) => Promise<Answer>;
  readonly payload: () => Record<string, unknown>;
  /** A key of the issuer that is for something else. */
  readonly otherPurpose: typeof key;
  readonly suffix: string;
  /** Members that have to be objects. */
  readonly objects: readonly string[];
}

const TOKENS: Readonly<Record<string, TokenFormat>> = {
  'vc+jwt': {
    typ: 'vc+jwt',
    judge: judgeCredential,
    payload: credential,
    otherPurpose: presenting,
    suffix: '',
    objects: ['credentialSubject', 'credentialStatus', 'evidence'],
  },
  'vc+sd-jwt': {
    typ: 'vc+sd-jwt',
    judge: judgeCredential,
    payload: credential,
    otherPurpose: presenting,
    suffix: '~',
    objects: ['credentialSubject', 'credentialStatus', 'evidence'],
  },
  'dc+sd-jwt': {
    typ: 'dc+sd-jwt',
    judge: judgeCredential,
    payload: () => ({ iss: ISSUER, vct: 'https://a.example/types/1', iat: SECONDS }),
    otherPurpose: presenting,
    suffix: '~',
    objects: ['cnf', 'status'],
  },
  'vp+jwt': {
    typ: 'vp+jwt',
    judge: judgePresentation,
    payload: () => ({
      '@context': [CREDENTIALS_V2_CONTEXT],
      type: ['VerifiablePresentation'],
      holder: ISSUER,
      aud: AUDIENCE,
      nonce: NONCE,
      iat: SECONDS,
      verifiableCredential: [
        {
          '@context': CREDENTIALS_V2_CONTEXT,
          type: 'EnvelopedVerifiableCredential',
          id: `data:application/vc+jwt,${tokenOf(TOKENS['vc+jwt']!)}`,
        },
      ],
    }),
    otherPurpose: issuing,
    suffix: '',
    objects: ['holder', 'verifiableCredential'],
  },
};

/** VC Data Model 1.1, where the `vc` or `vp` claim is the object. */
const TOKENS_11: Readonly<Record<string, TokenFormat>> = {
  'VC-JWT 1.1': {
    typ: 'JWT',
    judge: judgeCredential,
    payload: () => ({ iss: ISSUER, nbf: SECONDS, vc: credentialV1() }),
    otherPurpose: presenting,
    suffix: '',
    objects: ['vc'],
  },
  'VP-JWT 1.1': {
    typ: 'JWT',
    judge: judgePresentation,
    payload: () => ({
      iss: ISSUER,
      aud: AUDIENCE,
      nonce: NONCE,
      vp: {
        '@context': [CREDENTIALS_V1_CONTEXT],
        type: ['VerifiablePresentation'],
        verifiableCredential: [tokenOf(TOKENS_11['VC-JWT 1.1']!)],
      },
    }),
    otherPurpose: issuing,
    suffix: '',
    objects: ['vp'],
  },
};

interface Changes {
  readonly header?: string | object;
  readonly payload?: string | object;
  readonly by?: typeof key;
}

/** Signed, whatever it says. */
function tokenOf(format: TokenFormat, { header = {}, payload, by = key }: Changes = {}): string {
  const protectedHeader =
    typeof header === 'string' ? header : { alg: by.algorithm, typ: format.typ, kid: by.kid, ...header };
  const input = `${encode(protectedHeader)}.${encode(payload ?? format.payload())}`;
  return `${input}.${signRaw(by.privateKey, Buffer.from(input)).toString('base64url')}${format.suffix}`;
}

describe.each(Object.entries({ ...TOKENS, ...TOKENS_11 }))('%s', (_, format) => {
  const { judge, typ, suffix } = format;
  const text = (value: object) => JSON.stringify(value);
  const headerText = text({ alg: 'ES256', typ, kid: key.kid });
  const refused = async (input: unknown, code: string) => {
    const { verdict, codes } = await judge(input);
    expect(codes).toContain(code);
    expect(verdict).toBe('rejected');
  };

  it('that is good has a valid signature', async () => {
    const { codes } = await judge(tokenOf(format));
    expect(codes).toEqual(expect.arrayContaining(['signature/valid', 'key/listed']));
    const spare = tokenOf(format, {
      header: withSpareBits(headerText),
      payload: withSpareBits(text(format.payload())),
    });
    expect((await judge(spare)).codes).toContain('signature/valid');
  });

  it.each(['none', 'None', 'NONE', ''])('alg: none, spelled %j, is refused', async (alg) => {
    const [header = '', payload = ''] = tokenOf(format, { header: { alg } }).split('.');
    for (const signature of ['', encode('x'.repeat(64))]) {
      await refused(`${header}.${payload}.${signature}${suffix}`, 'signature/algorithm-not-allowed');
    }
  });

  it.each([
    ['PEM', () => createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' })],
    ['DER', () => createPublicKey(key.privateKey).export({ type: 'spki', format: 'der' })],
    ['JWK', () => JSON.stringify(key.jwk)],
  ])('HS256 with the public key as %s is refused', async (_name, secret) => {
    const [header = '', payload = ''] = tokenOf(format, { header: { alg: 'HS256' } }).split('.');
    const mac = createHmac('sha256', secret()).update(`${header}.${payload}`).digest('base64url');
    await refused(`${header}.${payload}.${mac}${suffix}`, 'signature/algorithm-not-allowed');
  });

  it('a key of the issuer that is for another purpose is refused', async () => {
    await refused(tokenOf(format, { by: format.otherPurpose }), 'key/not-listed-for-purpose');
  });

  it('a did:key of another curve than the algorithm is refused', async () => {
    const { did, verificationMethod: kid } = ed;
    const payload = JSON.parse(text(format.payload()).replaceAll(`"${ISSUER}"`, `"${did}"`)) as object;
    await refused(tokenOf(format, { header: { kid }, payload }), 'signature/algorithm-mismatch');
  });

  it('a did:key that says one curve and holds a key of another is refused', async () => {
    const did = 'did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU216';
    const payload = JSON.parse(text(format.payload()).replaceAll(`"${ISSUER}"`, `"${did}"`)) as object;
    await refused(tokenOf(format, { header: { kid: `${did}#${did.slice(8)}` }, payload }), 'key/did-invalid');
  });

  it.each(['header', 'payload'] as const)('a JSON member twice in the %s is refused', async (part) => {
    const good = part === 'header' ? headerText : text(format.payload());
    const [first = ''] = Object.entries(JSON.parse(good) as object).map(
      ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)},`,
    );
    await refused(tokenOf(format, { [part]: `{${first}${good.slice(1)}` }), 'format/malformed');
  });

  it.each(['header', 'payload', 'signature'])(
    'non-canonical base64url of the %s is refused',
    async (part) => {
      const token = tokenOf(format, {
        header: withSpareBits(headerText),
        payload: withSpareBits(text(format.payload())),
      });
      const parts = token.slice(0, token.length - suffix.length).split('.');
      const at = ['header', 'payload', 'signature'].indexOf(part);
      for (const spelling of [
        respell,
        (segment: string) => `${segment}=`,
        (segment: string) => `${segment} `,
      ]) {
        await refused(parts.with(at, spelling(parts[at] ?? '')).join('.') + suffix, 'format/malformed');
      }
    },
  );

  it('trailing bytes are refused: behind the signature, the JSON, the token', async () => {
    const token = tokenOf(format);
    const jwt = token.slice(0, token.length - suffix.length);
    const [header, payload, signature = ''] = jwt.split('.');
    const longer = Buffer.concat([Buffer.from(signature, 'base64url'), Buffer.alloc(1)]).toString(
      'base64url',
    );
    await refused(`${header}.${payload}.${longer}${suffix}`, 'signature/invalid');
    await refused(tokenOf(format, { payload: `${text(format.payload())}{}` }), 'format/malformed');
    await refused(tokenOf(format, { header: `${headerText}x` }), 'format/malformed');
    await refused(`${jwt}.${suffix}`, 'format/malformed');
    await refused(`${jwt}\n${suffix}`, 'format/malformed');
    expect((await judge(`${token}\u0000`)).verdict).toBe('rejected');
  });

  it('a string where an object belongs is refused', async () => {
    await refused(tokenOf(format, { payload: '"text"' }), 'format/malformed');
    await refused(tokenOf(format, { header: '"text"' }), 'format/malformed');
    for (const member of format.objects) {
      for (const value of ['text', null, 7, ['text']]) {
        const { verdict, codes } = await judge(
          tokenOf(format, { payload: { ...format.payload(), [member]: value } }),
        );
        expect(codes.filter((code) => code.startsWith('format/'))).not.toContain('format/well-formed');
        expect(verdict).toBe('rejected');
      }
    }
  });

  it.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('2 MB of nested %s are refused', async (_name, open, close) => {
    const nesting = open.repeat(2_000_000 / open.length);
    await refused(tokenOf(format, { payload: nesting }), 'format/malformed');
    const fitting = open.repeat(100_000) + close.repeat(100_000);
    await refused(tokenOf(format, { payload: `{"x":${fitting}}` }), 'format/malformed');
    await refused(nesting + suffix, 'format/malformed');
  });

  it('a JWT of 100 dots is refused', async () => {
    const [header = ''] = tokenOf(format).split('.');
    await refused('.'.repeat(100) + suffix, 'format/malformed');
    await refused(header + '.'.repeat(100) + suffix, 'format/malformed');
    await refused('a.'.repeat(500_000) + suffix, 'format/malformed');
  });
});

describe('a key binding', () => {
  // One token: ECDSA signs the same content otherwise each time.
  const presented = tokenOf(TOKENS['dc+sd-jwt']!, {
    payload: { ...TOKENS['dc+sd-jwt']!.payload(), cnf: { jwk: coopKey.jwk } },
  });
  const judge = (keyBinding: string) => judgePresentation(presented + keyBinding);

  it('that is good passes', async () => {
    const { codes } = await judge(bindingTo(presented, {}));
    expect(codes).toEqual(expect.arrayContaining(['holder/bound', 'audience/matches', 'nonce/matches']));
  });

  it.each<[string, (presentation: string) => string]>([
    ['alg: none', (token) => bindingTo(token, { header: { alg: 'none' } }).replace(/[^.]*$/, '')],
    ['HS256 with the public key', (token) => macBinding(token)],
    ['by a key of another curve', (token) => bindingTo(token, { key: createKey(COOP_DID, 'EdDSA') })],
    ["by the issuer's key", (token) => bindingTo(token, { key })],
    ['a JSON member twice', (token) => bindingTo(token, {}, (claims) => `{"nonce":"x",${claims.slice(1)}`)],
    ['trailing bytes', (token) => `${bindingTo(token, {})}AA`],
    ['non-canonical base64url', (token) => respellLast(bindingTo(token, {}))],
    ['a string where an object belongs', (token) => bindingTo(token, {}, () => '"text"')],
    ['2 MB of nesting', (token) => bindingTo(token, {}, () => '['.repeat(2_000_000))],
    ['100 dots', () => '.'.repeat(100)],
  ])('of %s is refused', async (_, make) => {
    const { verdict, codes } = await judge(make(presented));
    expect(codes).not.toContain('holder/bound');
    expect(verdict).toBe('rejected');
  });

  function bindingTo(
    token: string,
    changes: Parameters<typeof forgeKeyBinding>[1],
    rewrite?: (claims: string) => string,
  ): string {
    const good = forgeKeyBinding(token, changes);
    if (!rewrite) return good;
    const [header = '', payload = ''] = good.split('.');
    const input = `${header}.${encode(rewrite(Buffer.from(payload, 'base64url').toString()))}`;
    return `${input}.${signRaw(coopKey.privateKey, Buffer.from(input)).toString('base64url')}`;
  }
  function macBinding(token: string): string {
    const [header = '', payload = ''] = bindingTo(token, { header: { alg: 'HS256' } }).split('.');
    const mac = createHmac('sha256', JSON.stringify(coopKey.jwk)).update(`${header}.${payload}`);
    return `${header}.${payload}.${mac.digest('base64url')}`;
  }
  function respellLast(token: string): string {
    const parts = token.split('.');
    return parts.with(2, respell(parts[2] ?? '')).join('.');
  }
});

type Document = Record<string, unknown> & { proof: Record<string, unknown> };
const SUITES = [
  ['eddsa-jcs-2022', ed],
  ['eddsa-rdfc-2022', ed],
  ['ecdsa-jcs-2019', p256],
  ['ecdsa-rdfc-2019', p256],
] as const;

describe.each(SUITES)('a document secured with %s', (cryptosuite, issuer) => {
  let good: Document;
  beforeAll(async () => {
    const document = { ...sampleCredential(issuer.did) };
    delete document['credentialStatus'];
    good = (await issue(document, issuer, { cryptosuite })) as Document;
  });
  const withProof = (changes: object) => ({ ...good, proof: { ...good.proof, ...changes } });
  const refused = async (input: unknown, code: string) => {
    const { verdict, codes } = await judgeCredential(input);
    expect(codes).toContain(code);
    expect(verdict).toBe('rejected');
  };

  it('that is good has a valid signature, as text and as a value', async () => {
    for (const input of [good, JSON.stringify(good)]) {
      const { codes } = await judgeCredential(input);
      expect(codes).toEqual(expect.arrayContaining(['signature/valid', 'key/listed']));
    }
  });

  it.each<[string, (proof: Record<string, unknown>) => unknown]>([
    ['null', () => null],
    ['a text', ({ proofValue }) => proofValue],
    ['a number', () => 7],
    ['no proof', () => []],
    ['null in a list', () => [null]],
    ['a text in a list', (proof) => [proof, 'text']],
    ['of nothing', () => ({})],
    ['with null as proofValue', (proof) => ({ ...proof, proofValue: null })],
    ['with an object as cryptosuite', (proof) => ({ ...proof, cryptosuite: {} })],
    ['of another type', (proof) => ({ ...proof, type: 'none' })],
  ])('proof: %s is refused', async (_, change) => {
    await refused({ ...good, proof: change(good.proof) }, 'format/malformed');
    await refused(JSON.stringify({ ...good, proof: change(good.proof) }), 'format/malformed');
  });

  it('a cryptosuite "none" is never accepted', async () => {
    const { verdict, codes } = await judgeCredential(withProof({ cryptosuite: 'none', proofValue: 'z1' }));
    expect(codes).toContain('signature/unknown-cryptosuite');
    expect(verdict).toBe('undetermined');
  });

  it('a proof that was made for another purpose is refused', async () => {
    const document = { ...sampleCredential(issuer.did), credentialStatus: undefined };
    const presented = await issue(JSON.parse(JSON.stringify(document)), issuer, {
      cryptosuite,
      proofPurpose: 'authentication',
    });
    await refused(presented, 'signature/purpose-mismatch');
  });

  it('a did:key of another curve than the cryptosuite is refused', async () => {
    const other = issuer === ed ? p256 : ed;
    const forged = { ...withProof({ verificationMethod: other.verificationMethod }), issuer: other.did };
    await refused(forged, 'signature/algorithm-mismatch');
  });

  it('a JSON member twice is refused', async () => {
    const text = JSON.stringify(good);
    await refused(`{"issuer":"did:web:mallory.example",${text.slice(1)}`, 'format/malformed');
    await refused(
      text.replace('"proofPurpose"', '"proofPurpose":"authentication","proofPurpose"'),
      'format/malformed',
    );
  });

  it('another spelling of proofValue, and trailing bytes, are refused', async () => {
    const proofValue = String(good.proof['proofValue']);
    for (const spelling of [
      `z1${proofValue.slice(1)}`,
      `${proofValue}1`,
      `${proofValue} `,
      proofValue.slice(1),
    ]) {
      const { verdict } = await judgeCredential(withProof({ proofValue: spelling }));
      expect(verdict).toBe('rejected');
    }
    await refused(`${JSON.stringify(good)}{}`, 'format/malformed');
  });

  it.each(['issuer', 'credentialSubject', 'credentialStatus', 'evidence'])(
    'a string where an object belongs is refused: %s',
    async (member) => {
      await refused({ ...good, [member]: 'text' }, 'format/not-a-credential');
    },
  );

  it('2 MB of nesting are refused, as text and as a value', async () => {
    await refused(`{"a":${'['.repeat(2_000_000)}`, 'format/malformed');
    let value: unknown = 'end';
    for (let level = 0; level < 100_000; level++) value = [value];
    await refused({ ...good, deep: value }, 'format/malformed');
  });
});

it.each(SUITES.filter(([cryptosuite]) => cryptosuite.includes('rdfc')))(
  'a poison RDF graph under %s is undetermined',
  async (cryptosuite, issuer) => {
    const secured = await issue(sampleCredential(issuer.did), issuer, { cryptosuite });
    const { '@context': _context, ...poison } = poisonGraph(14);
    const { verdict, codes } = await judgeCredential({ ...secured, credentialSubject: poison });
    expect(codes).toContain('signature/too-complex');
    expect(verdict).toBe('undetermined');
  },
);

describe('a foreign status list that inflates to 4 GB', () => {
  const LIST = 'https://issuer.example/status/1';

  it('is decoded by neither decoder', () => {
    expect(decodeBitstring(`u${gzipBomb().toString('base64url')}`)).toBeUndefined();
    expect(decodeTokenStatusList({ bits: 1, lst: zlibBomb().toString('base64url') })).toBeUndefined();
  });

  it('leaves a dc+sd-jwt undetermined', async () => {
    const bomb = { bits: 2, lst: zlibBomb().toString('base64url') };
    const list = { sub: LIST, iss: ISSUER, iat: SECONDS, status_list: bomb };
    world.lists.set(
      LIST,
      tokenOf({ ...TOKENS['dc+sd-jwt']!, typ: 'statuslist+jwt', suffix: '' }, { payload: list }),
    );
    const payload = { ...TOKENS['dc+sd-jwt']!.payload(), status: { status_list: { idx: 7, uri: LIST } } };
    const { codes } = await judgeCredential(tokenOf(TOKENS['dc+sd-jwt']!, { payload }));
    expect(codes).toEqual(expect.arrayContaining(['signature/valid', 'status/list-invalid']));
  });

  it('leaves a vc+jwt undetermined', async () => {
    const list = {
      ...credential(),
      id: LIST,
      type: ['VerifiableCredential', 'BitstringStatusListCredential'],
      credentialSubject: {
        type: 'BitstringStatusList',
        statusPurpose: 'revocation',
        encodedList: `u${gzipBomb().toString('base64url')}`,
      },
    };
    world.lists.set(LIST, tokenOf(TOKENS['vc+jwt']!, { payload: list }));
    const credentialStatus = {
      type: 'BitstringStatusListEntry',
      statusPurpose: 'revocation',
      statusListIndex: '7',
      statusListCredential: LIST,
    };
    const { codes } = await judgeCredential(
      tokenOf(TOKENS['vc+jwt']!, { payload: { ...credential(), credentialStatus } }),
    );
    expect(codes).toEqual(expect.arrayContaining(['signature/valid', 'status/list-invalid']));
  });
});
