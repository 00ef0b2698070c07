import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUrl } from '../../src/credentials/dataModel.js';

/** What the data model calls a URL: written without blanks and brackets, and parsed by the URL Standard. */
function isWrittenAndParsed(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/.test(text) && URL.canParse(text);
}

const scheme = fc.constantFrom('https:', 'http:', 'did:', 'urn:', 'HTTPS:', 'x:');
const slashes = fc.constantFrom('//', '/', '', '///');
// ASCII only: of others in a host Node 20's `URL.canParse` says one thing before it is compiled and another after.
const label = fc.oneof(
  fc.stringMatching(/^[a-z0-9-]{0,70}$/),
  fc.constantFrom(
    'xn--',
    'xn--a',
    'xn--80ak6aa92e',
    '1',
    '256',
    '0x1',
    '0xg',
    'a--b',
    '-a',
    'a-',
    'ab--cd',
    '%41',
  ),
);
const host = fc.array(label, { maxLength: 5 }).map((labels) => labels.join('.'));
const port = fc.constantFrom('', ':', ':1', ':99999', '@', ':a@b.c', '[', ']');
const rest = fc.oneof(
  fc.constantFrom('', '/', '?', '#', '/%', '/%zz', '#a#b', '/..//..'),
  fc.string({ unit: fc.constantFrom(...'aZ09-._~:/?#[]@!$&\'()*+,;=%"<>\\^`{|} \t\u0000\ud800') }),
);

describe('a URL of the data model', () => {
  it('is what is written like one and can be parsed, whatever its host, port and path', () => {
    const parts = fc.tuple(scheme, slashes, host, port, rest);
    fc.assert(
      fc.property(parts, (text) => {
        const url = text.join('');
        expect([url, isUrl(url)]).toEqual([url, isWrittenAndParsed(url)]);
      }),
      { numRuns: 5_000 },
    );
  });

  it('may be of any length', () => {
    for (const url of [
      `https://${'a'.repeat(300)}.example/`,
      `https://a.${'b'.repeat(70)}`,
      `did:x:${'a'.repeat(9_000)}`,
    ]) {
      expect([url, isUrl(url)]).toEqual([url, isWrittenAndParsed(url)]);
    }
  });
});

it('says the same of a host beyond ASCII, however often it was asked', () => {
  const answers = new Set<boolean>();
  for (let n = 0; n < 20_000; n += 1) answers.add(isUrl('https://é'));
  expect([...answers]).toEqual([true]);
});
