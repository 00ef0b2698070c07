import { canonicalJson } from '../../kernel/canonicalJson.js';
import type { Signer, SigningKey } from '../../kernel/ports.js';
import { checkPresentationV1, CREDENTIALS_V1_CONTEXT, type Outcome, type Problem } from '../dataModel.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import type { AnyVerificationKey } from '../keys.js';
import { restorePresentation } from './jwt11Claims.js';
import {
  parseJwt11,
  signJwt11,
  verifyJwt11Signature,
  type Jwt11Problem,
  type ParsedJwt11,
} from './jwt11Token.js';
import { checkPresentedCredentials, MAX_PRESENTED_CREDENTIALS } from './presentedCredentials.js';
import { MAX_VP_JWT_LENGTH, type PresentationParts } from './vpJwt.js';

/**
 * `application/jwt`: a VC 1.1 presentation in the `vp` claim of a JWT (VC Data Model 1.1 §6.3.1, §4.10). Its credentials stand in it as they
 * were secured: tokens as text, Data Integrity as objects.
 */
const preparedBrand: unique symbol = Symbol('prepared VP-JWT 1.1');

/** What only `prepareVpJwt11` makes, as with credentials. */
export interface PreparedVpJwt11 {
  readonly [preparedBrand]: true;
  readonly holder: string;
  readonly payload: string;
}

export interface ParsedVpJwt11 extends ParsedJwt11 {
  /** Of `iss`, which `vp` does not contradict. */
  readonly holder: string;
  readonly nonce: string | undefined;
  /** A VC-JWT or SD-JWT as text, a credential with its proof or an envelope as an object; nothing is checked of how they are secured. */
  readonly credentials: readonly unknown[];
}

export type VpJwt11Problem =
  | { readonly problem: Jwt11Problem | 'conflictingClaims' }
  | { readonly problem: 'notAPresentation'; readonly details: readonly Problem[] };

/**
 * Refuses what no presentation of version 1.1 is. Never throws for a problem of the parts' content.
 *
 * @throws RangeError for no credential, more than twenty, or an expiry that does not lie after the issuance
 */
export function prepareVpJwt11(parts: PresentationParts): Outcome<PreparedVpJwt11> {
  const { credentials, holder, issuedAt, expiresAt } = parts;
  if (credentials.length === 0 || credentials.length > MAX_PRESENTED_CREDENTIALS) {
    throw new RangeError(`a presentation holds 1 to ${MAX_PRESENTED_CREDENTIALS} credentials`);
  }
  if (expiresAt <= issuedAt) throw new RangeError('a presentation expires after it is issued');
  const vp = {
    '@context': [CREDENTIALS_V1_CONTEXT],
    type: ['VerifiablePresentation'],
    holder,
    verifiableCredential: credentials,
  };
  const checked = checkPresentationV1(vp);
  if ('problems' in checked) return checked;
  const issuedAtSeconds = Math.floor(issuedAt.getTime() / 1000);
  const payload = canonicalJson({
    iss: holder,
    aud: parts.audience,
    nonce: parts.nonce,
    iat: issuedAtSeconds,
    nbf: issuedAtSeconds,
    exp: Math.floor(expiresAt.getTime() / 1000),
    vp,
  });
  return { value: Object.freeze({ [preparedBrand]: true as const, holder, payload }) };
}

/** @throws TypeError when the key is not the holder's */
export function signVpJwt11(prepared: PreparedVpJwt11, key: SigningKey, signer: Signer): Promise<string> {
  return signJwt11(prepared.payload, prepared.holder, key, signer);
}

/**
 * Reads a token; never throws. Checks its form, that claims do not contradict the members of the `vp` claim, and the data model. Not yet
 * checked: signature, key, that the key is the holder's, audience, nonce, dates, and how the credentials inside are secured.
 */
export function parseVpJwt11(token: unknown): ParsedVpJwt11 | VpJwt11Problem {
  const parsed = parseJwt11(token, 'vp', MAX_VP_JWT_LENGTH);
  if ('problem' in parsed) return parsed;
  const { token: jwt, content: vp } = parsed;
  const { nonce } = jwt.payload;
  if (nonce !== undefined && typeof nonce !== 'string') return { problem: 'malformed' };
  if (!isJsonObject(vp)) return notAPresentation('', 'must be the object in `vp`');
  const restored = restorePresentation(vp, jwt.claims);
  if ('problem' in restored) return restored;
  const checked = checkPresentedCredentials(restored.value, checkPresentationV1(restored.value));
  if ('problems' in checked) return { problem: 'notAPresentation', details: checked.problems };
  return { ...jwt, holder: jwt.claims.iss, nonce, credentials: checked.value.credentials };
}

export function verifyVpJwt11Signature(parsed: ParsedVpJwt11, key: AnyVerificationKey): boolean {
  return verifyJwt11Signature(parsed, key);
}

function notAPresentation(pointer: string, detail: string): VpJwt11Problem {
  return { problem: 'notAPresentation', details: [{ pointer, detail }] };
}
