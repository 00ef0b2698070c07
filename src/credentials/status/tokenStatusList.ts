import { deflateSync, inflateSync } from 'node:zlib';
import { isUrl } from '../dataModel.js';
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js';
import { isJsonObject } from '../../kernel/strictJson.js';

/**
 * The list of a Token Status List (IETF, draft-ietf-oauth-status-list §4; read: -18 from §4 to §9, and of -21, which the RFC editor has, §5.1 and
 * §6.2, where nothing differs): 1, 2, 4 or 8 bits an entry, packed into bytes from the least
 * significant bit on (the other way round than in a Bitstring Status List), compressed as ZLIB (RFC 1950).
 */
export interface TokenStatusList {
  readonly bits: StatusBits;
  readonly bytes: Uint8Array;
}

export const STATUS_BITS = [1, 2, 4, 8] as const;
export type StatusBits = (typeof STATUS_BITS)[number];

/** §7.1. Other values are the application's (0x03, 0x0C to 0x0F) or not yet defined, and never mean "valid". */
export const STATUS_TYPES = { VALID: 0x00, INVALID: 0x01, SUSPENDED: 0x02 } as const;

/** 16 million entries of two bits; inflating it takes milliseconds. A bomb stops here, whatever it claims to hold. */
export const MAX_STATUS_LIST_BYTES = 4 * 1024 * 1024;

/** All zero: everything valid. @throws RangeError for no entries, or more than 4 MB of them */
export function createTokenStatusList(bits: StatusBits, entries: number): TokenStatusList {
  const bytes = Math.ceil((entries * bits) / 8);
  if (!Number.isSafeInteger(entries) || entries < 1 || bytes > MAX_STATUS_LIST_BYTES) {
    throw new RangeError('a token status list has at least one entry and at most 4 MB');
  }
  return { bits, bytes: new Uint8Array(bytes) };
}

/** `undefined` outside the list: an index that the list does not have says nothing about a token (§8.3). */
export function readStatus({ bits, bytes }: TokenStatusList, index: number): number | undefined {
  if (!Number.isSafeInteger(index) || index < 0) return undefined;
  const perByte = 8 / bits;
  const byte = bytes[Math.floor(index / perByte)];
  return byte === undefined ? undefined : (byte >> shiftOf(index, bits)) & maskOf(bits);
}

/** @throws RangeError outside the list, or for a value that its bits cannot hold */
export function setStatus(list: TokenStatusList, index: number, value: number): void {
  const { bits, bytes } = list;
  if (readStatus(list, index) === undefined) throw new RangeError('no such entry in the status list');
  if (!Number.isInteger(value) || value < 0 || value > maskOf(bits)) {
    throw new RangeError(`${bits} bits cannot hold this status`);
  }
  const at = Math.floor((index * bits) / 8);
  const shift = shiftOf(index, bits);
  bytes[at] = ((bytes[at] ?? 0) & ~(maskOf(bits) << shift)) | (value << shift);
}

/** The `status_list` member of a status list token (§4.2). */
export function encodeTokenStatusList({ bits, bytes }: TokenStatusList) {
  return { bits, lst: encodeBase64url(deflateSync(bytes, { level: 9 })) };
}

/**
 * Never throws: `undefined` for another number of bits, an encoding that is not canonical, broken ZLIB, anything after its end, nothing
 * in it or more than 4 MB, an `aggregation_uri` (§9) that is no URI. It is not followed, and other members are not looked at.
 */
export function decodeTokenStatusList(statusList: unknown): TokenStatusList | undefined {
  if (!isJsonObject(statusList)) return undefined;
  const { lst, aggregation_uri: aggregationUri } = statusList;
  if (aggregationUri !== undefined && !isUrl(aggregationUri)) return undefined;
  const bits = STATUS_BITS.find((known) => known === statusList['bits']);
  const compressed = typeof lst === 'string' ? decodeBase64url(lst) : undefined;
  const bytes = compressed && inflateWhole(compressed);
  return bits && bytes && bytes.length > 0 ? { bits, bytes } : undefined;
}

function inflateWhole(compressed: Buffer): Uint8Array | undefined {
  try {
    // With `info` it answers with the engine as well, which its types leave out.
    const { buffer, engine } = inflateSync(compressed, {
      info: true,
      maxOutputLength: MAX_STATUS_LIST_BYTES,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    return engine.bytesWritten === compressed.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}

function shiftOf(index: number, bits: StatusBits): number {
  return (index % (8 / bits)) * bits;
}

function maskOf(bits: StatusBits): number {
  return (1 << bits) - 1;
}
