import {
  findKeyBindingProblem,
  readConfirmation,
  type KeyBindingProblem,
} from '../securing/sdJwt/keyBinding.js';
import { isUsedByJws } from '../securing/jws.js';
import type { VerificationKey } from '../keys.js';
import { resultOf, type CheckCode, type CheckResult } from './checks.js';
import { findSigningKey } from './keyCheck.js';
import { readCredential } from './readCredential.js';
import { methodReference } from './readSecured.js';
import type { CredentialReport } from './report.js';
import type { SecuredCredential } from './secured.js';
import { DEFAULT_TOLERANCE_SECONDS, type PresentationContext } from './sources.js';
import { judgeCredential } from './verifyCredential.js';

/** What an SD-JWT with a key binding shows: the presentation's own checks, and the report of the credential in it. */
export interface KeyBoundOutcome {
  readonly results: readonly CheckResult[];
  readonly credential?: CredentialReport;
  /** The subject, once it is certain that whom the issuer bound it to presents it. */
  readonly holder?: string;
}

const CODES = {
  keyBindingMissing: 'holder/key-binding-missing',
  keyBindingMalformed: 'holder/key-binding-malformed',
  keyBindingAlgorithm: 'signature/algorithm-mismatch',
  keyBindingSignature: 'signature/invalid',
  keyBindingTime: 'validity/signature-expired',
  keyBindingAudience: 'audience/mismatch',
  keyBindingNonce: 'nonce/mismatch',
  keyBindingHash: 'holder/key-binding-mismatch',
} as const satisfies Record<KeyBindingProblem, CheckCode>;

/**
 * Verifies an SD-JWT+KB (RFC 9901 §7.3): the credential first, since the key that the binding must be signed with is its issuer's word.
 */
export async function verifyKeyBoundPresentation(
  token: string,
  context: PresentationContext,
): Promise<KeyBoundOutcome> {
  const reading = readCredential(token, context.sources.profiles);
  if ('refused' in reading) return { results: [reading.refused] };
  const credential = await judgeCredential(reading, context);
  const format = resultOf('format/well-formed');
  // Only where its issuer has signed it does the report say anything about the credential.
  if (!credential.credential || !reading.selective) return { results: [format], credential };
  const found = await findHolderKey(reading, context);
  if ('code' in found) return { results: [format, resultOf(found.code)], credential };
  const code = judgeKeyBinding(reading.selective, found.key, context);
  if (code) return { results: [format, resultOf('key/listed'), resultOf(code)], credential };
  const holder = credential.credential.subject.did;
  return {
    results: [
      format,
      ...BOUND.map((passed) => resultOf(passed)),
      resultOf(context.audience === undefined ? 'audience/not-demanded' : 'audience/matches'),
      resultOf(context.nonce === undefined ? 'nonce/not-demanded' : 'nonce/matches'),
    ],
    credential,
    ...(holder !== undefined && { holder }),
  };
}

const BOUND = [
  'signature/valid',
  'key/listed',
  'holder/bound',
  'validity/current',
] as const satisfies readonly CheckCode[];

function judgeKeyBinding(
  selective: NonNullable<SecuredCredential['selective']>,
  key: VerificationKey,
  { audience, nonce, now, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS }: PresentationContext,
): CheckCode | undefined {
  const expected = {
    ...(audience !== undefined && { audience }),
    ...(nonce !== undefined && { nonce }),
  };
  const problem = findKeyBindingProblem(selective, key, { ...expected, now, toleranceSeconds });
  return problem && CODES[problem];
}

/** The key that the issuer confirmed (`cnf`, RFC 7800): by value, or by the name of a method in the holder's DID document. */
async function findHolderKey(
  { selective }: SecuredCredential,
  { sources }: PresentationContext,
): Promise<{ readonly key: VerificationKey } | { readonly code: CheckCode }> {
  const confirmation = readConfirmation(selective?.claims ?? {});
  if ('problem' in confirmation) return { code: 'holder/not-key-bound' };
  if ('key' in confirmation) return confirmation;
  const found = await findSigningKey(methodReference(confirmation.kid), 'authentication', sources);
  if ('code' in found) return found;
  if (found.revokedAt) return { code: 'key/revoked' };
  return isUsedByJws(found.key) ? { key: found.key } : { code: 'key/unusable' };
}
