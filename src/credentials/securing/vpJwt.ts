import { canonicalJson } from '../../kernel/canonicalJson.js';
import type { Signer, SigningKey } from '../../kernel/ports.js';
import { CREDENTIALS_V2_CONTEXT, contextProblems, isUrl, typeProblems } from '../dataModel.js';
import { isJsonObject } from '../encoding/strictJson.js';
import type { VerificationKey } from '../keys.js';
import {
  parseCompactJws,
  signCompactJws,
  verifyJwsSignature,
  type JwsProblem,
  type ParsedJws,
} from './jws.js';
import { hasForbiddenClaim, readJwtClaims, type JwtClaims } from './jwtClaims.js';

/**
 * `application/vp+jwt`: a presentation secured with JOSE (VC-JOSE-COSE §3.1.2). Its credentials are EnvelopedVerifiableCredential
 * objects whose `id` is the secured credential as a `data:` URL (VC Data Model 2.0 §4.12.1).
 */
const FORMAT = 'vp+jwt';
const ENVELOPE_PREFIX = 'data:application/vc+jwt,';

export const MAX_PRESENTED_CREDENTIALS = 20;
export const MAX_VP_JWT_LENGTH = 2_000_000;

export interface PresentationParts {
  /** DID of the presenter, which must be the key's. */
  readonly holder: string;
  /** The party that it is for, named by that party. */
  readonly audience: string;
  /** Chosen by the audience, fresh for every presentation. */
  readonly nonce: string;
  /** Secured credentials, `vc+jwt`. */
  readonly credentials: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

const preparedBrand: unique symbol = Symbol('prepared presentation');

/** What only `prepareVpJwt` makes, as with credentials. */
export interface PreparedVpJwt {
  readonly [preparedBrand]: true;
  readonly holder: string;
  readonly payload: string;
}

export interface ParsedVpJwt extends ParsedJws {
  readonly claims: JwtClaims;
  readonly holder: string | undefined;
  readonly audiences: readonly string[];
  readonly nonce: string | undefined;
  /** Tokens taken out of their envelopes, nothing of them checked. */
  readonly credentials: readonly string[];
}

export type VpJwtProblem = { readonly problem: JwsProblem | 'forbiddenClaim' | 'notAPresentation' };

/** @throws RangeError for no credential, more than twenty, or an expiry that does not lie after the issuance */
export function prepareVpJwt(parts: PresentationParts): PreparedVpJwt {
  const { credentials, holder, issuedAt, expiresAt } = parts;
  if (credentials.length === 0 || credentials.length > MAX_PRESENTED_CREDENTIALS) {
    throw new RangeError(`a presentation holds 1 to ${MAX_PRESENTED_CREDENTIALS} credentials`);
  }
  if (expiresAt <= issuedAt) throw new RangeError('a presentation expires after it is issued');
  const payload = canonicalJson({
    '@context': [CREDENTIALS_V2_CONTEXT],
    type: ['VerifiablePresentation'],
    holder,
    verifiableCredential: credentials.map(envelope),
    aud: parts.audience,
    nonce: parts.nonce,
    iat: Math.floor(issuedAt.getTime() / 1000),
    exp: Math.floor(expiresAt.getTime() / 1000),
  });
  return Object.freeze({ [preparedBrand]: true as const, holder, payload });
}

/** @throws TypeError when the key is not the holder's */
export async function signVpJwt(prepared: PreparedVpJwt, key: SigningKey, signer: Signer): Promise<string> {
  if (key.did !== prepared.holder || !key.kid.startsWith(`${prepared.holder}#`)) {
    throw new TypeError("not the holder's key");
  }
  return signCompactJws({ typ: FORMAT, cty: 'vp' }, prepared.payload, key, signer);
}

/** Reads a token; never throws. Not yet checked: signature, key, holder, audience, nonce, dates, and the credentials inside. */
export function parseVpJwt(token: unknown): ParsedVpJwt | VpJwtProblem {
  const jws = parseCompactJws(token, { typ: FORMAT, cty: 'vp', maxLength: MAX_VP_JWT_LENGTH });
  if ('problem' in jws) return jws;
  const { payload } = jws;
  if (hasForbiddenClaim(payload)) return { problem: 'forbiddenClaim' };
  const claims = readJwtClaims(payload);
  const audiences = readAudiences(payload['aud']);
  const { nonce } = payload;
  if (!claims || !audiences || (nonce !== undefined && typeof nonce !== 'string')) {
    return { problem: 'malformed' };
  }
  const problems = [
    ...contextProblems(payload['@context']),
    ...typeProblems(payload['type'], '/type', 'VerifiablePresentation'),
  ];
  const holder = readHolder(payload['holder']);
  const credentials = readEnvelopes(payload['verifiableCredential']);
  if (problems.length > 0 || !holder || !credentials) return { problem: 'notAPresentation' };
  return { ...jws, claims, holder: holder.id, audiences, nonce, credentials };
}

export function verifyVpJwtSignature(parsed: ParsedVpJwt, key: VerificationKey): boolean {
  return verifyJwsSignature(parsed, key);
}

function envelope(credential: string) {
  return {
    '@context': CREDENTIALS_V2_CONTEXT,
    type: 'EnvelopedVerifiableCredential',
    id: ENVELOPE_PREFIX + credential,
  };
}

function readAudiences(aud: unknown): readonly string[] | undefined {
  const audiences: unknown[] = aud === undefined ? [] : Array.isArray(aud) ? aud : [aud];
  return audiences.every((audience) => typeof audience === 'string') ? audiences : undefined;
}

/** VC Data Model 2.0 §4.13: a URL, or an object with an `id` that is one; it may be absent. */
function readHolder(holder: unknown): { id: string | undefined } | undefined {
  if (holder === undefined) return { id: undefined };
  const id = isJsonObject(holder) ? holder['id'] : holder;
  return isUrl(id) ? { id } : undefined;
}

/** One to twenty envelopes; anything unenveloped would be an unsecured credential, which VC-JOSE-COSE §3.1.2 rules out. */
function readEnvelopes(value: unknown): readonly string[] | undefined {
  const entries: unknown[] = Array.isArray(value) ? value : [value];
  if (entries.length === 0 || entries.length > MAX_PRESENTED_CREDENTIALS) return undefined;
  const tokens = entries.map(readEnvelope);
  return tokens.every((token) => token !== undefined) ? tokens : undefined;
}

function readEnvelope(entry: unknown): string | undefined {
  if (!isJsonObject(entry)) return undefined;
  const { id, type } = entry;
  if (typeProblems(type, '/type', 'EnvelopedVerifiableCredential').length > 0) return undefined;
  return typeof id === 'string' && id.startsWith(ENVELOPE_PREFIX)
    ? id.slice(ENVELOPE_PREFIX.length)
    : undefined;
}
