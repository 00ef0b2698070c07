import type { Signer, SigningKey } from '../../../kernel/ports.js';
import { parseCompactJws, signCompactJws, type JwsProblem, type JwsProfile, type ParsedJws } from '../jws.js';
import {
  parseDisclosure,
  readHashName,
  SD_MEMBERS,
  type Disclosure,
  type DisclosureHash,
} from './disclosure.js';
import { revealDocument, type RevealedDocument, type RevealProblem } from './reveal.js';

/**
 * Selective Disclosure for JWTs (RFC 9901), compact serialisation (§4):
 *
 *     <Issuer-signed JWT>~<Disclosure 1>~…~<Disclosure N>~[<KB-JWT>]
 *
 * The JSON serialisation (§8, optional) is not read.
 */
export interface ParsedSdJwt extends ParsedJws, RevealedDocument {
  /** Of the disclosures and of `sd_hash`. */
  readonly hash: DisclosureHash;
  /** Everything up to and with the last tilde: what a key binding is bound to (§4.3.1). */
  readonly presented: string;
  /** The KB-JWT as it came, nothing of it checked; `undefined` where there is none. */
  readonly keyBindingJwt: string | undefined;
}

export type SdJwtProblem =
  | JwsProblem
  | RevealProblem
  /** `_sd_alg` names a hash that is not accepted (§7.1 step 2.4). */
  | 'unsupportedHash';

export interface SdJwtProfile extends JwsProfile {
  /** Top-level claims that must never be disclosable (§9.7). */
  readonly reserved: ReadonlySet<string>;
}

/** A credential of ours has a few dozen. */
export const MAX_DISCLOSURES = 1_000;

/**
 * Reads an SD-JWT or SD-JWT+KB; never throws. Checks the form, and everything of §7.1 that the text alone can tell: every disclosure called
 * for exactly once, no digest twice, no claim overridden. Not yet checked: the signature, who signed, key binding, dates.
 */
export function parseSdJwt(
  token: unknown,
  profile: SdJwtProfile,
): ParsedSdJwt | { readonly problem: SdJwtProblem } {
  if (typeof token !== 'string' || token.length > profile.maxLength) return { problem: 'malformed' };
  const [jwt = '', ...rest] = token.split('~', MAX_DISCLOSURES + 3);
  const keyBindingJwt = rest.pop();
  // Without any tilde it is a plain JWT, and not for an SD-JWT's reader to take.
  if (keyBindingJwt === undefined || rest.length > MAX_DISCLOSURES) return { problem: 'malformed' };
  const jws = parseCompactJws(jwt, profile);
  if ('problem' in jws) return jws;
  const hash = readHashName(jws.payload[SD_MEMBERS.hash]);
  if (!hash) return { problem: 'unsupportedHash' };
  const disclosures: Disclosure[] = [];
  for (const encoded of rest) {
    const disclosure = parseDisclosure(encoded, hash);
    if (!disclosure) return { problem: 'malformedDisclosure' };
    disclosures.push(disclosure);
  }
  const revealed = revealDocument(jws.payload, disclosures, profile.reserved);
  if ('problem' in revealed) return revealed;
  return {
    hash,
    presented: token.slice(0, token.length - keyBindingJwt.length),
    keyBindingJwt: keyBindingJwt === '' ? undefined : keyBindingJwt,
    ...revealed,
    ...jws,
  };
}

/**
 * Signs a concealed payload and adds its disclosures, all of them, as it goes to the holder (§7.2).
 *
 * @param payload JSON text
 */
export async function signSdJwt(
  header: Readonly<Record<string, string>>,
  payload: string,
  disclosures: readonly Pick<Disclosure, 'encoded'>[],
  key: SigningKey,
  signer: Signer,
): Promise<string> {
  const jwt = await signCompactJws(header, payload, key, signer);
  return joinSdJwt(jwt, disclosures);
}

export function joinSdJwt(jwt: string, disclosures: readonly Pick<Disclosure, 'encoded'>[]): string {
  return [jwt, ...disclosures.map(({ encoded }) => encoded), ''].join('~');
}
