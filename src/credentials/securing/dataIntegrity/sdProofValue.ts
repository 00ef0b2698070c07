import { decodeCbor, encodeCbor, type CborValue } from './cbor.js';
import { decodeBase64urlMultibase, encodeBase64urlMultibase } from './multibase.js';

/** The two forms of `proofValue` in ecdsa-sd-2023 (Data Integrity ECDSA Cryptosuites 1.0 §3.5.2, §3.5.3, §3.5.6, §3.5.7). */

export interface BaseProofValue {
  readonly baseSignature: Uint8Array;
  /** Multikey bytes of the P-256 key that signed the statements, made for this one proof. */
  readonly publicKey: Uint8Array;
  readonly hmacKey: Uint8Array;
  /** One for each statement that is not mandatory, in the order of the statements. */
  readonly signatures: readonly Uint8Array[];
  readonly mandatoryPointers: readonly string[];
}

export interface DerivedProofValue {
  readonly baseSignature: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly signatures: readonly Uint8Array[];
  /** Number of a canonical blank node label (`c14n<number>`) → HMAC. */
  readonly labelMap: ReadonlyMap<number, Uint8Array>;
  readonly mandatoryIndexes: readonly number[];
}

const BASE_HEADER = [0xd9, 0x5d, 0x00] as const;
const DERIVED_HEADER = [0xd9, 0x5d, 0x01] as const;
const SIGNATURE_BYTES = 64;
const PUBLIC_KEY_BYTES = 35;
export const HMAC_BYTES = 32;

export function encodeBaseProofValue(value: BaseProofValue): string {
  const { baseSignature, publicKey, hmacKey, signatures, mandatoryPointers } = value;
  return encode(BASE_HEADER, [baseSignature, publicKey, hmacKey, signatures, mandatoryPointers]);
}

export function encodeDerivedProofValue(value: DerivedProofValue): string {
  const { baseSignature, publicKey, signatures, labelMap, mandatoryIndexes } = value;
  return encode(DERIVED_HEADER, [baseSignature, publicKey, signatures, labelMap, mandatoryIndexes]);
}

export function isBaseProofValue(proofValue: string): boolean {
  const bytes = decodeBase64urlMultibase(proofValue);
  return bytes !== undefined && startsWith(bytes, BASE_HEADER);
}

/** `undefined` for anything but the exact form. */
export function decodeBaseProofValue(proofValue: string): BaseProofValue | undefined {
  const [baseSignature, publicKey, hmacKey, signatures, mandatoryPointers] = decode(BASE_HEADER, proofValue);
  if (!isBytes(baseSignature, SIGNATURE_BYTES) || !isBytes(publicKey, PUBLIC_KEY_BYTES)) return undefined;
  if (!isBytes(hmacKey, HMAC_BYTES) || !isSignatures(signatures)) return undefined;
  if (!isListOf(mandatoryPointers, (pointer) => typeof pointer === 'string')) return undefined;
  return { baseSignature, publicKey, hmacKey, signatures, mandatoryPointers };
}

/** `undefined` for anything but the exact form; labels that are given to two nodes and indexes that come twice are none. */
export function decodeDerivedProofValue(proofValue: string): DerivedProofValue | undefined {
  const [baseSignature, publicKey, signatures, labelMap, mandatoryIndexes] = decode(
    DERIVED_HEADER,
    proofValue,
  );
  if (!isBytes(baseSignature, SIGNATURE_BYTES) || !isBytes(publicKey, PUBLIC_KEY_BYTES)) return undefined;
  if (!isSignatures(signatures) || !isLabelMap(labelMap)) return undefined;
  if (!isListOf(mandatoryIndexes, (index) => typeof index === 'number')) return undefined;
  if (new Set(mandatoryIndexes).size !== mandatoryIndexes.length) return undefined;
  return { baseSignature, publicKey, signatures, labelMap, mandatoryIndexes };
}

function encode(header: readonly number[], components: readonly CborValue[]): string {
  return encodeBase64urlMultibase(Buffer.concat([Uint8Array.from(header), encodeCbor(components)]));
}

function decode(header: readonly number[], proofValue: string): readonly CborValue[] {
  const bytes = decodeBase64urlMultibase(proofValue);
  if (!bytes || !startsWith(bytes, header)) return [];
  const components = decodeCbor(bytes.subarray(header.length));
  return Array.isArray(components) && components.length === 5 ? (components as readonly CborValue[]) : [];
}

function startsWith(bytes: Uint8Array, header: readonly number[]): boolean {
  return header.every((byte, index) => bytes[index] === byte);
}

function isBytes(value: CborValue | undefined, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length;
}

function isListOf<T extends CborValue>(
  value: CborValue | undefined,
  isItem: (item: CborValue) => item is T,
): value is readonly T[] {
  return Array.isArray(value) && (value as readonly CborValue[]).every(isItem);
}

function isSignatures(value: CborValue | undefined): value is readonly Uint8Array[] {
  return isListOf(value, (signature) => isBytes(signature, SIGNATURE_BYTES));
}

function isLabelMap(value: CborValue | undefined): value is ReadonlyMap<number, Uint8Array> {
  if (!(value instanceof Map)) return false;
  const labels = [...(value as ReadonlyMap<number, CborValue>).values()];
  if (!labels.every((label) => isBytes(label, HMAC_BYTES))) return false;
  return new Set(labels.map((label) => Buffer.from(label).toString('hex'))).size === labels.length;
}
