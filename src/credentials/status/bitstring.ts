import { gunzipSync, gzipSync } from 'node:zlib';
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js';

/**
 * The bitstring of Bitstring Status List v1.0 (W3C Recommendation of 15 May 2025, read for this; §2.2, §3.3, §3.4): index 0 is the left-most
 * bit of the first byte. At least 131,072 entries, so that an index hides among many. Lists of ours have one bit an entry; an entry of a
 * foreign one may have more.
 */
export const MINIMUM_ENTRIES = 131_072;

/** 16 million entries, 128 times the minimum; inflating it takes milliseconds. A bomb stops here, whatever it claims to hold. */
export const MAX_BITSTRING_BYTES = 2 * 1024 * 1024;

export type Bitstring = Uint8Array;

/** All zero: nothing revoked. */
export function createBitstring(entries = MINIMUM_ENTRIES): Bitstring {
  if (entries < MINIMUM_ENTRIES || entries % 8 !== 0 || entries / 8 > MAX_BITSTRING_BYTES) {
    throw new RangeError('a bitstring has 131,072 to 16,777,216 entries, a multiple of 8');
  }
  return new Uint8Array(entries / 8);
}

/** `undefined` outside the list: an index that the list does not have says nothing about a credential. */
export function readBit(bits: Bitstring, index: number): boolean | undefined {
  if (!isPosition(index)) return undefined;
  const byte = bits[Math.floor(index / 8)];
  return byte === undefined ? undefined : (byte & mask(index)) !== 0;
}

/**
 * The value of an entry of `size` bits, which begins at `index` times `size` (§3.2 step 10); its left-most bit counts most. `undefined` unless
 * the whole entry is in the list.
 */
export function readStatusValue(bits: Bitstring, index: number, size: number): number | undefined {
  if (!isPosition(index) || !isStatusSize(size)) return undefined;
  const start = index * size;
  if (start + size > bits.length * 8) return undefined;
  let value = 0;
  for (let at = start; at < start + size; at++) value = value * 2 + Number(readBit(bits, at));
  return value;
}

/** §2.1: "an integer greater than zero"; no list could hold, and no entry describe, the values of more than 32 bits. */
export function isStatusSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 32;
}

/** @throws RangeError outside the list */
export function setBit(bits: Bitstring, index: number, value: boolean): void {
  if (readBit(bits, index) === undefined) throw new RangeError('no such entry in the status list');
  const at = Math.floor(index / 8);
  const byte = bits[at] ?? 0;
  bits[at] = value ? byte | mask(index) : byte & ~mask(index);
}

/** GZIP (RFC 1952), then base64url as multibase (`u…`). */
export function encodeBitstring(bits: Bitstring): string {
  return `u${encodeBase64url(gzipSync(bits))}`;
}

/**
 * Never throws: `undefined` for another encoding, broken GZIP, anything after its end, less than 16 KB ("The uncompressed bitstring MUST be at
 * least 16KB") or more than 2 MB.
 */
export function decodeBitstring(encodedList: unknown): Bitstring | undefined {
  if (typeof encodedList !== 'string' || !encodedList.startsWith('u')) return undefined;
  const compressed = decodeBase64url(encodedList.slice(1));
  if (!compressed) return undefined;
  try {
    // With `info` it answers with the engine as well, which its types leave out.
    const { buffer, engine } = gunzipSync(compressed, {
      info: true,
      maxOutputLength: MAX_BITSTRING_BYTES,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    const isWhole = engine.bytesWritten === compressed.length;
    return isWhole && buffer.length * 8 >= MINIMUM_ENTRIES ? buffer : undefined;
  } catch {
    return undefined;
  }
}

function isPosition(index: number): boolean {
  return Number.isSafeInteger(index) && index >= 0;
}

function mask(index: number): number {
  return 0x80 >> (index % 8);
}
