import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/canonicalJson.js';
import type { Signer, SigningKey } from '../../kernel/ports.js';
import { isUrl, type Outcome, type Problem } from '../dataModel.js';
import { isDid } from '../did/didUrl.js';
import { webDidOf } from '../did/webDid.js';
import { isJsonObject, parseStrictJson } from '../../kernel/strictJson.js';
import type { VerificationKey } from '../keys.js';
import type { ProfileCatalogue } from '../profiles/catalogue.js';
import { readStatusClaim } from '../status/statusClaim.js';
import { verifyJwsSignature } from './jws.js';
import { readJwtClaims, type JwtClaims } from './jwtClaims.js';
import { concealDocument, type Concealment } from './sdJwt/conceal.js';
import { SD_MEMBERS, type Disclosure } from './sdJwt/disclosure.js';
import { readConfirmation } from './sdJwt/keyBinding.js';
import { profileProblems } from './sdJwt/profileClaims.js';
import {
  parseSdJwt,
  signSdJwt,
  type ParsedSdJwt,
  type SdJwtProblem,
  type SdJwtProfile,
} from './sdJwt/sdJwt.js';

/**
 * `application/dc+sd-jwt`: SD-JWT-based Verifiable Digital Credentials (draft-ietf-oauth-sd-jwt-vc-19 of 31 August 2026, the newest whose
 * whole text was at hand; drafts 20 to 25 were not). Plain JWT claims, no VC Data Model. §7.3: the header never chooses how the key is
 * found; `x5c` is not looked at.
 */
const FORMAT = 'dc+sd-jwt';

/**
 * §2.2.2.3 names `iss`, `nbf`, `exp`, `cnf`, `vct`, `vct#integrity`, `aka_vcts` and `status`, "including any of their sub-claims". `jti` is what
 * our records know a credential by, `aud` is RFC 9901's (§9.7). `sub` and `iat` may be disclosable.
 */
const RESERVED: ReadonlySet<string> = new Set([
  ...['iss', 'nbf', 'exp', 'cnf', 'vct', 'vct#integrity', 'aka_vcts', 'status'],
  ...['aud', 'jti'],
]);

export const DC_SD_JWT_PROFILE: SdJwtProfile = { typ: FORMAT, maxLength: 1_000_000, reserved: RESERVED };

/** What the specification itself gives a meaning to; claims of the type stand beside. */
export interface DcSdJwtClaims extends JwtClaims {
  readonly vct: string;
  /** Subresource Integrity (W3C SRI §3.1) of the type metadata's bytes. */
  readonly 'vct#integrity'?: string;
  /** Further types that the issuer says it is of (§2.2.2.2). They prove no right to issue any of them (§7.7). */
  readonly aka_vcts?: readonly string[];
  readonly cnf?: unknown;
  readonly status?: unknown;
  readonly [claim: string]: unknown;
}

const preparedBrand: unique symbol = Symbol('prepared dc+sd-jwt');

/** What only `prepareDcSdJwt` makes, as with the other formats. */
export interface PreparedDcSdJwt {
  readonly [preparedBrand]: true;
  readonly format: typeof FORMAT;
  readonly iss: string;
  /** The canonical text (RFC 8785) that the signature will cover: digests, not claims. */
  readonly payload: string;
  /** SHA-256 of the payload, for the log's leaf. It commits to the disclosures as well, since their digests stand in it. */
  readonly payloadDigest: Buffer;
  readonly disclosures: readonly Disclosure[];
}

export interface ParsedDcSdJwt extends ParsedSdJwt {
  readonly claims: DcSdJwtClaims;
}

export type DcSdJwtProblem =
  | { readonly problem: SdJwtProblem }
  | { readonly problem: 'notADcSdJwt'; readonly details: readonly Problem[] };

/**
 * Checks what is to be signed, with everything disclosed, against the specification and, where `vct` is of one of our profiles, against
 * that; then conceals what is to be disclosable. Never throws.
 */
export function prepareDcSdJwt(
  claims: unknown,
  profiles: ProfileCatalogue,
  concealment: Concealment,
): Outcome<PreparedDcSdJwt> {
  let text: string;
  try {
    text = canonicalJson(claims);
  } catch {
    return { problems: [{ pointer: '', detail: 'must be a JSON value' }] };
  }
  const checked = checkDcSdJwtClaims(parseStrictJson(text)?.value);
  if ('problems' in checked) return checked;
  const { iss } = checked.value;
  const problems = [
    ...(iss === undefined || issuerDidOf(iss) === undefined
      ? [{ pointer: '/iss', detail: 'must be a DID or an https URL that has a did:web' }]
      : []),
    ...profileProblems(checked.value, profiles),
  ];
  if (iss === undefined || problems.length > 0) return { problems };
  const concealed = concealDocument(checked.value, concealment, RESERVED);
  if ('problems' in concealed) return concealed;
  // §2.2.2.5: without anything disclosable there is no `_sd`, so no decoys that would pretend there were.
  if (concealed.value.disclosures.length === 0 && concealed.value.payload[SD_MEMBERS.hash] !== undefined) {
    return { problems: [{ pointer: '', detail: 'has decoys and nothing that could be kept back' }] };
  }
  const payload = canonicalJson(concealed.value.payload);
  return {
    value: Object.freeze({
      [preparedBrand]: true as const,
      format: FORMAT,
      iss,
      payload,
      payloadDigest: createHash('sha256').update(payload).digest(),
      disclosures: concealed.value.disclosures,
    }),
  };
}

/**
 * Signs with the absolute DID URL as `kid`; the issuer's metadata lists its keys under the same name. All disclosures are added.
 *
 * @throws TypeError when the key is not the issuer's, or was not given by its own DID
 */
export async function signDcSdJwt(
  prepared: PreparedDcSdJwt,
  key: SigningKey,
  signer: Signer,
): Promise<string> {
  const did = issuerDidOf(prepared.iss);
  if (key.did !== did || !key.kid.startsWith(`${did}#`)) throw new TypeError("not the issuer's key");
  return signSdJwt({ typ: FORMAT }, prepared.payload, prepared.disclosures, key, signer);
}

/**
 * Reads a token; never throws. Checks what `parseSdJwt` does, and the form of every claim that the specification gives a meaning to. Not yet
 * checked: signature, key, issuer, key binding, dates, type metadata, status.
 */
export function parseDcSdJwt(token: unknown): ParsedDcSdJwt | DcSdJwtProblem {
  const parsed = parseSdJwt(token, DC_SD_JWT_PROFILE);
  if ('problem' in parsed) return parsed;
  const checked = checkDcSdJwtClaims(parsed.claims);
  return 'problems' in checked
    ? { problem: 'notADcSdJwt', details: checked.problems }
    : { ...parsed, claims: checked.value };
}

export function verifyDcSdJwtSignature(parsed: ParsedDcSdJwt, key: VerificationKey): boolean {
  return verifyJwsSignature(parsed, key);
}

/**
 * The DID whose keys may sign for this `iss`: itself, or the did:web at the same place as the URL. Another mechanism (§2.5), the
 * issuer's metadata, names the keys of a foreign issuer that has no DID.
 */
export function issuerDidOf(iss: string): string | undefined {
  return isDid(iss) ? iss : webDidOf(iss);
}

/** §2.2.2. Never throws. A date that is text must not count as "no expiry", nor a status that cannot be read as "no status". */
function checkDcSdJwtClaims(value: unknown): Outcome<DcSdJwtClaims> {
  if (!isJsonObject(value)) return { problems: [{ pointer: '', detail: 'must be a JSON object' }] };
  const { vct, iss, cnf, status, 'vct#integrity': integrity, aka_vcts: otherTypes } = value;
  const problems: Problem[] = [];
  const refuse = (pointer: string, detail: string) => problems.push({ pointer, detail });
  if (typeof vct !== 'string' || vct === '') refuse('/vct', 'must be a text');
  if (integrity !== undefined && !isIntegrity(integrity))
    refuse('/vct#integrity', 'must be integrity metadata');
  if (otherTypes !== undefined && !areOtherTypes(otherTypes, vct))
    refuse('/aka_vcts', 'must name other types');
  if (iss !== undefined && !isUrl(iss)) refuse('/iss', 'must be a URL');
  if (!readJwtClaims(value)) refuse('', 'has a registered claim of the wrong type');
  const confirmation = cnf === undefined ? undefined : readConfirmation(value);
  if (confirmation && 'problem' in confirmation)
    refuse('/cnf', 'must hold a key that can be used here, or a kid');
  if (status !== undefined && readStatusClaim(status) === 'malformed')
    refuse('/status', 'must name a status');
  // The shape was just checked, member by member.
  return problems.length > 0 ? { problems } : { value: value as DcSdJwtClaims };
}

/** §2.2.2.2: "a non-empty array of case-sensitive strings" that "MUST NOT contain the value of the vct claim". */
function areOtherTypes(value: unknown, vct: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((type) => typeof type === 'string' && type !== '' && type !== vct);
}

/** W3C SRI §3.5, of the three hashes that it allows. */
function isIntegrity(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^sha(?:256|384|512)-[A-Za-z0-9+/]+={0,2}(?:\?[\x21-\x7e]*)?(?:\s+sha(?:256|384|512)-[A-Za-z0-9+/]+={0,2}(?:\?[\x21-\x7e]*)?)*$/.test(
      value,
    )
  );
}
