import { randomBytes } from 'node:crypto';
import { canonicalJson, sha256 } from '../../kernel/canonicalJson.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import type { Signer, SigningKey } from '../../kernel/ports.js';
import { saltedDigest } from '../compose.js';
import { parseDidUrl, isDid } from '../did/didUrl.js';
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js';
import { isUsedByJws, parseCompactJws, signCompactJws, verifyJwsSignature } from '../securing/jws.js';
import type { JwsProblem, ParsedJws } from '../securing/jws.js';
import { readJwtClaims } from '../securing/jwtClaims.js';
import { CHECK_CODES, type CheckCode } from '../verification/checks.js';
import { findSigningKey } from '../verification/keyCheck.js';
import { DEFAULT_TOLERANCE_SECONDS, type VerificationSources } from '../verification/sources.js';

/**
 * A vouch: one organisation says, under its own DID, that fields of another's dossier are as they stand there. A compact JWS whose claims are
 * `iss` (who vouches), `sub` (about whom), `jti`, `iat`, `exp`, `statement`, `dossierVersion` and `fields`. Of each field it holds its JSON Pointer and
 * a salted digest, so whoever is shown the value can compare it, and a list of guesses for another vouch is worth nothing.
 */
export const VOUCH_TYP = 'coop-passport-vouch+jwt';
export const VOUCH_MEDIA_TYPE = `application/${VOUCH_TYP}`;

export const MAX_VOUCH_LENGTH = 64 * 1024;
export const MAX_VOUCHED_FIELDS = 50;
export const MAX_STATEMENT_LENGTH = 2_000;
const SALT_BYTES = 16;

export interface VouchedField {
  readonly pointer: string;
  /** As evidence in credentials writes it: base64url(SHA-256(salt ‖ SHA-256(RFC 8785 form of the value))). */
  readonly digest: { readonly alg: 'sha-256'; readonly salt: string; readonly value: string };
}

export interface Vouch {
  readonly voucherDid: string;
  readonly subjectDid: string;
  readonly id: string;
  readonly statement: string;
  readonly dossierVersion?: number;
  readonly fields: readonly VouchedField[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

export function vouchForValue(
  pointer: string,
  value: unknown,
  salt: Buffer = randomBytes(SALT_BYTES),
): VouchedField {
  return {
    pointer,
    digest: { alg: 'sha-256', salt: encodeBase64url(salt), value: digestOf(value, salt) },
  };
}

/** Whether it is exactly this value of exactly this field that was vouched for. */
export function isVouchedFor(fields: readonly VouchedField[], pointer: string, value: unknown): boolean {
  if (value === undefined) return false;
  return fields.some((field) => {
    const salt = field.pointer === pointer ? decodeBase64url(field.digest.salt) : undefined;
    return salt !== undefined && digestOf(value, salt) === field.digest.value;
  });
}

function digestOf(value: unknown, salt: Uint8Array): string {
  return saltedDigest({ sha256: sha256(canonicalJson(value)), salt });
}

export async function signVouch(vouch: Vouch, key: SigningKey, signer: Signer): Promise<string> {
  if (key.did !== vouch.voucherDid) throw new TypeError("not the voucher's key");
  const payload = canonicalJson({
    iss: vouch.voucherDid,
    sub: vouch.subjectDid,
    jti: vouch.id,
    iat: toNumericDate(vouch.issuedAt),
    exp: toNumericDate(vouch.expiresAt),
    statement: vouch.statement,
    dossierVersion: vouch.dossierVersion,
    fields: vouch.fields,
  });
  return signCompactJws({ typ: VOUCH_TYP }, payload, key, signer);
}

/** `pass`, `fail` or `undetermined`, by a code of the verifier's own list. */
export interface VouchVerdict {
  readonly outcome: 'pass' | 'fail' | 'undetermined';
  readonly code: CheckCode;
  /** Where it could be read; what it says holds only with the outcome `pass`. */
  readonly vouch?: Vouch;
}

const JWS_CODES: Readonly<Record<JwsProblem, CheckCode>> = {
  malformed: 'format/malformed',
  unsupported: 'format/unsupported',
  criticalHeader: 'format/critical-header',
  algorithmNotAllowed: 'signature/algorithm-not-allowed',
};

/**
 * Reads a vouch and checks its signature, under a key that the voucher's DID lists for assertions, and its dates. Never rejects. Not checked: about
 * whom it is, and whether the values are those of the dossier.
 */
export async function verifyVouch(
  token: unknown,
  context: { readonly now: Date; readonly sources: Pick<VerificationSources, 'resolveDid'> },
): Promise<VouchVerdict> {
  const jws = parseCompactJws(token, { typ: VOUCH_TYP, maxLength: MAX_VOUCH_LENGTH });
  if ('problem' in jws) return verdictOf(JWS_CODES[jws.problem]);
  const vouch = readVouch(jws.payload);
  if (!vouch) return verdictOf('format/malformed');
  return verdictOf(await judge(jws, vouch, context), vouch);
}

async function judge(
  jws: ParsedJws,
  vouch: Vouch,
  { now, sources }: { readonly now: Date; readonly sources: Pick<VerificationSources, 'resolveDid'> },
): Promise<CheckCode> {
  const toleranceMs = DEFAULT_TOLERANCE_SECONDS * 1000;
  if (vouch.issuedAt.getTime() - toleranceMs > now.getTime()) return 'validity/not-yet-valid';
  if (vouch.expiresAt.getTime() + toleranceMs <= now.getTime()) return 'validity/expired';
  const method = parseDidUrl(jws.kid);
  if (!method) return 'key/unidentified';
  if (method.did !== vouch.voucherDid) return 'issuer/mismatch';
  const reference = {
    kind: 'method',
    owner: method.did,
    method: `${method.did}#${method.fragment}`,
  } as const;
  const finding = await findSigningKey(reference, 'assertionMethod', sources);
  if ('code' in finding) return finding.code;
  // A thief backdates; nothing but the token itself says when it was signed.
  if (finding.revokedAt) return 'key/revoked';
  if (!isUsedByJws(finding.key)) return 'key/unusable';
  if (finding.key.algorithm !== jws.algorithm) return 'signature/algorithm-mismatch';
  return verifyJwsSignature(jws, finding.key) ? 'signature/valid' : 'signature/invalid';
}

function verdictOf(code: CheckCode, vouch?: Vouch): VouchVerdict {
  const [outcome] = CHECK_CODES[code];
  // Nothing of a vouch is skipped; a code that says so would be a mistake, and counts as one.
  return { outcome: outcome === 'skipped' ? 'undetermined' : outcome, code, ...(vouch && { vouch }) };
}

function readVouch(payload: Readonly<Record<string, unknown>>): Vouch | undefined {
  const { iss, sub, jti, iat, nbf, exp } = readJwtClaims(payload) ?? {};
  const { statement, dossierVersion, fields } = payload;
  if (!isDid(iss) || !isDid(sub) || jti === undefined || iat === undefined || exp === undefined)
    return undefined;
  if (nbf !== undefined && nbf > iat) return undefined;
  if (exp <= iat || !isText(jti, 200) || !isText(statement, MAX_STATEMENT_LENGTH)) return undefined;
  if (dossierVersion !== undefined && !(Number.isInteger(dossierVersion) && isVersion(dossierVersion)))
    return undefined;
  if (!Array.isArray(fields) || fields.length === 0 || fields.length > MAX_VOUCHED_FIELDS) return undefined;
  if (!fields.every(isVouchedField)) return undefined;
  return {
    voucherDid: iss,
    subjectDid: sub,
    id: jti,
    statement,
    ...(dossierVersion === undefined ? {} : { dossierVersion }),
    fields: fields.map(({ pointer, digest: { alg, salt, value } }) => ({
      pointer,
      digest: { alg, salt, value },
    })),
    issuedAt: new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
  };
}

const POINTER = /^(\/([^~/]|~[01])*)+$/;

function isVouchedField(value: unknown): value is VouchedField {
  if (!isJsonObject(value) || !isText(value['pointer'], 300) || !POINTER.test(value['pointer'])) return false;
  const { digest } = value;
  return (
    isJsonObject(digest) &&
    digest['alg'] === 'sha-256' &&
    lengthOf(digest['salt']) >= SALT_BYTES &&
    lengthOf(digest['salt']) <= 64 &&
    lengthOf(digest['value']) === 32
  );
}

function lengthOf(encoded: unknown): number {
  return typeof encoded === 'string' ? (decodeBase64url(encoded)?.length ?? 0) : 0;
}

/** Something to read, and nothing that a database or a screen trips over. */
function isText(value: unknown, maxLength: number): value is string {
  return (
    typeof value === 'string' &&
    value.length <= maxLength &&
    /\S/.test(value) &&
    !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value)
  );
}

function isVersion(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= 2_147_483_647;
}

function toNumericDate(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}
