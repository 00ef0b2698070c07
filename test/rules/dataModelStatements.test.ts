import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkAnyCredential,
  checkCredential,
  checkPresentation,
  type Outcome,
} from '../../src/credentials/dataModel.js';
import { runs } from '../support/properties.js';

/**
 * The normative statements of VC Data Model 2.0 (Recommendation of 15 May 2025) and 1.1, by section, with what keeps to each and what
 * breaks it. What the W3C's published suite tests (w3c/vc-data-model-2.0-test-suite) is all here, in cases of our own.
 */

const V2 = 'https://www.w3.org/ns/credentials/v2';
const EXAMPLES = 'https://www.w3.org/ns/credentials/examples/v2';
const credential = {
  '@context': [V2],
  type: ['VerifiableCredential'],
  issuer: 'did:example:issuer',
  credentialSubject: { id: 'did:example:subject' },
};
const presentation = { '@context': [V2], type: ['VerifiablePresentation'] };

type Statement = readonly [section: string, change: object];
type Breach = readonly [section: string, change: object, pointer: string];

const pointersIn = (outcome: Outcome<unknown>) =>
  'problems' in outcome ? outcome.problems.map(({ pointer }) => pointer) : [];

const text = (value: object | string) => ({ '@value': 'Co-op', ...(value as object) });
const sri = `sha256-${Buffer.alloc(32).toString('base64')}`;

describe('a credential (2.0) is in order', () => {
  it.each<Statement>([
    ['4.3 with the base context alone', {}],
    ['4.3 with more URLs', { '@context': [V2, 'https://a.example/v1', 'urn:b'] }],
    ['4.3 with objects', { '@context': [V2, { a: 'https://a.example/a' }, 'https://b.example/v1'] }],
    ['4.4 with a DID as id', { id: 'did:example:1' }],
    ['4.4 with a URN as id', { id: 'urn:uuid:0b3c4f6e-5f0e-4c7d-9a7a-6f2a9e2d3c11' }],
    ['4.4 with an https id', { id: 'https://a.example/1' }],
    ['4.4 whose subject has no id', { credentialSubject: { name: 'A' } }],
    ['4.5 with a URL as type', { type: ['VerifiableCredential', 'https://a.example/#T'] }],
    [
      '4.5 with a type that a context maps to a URL',
      { '@context': [V2, { T: 'https://a.example/#T' }], type: ['VerifiableCredential', 'T'] },
    ],
    [
      '4.5 with a type that a context maps by its vocabulary',
      { '@context': [V2, { '@vocab': 'https://a.example/#' }], type: ['VerifiableCredential', 'T'] },
    ],
    [
      '4.5 with a type that a context maps by a prefix',
      { '@context': [V2, { a: 'https://a.example/#', T: 'a:T' }], type: ['VerifiableCredential', 'T'] },
    ],
    [
      '4.5 with a type that the context of the examples maps',
      { '@context': [V2, EXAMPLES], type: ['VerifiableCredential', 'ExampleDegreeCredential'] },
    ],
    [
      '4.5 with a type that an unknown context may map',
      { '@context': [V2, 'https://a.example/v1'], type: ['T', 'VerifiableCredential'] },
    ],
    ['4.5 with its types in any order', { type: ['https://a.example/#T', 'VerifiableCredential', 'urn:b'] }],
    ['4.5 with a lone type', { type: 'VerifiableCredential' }],
    ['4.6 with a name', { name: 'Co-op', description: 'Housing' }],
    ['4.6 with a name in a language', { name: text({ '@language': 'en' }) }],
    ['4.6 with a name without a language', { name: text({}) }],
    ['4.6 with a name in a direction', { description: text({ '@language': 'ar', '@direction': 'rtl' }) }],
    ['4.6 with names in languages', { name: [text({ '@language': 'en' }), text({ '@language': 'cy-GB' })] }],
    [
      '4.6 whose issuer has a name',
      { issuer: { id: 'did:a:b', name: text({ '@language': 'en', '@direction': 'ltr' }) } },
    ],
    ['4.6 whose issuer has descriptions', { issuer: { id: 'did:a:b', description: ['A', text({})] } }],
    ['4.7 with a URL as issuer', { issuer: 'https://a.example' }],
    ['4.7 with an issuer object', { issuer: { id: 'did:example:1', url: 'https://a.example' } }],
    ['4.8 about several subjects', { credentialSubject: [{ id: 'did:a:b' }, { id: 'did:a:c', name: 'C' }] }],
    ['4.9 with milliseconds', { validFrom: '2026-01-01T00:00:00.123Z' }],
    [
      '4.9 with an offset',
      { validFrom: '2026-01-01T00:00:00-05:00', validUntil: '2027-01-01T00:00:00+14:00' },
    ],
    ['4.9 in the future', { validFrom: '9999-12-31T23:59:59Z', validUntil: '12026-01-01T00:00:00Z' }],
    ['4.9 in the past', { validUntil: '-0001-01-01T00:00:00Z' }],
    [
      '4.9 that begins as it ends',
      { validFrom: '2026-01-01T01:00:00+01:00', validUntil: '2026-01-01T00:00:00Z' },
    ],
    ['4.10 whose status has no id', { credentialStatus: { type: 'https://a.example/#S' } }],
    ['4.10 whose status is unknown here', { credentialStatus: { type: 'NoSuchStatus2017', id: 'did:a:b' } }],
    ['4.10 with several statuses', { credentialStatus: [{ type: 'A' }, { type: ['A', 'B'] }] }],
    ['4.11 with a schema', { credentialSchema: { id: 'https://a.example/s', type: 'JsonSchema' } }],
    [
      '4.11 with schemas',
      {
        credentialSchema: [
          { id: 'https://a.example/s', type: 'JsonSchema', digestSRI: sri },
          { id: 'did:a:b', type: 'NoSuchSchema' },
        ],
      },
    ],
    ['4.12 with a proof', { proof: { type: 'DataIntegrityProof' } }],
    ['4.12 with proofs', { proof: [{ type: 'DataIntegrityProof' }, { type: 'B', id: 'urn:b' }] }],
    [
      '5.2 that defines a base term as the base does',
      { '@context': [V2, { name: 'https://schema.org/name' }] },
    ],
    [
      '5.2 that defines its own term twice',
      { '@context': [V2, { a: 'https://a.example/a' }, { a: 'https://a.example/b' }] },
    ],
    [
      '5.2 that defines its own protected term twice alike',
      { '@context': [V2, { '@protected': true, a: 'urn:a' }, { a: { '@id': 'urn:a' } }] },
    ],
    [
      '5.3 with a related resource',
      { relatedResource: { id: 'urn:a', digestSRI: sri, mediaType: 'text/css' } },
    ],
    [
      '5.3 with related resources',
      {
        relatedResource: [
          { id: 'urn:a', digestSRI: `${sri} ${sri}` },
          { id: 'urn:b', digestMultibase: `uEiA${'A'.repeat(43)}` },
        ],
      },
    ],
    [
      '5.4 with a refresh service',
      { refreshService: { type: 'https://a.example/#R', id: 'did:a:refresh/1' } },
    ],
    ['5.4 with refresh services', { refreshService: [{ type: 'A', id: 'urn:a' }, { type: 'B' }] }],
    ['5.5 with terms of use', { termsOfUse: { type: 'IssuerPolicy', id: 'https://a.example/terms' } }],
    ['5.5 with several terms of use', { termsOfUse: [{ type: 'A' }, { type: 'B', id: 'urn:b' }] }],
    ['5.6 with evidence', { evidence: { type: 'A', id: 'urn:a' } }],
    ['5.6 with several pieces of evidence', { evidence: [{ type: 'A' }, { type: ['A', 'B'] }] }],
    ['5.10 with a confidence method', { confidenceMethod: { type: 'A' } }],
    ['5.10 with a render method', { renderMethod: [{ type: 'A', id: 'urn:a' }] }],
    ['11.1 with a claim in a language', { credentialSubject: { motto: text({ '@language': 'de-1996' }) } }],
    ['11.1 with a typed claim', { credentialSubject: { since: { '@value': 7, '@type': 'urn:year' } } }],
  ])('%s', (_, change) => {
    expect(pointersIn(checkCredential({ ...credential, ...change }))).toEqual([]);
  });
});

describe('a credential (2.0) is refused', () => {
  it.each<Breach>([
    ['4.3 without a context', { '@context': undefined }, '/@context'],
    ['4.3 whose context is no set', { '@context': V2 }, '/@context'],
    ['4.3 with no context in the set', { '@context': [] }, '/@context/0'],
    ['4.3 without the base context', { '@context': ['https://a.example/v1'] }, '/@context/0'],
    ['4.3 whose base context is not first', { '@context': ['https://a.example/v1', V2] }, '/@context/0'],
    ['4.3 with a context that is no URL', { '@context': [V2, 'https ://a.example/v1'] }, '/@context/1'],
    ['4.3 with a context that is a number', { '@context': [V2, 123192875] }, '/@context/1'],
    ['4.3 with a context that is null', { '@context': [V2, null] }, '/@context/1'],
    ['4.3 with contexts in contexts', { '@context': [V2, [V2]] }, '/@context/1'],
    ['4.3 with a term that is a number', { '@context': [V2, { a: 7 }] }, '/@context/1/a'],
    ['4.3 with a vocabulary that is a number', { '@context': [V2, { '@vocab': 7 }] }, '/@context/1/@vocab'],
    ['4.3 in another version of JSON-LD', { '@context': [V2, { '@version': 1.2 }] }, '/@context/1/@version'],
    ['4.4 whose id is null', { id: null }, '/id'],
    ['4.4 with several ids', { id: ['did:a:b', 'did:a:c'] }, '/id'],
    ['4.4 whose id is no URL', { id: 'not-a-url' }, '/id'],
    [
      '4.4 whose subject has several ids',
      { credentialSubject: { id: ['urn:a', 'urn:b'] } },
      '/credentialSubject/id',
    ],
    ['4.5 without a type', { type: undefined }, '/type'],
    ['4.5 with no type in the set', { type: [] }, '/type'],
    ['4.5 with a type that is null', { type: ['VerifiableCredential', null] }, '/type'],
    ['4.5 with a type that is an object', { type: [{}, 'VerifiableCredential'] }, '/type'],
    ['4.5 without the required type', { type: ['https://a.example/#T'] }, '/type'],
    [
      '4.5 with a type that a context maps to what is no URL',
      { '@context': [V2, { T: 'https ://a.example/#T' }], type: ['VerifiableCredential', 'T'] },
      '/@context/1/T',
    ],
    [
      '4.5 with a type that a context maps to nothing',
      { '@context': [V2, { T: null, '@vocab': 'urn:v#' }], type: ['VerifiableCredential', 'T'] },
      '/type',
    ],
    [
      '4.5 with a type that no context maps',
      { '@context': [V2, { '@vocab': null }], type: ['VerifiableCredential', 'T'] },
      '/type',
    ],
    [
      '4.5 with a type that only a relative IRI maps',
      { '@context': [V2, { T: 'terms/T' }], type: ['VerifiableCredential', 'T'] },
      '/@context/1/T',
    ],
    ['4.6 whose name is a number', { name: 7 }, '/name'],
    ['4.6 with no name in the list', { name: [] }, '/name'],
    ['4.6 whose name has more members', { name: text({ '@language': 'en', url: 'urn:a' }) }, '/name'],
    ['4.6 whose name has a type', { name: text({ '@type': 'urn:a' }) }, '/name'],
    ['4.6 whose name has no text', { name: { '@language': 'en' } }, '/name/@value'],
    [
      '4.6 whose name is a number in a language',
      { name: { '@value': 7, '@language': 'en' } },
      '/name/@value',
    ],
    ['4.6 whose description is an object', { description: { '@value': {} } }, '/description/@value'],
    [
      '4.6 whose issuer has a name with more',
      { issuer: { id: 'did:a:b', name: text({ a: 1 }) } },
      '/issuer/name',
    ],
    [
      '4.6 whose issuer has a description that is null',
      { issuer: { id: 'did:a:b', description: null } },
      '/issuer/description',
    ],
    ['4.7 without an issuer', { issuer: undefined }, '/issuer'],
    ['4.7 whose issuer is null', { issuer: null }, '/issuer'],
    ['4.7 whose issuer is no URL', { issuer: 'not-a-url' }, '/issuer'],
    ['4.7 with several issuers', { issuer: ['did:a:b', 'did:a:c'] }, '/issuer'],
    ['4.7 whose issuer object has no id', { issuer: { name: 'A' } }, '/issuer/id'],
    ['4.7 whose issuer has the id null', { issuer: { id: null } }, '/issuer/id'],
    ['4.7 whose issuer has an id that is no URL', { issuer: { id: 'not-a-url' } }, '/issuer/id'],
    ['4.8 without a subject', { credentialSubject: undefined }, '/credentialSubject'],
    ['4.8 with no subject in the set', { credentialSubject: [] }, '/credentialSubject'],
    ['4.8 without a claim', { credentialSubject: {} }, '/credentialSubject'],
    [
      '4.8 without a claim about one subject',
      { credentialSubject: [{ id: 'urn:a' }, {}] },
      '/credentialSubject/1',
    ],
    ['4.8 whose subject is a URL', { credentialSubject: 'did:a:b' }, '/credentialSubject'],
    ['4.9 from a day', { validFrom: '2026-01-01' }, '/validFrom'],
    ['4.9 from a time without an offset', { validFrom: '2026-01-01T00:00:00' }, '/validFrom'],
    ['4.9 until a number', { validUntil: 1767225600 }, '/validUntil'],
    ['4.9 until a day that does not exist', { validUntil: '2026-02-30T00:00:00Z' }, '/validUntil'],
    ['4.9 until null', { validUntil: null }, '/validUntil'],
    [
      '4.9 that ends before it begins',
      { validFrom: '2026-01-02T00:00:00Z', validUntil: '2026-01-02T00:30:00+01:00' },
      '/validUntil',
    ],
    [
      '4.10 whose status has several ids',
      { credentialStatus: { type: 'A', id: ['urn:a', 'urn:b'] } },
      '/credentialStatus/id',
    ],
    [
      '4.10 whose status has an id that is no URL',
      { credentialStatus: { type: 'A', id: 'x' } },
      '/credentialStatus/id',
    ],
    ['4.10 whose status has no type', { credentialStatus: { id: 'urn:a' } }, '/credentialStatus/type'],
    ['4.10 whose status has a number as type', { credentialStatus: { type: 2 } }, '/credentialStatus/type'],
    ['4.10 whose status is a URL', { credentialStatus: 'urn:a' }, '/credentialStatus'],
    ['4.11 whose schema has no type', { credentialSchema: { id: 'urn:a' } }, '/credentialSchema/type'],
    ['4.11 whose schema has no id', { credentialSchema: { type: 'JsonSchema' } }, '/credentialSchema/id'],
    [
      '4.11 whose schema has a number as id',
      { credentialSchema: { id: 12345, type: 'A' } },
      '/credentialSchema/id',
    ],
    ['4.11 with no schema in the list', { credentialSchema: [] }, '/credentialSchema'],
    [
      '4.11 whose schema has a digest that is none',
      { credentialSchema: { id: 'urn:a', type: 'JsonSchema', digestSRI: 'sha384-AAAA' } },
      '/credentialSchema/digestSRI',
    ],
    ['4.12 whose proof is null', { proof: null }, '/proof'],
    ['4.12 with no proof in the list', { proof: [] }, '/proof'],
    ['4.12 whose proof has no type', { proof: { created: '2026-01-01T00:00:00Z' } }, '/proof/type'],
    [
      '5.2 that redefines the type of credentials',
      { '@context': [V2, { VerifiableCredential: 'https://a.example/#Bad' }] },
      '/@context/1/VerifiableCredential',
    ],
    ['5.2 that redefines a term of all documents', { '@context': [V2, { id: 'urn:a' }] }, '/@context/1/id'],
    ['5.2 that undefines a protected term', { '@context': [V2, { type: null }] }, '/@context/1/type'],
    [
      '5.2 that redefines a term of credentials',
      { '@context': [V2, { issuer: 'urn:a' }] },
      '/@context/1/issuer',
    ],
    [
      '5.2 that redefines a term which another context protects',
      {
        '@context': [V2, { '@protected': true, T: 'https://a.example/#T' }, { T: 'https://a.example/#Bad' }],
        type: ['VerifiableCredential', 'T'],
      },
      '/@context/2/T',
    ],
    [
      '5.2 that redefines a term which is protected by itself',
      { '@context': [V2, { a: { '@id': 'urn:a', '@protected': true } }, { a: 'urn:b' }] },
      '/@context/2/a',
    ],
    ['5.3 whose resource has no id', { relatedResource: { digestSRI: sri } }, '/relatedResource/id'],
    ['5.3 whose resource has no digest', { relatedResource: [{ id: 'urn:a' }] }, '/relatedResource/0'],
    ['5.3 whose resource is a URL', { relatedResource: 'urn:a' }, '/relatedResource'],
    [
      '5.3 that names a resource twice',
      {
        relatedResource: [
          { id: 'urn:a', digestSRI: sri },
          { id: 'urn:a', digestSRI: sri },
        ],
      },
      '/relatedResource/1/id',
    ],
    [
      '5.3 with a digest of another form',
      { relatedResource: { id: 'urn:a', digestSRI: 'md5-AAAA' } },
      '/relatedResource/digestSRI',
    ],
    [
      '5.3 with a digest that is cut short',
      { relatedResource: { id: 'urn:a', digestMultibase: `uEiA${'A'.repeat(39)}` } },
      '/relatedResource/digestMultibase',
    ],
    [
      '5.3 with a media type that is none',
      { relatedResource: { id: 'urn:a', digestSRI: sri, mediaType: 'css' } },
      '/relatedResource/mediaType',
    ],
    ['5.4 whose refresh service has no type', { refreshService: { id: 'urn:a' } }, '/refreshService/type'],
    [
      '5.4 whose refresh service has an id that is no URL',
      { refreshService: { type: 'A', id: 'x' } },
      '/refreshService/id',
    ],
    ['5.5 whose terms have no type', { termsOfUse: [{ id: 'urn:a' }] }, '/termsOfUse/0/type'],
    ['5.5 whose terms have an id that is no URL', { termsOfUse: { type: 'A', id: 'x' } }, '/termsOfUse/id'],
    ['5.6 whose evidence has no type', { evidence: { id: 'urn:a' } }, '/evidence/type'],
    ['5.6 with no evidence in the list', { evidence: [] }, '/evidence'],
    ['5.6 whose evidence is text', { evidence: ['seen'] }, '/evidence/0'],
    ['5.10 whose confidence method has no type', { confidenceMethod: {} }, '/confidenceMethod/type'],
    [
      "5.10 whose subject's confidence method has no type",
      { credentialSubject: { confidenceMethod: {} } },
      '/credentialSubject/confidenceMethod/type',
    ],
    ['5.10 whose render method has no type', { renderMethod: [{ id: 'urn:a' }] }, '/renderMethod/0/type'],
    [
      '11.1 with a language that is none',
      { name: text({ '@language': 'english language' }) },
      '/name/@language',
    ],
    ['11.1 with a language that is null', { name: text({ '@language': null }) }, '/name/@language'],
    ['11.1 with a direction that is none', { name: text({ '@direction': 'up' }) }, '/name/@direction'],
    [
      '11.1 with a claim whose direction is none',
      { credentialSubject: { a: [{ b: text({ '@direction': 'auto' }) }] } },
      '/credentialSubject/a/0/b/@direction',
    ],
  ])('%s', (_, change, pointer) => {
    expect(pointersIn(checkCredential({ ...credential, ...change }))).toEqual([pointer]);
  });

  it.each([
    'x-klingon',
    'i-klingon',
    'zh-cmn-Hans-CN',
    'sl-rozaj-biske-1994',
    'de-CH-x-phonebk',
    'en-GB-oed',
  ])('but not for the language %s', (language) => {
    expect(pointersIn(checkCredential({ ...credential, name: text({ '@language': language }) }))).toEqual([]);
  });

  it.each(['', 'e', 'en_GB', 'en-', 'toolonglanguage', 'en-GB-GB', 'x'])(
    'for the language %j',
    (language) => {
      expect(pointersIn(checkCredential({ ...credential, name: text({ '@language': language }) }))).toEqual([
        '/name/@language',
      ]);
    },
  );
});

describe('whatever the value', () => {
  it('the checks do not throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const member of Object.keys({ ...credential, name: 1, proof: 1, relatedResource: 1 })) {
          checkAnyCredential({ ...credential, [member]: value });
          checkPresentation({ ...presentation, [member]: value, holder: value, verifiableCredential: value });
        }
      }),
      runs(50),
    );
  });

  it.each(['credentialSubject', '@context', 'name', 'relatedResource', 'proof'])(
    'a %s of 100,000 levels is survived',
    (member) => {
      let deep: unknown = 'x';
      for (let level = 0; level < 100_000; level++) deep = level % 2 === 0 ? { a: deep } : [deep];
      const value = member === '@context' ? [V2, { a: deep }] : { a: deep };
      expect(() => checkCredential({ ...credential, [member]: value })).not.toThrow();
    },
  );

  it('a context of 100,000 broken terms is refused, and not all of it told', () => {
    const terms = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`t${index}`, 7]));
    expect(pointersIn(checkCredential({ ...credential, '@context': [V2, terms] })).length).toBeLessThan(51);
  });
});
