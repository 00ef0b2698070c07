import { jwkThumbprint } from '../../../credentials/keys.js';
import { claimNameOf } from '../../../credentials/profiles/typeMetadata.js';
import type { SecuringFormat } from '../../../credentials/profiles/profile.js';
import { DC_SD_JWT_PROFILE } from '../../../credentials/securing/dcSdJwt.js';
import { readConfirmation } from '../../../credentials/securing/sdJwt/keyBinding.js';
import { presentSdJwt, type PresentationChoice } from '../../../credentials/securing/sdJwt/present.js';
import { parseSdJwt, type SdJwtProfile } from '../../../credentials/securing/sdJwt/sdJwt.js';
import { VC_SD_JWT_PROFILE } from '../../../credentials/securing/vcSdJwt.js';
import { prepareVpJwt, signVpJwt } from '../../../credentials/securing/vpJwt.js';
import { appendToken, pointerTokens, valueAt } from '../../../kernel/jsonPointer.js';
import type { CredentialId } from '../../../kernel/ids.js';
import type { Signer, SigningKey } from '../../../kernel/ports.js';

/**
 * The two ways to present. `vp+jwt` holds up to twenty credentials and is signed by the holder's DID; `dc+sd-jwt` is one credential with a key
 * binding, for partners that read nothing else.
 */
export const PRESENTATION_FORMATS = ['vp+jwt', 'dc+sd-jwt'] as const;
export type PresentationFormat = (typeof PRESENTATION_FORMATS)[number];

/** In which forms credentials go into which presentation, the best first: one that hides nothing needs no choice. */
export const FORMS_FOR: Readonly<Record<PresentationFormat, readonly SecuringFormat[]>> = {
  'vp+jwt': ['vc+jwt', 'vc+sd-jwt'],
  'dc+sd-jwt': ['dc+sd-jwt'],
};

/** A credential that is to be presented. */
export interface ChosenCredential {
  readonly id: CredentialId;
  readonly forms: ReadonlyMap<SecuringFormat, string>;
  /** JSON Pointers into what it says of its subject (`/statements/0`); absent: nothing was chosen. */
  readonly disclose?: readonly string[];
}

export interface Addressed {
  readonly key: SigningKey;
  readonly signer: Signer;
  readonly audience: string;
  readonly nonce: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

export type BundleProblem =
  /** It has no form that this presentation takes. */
  | { readonly problem: 'noForm'; readonly id: CredentialId }
  /** Pointers for one that shows everything anyway. */
  | { readonly problem: 'nothingToChoose'; readonly id: CredentialId }
  /** The pointer names nothing in it. */
  | { readonly problem: 'unknownField'; readonly id: CredentialId; readonly pointer: string }
  /** The key that it is bound to is not the holder's any more. */
  | { readonly problem: 'keyReplaced'; readonly id: CredentialId };

export type Bundled = { readonly presentation: string } | BundleProblem;

/**
 * Makes the presentation. What may be kept back is kept back unless a pointer names it.
 *
 * @throws TypeError when the signer fails
 */
export async function bundle(
  format: PresentationFormat,
  chosen: readonly ChosenCredential[],
  to: Addressed,
): Promise<Bundled> {
  const [first] = chosen;
  if (!first) throw new RangeError('nothing to present');
  if (format === 'dc+sd-jwt') return bindKey(first, to);
  const credentials: string[] = [];
  for (const credential of chosen) {
    const shown = await show(credential);
    if ('problem' in shown) return shown;
    credentials.push(shown.presentation);
  }
  const { key, signer, ...parts } = to;
  const prepared = prepareVpJwt({ holder: key.did, credentials, ...parts });
  return { presentation: await signVpJwt(prepared, key, signer) };
}

/** The presentation binds its holder, so the credentials in it need no binding of their own. */
async function show({ id, forms, disclose }: ChosenCredential): Promise<Bundled> {
  const whole = forms.get('vc+jwt');
  if (whole !== undefined && disclose === undefined) return { presentation: whole };
  const selective = forms.get('vc+sd-jwt');
  if (selective === undefined) return { problem: whole === undefined ? 'noForm' : 'nothingToChoose', id };
  const toClaim = (pointer: string) => `/credentialSubject${pointer}`;
  return reveal(selective, VC_SD_JWT_PROFILE, { id, disclose: disclose ?? [], toClaim });
}

async function bindKey(
  { id, forms, disclose = [] }: ChosenCredential,
  { key, expiresAt: _theVerifiersToBound, ...rest }: Addressed,
): Promise<Bundled> {
  const token = forms.get('dc+sd-jwt');
  if (token === undefined) return { problem: 'noForm', id };
  return reveal(token, DC_SD_JWT_PROFILE, {
    id,
    disclose,
    toClaim: toTopClaim,
    keyBinding: { key, ...rest },
  });
}

interface Choice {
  readonly id: CredentialId;
  readonly disclose: readonly string[];
  /** Where in the token's payload what a pointer names stands. */
  readonly toClaim: (pointer: string) => string;
  readonly keyBinding?: PresentationChoice['keyBinding'];
}

async function reveal(
  token: string,
  profile: SdJwtProfile,
  { id, disclose, toClaim, keyBinding }: Choice,
): Promise<Bundled> {
  const parsed = parseSdJwt(token, profile);
  if ('problem' in parsed) throw new TypeError('a credential of ours that cannot be read');
  const pointer = disclose.find((one) => valueAt(parsed.claims, toClaim(one)) === undefined);
  if (pointer !== undefined) return { problem: 'unknownField', id, pointer };
  if (keyBinding && !isBoundTo(parsed.claims, keyBinding.key)) return { problem: 'keyReplaced', id };
  const shown = await presentSdJwt(token, profile, {
    disclose: disclose.map(toClaim),
    ...(keyBinding && { keyBinding }),
  });
  if ('problem' in shown) throw new TypeError('a credential of ours that cannot be presented');
  return shown;
}

/** A key's name ends in its thumbprint. */
function isBoundTo(claims: Readonly<Record<string, unknown>>, { kid, did }: SigningKey): boolean {
  const confirmation = readConfirmation(claims);
  return 'key' in confirmation && kid === `${did}#${jwkThumbprint(confirmation.key.jwk)}`;
}

/** In this format the subject's members stand at the top, some under another name. */
function toTopClaim(pointer: string): string {
  const [member = '', ...rest] = pointerTokens(pointer);
  return [claimNameOf(member), ...rest].reduce(appendToken, '');
}
