import { createHash } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Transform } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHUNK_BYTES,
  ChunkedCipherError,
  decryptStream,
  encryptStream,
} from '../../src/adapters/chunkedCipher.js';
import { runs } from '../support/properties.js';

const KEY = createHash('sha256').update('chunked cipher test key').digest();
const AAD = 'evidence:01890a5d-ac96-774b-bcce-b302099a8057';
const HEADER = 8;
const SEALED_CHUNK = CHUNK_BYTES + 16;

/** Bytes that differ from place to place, so that a wrong order shows. */
function buildPlaintext(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) bytes[at] = (at * 31 + (at >> 8) * 17 + (at >> 16)) & 0xff;
  return bytes;
}

/** Cuts into pieces of the given sizes, taken in turns. */
function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function run(input: Iterable<Buffer>, cipher: Transform): Promise<{ output: Buffer; error?: unknown }> {
  const parts: Buffer[] = [];
  const sink = new Writable({
    write(part: Buffer, _encoding, callback) {
      parts.push(part);
      callback();
    },
  });
  try {
    await pipeline(Readable.from(input), cipher, sink);
    return { output: Buffer.concat(parts) };
  } catch (error) {
    return { output: Buffer.concat(parts), error };
  }
}

async function encrypt(plaintext: Buffer, sizes = [50_000], aad = AAD, key = KEY): Promise<Buffer> {
  return (await run(cut(plaintext, sizes), encryptStream(key, aad))).output;
}

async function decrypt(sealed: Buffer, sizes = [50_000], aad = AAD, key = KEY) {
  return await run(cut(sealed, sizes), decryptStream(key, aad));
}

/** Refused, and what came out before is an unaltered beginning of the plaintext. */
async function expectRefused(sealed: Buffer, plaintext: Buffer): Promise<void> {
  const { output, error } = await decrypt(sealed);
  expect(error).toBeInstanceOf(ChunkedCipherError);
  expect(plaintext.subarray(0, output.length).equals(output)).toBe(true);
}

describe('an encrypted stream', () => {
  it('decrypts to its plaintext, however both are cut into pieces (property)', async () => {
    const around = [0, 1, 2].flatMap((n) => [n * CHUNK_BYTES - 1, n * CHUNK_BYTES, n * CHUNK_BYTES + 1]);
    const length = fc.oneof(
      fc.constantFrom(...around.filter((n) => n >= 0)),
      fc.nat({ max: 3 * CHUNK_BYTES }),
    );
    const sizes = fc.array(
      fc.oneof(fc.integer({ min: 500, max: 200_000 }), fc.constant(SEALED_CHUNK), fc.constant(HEADER)),
      { minLength: 1, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(length, sizes, sizes, async (bytes, plainSizes, sealedSizes) => {
        const plaintext = buildPlaintext(bytes);
        const { output, error } = await decrypt(await encrypt(plaintext, plainSizes), sealedSizes);
        expect(error).toBeUndefined();
        expect(output.equals(plaintext)).toBe(true);
      }),
      runs(60),
    );
  });

  it('decrypts when it arrives byte by byte', async () => {
    const plaintext = buildPlaintext(300);
    const { output } = await decrypt(await encrypt(plaintext, [1]), [1]);
    expect(output.equals(plaintext)).toBe(true);
  });

  it.each([
    [0, 1],
    [1, 1],
    [CHUNK_BYTES, 1],
    [CHUNK_BYTES + 1, 2],
    [2 * CHUNK_BYTES, 2],
  ])('of %i bytes has %i chunks', async (length, chunks) => {
    expect(await encrypt(buildPlaintext(length))).toHaveLength(HEADER + length + 16 * chunks);
  });

  it('differs each time', async () => {
    const plaintext = buildPlaintext(100);
    expect((await encrypt(plaintext)).equals(await encrypt(plaintext))).toBe(false);
  });

  it('is not decrypted for another blob', async () => {
    const { error } = await decrypt(await encrypt(buildPlaintext(100)), [100], 'evidence:another');
    expect(error).toBeInstanceOf(ChunkedCipherError);
  });

  it('is not decrypted with another key', async () => {
    const { error } = await decrypt(await encrypt(buildPlaintext(100)), [100], AAD, Buffer.alloc(32, 7));
    expect(error).toBeInstanceOf(ChunkedCipherError);
  });

  it('is decrypted although the callers zero their keys at once', async () => {
    const encryptionKey = Buffer.from(KEY);
    const encryption = encryptStream(encryptionKey, AAD);
    encryptionKey.fill(0);
    const { output: sealed } = await run([Buffer.from('text')], encryption);
    expect((await decrypt(sealed)).output.toString()).toBe('text');
  });

  it.each([0, 31, 33])('is not made with a key of %i bytes', (length) => {
    expect(() => encryptStream(Buffer.alloc(length), AAD)).toThrow(TypeError);
  });

  it('is not made without associated data', () => {
    expect(() => encryptStream(KEY, '')).toThrow(TypeError);
  });
});

describe('a tampered stream', () => {
  const plaintext = buildPlaintext(3 * CHUNK_BYTES + 1000);

  it('is refused when cut anywhere (property)', async () => {
    const sealed = await encrypt(plaintext);
    const edges = [0, 1, HEADER, HEADER + 16, HEADER + SEALED_CHUNK, HEADER + 3 * SEALED_CHUNK];
    const lengths = fc.oneof(fc.constantFrom(...edges), fc.nat({ max: sealed.length - 1 }));
    await fc.assert(
      fc.asyncProperty(lengths, (length) => expectRefused(sealed.subarray(0, length), plaintext)),
      runs(60),
    );
  });

  it('is refused with any one bit changed (property)', async () => {
    const sealed = await encrypt(plaintext);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: sealed.length - 1 }), fc.nat({ max: 7 }), async (index, bit) => {
        const altered = Buffer.from(sealed);
        altered[index] = (altered[index] ?? 0) ^ (1 << bit);
        await expectRefused(altered, plaintext);
      }),
      runs(60),
    );
  });

  it('is refused with any byte of its header changed', async () => {
    const sealed = await encrypt(plaintext);
    for (let index = 0; index < HEADER; index += 1) {
      const altered = Buffer.from(sealed);
      altered[index] = (altered[index] ?? 0) ^ 0xff;
      const { output, error } = await decrypt(altered);
      expect(error).toBeInstanceOf(ChunkedCipherError);
      expect(output).toHaveLength(0);
    }
  });

  const chunk = (sealed: Buffer, number: number): Buffer =>
    sealed.subarray(HEADER + number * SEALED_CHUNK, HEADER + (number + 1) * SEALED_CHUNK);
  const arrange = (sealed: Buffer, order: readonly number[]): Buffer =>
    Buffer.concat([sealed.subarray(0, HEADER), ...order.map((number) => chunk(sealed, number))]);

  it.each([
    ['two chunks swapped', [1, 0, 2, 3]],
    ['a chunk left out', [0, 2, 3]],
    ['the last chunk left out', [0, 1, 2]],
    ['a chunk repeated', [0, 1, 1, 2, 3]],
    ['the last chunk repeated', [0, 1, 2, 3, 3]],
    ['the last chunk alone', [3]],
  ])('is refused with %s', async (_what, order) => {
    await expectRefused(arrange(await encrypt(plaintext), order), plaintext);
  });

  it('is refused when it ends, or goes on, where a full chunk was the last one', async () => {
    const even = buildPlaintext(2 * CHUNK_BYTES);
    const sealed = await encrypt(even);
    expect(sealed).toHaveLength(HEADER + 2 * SEALED_CHUNK);
    await expectRefused(sealed.subarray(0, HEADER + SEALED_CHUNK), even);
    const empty = await encrypt(Buffer.alloc(0));
    await expectRefused(Buffer.concat([sealed, empty.subarray(HEADER)]), even);
    await expectRefused(Buffer.concat([sealed, chunk(sealed, 1)]), even);
  });

  it('is refused with a byte added', async () => {
    await expectRefused(Buffer.concat([await encrypt(plaintext), Buffer.of(0)]), plaintext);
  });

  it('is refused with another stream of the same key and blob appended', async () => {
    const sealed = await encrypt(plaintext);
    await expectRefused(Buffer.concat([sealed, sealed.subarray(HEADER)]), plaintext);
  });

  it('is refused with a chunk of another stream of the same key and blob', async () => {
    const [ours, theirs] = [await encrypt(plaintext), await encrypt(plaintext)];
    const mixed = Buffer.concat([ours.subarray(0, HEADER), chunk(theirs, 0), chunk(ours, 1)]);
    await expectRefused(mixed, plaintext);
  });
});
