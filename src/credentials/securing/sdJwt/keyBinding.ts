import { canonicalJson } from '../../../kernel/canonicalJson.js';
import type { Signer, SigningKey } from '../../../kernel/ports.js';
import { isJsonObject } from '../../../kernel/strictJson.js';
import { importJwk, type VerificationKey } from '../../keys.js';
import { parseCompactJws, signCompactJws, verifyJwsSignature, type JwsProfile } from '../jws.js';
import { readJwtClaims } from '../jwtClaims.js';
import { digestOf, type DisclosureHash } from './disclosure.js';
import type { ParsedSdJwt } from './sdJwt.js';

/**
 * The Key Binding JWT (RFC 9901 §4.3): the holder's signature over what is presented, for one audience and one nonce. Without it whoever
 * has seen a credential can present it.
 */
const PROFILE: JwsProfile = { typ: 'kb+jwt', maxLength: 10_000 };

/** The holder's key as the issuer confirmed it (`cnf`, RFC 7800 §3). */
export type Confirmation =
  | { readonly key: VerificationKey }
  /** `kid` alone (§3.4): a name that the caller must resolve, here usually a DID URL. */
  | { readonly kid: string }
  | { readonly problem: 'absent' | 'malformed' };

export interface KeyBindingParts {
  /** The party that it is for, named by that party. */
  readonly audience: string;
  /** Chosen by the audience, fresh for every presentation. */
  readonly nonce: string;
  readonly issuedAt: Date;
}

export interface KeyBindingExpectation {
  /** Absent: not compared, and so not for who accepts what is presented. */
  readonly audience?: string;
  readonly nonce?: string;
  readonly now: Date;
  /** How long ago it may have been signed. */
  readonly maxAgeSeconds?: number;
  /** Allowed difference between clocks. */
  readonly toleranceSeconds?: number;
}

export type KeyBindingProblem =
  /** Required, and not there (§7.3 step 2). */
  | 'keyBindingMissing'
  /** Not a JWT of typ `kb+jwt`, or a required claim is missing or of the wrong type. */
  | 'keyBindingMalformed'
  /** `none`, a symmetric algorithm, or another than the confirmed key's. */
  | 'keyBindingAlgorithm'
  | 'keyBindingSignature'
  /** `iat` outside the window, or `exp` or `nbf`, which it may have, say no. */
  | 'keyBindingTime'
  | 'keyBindingAudience'
  | 'keyBindingNonce'
  /** Bound to another credential or to other disclosures. */
  | 'keyBindingHash';

export const DEFAULT_KEY_BINDING_AGE_SECONDS = 300;
const DEFAULT_TOLERANCE_SECONDS = 60;

/**
 * Where a key stands by value it counts; `jku`, `jwe` and other ways are `malformed`, since nothing here would follow them.
 *
 * @param claims the processed payload
 */
export function readConfirmation(claims: Readonly<Record<string, unknown>>): Confirmation {
  const { cnf } = claims;
  if (cnf === undefined) return { problem: 'absent' };
  if (!isJsonObject(cnf)) return { problem: 'malformed' };
  const { jwk, kid } = cnf;
  if (jwk !== undefined) {
    const key = importJwk(jwk);
    return key ? { key } : { problem: 'malformed' };
  }
  return typeof kid === 'string' && kid !== '' ? { kid } : { problem: 'malformed' };
}

/** @param presented the SD-JWT with its last tilde */
export async function signKeyBinding(
  presented: string,
  hash: DisclosureHash,
  { audience, nonce, issuedAt }: KeyBindingParts,
  key: SigningKey,
  signer: Signer,
): Promise<string> {
  const iat = Math.floor(issuedAt.getTime() / 1000);
  const payload = canonicalJson({ aud: audience, iat, nonce, sd_hash: digestOf(presented, hash) });
  return signCompactJws({ typ: PROFILE.typ }, payload, key, signer);
}

/**
 * Verifies the key binding (§7.3 step 5) with the holder's key as the *issuer* stated it; never throws. `undefined` means "bound". Whether
 * one is required is the verifier's policy, never the presence of one. Not checked here: the issuer's signature, without which `cnf`
 * means nothing.
 */
export function findKeyBindingProblem(
  parsed: Pick<ParsedSdJwt, 'keyBindingJwt' | 'presented' | 'hash'>,
  key: VerificationKey,
  expected: KeyBindingExpectation,
): KeyBindingProblem | undefined {
  if (parsed.keyBindingJwt === undefined) return 'keyBindingMissing';
  const jws = parseCompactJws(parsed.keyBindingJwt, PROFILE);
  if ('problem' in jws) {
    return jws.problem === 'algorithmNotAllowed' ? 'keyBindingAlgorithm' : 'keyBindingMalformed';
  }
  if (jws.algorithm !== key.algorithm) return 'keyBindingAlgorithm';
  if (!verifyJwsSignature(jws, key)) return 'keyBindingSignature';
  const { aud, nonce, sd_hash: sdHash } = jws.payload;
  const { iat, ...dates } = readJwtClaims(jws.payload) ?? {};
  // §4.3: all four are required, and the audience is one text, not a list.
  if (iat === undefined || ![aud, nonce, sdHash].every((claim) => typeof claim === 'string')) {
    return 'keyBindingMalformed';
  }
  if (!isTimely({ ...dates, iat }, expected)) return 'keyBindingTime';
  if (expected.audience !== undefined && aud !== expected.audience) return 'keyBindingAudience';
  if (expected.nonce !== undefined && nonce !== expected.nonce) return 'keyBindingNonce';
  return sdHash === digestOf(parsed.presented, parsed.hash) ? undefined : 'keyBindingHash';
}

function isTimely(
  { iat, nbf = -Infinity, exp = Infinity }: { iat: number; nbf?: number; exp?: number },
  {
    now,
    maxAgeSeconds = DEFAULT_KEY_BINDING_AGE_SECONDS,
    toleranceSeconds = DEFAULT_TOLERANCE_SECONDS,
  }: KeyBindingExpectation,
): boolean {
  const seconds = now.getTime() / 1000;
  return (
    iat >= seconds - maxAgeSeconds - toleranceSeconds &&
    Math.max(iat, nbf) <= seconds + toleranceSeconds &&
    exp + toleranceSeconds > seconds
  );
}
