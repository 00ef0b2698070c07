import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/canonicalJson.js';
import type { Signer, SigningKey } from '../../kernel/ports.js';
import {
  checkAnyCredential,
  checkCredentialV1,
  CREDENTIALS_V2_CONTEXT,
  issuerIdOf,
  isVersion1,
  listOf,
  toVersion1,
  type CredentialV1,
  type Outcome,
  type Problem,
} from '../dataModel.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import type { AnyVerificationKey } from '../keys.js';
import type { ProfileCatalogue } from '../profiles/catalogue.js';
import { claimsOf, restoreCredential } from './jwt11Claims.js';
import {
  parseJwt11,
  signJwt11,
  verifyJwt11Signature,
  type Jwt11Problem,
  type ParsedJwt11,
} from './jwt11Token.js';
import { deepFreeze, profileProblems, readPlainJson } from './prepared.js';
import { MAX_VC_JWT_LENGTH } from './vcJwt.js';

/**
 * `application/jwt`: a VC 1.1 credential in the `vc` claim of a JWT (VC Data Model 1.1, W3C Recommendation of 3 March 2022, §6.3.1). What
 * wallets and verifiers from before version 2.0 read. Same shape as every format: prepare, sign, parse, verify.
 */
const FORMAT = 'jwt';

const preparedBrand: unique symbol = Symbol('prepared VC-JWT 1.1');

/** What only `prepareVcJwt11` makes, as with the other formats. */
export interface PreparedVcJwt11 {
  readonly [preparedBrand]: true;
  readonly format: typeof FORMAT;
  readonly credential: CredentialV1;
  /** The canonical text (RFC 8785) that the signature will cover. Preparing the credential in its `vc` claim gives it again. */
  readonly payload: string;
  /** SHA-256 of the payload, for the log's leaf. */
  readonly payloadDigest: Buffer;
}

export interface ParsedVcJwt11 extends ParsedJwt11 {
  /** With what the claims alone said. */
  readonly credential: CredentialV1;
}

export type VcJwt11Problem =
  | { readonly problem: Jwt11Problem | 'conflictingClaims' }
  | { readonly problem: 'notACredential'; readonly details: readonly Problem[] };

/**
 * Checks what is to be signed, a credential of version 2.0, which is put in the words of 1.1, or of 1.1. All members stay in the `vc` claim,
 * for readers that look only there, and the registered claims repeat them for readers of JWTs. Never throws.
 */
export function prepareVcJwt11(credential: unknown, profiles: ProfileCatalogue): Outcome<PreparedVcJwt11> {
  const plain = readPlainJson(credential);
  if ('problems' in plain) return plain;
  const given = checkAnyCredential(plain.value.json);
  if ('problems' in given) return given;
  const translated = isVersion1(given.value) ? { value: given.value } : toVersion1(given.value);
  if ('problems' in translated) return translated;
  const checked = checkSecured(translated.value);
  if ('problems' in checked) return checked;
  const problems = [...subjectProblems(checked.value), ...profileProblems(checked.value, profiles)];
  if (problems.length > 0) return { problems };
  const payload = canonicalJson({ ...claimsOf(checked.value), vc: checked.value });
  return {
    value: Object.freeze({
      [preparedBrand]: true as const,
      format: FORMAT,
      credential: deepFreeze(checked.value),
      payload,
      payloadDigest: createHash('sha256').update(payload).digest(),
    }),
  };
}

/**
 * Signs with the absolute DID URL as `kid`.
 *
 * @throws TypeError when the key is not the issuer's, or was not given by its own DID
 */
export function signVcJwt11(prepared: PreparedVcJwt11, key: SigningKey, signer: Signer): Promise<string> {
  return signJwt11(prepared.payload, issuerIdOf(prepared.credential), key, signer);
}

/**
 * Reads a token; never throws. Checks its form, that claims do not contradict the members of the `vc` claim, and the data model of both
 * together. Not yet checked: signature, key, that the key is the issuer's, audience, dates (of the credential, and of the claims by
 * themselves), schema, status.
 */
export function parseVcJwt11(token: unknown, maxLength = MAX_VC_JWT_LENGTH): ParsedVcJwt11 | VcJwt11Problem {
  const parsed = parseJwt11(token, 'vc', maxLength);
  if ('problem' in parsed) return parsed;
  const { content: vc } = parsed;
  if (!isJsonObject(vc)) {
    return { problem: 'notACredential', details: [{ pointer: '', detail: 'must be the object in `vc`' }] };
  }
  // Beside `vc` it has no meaning, and an issuer that puts it there means it nevertheless: not to be read as a credential without a status.
  if (Object.hasOwn(parsed.token.payload, 'credentialStatus') && !Object.hasOwn(vc, 'credentialStatus')) {
    return { problem: 'conflictingClaims' };
  }
  const restored = restoreCredential(vc, parsed.token.claims);
  if ('problem' in restored) return restored;
  const checked = checkSecured(restored.value);
  return 'problems' in checked
    ? { problem: 'notACredential', details: checked.problems }
    : { ...parsed.token, credential: checked.value };
}

/** The signature over exactly the parsed text, under the one algorithm of the key; of this and the presentation's format alone ES256K. */
export function verifyVcJwt11Signature(parsed: ParsedVcJwt11, key: AnyVerificationKey): boolean {
  return verifyJwt11Signature(parsed, key);
}

/** Version 1.1 and no other: under the context of 2.0 the same words would mean something else. */
function checkSecured(value: unknown): Outcome<CredentialV1> {
  const checked = checkCredentialV1(value);
  if ('problems' in checked || !checked.value['@context'].includes(CREDENTIALS_V2_CONTEXT)) return checked;
  return { problems: [{ pointer: '/@context', detail: 'must not mix in version 2.0' }] };
}

/** "JWTs are not capable of encoding multiple subjects", says §6.3.1. */
function subjectProblems(credential: CredentialV1): Problem[] {
  if (listOf(credential.credentialSubject).length === 1) return [];
  return [{ pointer: '/credentialSubject', detail: 'must be one subject' }];
}
