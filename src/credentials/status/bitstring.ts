import { gunzipSync, gzipSync } from 'node:zlib';
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js';

/**
 * The bitstring of Bitstring Status List v1.0 (§3.3, §3.4): one bit an entry, index 0 the left-most bit of the first byte. At least
 * 131,072 entries, so that an index hides among many.
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
  if (!Number.isSafeInteger(index) || index < 0) return undefined;
  const byte = bits[Math.floor(index / 8)];
  return byte === undefined ? undefined : (byte & mask(index)) !== 0;
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

/** Never throws: `undefined` for another encoding, broken GZIP, fewer than 131,072 entries or more than 16,777,216. */
export function decodeBitstring(encodedList: unknown): Bitstring | undefined {
  if (typeof encodedList !== 'string' || !encodedList.startsWith('u')) return undefined;
  const compressed = decodeBase64url(encodedList.slice(1));
  if (!compressed) return undefined;
  try {
    const bits = gunzipSync(compressed, { maxOutputLength: MAX_BITSTRING_BYTES });
    return bits.length * 8 >= MINIMUM_ENTRIES ? bits : undefined;
  } catch {
    return undefined;
  }
}

function mask(index: number): number {
  return 0x80 >> (index % 8);
}
