import { createJWS, verifyJWS } from 'did-jwt';
import type { Signer, SigningKey } from '../../kernel/ports.js';
import { encodeBase64url } from '../encoding/base64url.js';
import type { AnyVerificationKey } from '../keys.js';
import { parseJwsOf, type JwsProblem, type ParsedJws } from './jws.js';
import { readJwtClaims, type JwtClaims } from './jwtClaims.js';

/**
 * The token of VC Data Model 1.1 §6.3.1, what credentials and presentations have in common: a JWT whose `vc` or `vp` claim holds the object.
 * Reading it is ours, and strict; did-jwt computes the signatures, and is asked nothing else: it would resolve, compare and tell the time in
 * ways of its own.
 */
const ALGORITHMS = ['ES256', 'EdDSA', 'ES256K'] as const;
export type Jwt11Algorithm = (typeof ALGORITHMS)[number];

const SIGNATURE_BYTES = 64; // Of all three.
const CLAIMS = ['vc', 'vp'] as const;

export interface ParsedJwt11 extends ParsedJws<Jwt11Algorithm> {
  readonly claims: JwtClaims & { readonly iss: string };
  readonly audiences: readonly string[];
  /**
   * The verification method that `kid` names, a fragment being one of the document of `iss`; where that gives no DID URL, the `kid` as it
   * is. `undefined` without a `kid`: then it is the only one that the document of `iss` lists (`findSoleMethodOf`). That its DID is `iss`
   * is not yet checked.
   */
  readonly methodId: string | undefined;
}

/** Both claims in one token would leave it open what it is. */
export type Jwt11Problem = JwsProblem | 'forbiddenClaim';

/**
 * Never throws. Checks the form of the token and of its registered claims, that there is an `iss` (§6.3.1 calls for it, and keys are looked
 * up by it), and that it has the one claim and not the other; a JWT without it is another kind of token. `content` is that claim's object, nothing of it checked.
 */
export function parseJwt11(
  token: unknown,
  claim: 'vc' | 'vp',
  maxLength: number,
): { readonly token: ParsedJwt11; readonly content: unknown } | { readonly problem: Jwt11Problem } {
  // "typ, if present, MUST be set to JWT."
  const jws = parseJwsOf(ALGORITHMS, token, { typ: 'jwt', mayLackTyp: true, maxLength });
  if ('problem' in jws) return jws;
  const { payload, kid } = jws;
  if (CLAIMS.some((name) => name !== claim && Object.hasOwn(payload, name))) {
    return { problem: 'forbiddenClaim' };
  }
  if (!Object.hasOwn(payload, claim)) return { problem: 'unsupported' };
  const { iss, ...claims } = readJwtClaims(payload) ?? {};
  const audiences = readAudiences(payload['aud']);
  if (iss === undefined || !audiences) return { problem: 'malformed' };
  const methodId = kid === undefined ? undefined : toMethodId(kid, iss);
  return { token: { ...jws, claims: { ...claims, iss }, audiences, methodId }, content: payload[claim] };
}

/** The key decides the algorithm, and one that the token does not name is none of its keys. */
export function verifyJwt11Signature(parsed: ParsedJws<Jwt11Algorithm>, key: AnyVerificationKey): boolean {
  const { algorithm, signature, signingInput } = parsed;
  if (algorithm !== key.algorithm || signature.length !== SIGNATURE_BYTES) return false;
  // A method of a type of its own, so that nothing but the key in it can be meant.
  const method = { id: '#key', type: 'JsonWebKey', controller: '', publicKeyJwk: { ...key.jwk } };
  try {
    verifyJWS(`${signingInput}.${encodeBase64url(signature)}`, method);
    return true;
  } catch {
    return false; // Its way of saying no.
  }
}

/**
 * @param payload canonical text
 * @throws TypeError when the key is not of the DID that signs, or the signer answers with anything but a raw 64-byte signature
 */
export async function signJwt11(
  payload: string,
  did: string,
  key: SigningKey,
  signer: Signer,
): Promise<string> {
  if (key.did !== did || !key.kid.startsWith(`${did}#`)) throw new TypeError("not the signing party's key");
  const sign = async (signingInput: string | Uint8Array) => {
    const signature = await signer.sign(key, Buffer.from(signingInput as string, 'latin1'));
    if (signature.length !== SIGNATURE_BYTES) {
      throw new TypeError(`a raw ${key.algorithm} signature was expected`);
    }
    return encodeBase64url(signature);
  };
  // Text is taken as a payload that is encoded already; a new header each time, since it is written into.
  return createJWS(encodeBase64url(payload), sign, { alg: key.algorithm, kid: key.kid, typ: 'JWT' });
}

function toMethodId(kid: string, iss: string): string {
  if (kid.startsWith('#')) return iss + kid;
  const isBareFragment = /^[A-Za-z0-9._~-]+$/.test(kid);
  return isBareFragment ? `${iss}#${kid}` : kid;
}

/** RFC 7519 §4.1.3; `undefined` for anything else. */
function readAudiences(aud: unknown): readonly string[] | undefined {
  const audiences: unknown[] = aud === undefined ? [] : Array.isArray(aud) ? aud : [aud];
  return audiences.every((audience) => typeof audience === 'string') ? audiences : undefined;
}
