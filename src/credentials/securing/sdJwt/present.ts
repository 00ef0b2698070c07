import { covers, valueAt } from '../../../kernel/jsonPointer.js';
import type { Signer, SigningKey } from '../../../kernel/ports.js';
import {
  findKeyBindingProblem,
  readConfirmation,
  signKeyBinding,
  type KeyBindingParts,
} from './keyBinding.js';
import { joinSdJwt, parseSdJwt, type SdJwtProblem, type SdJwtProfile } from './sdJwt.js';

/** What a holder shows, and to whom (RFC 9901 §7.2). */
export interface PresentationChoice {
  /**
   * JSON Pointers into the processed payload of the token that is presented. Each reveals what it names, everything in it, and whatever
   * leads to it; what is not named and disclosable is kept back.
   */
  readonly disclose: readonly string[];
  /** Absent: without key binding. */
  readonly keyBinding?: KeyBindingParts & { readonly key: SigningKey; readonly signer: Signer };
}

export type PresentProblem =
  | SdJwtProblem
  /** It has a key binding already, so it is somebody's presentation and not the holder's credential. */
  | 'alreadyPresented'
  /** A pointer names nothing in it. */
  | 'unknownClaim'
  /** The issuer confirmed no key, or none that can be checked here; `kid` alone is such. */
  | 'notKeyBound';

/**
 * Makes a presentation of a credential. Any token gives an answer. Not checked here: the issuer's signature, which the holder checks on
 * receiving it.
 *
 * @throws TypeError when the key is not the one that the issuer confirmed, or the signer fails
 */
export async function presentSdJwt(
  token: unknown,
  profile: SdJwtProfile,
  { disclose, keyBinding }: PresentationChoice,
): Promise<{ readonly presentation: string } | { readonly problem: PresentProblem }> {
  const parsed = parseSdJwt(token, profile);
  if ('problem' in parsed) return parsed;
  if (parsed.keyBindingJwt !== undefined) return { problem: 'alreadyPresented' };
  if (disclose.some((pointer) => valueAt(parsed.claims, pointer) === undefined))
    return { problem: 'unknownClaim' };
  const chosen = parsed.disclosed.filter((disclosure) =>
    disclose.some((pointer) => covers(pointer, disclosure.pointer) || covers(disclosure.pointer, pointer)),
  );
  const jwt = parsed.presented.slice(0, parsed.presented.indexOf('~'));
  const presented = joinSdJwt(jwt, chosen);
  if (!keyBinding) return { presentation: presented };

  const confirmation = readConfirmation(parsed.claims);
  if (!('key' in confirmation)) return { problem: 'notKeyBound' };
  const { key, signer, ...parts } = keyBinding;
  const keyBindingJwt = await signKeyBinding(presented, parsed.hash, parts, key, signer);
  const expected = { ...parts, now: parts.issuedAt };
  if (findKeyBindingProblem({ keyBindingJwt, presented, hash: parsed.hash }, confirmation.key, expected)) {
    throw new TypeError('not the key that the credential is bound to');
  }
  return { presentation: presented + keyBindingJwt };
}
