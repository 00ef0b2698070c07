import { createHash, timingSafeEqual } from 'node:crypto';
import { appendToken } from '../../kernel/jsonPointer.js';
import { decodeBase58 } from '../encoding/base58.js';
import { decodeBase64url } from '../encoding/base64url.js';
import { eachObject, eachOf, optional, type Check, type JsonObject, type Problem } from './problems.js';
import { isMediaType, urlProblems } from './values.js';

/** §5.3 Integrity of Related Resources: digests of what a credential refers to by URL. */
export interface ResourceDigests {
  /** Hash expressions of Subresource Integrity, separated by blanks, or an array of such texts. */
  readonly digestSRI?: unknown;
  /** Multibase text of a multihash (Controlled Identifiers 1.0 §2.4, §2.5), or an array of such. */
  readonly digestMultibase?: unknown;
}

/** `match`: all forms given agree with the bytes. `unsupported`: none is given, or none in a form that can be computed here. */
export type DigestVerdict = 'match' | 'mismatch' | 'unsupported';

type Sha = 'sha256' | 'sha384' | 'sha512';
interface Digest {
  readonly hash: Sha;
  readonly value: Buffer;
}

const LENGTHS: Readonly<Record<Sha, number>> = { sha256: 32, sha384: 48, sha512: 64 };
/** Weakest first: SRI §3.3.4 uses the strongest that is given. */
const BY_STRENGTH: readonly Sha[] = ['sha256', 'sha384', 'sha512'];
/** Multihash codes, all of one byte. */
const MULTIHASH: ReadonlyMap<number, Sha> = new Map([
  [0x12, 'sha256'],
  [0x13, 'sha512'],
  [0x20, 'sha384'],
]);
const MAX_DIGESTS = 10;
const MAX_DIGEST_LENGTH = 1_000;

/**
 * Compares bytes with the digests that a `relatedResource` or a `credentialSchema` gives for them. Of several in `digestSRI` those of the
 * strongest algorithm count, and one of them must match; where `digestMultibase` stands beside it, both must. Never throws.
 */
export function checkDigests(bytes: Uint8Array, digests: ResourceDigests): DigestVerdict {
  const verdicts: DigestVerdict[] = [];
  if (digests.digestSRI !== undefined) verdicts.push(compare(bytes, strongest(readSri(digests.digestSRI))));
  if (digests.digestMultibase !== undefined) {
    verdicts.push(compare(bytes, strongest(readMultibase(digests.digestMultibase))));
  }
  if (verdicts.length === 0) return 'unsupported';
  if (verdicts.includes('mismatch')) return 'mismatch';
  return verdicts.includes('unsupported') ? 'unsupported' : 'match';
}

/** One or more objects, each with a URL of its own as `id` and at least one digest; `mediaType` may stand beside them. */
export function relatedResourceProblems(value: unknown, pointer: string): Problem[] {
  const seen = new Set<unknown>();
  return eachObject(value, pointer, (entry, at) => {
    const problems = [...urlProblems(entry['id'], appendToken(at, 'id')), ...digestProblems(entry, at)];
    if (seen.has(entry['id'])) problems.push({ pointer: appendToken(at, 'id'), detail: 'must be unique' });
    seen.add(entry['id']);
    const hasDigest = Object.hasOwn(entry, 'digestSRI') || Object.hasOwn(entry, 'digestMultibase');
    if (!hasDigest) problems.push({ pointer: at, detail: 'must have a digestSRI or a digestMultibase' });
    return [
      ...problems,
      ...optional(
        entry,
        'mediaType',
        (type, typeAt) => (isMediaType(type) ? [] : [{ pointer: typeAt, detail: 'must be a media type' }]),
        at,
      ),
    ];
  });
}

/** The form of the digests in an object that has any. */
export function digestProblems(entry: JsonObject, at: string): Problem[] {
  return [
    ...optional(entry, 'digestSRI', sriProblems, at),
    ...optional(entry, 'digestMultibase', multibaseProblems, at),
  ];
}

const sriProblems = eachText(isSri, 'must be hash expressions of Subresource Integrity');
const multibaseProblems = eachText(isMultibase, 'must be a multihash in multibase');

function eachText(isGood: (text: unknown) => boolean, detail: string): Check {
  return (value, pointer) =>
    eachOf(value, pointer, (text, textAt) => (isGood(text) ? [] : [{ pointer: textAt, detail }]));
}

function isSri(text: unknown): boolean {
  return typeof text === 'string' && text.length <= MAX_DIGEST_LENGTH && readSri(text) !== undefined;
}

function isMultibase(text: unknown): boolean {
  return typeof text === 'string' && readMultihash(text) !== undefined;
}

/** `undefined` when any part is malformed: half a list of digests is not what the issuer meant. */
function readSri(value: unknown): readonly Digest[] | undefined {
  const texts = textsOf(value)?.flatMap((text) => text.trim().split(/\s+/));
  const digests = texts?.map(readHashExpression);
  return digests?.every((digest) => digest !== undefined) ? digests : undefined;
}

/** `sha384-` and the digest in base64 (or base64url, as browsers take it), with options after a `?` that mean nothing yet. */
function readHashExpression(text: string): Digest | undefined {
  const match = /^(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(?:\?[\x21-\x7e]*)?$/.exec(text);
  if (!match) return undefined;
  const [, hash, encoded] = match as unknown as [string, Sha, string];
  const value = Buffer.from(encoded, 'base64');
  return value.length === LENGTHS[hash] ? { hash, value } : undefined;
}

function readMultibase(value: unknown): readonly Digest[] | undefined {
  const digests = textsOf(value)?.map(readMultihash);
  if (!digests?.every((digest) => digest !== undefined)) return undefined;
  return digests.filter((digest) => digest !== 'unknown');
}

/** `unknown` for a well-formed multihash of another function. */
function readMultihash(text: string): Digest | 'unknown' | undefined {
  const encoded = text.slice(1);
  const bytes = text.startsWith('z')
    ? decodeBase58(encoded)
    : text.startsWith('u')
      ? decodeBase64url(encoded)
      : undefined;
  if (!bytes || bytes.length < 3) return undefined;
  const hash = MULTIHASH.get(bytes[0] ?? 0);
  if (!hash) return 'unknown';
  const value = Buffer.from(bytes.subarray(2));
  return bytes[1] === LENGTHS[hash] && value.length === LENGTHS[hash] ? { hash, value } : undefined;
}

function textsOf(value: unknown): readonly string[] | undefined {
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (texts.length === 0 || texts.length > MAX_DIGESTS) return undefined;
  return texts.every((text) => typeof text === 'string' && text.length <= MAX_DIGEST_LENGTH)
    ? (texts as readonly string[])
    : undefined;
}

function strongest(digests: readonly Digest[] | undefined): readonly Digest[] | undefined {
  const best = BY_STRENGTH.findLast((hash) => digests?.some((digest) => digest.hash === hash));
  return digests?.filter(({ hash }) => hash === best);
}

function compare(bytes: Uint8Array, digests: readonly Digest[] | undefined): DigestVerdict {
  const [first] = digests ?? [];
  if (!digests || !first) return 'unsupported';
  const actual = createHash(first.hash).update(bytes).digest();
  return digests.some(({ value }) => timingSafeEqual(value, actual)) ? 'match' : 'mismatch';
}
