import { createHash, verify } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Signer, SigningKey } from '../../kernel/ports.js';
import { decodeBase64url, encodeBase64url, readBase64url } from '../encoding/base64url.js';
import { lendBytes } from '../encoding/lentBytes.js';
import { isJsonObject, parseStrictJson } from '../../kernel/strictJson.js';
import type { AnyVerificationKey, JoseAlgorithm, VerificationKey } from '../keys.js';

/**
 * JSON Web Signature, compact serialisation (RFC 7515 §7.1), as far as VC-JOSE-COSE needs it. Reading is strict: one token has
 * one spelling and one meaning. A key never comes out of a token (`jwk`, `jku`, `x5c`, `x5u` are not looked at).
 */
export interface ParsedJws<Algorithm extends string = JoseAlgorithm> {
  readonly algorithm: Algorithm;
  /** Absolute or not, a hint until it is found in the issuer's document (VC-JOSE-COSE §4.1.1). */
  readonly kid: string | undefined;
  /** RFC 7519 §5.3: a claim replicated in the header. */
  readonly iss: string | undefined;
  readonly payload: Readonly<Record<string, unknown>>;
  /** `header.payload`, the text that is signed (RFC 7515 §5.1). */
  readonly signingInput: string;
  readonly signature: Buffer;
}

export type JwsProblem =
  /** Not a compact JWS with JSON object header and payload, not canonical, too large, a member of the wrong type. */
  | 'malformed'
  /** Another kind of token: `typ` or `cty` says so. */
  | 'unsupported'
  /** `crit` (RFC 7515 §4.1.11) or `b64` (RFC 7797): extensions that this reader would have to understand. */
  | 'criticalHeader'
  /** `none`, a symmetric algorithm, or one that is not on the list. */
  | 'algorithmNotAllowed';

export interface JwsProfile {
  readonly typ: string;
  /** For the one kind of token whose specification lets it be left out. One that is there has to be right. */
  readonly mayLackTyp?: true;
  /** Absent: a token of this kind has no `cty`, and one that brings it is another kind. */
  readonly cty?: string;
  /** Characters. */
  readonly maxLength: number;
}

/** RFC 7518 §3.4 and RFC 8037 §3.1; the digest that node:crypto hashes with, `null` where the algorithm does. */
const ALGORITHMS: Readonly<Record<JoseAlgorithm, { digest: string | null; signatureBytes: number }>> = {
  ES256: { digest: 'sha256', signatureBytes: 64 },
  ES384: { digest: 'sha384', signatureBytes: 96 },
  EdDSA: { digest: null, signatureBytes: 64 },
};

const JOSE_ALGORITHMS = Object.keys(ALGORITHMS) as JoseAlgorithm[];

/** Never throws. Checks form only: not the signature, not who signed, not when. */
export function parseCompactJws(token: unknown, profile: JwsProfile): ParsedJws | { problem: JwsProblem } {
  return parseJwsOf(JOSE_ALGORITHMS, token, profile);
}

/** The same for the algorithms that a format takes. */
export function parseJwsOf<Algorithm extends string>(
  algorithms: readonly Algorithm[],
  token: unknown,
  profile: JwsProfile,
): ParsedJws<Algorithm> | { problem: JwsProblem } {
  if (typeof token !== 'string' || token.length > profile.maxLength) return { problem: 'malformed' };
  const parts = token.split('.', 4);
  const [encodedHeader, encodedPayload, encodedSignature] = parts;
  if (parts.length !== 3 || !encodedHeader || !encodedPayload || encodedSignature === undefined) {
    return { problem: 'malformed' };
  }
  const header = readHeader(encodedHeader);
  const signature = decodeBase64url(encodedSignature);
  if (!header || !signature) return { problem: 'malformed' };
  const headerProblem = checkHeader(header, profile, algorithms);
  if (headerProblem) return { problem: headerProblem };
  const payload = decodeObject(encodedPayload);
  if (!payload) return { problem: 'malformed' };
  return {
    algorithm: header['alg'] as Algorithm,
    kid: header['kid'] as string | undefined,
    iss: header['iss'] as string | undefined,
    payload,
    signingInput: token.slice(0, encodedHeader.length + 1 + encodedPayload.length),
    signature,
  };
}

/** False for a key of an algorithm that no format but VC-JWT 1.1 takes. */
export function isUsedByJws(key: AnyVerificationKey): key is VerificationKey {
  return key.algorithm !== 'ES256K';
}

/** The key decides the algorithm; a header that names another one is refused before this by `algorithm` being compared. */
export function verifyJwsSignature(jws: ParsedJws, key: VerificationKey): boolean {
  if (jws.algorithm !== key.algorithm) return false;
  const { digest, signatureBytes } = ALGORITHMS[jws.algorithm];
  if (jws.signature.length !== signatureBytes) return false;
  // base64url and a dot: one byte a character.
  return lendBytes(jws.signingInput, 'latin1', (data) =>
    verify(digest, data, { key: key.keyObject, dsaEncoding: 'ieee-p1363' }, jws.signature),
  );
}

/** @throws TypeError where the signer answers with anything but a raw 64-byte signature */
export async function signCompactJws(
  header: Readonly<Record<string, string>>,
  payload: string,
  key: SigningKey,
  signer: Signer,
): Promise<string> {
  const protectedHeader = { alg: key.algorithm, kid: key.kid, ...header };
  const signingInput = `${encodeBase64url(JSON.stringify(protectedHeader))}.${encodeBase64url(payload)}`;
  const signature = await signer.sign(key, Buffer.from(signingInput, 'latin1'));
  if (signature.length !== ALGORITHMS[key.algorithm].signatureBytes) {
    throw new TypeError(`a raw ${key.algorithm} signature was expected`);
  }
  return `${signingInput}.${encodeBase64url(signature)}`;
}

/**
 * SHA-256 of `header.payload`: the identity of what was signed. The whole token would not do, since anybody can turn an ECDSA
 * signature (r, s) into the equally valid (r, n − s).
 */
export function signingInputDigest({ signingInput }: Pick<ParsedJws, 'signingInput'>): Buffer {
  return createHash('sha256').update(signingInput, 'latin1').digest();
}

interface KeptHeader {
  readonly encoded: string;
  readonly header: Readonly<Record<string, unknown>>;
}

/**
 * An issuer's tokens have the same header, letter for letter: what is in it is kept by its text, so it cannot go stale. Not that it was in
 * order: that depends on the kind of token and is checked every time.
 */
const headers = new LRUCache<string, KeptHeader>({ max: 1_000 });
/** Characters. With `kid` and `iss` a header takes some 300. */
const LONGEST_KEPT_HEADER = 1_000;
/** The one before: comparing two texts takes a tenth of the time that looking one up does. */
let latest: KeptHeader | undefined;

function readHeader(encoded: string): Readonly<Record<string, unknown>> | undefined {
  if (encoded === latest?.encoded) return latest.header;
  if (encoded.length > LONGEST_KEPT_HEADER) return decodeObject(encoded);
  let kept = headers.get(encoded);
  if (!kept) {
    const header = decodeObject(encoded);
    if (!header) return undefined;
    // A copy of the text, since a part of a token would keep the whole of it in memory.
    kept = { encoded: Buffer.from(encoded, 'latin1').toString('latin1'), header: Object.freeze(header) };
    headers.set(kept.encoded, kept);
  }
  latest = kept;
  return kept.header;
}

function checkHeader(
  header: Readonly<Record<string, unknown>>,
  profile: JwsProfile,
  algorithms: readonly string[],
): JwsProblem | undefined {
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return 'criticalHeader';
  const lacksTyp = header['typ'] === undefined && profile.mayLackTyp === true;
  if (!lacksTyp && !isMediaType(header['typ'], profile.typ)) return 'unsupported';
  if (header['cty'] !== undefined && !isMediaType(header['cty'], profile.cty)) return 'unsupported';
  const { alg, kid, iss } = header;
  if (typeof alg !== 'string') return 'malformed';
  if (kid !== undefined && typeof kid !== 'string') return 'malformed';
  if (iss !== undefined && typeof iss !== 'string') return 'malformed';
  return algorithms.includes(alg) ? undefined : 'algorithmNotAllowed';
}

/** RFC 7515 §4.1.9: media types compare without regard to case, and `application/` may be left out. */
function isMediaType(value: unknown, expected: string | undefined): boolean {
  if (typeof value !== 'string') return false;
  return value === expected || value.toLowerCase().replace(/^application\//, '') === expected;
}

function decodeObject(encoded: string): Readonly<Record<string, unknown>> | undefined {
  const value = readBase64url(encoded, parseStrictJson)?.value;
  return isJsonObject(value) ? value : undefined;
}
