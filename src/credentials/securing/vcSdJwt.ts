import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/canonicalJson.js';
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
import { verifyJwsSignature } from './jws.js';
import { hasForbiddenClaim, readJwtClaims, type JwtClaims } from './jwtClaims.js';
import { PreparedCredential } from './prepared.js';
import { concealDocument, type Concealment } from './sdJwt/conceal.js';
import type { Disclosure } from './sdJwt/disclosure.js';
import {
  parseSdJwt,
  signSdJwt,
  type ParsedSdJwt,
  type SdJwtProblem,
  type SdJwtProfile,
} from './sdJwt/sdJwt.js';

/**
 * `application/vc+sd-jwt`: a VC 2.0 credential secured with SD-JWT (VC-JOSE-COSE, W3C Recommendation of 15 May 2025, §3.2.1; RFC 9901).
 * Not to be mixed up with what SD-JWT VC called `vc+sd-jwt` until November 2024, which is `dc+sd-jwt` now and is not a VC 2.0 credential.
 */
const FORMAT = 'vc+sd-jwt';

/**
 * VC-JOSE-COSE §3.2.1 (read for this) names `@context`, `type`, `credentialStatus`, `credentialSchema` and `relatedResource`, with a SHOULD. The
 * rest decides whether a credential is authentic and valid, so that RFC 9901 §9.7 rules it out as well. Stricter than §3.2.1 where others
 * issued: its example 4 lets `id`, `type` and parts of `credentialSchema` be kept back and has no `typ`, and is refused here.
 */
const RESERVED: ReadonlySet<string> = new Set([
  ...['@context', 'type', 'credentialStatus', 'credentialSchema', 'relatedResource'],
  ...['id', 'issuer', 'validFrom', 'validUntil', 'termsOfUse'],
  ...['iss', 'sub', 'jti', 'aud', 'iat', 'nbf', 'exp', 'cnf', 'status'],
]);

export const VC_SD_JWT_PROFILE: SdJwtProfile = {
  typ: FORMAT,
  cty: 'vc',
  maxLength: 1_000_000,
  reserved: RESERVED,
};

const preparedBrand: unique symbol = Symbol('prepared vc+sd-jwt');

/** What only `prepareVcSdJwt` makes, as with the other formats. */
export interface PreparedVcSdJwt {
  readonly [preparedBrand]: true;
  readonly format: typeof FORMAT;
  /** With everything disclosed. */
  readonly credential: Credential;
  /** The canonical text (RFC 8785) that the signature will cover: digests, not claims. */
  readonly payload: string;
  /** SHA-256 of the payload, for the log's leaf. It commits to the disclosures as well, since their digests stand in it. */
  readonly payloadDigest: Buffer;
  readonly disclosures: readonly Disclosure[];
}

export interface ParsedVcSdJwt extends ParsedSdJwt {
  /** As far as it was disclosed. */
  readonly credential: Credential;
  readonly registeredClaims: JwtClaims;
}

export type VcSdJwtProblem =
  | { readonly problem: SdJwtProblem | 'forbiddenClaim' | 'conflictingClaims' }
  | { readonly problem: 'notACredential'; readonly details: readonly Problem[] };

/** Checks what is to be signed, with everything disclosed, and conceals what is to be disclosable. Never throws. */
export function prepareVcSdJwt(
  credential: unknown,
  profiles: ProfileCatalogue,
  concealment: Concealment,
): Outcome<PreparedVcSdJwt> {
  const prepared = PreparedCredential.check(FORMAT, credential, profiles);
  if ('problems' in prepared) return prepared;
  const { credential: checked } = prepared.value;
  const members = membersOf(checked);
  if (hasForbiddenClaim(members)) return { problems: [{ pointer: '', detail: 'must not have vc or vp' }] };
  const claims = checkClaims(checked);
  if ('problem' in claims) return { problems: [{ pointer: '', detail: `JWT claims: ${claims.problem}` }] };
  const concealed = concealDocument(members, concealment, RESERVED);
  if ('problems' in concealed) return concealed;
  const payload = canonicalJson(concealed.value.payload);
  return {
    value: Object.freeze({
      [preparedBrand]: true as const,
      format: FORMAT,
      credential: checked,
      payload,
      payloadDigest: createHash('sha256').update(payload).digest(),
      disclosures: concealed.value.disclosures,
    }),
  };
}

/**
 * Signs with `kid` and `iss` as a `vc+jwt` is signed; all disclosures are added.
 *
 * @throws TypeError when the key is not the issuer's, or was not given by its own DID
 */
export async function signVcSdJwt(
  prepared: PreparedVcSdJwt,
  key: SigningKey,
  signer: Signer,
): Promise<string> {
  const issuer = issuerIdOf(prepared.credential);
  if (key.did !== issuer || !key.kid.startsWith(`${issuer}#`)) throw new TypeError("not the issuer's key");
  const header = { typ: FORMAT, cty: 'vc', iss: issuer };
  return signSdJwt(header, prepared.payload, prepared.disclosures, key, signer);
}

/**
 * Reads a token; never throws. Checks what `parseSdJwt` does, and the data model of what was disclosed. Not yet checked: signature, key,
 * issuer, key binding, dates, schema (which may call for what was kept back), status.
 */
export function parseVcSdJwt(token: unknown): ParsedVcSdJwt | VcSdJwtProblem {
  const parsed = parseSdJwt(token, VC_SD_JWT_PROFILE);
  if ('problem' in parsed) return parsed;
  if (hasForbiddenClaim(parsed.claims)) return { problem: 'forbiddenClaim' };
  const checked = checkCredential(parsed.claims);
  if ('problems' in checked) return { problem: 'notACredential', details: checked.problems };
  const claims = checkClaims(checked.value);
  if ('problem' in claims) return claims;
  return { ...parsed, credential: checked.value, registeredClaims: claims.value };
}

export function verifyVcSdJwtSignature(parsed: ParsedVcSdJwt, key: VerificationKey): boolean {
  return verifyJwsSignature(parsed, key);
}

/** VC-JOSE-COSE §3.1.3, as for `vc+jwt`; of a subject whose `id` was kept back nothing can be said. */
function checkClaims(
  credential: Credential,
): { readonly value: JwtClaims } | { readonly problem: 'malformed' | 'conflictingClaims' } {
  const claims = readJwtClaims(membersOf(credential));
  if (!claims) return { problem: 'malformed' };
  const { jti, sub } = claims;
  const subjectIds = listOf(credential.credentialSubject)
    .map(({ id }) => id)
    .filter((id) => id !== undefined);
  const conflicts =
    (jti !== undefined && jti !== credential.id) ||
    (sub !== undefined && subjectIds.length > 0 && !subjectIds.includes(sub));
  return conflicts ? { problem: 'conflictingClaims' } : { value: claims };
}

/** The same object, seen as the JSON that it is: claims stand beside the members that the data model names. */
function membersOf(credential: Credential): Readonly<Record<string, unknown>> {
  return { ...credential };
}
