import { hash } from 'node:crypto';
import { encodeBase64url, readBase64url } from '../../encoding/base64url.js';
import { parseStrictJson } from '../../../kernel/strictJson.js';

/**
 * A Disclosure (RFC 9901 §4.2): salt, name and value of an object's member, or salt and value of an array's element. What counts is its
 * encoded text, since the digest is taken over that and not over the JSON in it.
 */
export interface Disclosure {
  /** base64url of the JSON array. */
  readonly encoded: string;
  /** base64url of the hash of `encoded` (§4.2.3). */
  readonly digest: string;
  /** `undefined`: of an array's element. */
  readonly name: string | undefined;
  readonly value: unknown;
}

/** `_sd_alg` (§4.1.1) in the names of the IANA registry, and what node:crypto calls them. */
const HASHES = { 'sha-256': 'sha256', 'sha-384': 'sha384', 'sha-512': 'sha512' } as const;
export type DisclosureHash = keyof typeof HASHES;

/** Holds where there is no `_sd_alg`; the only one that is used for issuing. */
export const DEFAULT_HASH: DisclosureHash = 'sha-256';

/** Member names that mean something to SD-JWT itself and can never be a claim's. */
export const SD_MEMBERS = { digests: '_sd', element: '...', hash: '_sd_alg' } as const;
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(Object.values(SD_MEMBERS));

export function isSdMember(name: string): boolean {
  return FORBIDDEN_NAMES.has(name);
}

/** `undefined`: a value that names no hash of the list, or is not text. */
export function readHashName(value: unknown): DisclosureHash | undefined {
  if (value === undefined) return DEFAULT_HASH;
  return typeof value === 'string' && Object.hasOwn(HASHES, value) ? (value as DisclosureHash) : undefined;
}

/** base64url of the digest of ASCII text, as it stands in `_sd`, `...` and `sd_hash`. */
export function digestOf(text: string, algorithm: DisclosureHash): string {
  return hash(HASHES[algorithm], text, 'base64url');
}

/** `salt`: at least 128 random bits, never used twice (§9.3). */
export function createDisclosure(salt: Uint8Array, name: string | undefined, value: unknown): Disclosure {
  const parts = name === undefined ? [value] : [name, value];
  const encoded = encodeBase64url(JSON.stringify([encodeBase64url(salt), ...parts]));
  return { encoded, digest: digestOf(encoded, DEFAULT_HASH), name, value };
}

/**
 * `undefined` for what is not canonical base64url of strict JSON, an array of two or three, with a text as salt, and of three a text as
 * name that is not SD-JWT's own (§7.1 step 3.3.2). Whether the digest stands where two or three are called for is not yet checked.
 */
export function parseDisclosure(encoded: string, algorithm: DisclosureHash): Disclosure | undefined {
  const content = readBase64url(encoded, parseStrictJson)?.value;
  if (!Array.isArray(content) || (content.length !== 2 && content.length !== 3)) return undefined;
  const [salt, name] = content as readonly unknown[];
  if (typeof salt !== 'string') return undefined;
  const digest = digestOf(encoded, algorithm);
  if (content.length === 2) return { encoded, digest, name: undefined, value: name };
  if (typeof name !== 'string' || isSdMember(name)) return undefined;
  return { encoded, digest, name, value: content[2] as unknown };
}
