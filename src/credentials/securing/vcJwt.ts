import type { Signer, SigningKey } from '../../kernel/ports.js';
import {
  checkCredential,
  issuerIdOf,
  listOf,
  type Credential,
  type Outcome,
  type Problem,
} from '../dataModel.js';
import type { VerificationKey } from '../keys.js';
import type { ProfileCatalogue } from '../profiles/catalogue.js';
import {
  parseCompactJws,
  signCompactJws,
  signingInputDigest,
  verifyJwsSignature,
  type JwsProblem,
  type ParsedJws,
} from './jws.js';
import { hasForbiddenClaim, readJwtClaims, type JwtClaims } from './jwtClaims.js';
import { PreparedCredential } from './prepared.js';

/**
 * `application/vc+jwt`: a VC 2.0 credential secured with JOSE (VC-JOSE-COSE, W3C Recommendation of 15 May 2025, §3.1). The payload is
 * the credential itself. Same shape as every format: prepare, sign, parse, verify.
 */
const FORMAT = 'vc+jwt';

/** A credential of ours takes 4 KB; a status list of a million random entries 250 KB. */
export const MAX_VC_JWT_LENGTH = 1_000_000;

export type PreparedVcJwt = PreparedCredential<typeof FORMAT>;

export interface ParsedVcJwt extends ParsedJws {
  readonly credential: Credential;
  readonly claims: JwtClaims;
}

export type VcJwtProblem =
  | { readonly problem: JwsProblem | 'forbiddenClaim' | 'conflictingClaims' }
  | { readonly problem: 'notACredential'; readonly details: readonly Problem[] };

/** Checks what is to be signed; the only source of what `signVcJwt` accepts. */
export function prepareVcJwt(credential: unknown, profiles: ProfileCatalogue): Outcome<PreparedVcJwt> {
  const prepared = PreparedCredential.check(FORMAT, credential, profiles);
  if ('problems' in prepared) return prepared;
  const { claims, problem } = checkClaims(prepared.value.credential);
  return claims ? prepared : { problems: [{ pointer: '', detail: `JWT claims: ${problem}` }] };
}

/**
 * Signs with `kid` (absolute, so that the issuer's document names the key) and `iss` replicated in the header (RFC 7519 §5.3).
 *
 * @throws TypeError when the key is not the issuer's, or was not given by its own DID
 */
export async function signVcJwt(prepared: PreparedVcJwt, key: SigningKey, signer: Signer): Promise<string> {
  const issuer = issuerIdOf(prepared.credential);
  if (key.did !== issuer || !key.kid.startsWith(`${issuer}#`)) throw new TypeError("not the issuer's key");
  return signCompactJws({ typ: FORMAT, cty: 'vc', iss: issuer }, prepared.payload, key, signer);
}

/**
 * Reads a token; never throws. Checks its form, the data model and that JWT claims do not contradict the credential's members. Not
 * yet checked: signature, key, issuer, dates, schema, status.
 */
export function parseVcJwt(token: unknown, maxLength = MAX_VC_JWT_LENGTH): ParsedVcJwt | VcJwtProblem {
  const jws = parseCompactJws(token, { typ: FORMAT, cty: 'vc', maxLength });
  if ('problem' in jws) return jws;
  if (hasForbiddenClaim(jws.payload)) return { problem: 'forbiddenClaim' };
  const checked = checkCredential(jws.payload);
  if ('problems' in checked) return { problem: 'notACredential', details: checked.problems };
  const { claims, problem } = checkClaims(checked.value);
  return claims ? { credential: checked.value, claims, ...jws } : { problem };
}

/** The signature over exactly the parsed text, under the one algorithm of the key. */
export function verifyVcJwtSignature(parsed: ParsedVcJwt, key: VerificationKey): boolean {
  return verifyJwsSignature(parsed, key);
}

export { signingInputDigest };

/**
 * VC-JOSE-COSE §3.1.3 lets registered claims stand beside the credential's members, and two that mean one thing must not differ.
 * `iss` against `issuer` is left to the verifier's `issuer` check.
 */
function checkClaims(
  credential: Credential,
): { claims: JwtClaims; problem?: never } | { claims?: never; problem: 'malformed' | 'conflictingClaims' } {
  const claims = readJwtClaims(credential as unknown as Readonly<Record<string, unknown>>);
  if (!claims) return { problem: 'malformed' };
  const { jti, sub } = claims;
  const subjectIds = listOf(credential.credentialSubject).map(({ id }) => id);
  const conflicts =
    (jti !== undefined && jti !== credential.id) || (sub !== undefined && !subjectIds.includes(sub));
  return conflicts ? { problem: 'conflictingClaims' } : { claims };
}
