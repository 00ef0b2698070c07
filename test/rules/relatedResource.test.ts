import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkDigests } from '../../src/credentials/dataModel.js';
import { encodeBase58 } from '../../src/credentials/encoding/base58.js';

const bytes = Buffer.from('{"terms": "of a resource"}');
const other = Buffer.from('something else');
const sri = (hash: string, data = bytes) => `${hash}-${createHash(hash).update(data).digest('base64')}`;
const CODES: Readonly<Record<string, number>> = { sha256: 0x12, sha384: 0x20, sha512: 0x13 };
const multihash = (hash: string, data = bytes) => {
  const digest = createHash(hash).update(data).digest();
  return Buffer.from([CODES[hash] ?? 0, digest.length, ...digest]);
};
const inBase64url = (hash: Buffer) => `u${hash.toString('base64url')}`;

describe('the digests of a related resource (§5.3)', () => {
  it.each(['sha256', 'sha384', 'sha512'])('match in %s, in every form', (hash) => {
    const both = { digestSRI: sri(hash), digestMultibase: inBase64url(multihash(hash)) };
    expect(checkDigests(bytes, both)).toBe('match');
    expect(checkDigests(bytes, { digestMultibase: `z${encodeBase58(multihash(hash))}` })).toBe('match');
  });

  it.each(['sha256', 'sha384', 'sha512'])('do not match other bytes in %s, in any form', (hash) => {
    expect(checkDigests(other, { digestSRI: sri(hash) })).toBe('mismatch');
    expect(checkDigests(other, { digestMultibase: inBase64url(multihash(hash)) })).toBe('mismatch');
  });

  it.each([
    ['one of two of the same strength', { digestSRI: `${sri('sha384', other)} ${sri('sha384')}` }, 'match'],
    ['only the weaker one', { digestSRI: `${sri('sha256')} ${sri('sha512', other)}` }, 'mismatch'],
    [
      'one form of two',
      { digestSRI: sri('sha256'), digestMultibase: inBase64url(multihash('sha256', other)) },
      'mismatch',
    ],
    ['one in a list', { digestSRI: [sri('sha256'), sri('sha256', other)] }, 'match'],
    ['none', {}, 'unsupported'],
    [
      'one of another function',
      { digestMultibase: inBase64url(Buffer.from([0x1e, 2, 1, 2])) },
      'unsupported',
    ],
    ['one of another form', { digestSRI: 'md5-AAAA' }, 'unsupported'],
    ['a number', { digestSRI: 7 }, 'unsupported'],
    ['a thousand', { digestSRI: Array<string>(1000).fill(sri('sha256')) }, 'unsupported'],
  ])('%s', (_, digests, verdict) => {
    expect(checkDigests(bytes, digests)).toBe(verdict);
  });
});
