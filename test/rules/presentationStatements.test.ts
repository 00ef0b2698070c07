import { describe, expect, it } from 'vitest';
import {
  checkAnyCredential,
  checkCredentialV1,
  checkPresentation,
  checkPresentationV1,
  readEnvelope,
  type Outcome,
} from '../../src/credentials/dataModel.js';

/** Presentations and envelopes (VC Data Model 2.0), and version 1.1: see dataModelStatements.test.ts. */

const V2 = 'https://www.w3.org/ns/credentials/v2';
const V1 = 'https://www.w3.org/2018/credentials/v1';
const EXAMPLES = 'https://www.w3.org/ns/credentials/examples/v2';
const credential = {
  '@context': [V2],
  type: ['VerifiableCredential'],
  issuer: 'did:example:issuer',
  credentialSubject: { id: 'did:example:subject' },
};
const credentialV1 = { ...credential, '@context': [V1], issuanceDate: '2026-01-01T00:00:00Z' };
const presentation = { '@context': [V2], type: ['VerifiablePresentation'] };
const envelope = {
  '@context': V2,
  type: 'EnvelopedVerifiableCredential',
  id: 'data:application/vc+jwt,eyJh.eyJi.c2ln',
};
const presentationEnvelope = {
  '@context': [V2],
  type: 'EnvelopedVerifiablePresentation',
  id: 'data:application/vp+jwt,eyJh.eyJi.c2ln',
};

type Statement = readonly [section: string, change: object];
type Breach = readonly [section: string, change: object, pointer: string];

const pointersIn = (outcome: Outcome<unknown>) =>
  'problems' in outcome ? outcome.problems.map(({ pointer }) => pointer) : [];

describe('a presentation (2.0) is in order', () => {
  it.each<Statement>([
    ['4.13 without a credential', {}],
    ['4.13 with an id and a name', { id: 'urn:a', name: 'A' }],
    ['4.3 with more contexts', { '@context': [V2, 'https://a.example/v1', { a: 'urn:a' }] }],
    ['4.5 with more types', { '@context': [V2, { T: 'urn:t' }], type: ['T', 'VerifiablePresentation'] }],
    ['4.13 with a credential', { verifiableCredential: credential }],
    ['4.13 with credentials of both versions', { verifiableCredential: [credential, credentialV1] }],
    ['4.13.2 with envelopes', { verifiableCredential: [envelope, { ...envelope, '@context': [V2] }] }],
    ['4.13 with a URL as holder', { holder: 'did:a:b' }],
    ['4.13 with a holder object', { holder: { id: 'did:a:b', name: 'B' } }],
    ['4.12 with a proof', { proof: [{ type: 'DataIntegrityProof' }] }],
  ])('%s', (_, change) => {
    expect(pointersIn(checkPresentation({ ...presentation, ...change }))).toEqual([]);
  });
});

describe('a presentation (2.0) is refused', () => {
  it.each<Breach>([
    ['4.3 without a context', { '@context': undefined }, '/@context'],
    ['4.3 without the base context', { '@context': [EXAMPLES] }, '/@context/0'],
    ['4.3 with a context that is no URL', { '@context': [V2, 'https ://a.example'] }, '/@context/1'],
    ['4.3 with a context that is a number', { '@context': [V2, 7] }, '/@context/1'],
    ['4.4 whose id is no URL', { id: 'x' }, '/id'],
    ['4.5 without a type', { type: undefined }, '/type'],
    ['4.5 without the required type', { type: ['https://a.example/#P'] }, '/type'],
    [
      '4.13 with a credential without a type',
      { verifiableCredential: [{ ...credential, type: [] }] },
      '/verifiableCredential/0/type',
    ],
    [
      '4.13 with a credential that is text',
      { verifiableCredential: ['eyJh.eyJi.c2ln'] },
      '/verifiableCredential/0',
    ],
    [
      '4.13 with a credential that is a URL',
      { verifiableCredential: 'https://a.example/1' },
      '/verifiableCredential',
    ],
    ['4.13 with a credential that is a number', { verifiableCredential: 7 }, '/verifiableCredential'],
    ['4.13 with no credential in the set', { verifiableCredential: [] }, '/verifiableCredential'],
    [
      '4.13.2 with an envelope without the type',
      { verifiableCredential: { '@context': [V2], id: envelope.id } },
      '/verifiableCredential/type',
    ],
    [
      '4.13.2 with an envelope whose id is no data: URL',
      { verifiableCredential: { ...envelope, id: 'eyJh.eyJi.c2ln' } },
      '/verifiableCredential/id',
    ],
    ['4.13 whose holder is no URL', { holder: 'me' }, '/holder'],
    ['4.13 whose holder has no id', { holder: { name: 'B' } }, '/holder/id'],
    ['4.12 whose proof is null', { proof: null }, '/proof'],
    ['5.5 whose terms have no type', { termsOfUse: {} }, '/termsOfUse/type'],
  ])('%s', (_, change, pointer) => {
    expect(pointersIn(checkPresentation({ ...presentation, ...change }))).toContain(pointer);
  });
});

describe('an envelope', () => {
  const CREDENTIAL = 'EnvelopedVerifiableCredential';
  const PRESENTATION = 'EnvelopedVerifiablePresentation';

  it.each(['vc+jwt', 'vc+sd-jwt', 'vc+cose', 'jwt', 'VC+JWT'])(
    '4.13.2 of a credential may hold %s',
    (type) => {
      const outcome = readEnvelope({ ...envelope, id: `data:application/${type},a.b.c` }, CREDENTIAL);
      expect(outcome).toEqual({
        value: { kind: CREDENTIAL, mediaType: `application/${type.toLowerCase()}`, content: 'a.b.c' },
      });
    },
  );

  it('4.13.2 may be in base64', () => {
    const id = `data:application/vc+jwt;base64,${Buffer.from('a.b.c').toString('base64')}`;
    expect(readEnvelope({ ...envelope, id }, CREDENTIAL)).toMatchObject({ value: { content: 'a.b.c' } });
  });

  it('4.13.3 may hold a presentation', () => {
    expect(readEnvelope(presentationEnvelope, PRESENTATION)).toMatchObject({
      value: { mediaType: 'application/vp+jwt' },
    });
  });

  it.each<Breach>([
    ['4.13.2 without a context', { '@context': undefined }, '/@context'],
    ['4.13.2 with no context in the set', { '@context': [] }, '/@context'],
    ['4.13.2 without a context that defines it', { '@context': EXAMPLES }, '/@context'],
    ['4.13.2 without a type', { type: undefined }, '/type'],
    ['4.13.2 with the type of what it holds', { type: 'VerifiableCredential' }, '/type'],
    ['4.13.2 with a second type', { type: [CREDENTIAL, 'VerifiableCredential'] }, '/type'],
    ['4.13.2 of the other kind', { type: PRESENTATION }, '/type'],
    ['4.13.2 without an id', { id: undefined }, '/id'],
    ['4.13.2 whose id is a web address', { id: 'https://a.example/1' }, '/id'],
    ['4.13.2 whose id is the token alone', { id: 'eyJh.eyJi.c2ln' }, '/id'],
    ['4.13.2 of a picture', { id: 'data:image/png;base64,AAAA' }, '/id'],
    ['4.13.2 of a presentation', { id: 'data:application/vp+jwt,a.b.c' }, '/id'],
    ['4.13.2 of nothing', { id: 'data:application/vc+jwt,' }, '/id'],
    ['4.13.2 with a broken escape', { id: 'data:application/vc+jwt,%E0%A4%A' }, '/id'],
  ])('%s is refused', (_, change, pointer) => {
    expect(pointersIn(readEnvelope({ ...envelope, ...change }, CREDENTIAL))).toEqual([pointer]);
  });
});

describe('a credential (1.1) is in order', () => {
  it.each<Statement>([
    ['4.1 with the base context', {}],
    [
      '4.1 with more contexts',
      { '@context': [V1, 'https://a.example/v1', { T: 'urn:t' }], type: ['VerifiableCredential', 'T'] },
    ],
    ['4.5 with an issuer object', { issuer: { id: 'https://a.example' } }],
    ['4.6 with an end', { expirationDate: '2027-01-01T00:00:00Z' }],
    ['4.9 with a status', { credentialStatus: { id: 'https://a.example/s', type: 'S' } }],
    ['5.4 with a schema', { credentialSchema: { id: 'urn:s', type: 'JsonSchemaValidator2018' } }],
    ['5.5 with a refresh service', { refreshService: { id: 'urn:r', type: 'R' } }],
    ['5.6 with terms of use', { termsOfUse: [{ type: 'T' }] }],
    ['5.7 with evidence', { evidence: [{ type: ['E'] }] }],
  ])('%s', (_, change) => {
    expect(pointersIn(checkAnyCredential({ ...credentialV1, ...change }))).toEqual([]);
  });
});

describe('a credential (1.1) is refused', () => {
  it.each<Breach>([
    ['4.1 whose base context is not first', { '@context': ['urn:a', V1] }, '/@context/0'],
    ['4.1 under the context of 2.0', { '@context': [V2] }, '/@context/0'],
    ['4.2 whose id is no URI', { id: 'x' }, '/id'],
    ['4.3 without the required type', { type: ['urn:t'] }, '/type'],
    ['4.4 without a claim', { credentialSubject: {} }, '/credentialSubject'],
    ['4.5 without an issuer', { issuer: undefined }, '/issuer'],
    ['4.6 without an issuance date', { issuanceDate: undefined }, '/issuanceDate'],
    ['4.6 with a day as issuance date', { issuanceDate: '2026-01-01' }, '/issuanceDate'],
    ['4.6 with an issuance date without an offset', { issuanceDate: '2026-01-01T00:00:00' }, '/issuanceDate'],
    ['4.8 with an end that is a number', { expirationDate: 7 }, '/expirationDate'],
    ['4.9 whose status has no id', { credentialStatus: { type: 'S' } }, '/credentialStatus/id'],
    ['4.9 whose status has no type', { credentialStatus: { id: 'urn:s' } }, '/credentialStatus/type'],
    ['5.4 whose schema has no id', { credentialSchema: { type: 'S' } }, '/credentialSchema/id'],
    ['5.5 whose refresh service has no id', { refreshService: { type: 'R' } }, '/refreshService/id'],
    ['5.6 whose terms have no type', { termsOfUse: {} }, '/termsOfUse/type'],
    ['5.7 whose evidence has no type', { evidence: [{}] }, '/evidence/0/type'],
  ])('%s', (_, change, pointer) => {
    expect(pointersIn(checkCredentialV1({ ...credentialV1, ...change }))).toEqual([pointer]);
  });
});

describe('a presentation (1.1)', () => {
  const presentationV1 = { ...presentation, '@context': [V1] };

  it('4.10 may hold credentials and tokens', () => {
    const verifiableCredential = [credentialV1, 'eyJh.eyJi.c2ln'];
    expect(pointersIn(checkPresentationV1({ ...presentationV1, verifiableCredential }))).toEqual([]);
  });

  it('4.10 holds no other text', () => {
    expect(pointersIn(checkPresentationV1({ ...presentationV1, verifiableCredential: 'urn:a' }))).toEqual([
      '/verifiableCredential',
    ]);
  });
});
