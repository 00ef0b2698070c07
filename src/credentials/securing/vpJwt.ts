import { canonicalJson } from '../../kernel/canonicalJson.js';
import type { Signer, SigningKey } from '../../kernel/ports.js';
import { checkPresentation, CREDENTIALS_V2_CONTEXT, type Problem } from '../dataModel.js';
import type { VerificationKey } from '../keys.js';
import {
  parseCompactJws,
  signCompactJws,
  verifyJwsSignature,
  type JwsProblem,
  type ParsedJws,
} from './jws.js';
import { hasForbiddenClaim, readJwtClaims, type JwtClaims } from './jwtClaims.js';
import { checkPresentedCredentials, MAX_PRESENTED_CREDENTIALS } from './presentedCredentials.js';

/**
 * `application/vp+jwt`: a presentation secured with JOSE (VC-JOSE-COSE §3.1.2). Its credentials are EnvelopedVerifiableCredential
 * objects whose `id` is the secured credential as a `data:` URL (VC Data Model 2.0 §4.12.1).
 */
const FORMAT = 'vp+jwt';

export const MAX_VP_JWT_LENGTH = 2_000_000;

export interface PresentationParts {
  /** DID of the presenter, which must be the key's. */
  readonly holder: string;
  /** The party that it is for, named by that party. */
  readonly audience: string;
  /** Chosen by the audience, fresh for every presentation. */
  readonly nonce: string;
  /** Secured credentials: `vc+jwt`, or `vc+sd-jwt` with the disclosures that are shown and without a key binding of its own. */
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
  /** Secured credentials: envelopes, documents with proofs. Nothing of how they are secured is checked. */
  readonly credentials: readonly unknown[];
}

export type VpJwtProblem =
  | { readonly problem: JwsProblem | 'forbiddenClaim' }
  | { readonly problem: 'notAPresentation'; readonly details: readonly Problem[] };

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
  const checked = checkPresentedCredentials(payload, checkPresentation(payload));
  if ('problems' in checked) return { problem: 'notAPresentation', details: checked.problems };
  const { holder, credentials } = checked.value;
  return { ...jws, claims, holder, audiences, nonce, credentials };
}

export function verifyVpJwtSignature(parsed: ParsedVpJwt, key: VerificationKey): boolean {
  return verifyJwsSignature(parsed, key);
}

/** A JWS in compact form has no tilde, and an SD-JWT has one. */
function envelope(credential: string) {
  const mediaType = credential.includes('~') ? 'application/vc+sd-jwt' : 'application/vc+jwt';
  return {
    '@context': CREDENTIALS_V2_CONTEXT,
    type: 'EnvelopedVerifiableCredential',
    id: `data:${mediaType},${credential}`,
  };
}

function readAudiences(aud: unknown): readonly string[] | undefined {
  const audiences: unknown[] = aud === undefined ? [] : Array.isArray(aud) ? aud : [aud];
  return audiences.every((audience) => typeof audience === 'string') ? audiences : undefined;
}
