import { describe, expect, it } from 'vitest';
import { createContextCatalogue } from '../../src/credentials/contexts/catalogue.js';
import { createCanonizer } from '../../src/credentials/jsonLd/inProcessCanonizer.js';
import { relabelStatement, sortStatements } from '../../src/credentials/jsonLd/nquads.js';
import { pointerProblems, selectByPointers } from '../../src/credentials/jsonLd/pointerSelection.js';
import { canonizer, sampleCredential } from '../support/dataIntegrity.js';
import { doubleStar, nested, poisonGraph, ring } from '../support/poison.js';

const V2 = 'https://www.w3.org/ns/credentials/v2';
const EXAMPLES = 'https://www.w3.org/ns/credentials/examples/v2';
const document = sampleCredential('did:example:issuer');
const problemOf = async (value: object) => {
  const answer = await canonizer.canonize(value as Record<string, unknown>, 'sha256');
  return 'problem' in answer ? answer.problem : undefined;
};

describe('a name that would be the prototype of every object', () => {
  it.each([
    ['the issuer', { issuer: '__proto__' }],
    ['the subject', { credentialSubject: { id: '__proto__' } }],
    ['the id', { id: '__proto__' }],
    ['a type', { type: ['VerifiableCredential', '__proto__'] }],
    ['a member', { credentialSubject: JSON.parse('{"__proto__": {"id": "urn:x:y"}}') as object }],
    ['a term', { '@context': [V2, JSON.parse('{"__proto__": "urn:x:y"}') as object] }],
    ['what a term stands for', { '@context': [V2, { x: '__proto__', y: { '@id': '__proto__' } }] }],
  ])('is refused as %s, and nothing is written there', async (_where, changes) => {
    expect(await problemOf({ ...document, ...changes })).toBe('notJsonLd');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('contexts', () => {
  it('are never fetched', async () => {
    expect(await problemOf({ ...document, '@context': [V2, 'https://example.org/context'] })).toBe(
      'unknownContext',
    );
    expect(await problemOf({ ...document, '@context': [V2, { '@import': 'https://example.org/c' }] })).toBe(
      'unknownContext',
    );
    const scoped = { term: { '@id': 'urn:x:term', '@context': 'https://example.org/context' } };
    expect(await problemOf({ ...document, '@context': [V2, EXAMPLES, scoped] })).toBe('unknownContext');
  });

  it('of a host are known to its own canonizer only', async () => {
    const url = 'https://passport.example/contexts/x/v1';
    const own = createCanonizer(createContextCatalogue(new Map([[url, { '@context': { x: 'urn:x:x' } }]])));
    const value = { '@context': [V2, url], x: 'y' };
    expect(await own.canonize(value, 'sha256')).toHaveProperty('nquads');
    expect(await canonizer.canonize(value, 'sha256')).toEqual({ problem: 'unknownContext' });
  });

  it('of one URL may differ between two hosts', async () => {
    const url = 'https://passport.example/contexts/y/v1';
    const answers = await Promise.all(
      ['urn:x:a', 'urn:x:b'].map((iri) =>
        createCanonizer(createContextCatalogue(new Map([[url, { '@context': { y: iri } }]]))).canonize(
          { '@context': [V2, url], id: 'urn:x:s', y: 'z' },
          'sha256',
        ),
      ),
    );
    expect(answers).toEqual([
      { nquads: ['<urn:x:s> <urn:x:a> "z" .\n'] },
      { nquads: ['<urn:x:s> <urn:x:b> "z" .\n'] },
    ]);
  });

  it('that are bundled cannot be replaced', () => {
    expect(() => createContextCatalogue(new Map([[V2, { '@context': {} }]]))).toThrow(TypeError);
    expect(() => createContextCatalogue(new Map([['relative', { '@context': {} }]]))).toThrow(TypeError);
    expect(() => createContextCatalogue(new Map([['https://example.org/', []]]))).toThrow(TypeError);
  });
});

describe('safe mode', () => {
  const unsafe: [string, object][] = [
    ['an undefined term', { '@context': V2, id: 'urn:x:s', undefinedTerm: 'x' }],
    ['an undefined term deep inside', { ...document, '@context': V2 }],
    ['an undefined type', { '@context': V2, id: 'urn:x:s', type: 'UndefinedType' }],
    ['a relative id', { ...document, id: 'relative' }],
    [
      'a term that a context maps to nothing',
      { ...document, '@context': [V2, EXAMPLES, { gone: null }], gone: 1 },
    ],
    ['a protected term redefined', { ...document, '@context': [V2, { VerifiableCredential: 'urn:x:y' }] }],
    ['an IRI that would end a statement', { ...document, id: 'urn:x:s>_<urn:x:p' }],
    [
      'a language that would end a statement',
      { ...document, note: { '@value': 'x', '@language': 'en .\n<a:b>' } },
    ],
    ['@nest', { ...document, '@nest': { validUntil: '2027-01-01T00:00:00Z' } }],
    ['@included', { ...document, '@included': [{ id: 'urn:x:y', name: 'x' }] }],
    ['@index', { ...document, '@index': 'not signed' }],
    ['@reverse', { ...document, '@reverse': { name: { id: 'urn:x:y' } } }],
    ['an alias of @nest', { ...document, '@context': [V2, EXAMPLES, { n: '@nest' }], n: { name2: 'x' } }],
    [
      'an index container',
      { ...document, '@context': [V2, { n: { '@id': 'urn:x:n', '@container': '@index' } }] },
    ],
  ];

  it.each(unsafe)('refuses %s', async (_, value) => {
    expect(await problemOf(value)).toBe('notJsonLd');
  });

  it('keeps the base direction of text', async () => {
    const name = { '@value': 'HTML', '@language': 'ar', '@direction': 'rtl' };
    const answer = await canonizer.canonize({ ...document, name }, 'sha256');
    expect(JSON.stringify(answer)).toContain('https://www.w3.org/ns/i18n#ar_rtl');
  });
});

describe('hostile documents end in bounded time', () => {
  it.each([
    ['a complete graph', poisonGraph(14), 'tooComplex'],
    ['two stars', doubleStar(300), 'tooComplex'],
    ['a deep document', nested(100), 'tooLarge'],
    ['a very deep document', nested(100_000), 'tooLarge'],
    ['a long list', { ...document, list: Array.from({ length: 30_000 }, (_, index) => index) }, 'tooLarge'],
    ['a long text', { ...document, name: 'x'.repeat(2_000_000) }, 'tooLarge'],
    [
      'many contexts',
      {
        ...document,
        '@context': [V2, ...Array.from({ length: 200 }, (_, index) => ({ [`t${index}`]: 'urn:x:t' }))],
      },
      'tooLarge',
    ],
    [
      'many URLs of contexts',
      { ...document, '@context': Array.from({ length: 5_000 }, () => V2) },
      'tooLarge',
    ],
  ])('%s', { timeout: 15_000 }, async (_, value, expected) => {
    expect(await problemOf(value as object)).toBe(expected);
  });

  it('a ring of equal nodes and a list of equal items are no poison', async () => {
    expect(await problemOf(ring(12))).toBeUndefined();
    const items = Array.from({ length: 300 }, () => ({ colour: 'grey' }));
    expect(await problemOf({ '@context': [V2, EXAMPLES], item: items })).toBeUndefined();
  });

  it('an aborted signal ends it', async () => {
    const signal = AbortSignal.abort();
    expect(await canonizer.canonize(document, 'sha256', signal)).toEqual({ problem: 'timedOut' });
  });
});

describe('statements', () => {
  it('are relabelled where a term stands, never inside a literal', () => {
    const label = (text: string) => text.toUpperCase();
    expect(relabelStatement('_:c14n0 <u:p> _:c14n12 .\n', label)).toBe('_:C14N0 <u:p> _:C14N12 .\n');
    expect(relabelStatement('_:c14n0 <u:p> "a _:c14n1 b _:c14n2" .\n', label)).toBe(
      '_:C14N0 <u:p> "a _:c14n1 b _:c14n2" .\n',
    );
    expect(relabelStatement('<u:s> <u:p> "_:c14n1 x" _:c14n2 .\n', label)).toBe(
      '<u:s> <u:p> "_:c14n1 x" _:C14N2 .\n',
    );
    expect(relabelStatement('<u:s> <u:p> _:c14n1 _:c14n2 .\n', label)).toBe(
      '<u:s> <u:p> _:C14N1 _:C14N2 .\n',
    );
    expect(relabelStatement('<u:s> <u:p> " _:c14n1 ."@en .\n', label)).toBe(
      '<u:s> <u:p> " _:c14n1 ."@en .\n',
    );
  });

  it('are sorted by code point', () => {
    expect(sortStatements(['"\u{1F600}"', '"\uFF5E"'])).toEqual(['"\uFF5E"', '"\u{1F600}"']);
  });
});

describe('pointers', () => {
  const source = {
    '@context': V2,
    type: ['A'],
    '1st': 'x',
    list: [
      { id: 'urn:x:1', a: 1 },
      { b: 2, c: 3 },
    ],
    n: null,
  };

  it.each([
    ['not a list', '/list', 1],
    ['not text', [7], 1],
    ['no leading slash', ['list'], 1],
    ['a broken escape', ['/a~2'], 1],
    ['nothing there', ['/missing', '/list/2', '/list/length', '/list/01', '/constructor', '/__proto__'], 6],
    ['into the context or a proof', ['/@context', '/@context/0', '/proof'], 3],
    ['too many', Array.from({ length: 1_001 }, () => '/type'), 1],
  ])('are refused: %s', (_, pointers, count) => {
    expect(pointerProblems(source, pointers, '/p')).toHaveLength(count);
  });

  it('select with the identity of what they stand in', () => {
    expect(pointerProblems(source, ['/list/1/c', '/list/0/a', '/1st', '/n'], '/p')).toEqual([]);
    expect(selectByPointers(source, ['/list/1/c', '/list/0/a', '/1st'], { lenient: false })).toEqual({
      '@context': V2,
      type: ['A'],
      '1st': 'x',
      list: [{ id: 'urn:x:1', a: 1 }, { c: 3 }],
    });
    expect(selectByPointers(source, [], { lenient: false })).toBeNull();
    expect(selectByPointers(source, ['/missing'], { lenient: false })).toBeUndefined();
  });

  it('of a list of one find its item after compaction', async () => {
    const one = { ...document, credentialSubject: { id: 'urn:x:s', degree: [{ name: 'BA', level: 1 }] } };
    const answer = await canonizer.select(one, [['/credentialSubject/degree/0/level']]);
    expect(answer).toHaveProperty('selections');
    expect(await canonizer.select(one, [['/nothing']])).toEqual({ problem: 'pointerNotFound' });
  });
});
