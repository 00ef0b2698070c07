import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCredential } from '../../src/credentials/dataModel.js';
import { isFullDate, parseDateTimeStamp } from '../../src/credentials/dateTimeStamp.js';
import { runs } from '../support/properties.js';

const V2 = 'https://www.w3.org/ns/credentials/v2';
const minimal = {
  '@context': [V2],
  type: ['VerifiableCredential'],
  issuer: 'did:example:issuer',
  credentialSubject: { name: 'A' },
};

function pointersOf(change: object): string[] {
  const checked = checkCredential({ ...minimal, ...change });
  return 'problems' in checked ? checked.problems.map(({ pointer }) => pointer) : [];
}

describe('checkCredential accepts', () => {
  it.each([
    ['the minimum', {}],
    ['further contexts', { '@context': [V2, 'https://a.example/c', { term: 'https://a.example/t' }] }],
    ['a lone type', { type: 'VerifiableCredential' }],
    ['an issuer object', { issuer: { id: 'https://a.example', name: 'A' } }],
    ['several subjects', { credentialSubject: [{ id: 'did:a:b' }, { a: 1 }] }],
    ['an id that is a URN', { id: 'urn:uuid:0b3c4f6e-5f0e-4c7d-9a7a-6f2a9e2d3c11' }],
    ['equal dates', { validFrom: '2026-01-01T00:00:00Z', validUntil: '2026-01-01T01:00:00+01:00' }],
    ['a status without an id', { credentialStatus: { type: 'Any' } }],
    ['several statuses', { credentialStatus: [{ type: 'A', id: 'https://a.example' }, { type: ['B'] }] }],
    ['a schema', { credentialSchema: { id: 'https://a.example/s', type: 'JsonSchema' } }],
    ['unknown members', { anything: null }],
  ])('%s', (_, change) => {
    expect(pointersOf(change)).toEqual([]);
  });
});

describe('checkCredential refuses', () => {
  it.each<[string, object, string]>([
    ['no context', { '@context': undefined }, '/@context'],
    ['a context that is a string', { '@context': V2 }, '/@context'],
    ['another first context', { '@context': ['https://www.w3.org/2018/credentials/v1', V2] }, '/@context/0'],
    ['a context that is a number', { '@context': [V2, 7] }, '/@context/1'],
    ['an id that is no URL', { id: 'not a url' }, '/id'],
    ['an id that is null', { id: null }, '/id'],
    ['no type', { type: undefined }, '/type'],
    ['types without VerifiableCredential', { type: ['Other'] }, '/type'],
    ['a type that is a number', { type: ['VerifiableCredential', 7] }, '/type'],
    ['no issuer', { issuer: undefined }, '/issuer'],
    ['an issuer that is no URL', { issuer: 'me' }, '/issuer'],
    ['an issuer without an id', { issuer: { name: 'A' } }, '/issuer/id'],
    ['issuers', { issuer: ['did:a:b'] }, '/issuer'],
    ['no subject', { credentialSubject: undefined }, '/credentialSubject'],
    ['an empty subject', { credentialSubject: {} }, '/credentialSubject'],
    ['no subject in the list', { credentialSubject: [] }, '/credentialSubject'],
    ['an empty subject in the list', { credentialSubject: [{ a: 1 }, {}] }, '/credentialSubject/1'],
    ['a subject that is a string', { credentialSubject: 'did:a:b' }, '/credentialSubject'],
    ['a subject id that is no URL', { credentialSubject: { id: 'x' } }, '/credentialSubject/id'],
    ['validFrom without an offset', { validFrom: '2026-01-01T00:00:00' }, '/validFrom'],
    ['validUntil that is a number', { validUntil: 7 }, '/validUntil'],
    [
      'an end before the start',
      { validFrom: '2026-01-02T00:00:00Z', validUntil: '2026-01-01T00:00:00Z' },
      '/validUntil',
    ],
    ['a status without a type', { credentialStatus: { id: 'https://a.example' } }, '/credentialStatus/type'],
    ['a status id that is no URL', { credentialStatus: { type: 'A', id: 'x' } }, '/credentialStatus/id'],
    ['a status that is null', { credentialStatus: null }, '/credentialStatus'],
    ['a schema without an id', { credentialSchema: { type: 'JsonSchema' } }, '/credentialSchema/id'],
    ['evidence without a type', { evidence: [{}] }, '/evidence/0/type'],
    ['terms of use that are text', { termsOfUse: 'none' }, '/termsOfUse'],
    ['a refresh service without a type', { refreshService: {} }, '/refreshService/type'],
  ])('%s', (_, change, pointer) => {
    expect(pointersOf(change)).toEqual([pointer]);
  });

  it('never throws, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => void checkCredential(value)),
      runs(100),
    );
  });
});

describe('dates', () => {
  it.each([
    '2026-02-28T23:59:59Z',
    '2024-02-29T00:00:00.123456789+14:00',
    '0001-01-01T00:00:00-00:00',
    '2026-01-01T24:00:00Z',
  ])('%s is a dateTimeStamp', (text) => {
    expect(parseDateTimeStamp(text)).toBeInstanceOf(Date);
  });

  it.each([
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T24:00:01Z',
    '2026-01-01T00:00:00+15:00',
    'x2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z\n',
    20260101,
    null,
  ])('%j is none', (value) => {
    expect(parseDateTimeStamp(value)).toBeUndefined();
  });

  it('a full-date exists in the calendar', () => {
    expect([isFullDate('2024-02-29'), isFullDate('2023-02-29'), isFullDate('2024-2-9')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
