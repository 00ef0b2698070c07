import { canonicalJson } from '../../kernel/canonicalJson.js';
import { addSeconds } from '../../kernel/instants.js';
import type { Signer, SigningKey } from '../../kernel/ports.js';
import { isUrl } from '../dataModel.js';
import type { VerificationKey } from '../keys.js';
import {
  parseCompactJws,
  signCompactJws,
  verifyJwsSignature,
  type JwsProblem,
  type JwsProfile,
  type ParsedJws,
} from '../securing/jws.js';
import { readJwtClaims, type JwtClaims } from '../securing/jwtClaims.js';
import { decodeTokenStatusList, encodeTokenStatusList, type TokenStatusList } from './tokenStatusList.js';

/** `application/statuslist+jwt`: a signed Token Status List (draft-ietf-oauth-status-list-21 §5.1, read for this). A list of ours has one issuer. */
const FORMAT = 'statuslist+jwt';

/** Room for 4 MB that do not compress, base64url twice. */
const PROFILE: JwsProfile = { typ: FORMAT, maxLength: 8_000_000 };

/** What counts where a list states no `ttl`; here also the most that a list can ask for, as with bitstring lists. */
const DEFAULT_TTL_SECONDS = 300;

export interface StatusListTokenParts {
  /** Where it is published, and what the tokens name as `uri`. */
  readonly uri: string;
  /** Not required by the specification: the same as in the tokens that refer to it. */
  readonly iss: string;
  readonly list: TokenStatusList;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** How long a verifier may keep it. */
  readonly ttlSeconds: number;
}

const preparedBrand: unique symbol = Symbol('prepared status list token');

/** What only `prepareStatusListToken` makes. */
export interface PreparedStatusListToken {
  readonly [preparedBrand]: true;
  readonly payload: string;
}

export interface ParsedStatusListToken extends ParsedJws {
  readonly sub: string;
  readonly claims: JwtClaims;
  readonly ttlSeconds: number | undefined;
  /** Not decoded: nobody's list is inflated before it is known whose it is. */
  readonly statusList: unknown;
}

/** A list whose signature was verified, decoded once so that reading a status costs nothing. */
export interface DecodedStatusListToken {
  readonly uri: string;
  readonly list: TokenStatusList;
  /** How long it may be kept, as far as we let it say that. */
  readonly ttlSeconds: number;
  /** After this instant it must be fetched again: the earlier of its expiry and the end of its time to live (§13.7). */
  readonly usableUntil: Date;
}

/** @throws RangeError for an expiry that does not lie after the issuance, or a time to live that is not positive */
export function prepareStatusListToken(parts: StatusListTokenParts): PreparedStatusListToken {
  const { uri, iss, list, issuedAt, expiresAt, ttlSeconds } = parts;
  if (expiresAt <= issuedAt) throw new RangeError('a status list expires after it is issued');
  if (!(ttlSeconds > 0)) throw new RangeError('a time to live is positive');
  const payload = canonicalJson({
    sub: uri,
    iss,
    iat: Math.floor(issuedAt.getTime() / 1000),
    exp: Math.floor(expiresAt.getTime() / 1000),
    ttl: ttlSeconds,
    status_list: encodeTokenStatusList(list),
  });
  return Object.freeze({ [preparedBrand]: true as const, payload });
}

export async function signStatusListToken(
  prepared: PreparedStatusListToken,
  key: SigningKey,
  signer: Signer,
): Promise<string> {
  return signCompactJws({ typ: FORMAT }, prepared.payload, key, signer);
}

/**
 * Reads a token; never throws. Not yet checked: the signature, that `sub` is where it was found, that its issuer is the one of the
 * token that refers to it, whether it is current, and the list itself.
 */
export function parseStatusListToken(
  token: unknown,
): ParsedStatusListToken | { readonly problem: JwsProblem } {
  const jws = parseCompactJws(token, PROFILE);
  if ('problem' in jws) return jws;
  const { ttl, status_list: statusList } = jws.payload;
  const claims = readJwtClaims(jws.payload);
  const isTtl = ttl === undefined || (typeof ttl === 'number' && ttl > 0);
  // §5.1: `sub`, `iat` and `status_list` are required.
  if (claims?.iat === undefined || !isUrl(claims.sub) || statusList === undefined || !isTtl) {
    return { problem: 'malformed' };
  }
  return { ...jws, sub: claims.sub, claims, ttlSeconds: ttl, statusList };
}

export function verifyStatusListTokenSignature(parsed: ParsedStatusListToken, key: VerificationKey): boolean {
  return verifyJwsSignature(parsed, key);
}

/** Decodes the list of a token that was fetched at `now`; `undefined` where it is not one. */
export function decodeStatusListToken(
  { sub, claims, ttlSeconds: stated = DEFAULT_TTL_SECONDS, statusList }: ParsedStatusListToken,
  now: Date,
): DecodedStatusListToken | undefined {
  const list = decodeTokenStatusList(statusList);
  if (!list) return undefined;
  const ttlSeconds = Math.min(stated, DEFAULT_TTL_SECONDS);
  const cachedUntil = addSeconds(now, ttlSeconds);
  const expiresAt = claims.exp === undefined ? cachedUntil : new Date(claims.exp * 1000);
  return { uri: sub, list, ttlSeconds, usableUntil: expiresAt < cachedUntil ? expiresAt : cachedUntil };
}
