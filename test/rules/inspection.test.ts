import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeInspection } from '../../src/cli/inspectionText.js';
import { CREDENTIALS_V1_CONTEXT, CREDENTIALS_V2_CONTEXT } from '../../src/credentials/dataModel.js';
import { allProblems, judgeDate, type Inspection } from '../../src/credentials/inspection/inspection.js';
import { inspectSecured, MAX_INSPECTED_LENGTH } from '../../src/credentials/inspection/inspectSecured.js';
import { unverifiedChecks } from '../../src/credentials/inspection/unverified.js';
import { prepareVcSdJwt, signVcSdJwt } from '../../src/credentials/securing/vcSdJwt.js';
import { createBitstring, setBit } from '../../src/credentials/status/bitstring.js';
import { prepareStatusListToken, signStatusListToken } from '../../src/credentials/status/statusListToken.js';
import { createTokenStatusList, setStatus } from '../../src/credentials/status/tokenStatusList.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { zlibBomb } from '../support/bombs.js';
import { createDidKeyIssuer, issue, sampleCredential } from '../support/dataIntegrity.js';
import { present } from '../support/forgery.js';
import {
  COOP_DID,
  coopKey,
  forgeToken,
  legalIdentityCredential,
  NOW,
  profiles,
  REGISTRAR_DID,
  registrarKey,
  signCredential,
  signer,
  signList,
} from '../support/issuer.js';
import {
  disclosure,
  digest,
  forgeKeyBinding,
  forgeSdJwt,
  fullLegalIdentity,
  random,
} from '../support/sdJwt.js';

const encode = (part: object | string) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const codes = (inspection: Inspection) => allProblems(inspection).map(({ code }) => code);
const shown = (inspection: Inspection) => describeInspection(inspection, NOW, 'coop-passport verify x');

const ed = createDidKeyIssuer('Ed25519');
const NAME = disclosure('salt', 'legalName', 'Abeona');
const SD_CLAIMS = { iss: 'https://a.example', vct: 'https://a.example/t', cnf: { jwk: coopKey.jwk } };
const forgeDc = (payload: object, disclosures: readonly string[] = []) =>
  forgeSdJwt(payload, disclosures, { typ: 'dc+sd-jwt' });

let vcJwt: string;
let vpJwt: string;
let secured: Record<string, unknown>;
beforeAll(async () => {
  vcJwt = await signCredential(legalIdentityCredential());
  vpJwt = await present(
    { key: coopKey, signer },
    {
      audience: 'https://partner.example',
      nonce: 'n',
      credentials: [vcJwt],
      issuedAt: NOW,
      expiresAt: addSeconds(NOW, 300),
    },
  );
  secured = await issue(sampleCredential(ed.did), ed, {
    cryptosuite: 'eddsa-jcs-2022',
    expires: '2026-11-20T11:30:00Z',
  });
});

describe('what is well-formed is read, with nothing of it verified', () => {
  it('vc+jwt', () => {
    const inspection = inspectSecured(`${vcJwt}\n`);
    expect(inspection).toMatchObject({
      format: 'vc+jwt',
      holds: 'credential',
      problems: [],
      header: { alg: 'ES256', kid: registrarKey.kid },
      content: { issuer: REGISTRAR_DID },
    });
    expect(inspection.dates.map((date) => [date.name, judgeDate(date, NOW)])).toEqual([
      ['validFrom', 'begun'],
      ['validUntil', 'lasting'],
    ]);
    expect(unverifiedChecks(inspection)).toEqual(
      expect.arrayContaining(['signature', 'key', 'issuer', 'validity', 'schema', 'status', 'accreditation']),
    );
    expect(shown(inspection)).toContain('NOT VERIFIED');
    expect(shown(inspection)).toContain(`Issuer     ${REGISTRAR_DID}\n`);
    expect(shown(inspection)).toContain('  coop-passport verify x\n');
  });

  it('with a signature that is nobody’s it reads the same', () => {
    const [header, payload] = vcJwt.split('.');
    const forged = inspectSecured(`${header}.${payload}.${encode('x'.repeat(64))}`);
    expect(forged).toEqual(inspectSecured(vcJwt));
  });

  it('vp+jwt, with the credential in its envelope', () => {
    const inspection = inspectSecured(vpJwt);
    expect(inspection).toMatchObject({ format: 'vp+jwt', holds: 'presentation', problems: [] });
    const [envelope] = inspection.contains ?? [];
    expect(envelope).toMatchObject({ format: 'envelope', problems: [], contains: [inspectSecured(vcJwt)] });
    expect(unverifiedChecks(inspection)).toEqual(
      expect.arrayContaining(['holder', 'audience', 'nonce', 'accreditation']),
    );
    expect(shown(inspection)).toContain('Audience   https://partner.example\n');
  });

  it('vc+sd-jwt, with what is disclosed in its place', async () => {
    const disclosable = ['/credentialSubject/addresses', '/credentialSubject/legalName'];
    const prepared = prepareVcSdJwt(fullLegalIdentity(), profiles, {
      disclosable,
      decoys: {},
      random: random(),
    });
    if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
    const inspection = inspectSecured(await signVcSdJwt(prepared.value, registrarKey, signer));
    expect(inspection).toMatchObject({ format: 'vc+sd-jwt', problems: [] });
    expect(inspection.disclosures?.map(({ pointer }) => pointer).sort()).toEqual(disclosable);
    expect(inspection.content).toMatchObject(fullLegalIdentity());
    expect(inspection.keyBinding).toBeUndefined();
    expect(shown(inspection)).toContain('none is attached');
  });

  it('dc+sd-jwt, with its key binding', () => {
    const presented = forgeDc({ ...SD_CLAIMS, exp: 1, _sd: [digest(NAME), 'decoy'] }, [NAME]);
    const inspection = inspectSecured(presented + forgeKeyBinding(presented));
    expect(inspection).toMatchObject({
      format: 'dc+sd-jwt',
      problems: [],
      content: { ...SD_CLAIMS, legalName: 'Abeona' },
      disclosures: [{ pointer: '/legalName', name: 'legalName', value: 'Abeona' }],
      keyBinding: { payload: { aud: 'https://partner.example' } },
    });
    expect(inspection.content).not.toHaveProperty('_sd');
    expect(unverifiedChecks(inspection)).toEqual(
      expect.arrayContaining(['holder', 'nonce', 'accreditation']),
    );
    expect(inspection.dates.map((date) => [date.name, judgeDate(date, NOW)])).toEqual([
      ['exp', 'over'],
      ['key binding iat', 'begun'],
    ]);
    expect(shown(inspection)).toMatch(/^ {2}exp +1970-01-01T00:00:01.000Z {2}IS OVER$/m);
  });

  it('a document with proofs', () => {
    const { proof, ...document } = secured;
    const second = { ...(proof as object), id: 'urn:x:2', previousProof: 'urn:x:1' };
    const inspection = inspectSecured(JSON.stringify({ ...document, proof: [proof, second] }));
    expect(inspection).toMatchObject({
      format: 'vc',
      holds: 'credential',
      problems: [],
      content: document,
      proofs: [
        {
          cryptosuite: 'eddsa-jcs-2022',
          proofPurpose: 'assertionMethod',
          verificationMethod: ed.verificationMethod,
        },
        { id: 'urn:x:2', previousProof: ['urn:x:1'] },
      ],
    });
    expect(inspection.dates.map(({ name }) => name)).toContain('proof 1 expires');
    expect(shown(inspection)).toMatch(/^ {2}proof 1 expires +2026-11-20T11:30:00.000Z {2}IS OVER$/m);
  });

  it('a presentation with proofs, whose credentials are looked at by themselves', () => {
    const { proof } = secured;
    const envelope = {
      '@context': CREDENTIALS_V2_CONTEXT,
      type: 'EnvelopedVerifiableCredential',
      id: `data:application/vc+jwt,${vcJwt}`,
    };
    const presentation = {
      '@context': [CREDENTIALS_V2_CONTEXT],
      type: 'VerifiablePresentation',
      verifiableCredential: [secured, envelope],
      proof,
    };
    const inspection = inspectSecured(JSON.stringify(presentation));
    expect(codes(inspection)).toEqual([]);
    expect(inspection).toMatchObject({ format: 'vp', holds: 'presentation' });
    expect(inspection.contains?.map(({ format }) => format)).toEqual(['vc', 'envelope']);
  });

  it.each([
    ['EnvelopedVerifiableCredential', 'vc+jwt', () => vcJwt],
    ['EnvelopedVerifiablePresentation', 'vp+jwt', () => vpJwt],
  ])('%s', (type, format, token) => {
    const id = `data:application/${format},${token()}`;
    const inspection = inspectSecured(JSON.stringify({ '@context': CREDENTIALS_V2_CONTEXT, type, id }));
    expect(codes(inspection)).toEqual([]);
    expect(inspection).toMatchObject({ format: 'envelope', contains: [{ format }] });
  });

  it.each(['JWT', undefined])('VC-JWT 1.1 with typ %s, credential and presentation', (typ) => {
    const header = { alg: 'ES256', ...(typ !== undefined && { typ }) };
    const vc = {
      '@context': [CREDENTIALS_V1_CONTEXT],
      type: ['VerifiableCredential'],
      credentialSubject: { id: COOP_DID },
    };
    const credential = forgeToken(registrarKey, header, { iss: REGISTRAR_DID, nbf: 1, vc });
    expect(inspectSecured(credential)).toMatchObject({ format: 'jwt', holds: 'credential', problems: [] });
    expect(shown(inspectSecured(credential))).toContain(`Subject    ${COOP_DID}\n`);
    const vp = {
      '@context': [CREDENTIALS_V1_CONTEXT],
      type: ['VerifiablePresentation'],
      verifiableCredential: [credential],
    };
    const presentation = inspectSecured(forgeToken(coopKey, header, { iss: COOP_DID, vp }));
    expect(codes(presentation)).toEqual([]);
    expect(presentation).toMatchObject({
      format: 'jwt',
      holds: 'presentation',
      contains: [{ format: 'jwt', holds: 'credential' }],
    });
  });

  it('a bitstring status list, with how many are set', async () => {
    const bits = createBitstring();
    [0, 7, 94_567].forEach((index) => setBit(bits, index, true));
    const inspection = inspectSecured(await signList('suspension', { bits }));
    expect(inspection).toMatchObject({ format: 'vc+jwt', problems: [] });
    expect(inspection.statusList).toEqual({
      kind: 'BitstringStatusList',
      purposes: ['suspension'],
      entries: 131_072,
      set: 3,
    });
    expect(shown(inspection)).toContain('for suspension: 3 of 131072 entries are set');
  });

  it('a status list token, with how many have which status', async () => {
    const list = createTokenStatusList(2, 1_000);
    [1, 1, 2].forEach((status, index) => setStatus(list, index * 5, status));
    const prepared = prepareStatusListToken({
      uri: 'https://a.example/status/1',
      iss: 'https://a.example',
      list,
      issuedAt: NOW,
      expiresAt: addSeconds(NOW, 60),
      ttlSeconds: 60,
    });
    const inspection = inspectSecured(await signStatusListToken(prepared, registrarKey, signer));
    expect(inspection).toMatchObject({ format: 'statuslist+jwt', problems: [] });
    expect(inspection.statusList).toEqual({
      kind: 'TokenStatusList',
      bits: 2,
      entries: 1_000,
      counts: [
        { value: 0, entries: 997 },
        { value: 1, entries: 2 },
        { value: 2, entries: 1 },
      ],
    });
  });
});

describe('what is malformed is said to be, where, and shown as far as it can be decoded', () => {
  const header = { alg: 'ES256', typ: 'vc+jwt', kid: registrarKey.kid };
  const [goodHeader = '', goodPayload = '', goodSignature = ''] = forgeToken(
    registrarKey,
    header,
    legalIdentityCredential(),
  ).split('.');
  const other = disclosure('salt', 'other', 1);

  it.each<[string, string, string, object]>([
    ['100 dots', '.'.repeat(100), 'malformed', { part: 'token' }],
    ['no token at all', 'hello world', 'malformed', { part: 'token' }],
    ['nothing', ' \n', 'malformed', { part: 'token' }],
    ['alg none', `${encode({ ...header, alg: 'none' })}.${goodPayload}.`, 'algorithmNotAllowed', {}],
    ['a header with crit', forgeToken(registrarKey, { ...header, crit: ['x'] }, {}), 'criticalHeader', {}],
    ['a padded payload', `${goodHeader}.${goodPayload}=.${goodSignature}`, 'malformed', { part: 'payload' }],
    [
      'a member twice in the payload',
      forgeToken(registrarKey, header, '{"issuer":"did:web:a","issuer":"did:web:b"}'),
      'malformed',
      { part: 'payload' },
    ],
    [
      'a member twice in a document',
      '{"type":"VerifiableCredential","type":"x"}',
      'malformed',
      { part: 'document' },
    ],
    [
      '2 MB of nesting in a token',
      `${goodHeader}.${encode('['.repeat(1_000_000) + ']'.repeat(1_000_000))}.${goodSignature}`,
      'malformed',
      { part: 'payload' },
    ],
    ['2 MB of nesting in a document', `{"a":${'['.repeat(2_000_000)}`, 'malformed', { part: 'document' }],
    ['too much', 'x'.repeat(MAX_INSPECTED_LENGTH + 1), 'tooLarge', {}],
    ['a list of documents', '[{}]', 'malformed', { part: 'document' }],
    [
      'a kind that is not known',
      forgeToken(registrarKey, { alg: 'ES256', typ: 'at+jwt' }, {}),
      'unknownType',
      {},
    ],
    [
      'not a credential',
      forgeToken(registrarKey, header, { ...legalIdentityCredential(), issuer: 'nobody' }),
      'notACredential',
      { part: 'payload', pointer: '/issuer' },
    ],
    [
      'a document that is not a credential',
      '{"proof":null}',
      'notACredential',
      { part: 'document', pointer: '/type' },
    ],
    ['proof: null', '{"type":"VerifiableCredential","proof":null}', 'proofMalformed', { pointer: '/proof' }],
    ['a document without proof', JSON.stringify(legalIdentityCredential()), 'proofMissing', {}],
    [
      'a disclosure that was added',
      forgeDc(SD_CLAIMS, [other]),
      'unreferencedDisclosure',
      { part: 'disclosure 1' },
    ],
    [
      'a disclosure that is no JSON',
      forgeDc({ ...SD_CLAIMS, _sd: [digest(NAME)] }, [NAME, encode('[')]),
      'malformedDisclosure',
      { part: 'disclosure 2' },
    ],
    [
      'a disclosure twice',
      forgeDc({ ...SD_CLAIMS, _sd: [digest(NAME)] }, [NAME, NAME]),
      'duplicateDigest',
      {},
    ],
    ['a key binding that is none', `${forgeDc(SD_CLAIMS)}x`, 'malformed', { part: 'key binding token' }],
    [
      'an envelope of another kind than it says',
      JSON.stringify({
        '@context': CREDENTIALS_V2_CONTEXT,
        type: 'EnvelopedVerifiableCredential',
        id: `data:application/dc+sd-jwt,${goodHeader}.${goodPayload}.${goodSignature}`,
      }),
      'mediaTypeMismatch',
      { pointer: '/id' },
    ],
    [
      'an envelope without data',
      '{"type":"EnvelopedVerifiableCredential","id":"https://a.example"}',
      'malformed',
      { pointer: '/id' },
    ],
  ])('%s', (_, text, code, where) => {
    const inspection = inspectSecured(text);
    expect(inspection.problems).toContainEqual(expect.objectContaining({ code, ...where }));
    expect(shown(inspection)).toContain('MALFORMED');
  });

  it.each([
    ['a bitstring list that inflates to 64 MB', () => bitstringBomb(), '/credentialSubject/encodedList'],
    ['a token list that inflates to 4 GB', () => tokenBomb(), '/status_list'],
  ])('%s is not inflated', (_, token, pointer) => {
    const inspection = inspectSecured(token());
    expect(inspection.problems).toContainEqual(expect.objectContaining({ code: 'listUnreadable', pointer }));
    expect(inspection.statusList).toBeUndefined();
  });

  it('what can be decoded is shown', () => {
    const unsigned = inspectSecured(`${encode({ ...header, alg: 'none' })}.${goodPayload}.`);
    expect(unsigned).toMatchObject({
      format: 'vc+jwt',
      header: { alg: 'none' },
      content: { issuer: REGISTRAR_DID },
    });
    const added = inspectSecured(forgeDc(SD_CLAIMS, [other]));
    expect(added.disclosures).toEqual([{ name: 'other', value: 1 }]);
    expect(added.content).not.toHaveProperty('other');
  });

  it('what stands in a presentation is named by its place', () => {
    const vp = { type: ['VerifiablePresentation'], verifiableCredential: ['a.b.c', 7] };
    const inspection = inspectSecured(forgeToken(coopKey, { alg: 'ES256', typ: 'JWT' }, { vp }));
    const places = allProblems(inspection).map(({ within }) => within);
    expect(new Set(places)).toEqual(new Set(['', '1', '2']));
    expect(shown(inspection)).toContain('  item 2: document must be an object or a token (malformed)');
  });

  it('presentations within presentations end', () => {
    let token = 'a.b.c';
    for (let level = 0; level < 12; level++) {
      const vp = { verifiableCredential: [token] };
      token = forgeToken(coopKey, { alg: 'ES256' }, { vp });
    }
    expect(codes(inspectSecured(token)).filter((code) => code === 'tooDeep')).toHaveLength(1);
  });

  it('no more credentials are looked at than are verified at once', () => {
    const vp = { verifiableCredential: Array.from({ length: 1_000 }, () => 'a.b.c') };
    const inspection = inspectSecured(forgeToken(coopKey, { alg: 'ES256' }, { vp }));
    expect(inspection.contains).toHaveLength(20);
    expect(inspection.problems.map(({ code }) => code)).toContain('tooMany');
  });

  const tokenBomb = () =>
    forgeToken(
      registrarKey,
      { alg: 'ES256', typ: 'statuslist+jwt' },
      { sub: 'https://a.example/1', iat: 1, status_list: { bits: 1, lst: zlibBomb().toString('base64url') } },
    );
  const bitstringBomb = () =>
    forgeToken(registrarKey, header, {
      ...legalIdentityCredential(),
      type: ['VerifiableCredential', 'BitstringStatusListCredential'],
      credentialSubject: {
        type: 'BitstringStatusList',
        statusPurpose: 'revocation',
        encodedList: `u${gzipSync(Buffer.alloc(64 * 1024 * 1024)).toString('base64url')}`,
      },
    });
});

describe('hostile text does not reach the terminal', () => {
  const EVIL = 'Evil\u001b[2J\u009b1A\u202e\u0007\r\nACCEPTED\u2028';
  const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
  const places: [string, () => string][] = [
    [
      'a claim',
      () =>
        forgeToken(registrarKey, { alg: 'ES256', typ: 'vc+jwt' }, { type: EVIL, issuer: EVIL, [EVIL]: EVIL }),
    ],
    ['a header', () => forgeToken(registrarKey, { alg: EVIL, typ: 'vc+jwt', kid: EVIL, [EVIL]: EVIL }, {})],
    [
      'a status',
      () =>
        forgeToken(
          registrarKey,
          { alg: 'ES256', typ: 'dc+sd-jwt' },
          { status: { status_list: { idx: 1, uri: EVIL } } },
        ),
    ],
    [
      'a disclosure',
      () => {
        const evil = disclosure('s', EVIL, { [EVIL]: EVIL });
        return forgeDc({ ...SD_CLAIMS, _sd: [digest(evil)] }, [evil]);
      },
    ],
    ['a disclosure without a place', () => forgeDc(SD_CLAIMS, [disclosure('s', EVIL, EVIL)])],
    [
      'a key binding',
      () => forgeDc(SD_CLAIMS) + forgeToken(coopKey, { alg: 'ES256', typ: EVIL }, { aud: EVIL }),
    ],
    [
      'a proof',
      () =>
        JSON.stringify({
          type: ['VerifiableCredential', EVIL],
          proof: {
            type: EVIL,
            cryptosuite: EVIL,
            verificationMethod: EVIL,
            domain: [EVIL],
            previousProof: EVIL,
          },
        }),
    ],
    [
      'a status list',
      () =>
        JSON.stringify({
          type: ['VerifiableCredential', 'BitstringStatusListCredential'],
          credentialSubject: {
            statusPurpose: EVIL,
            encodedList: `u${gzipSync(createBitstring()).toString('base64url')}`,
          },
        }),
    ],
    [
      'a claim of a VC-JWT 1.1',
      () =>
        forgeToken(
          coopKey,
          { alg: 'ES256', typ: 'JWT' },
          { iss: EVIL, vc: { type: EVIL, issuer: { id: EVIL } } },
        ),
    ],
    ['what is no token', () => `a.${EVIL}.b`],
  ];

  it.each(places)('from %s', (_, text) => {
    const output = shown(inspectSecured(text()));
    expect(output).not.toMatch(controls);
    expect(output).not.toMatch(/^ *ACCEPTED/m);
  });
});
