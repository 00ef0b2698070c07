import type { KeyPurpose } from '../did/document.js';
import type { AnyVerificationKey } from '../keys.js';
import type { CheckCode } from './checks.js';
import { CHECK_CODES } from './checks.js';
import { findSigningKey } from './keyCheck.js';
import type { Secured } from './secured.js';
import { DEFAULT_TOLERANCE_SECONDS, type VerificationContext } from './sources.js';

/** Whose it is, as far as names go. No key was looked up for it, and nothing is asked of the outside in the name of somebody else. */
export type Claimant =
  | { readonly did: string }
  /** A signature names no key; the names contradict each other, or none of the keys is the named party's. */
  | { readonly problem: 'unidentified' | 'mismatch' };

/**
 * Who the content comes from if its signatures are good: every name in it is the same one, and one of the keys is that party's. Further
 * proofs may be others'. Where it names nobody it is the first signer's.
 */
export function findClaimant({ signers, names }: Pick<Secured, 'signers' | 'names'>): Claimant {
  const owners = signers.map((signer) => signer?.owner);
  const [party = owners[0]] = names;
  if (party === undefined || owners.includes(undefined)) return { problem: 'unidentified' };
  const isBound = names.every((name) => name === party) && owners.includes(party);
  return isBound ? { did: party } : { problem: 'mismatch' };
}

export interface FoundKeys {
  /** One a signature. */
  readonly keys: readonly AnyVerificationKey[];
  /** The earliest, where one of them has been revoked. */
  readonly revokedAt?: Date;
}

/** The keys of all signatures; a key that is missing and one that could not be asked for are different answers, and the first counts. */
export async function findKeys(
  secured: Secured,
  purpose: KeyPurpose,
  { sources }: VerificationContext,
): Promise<FoundKeys | { readonly code: CheckCode }> {
  const findings = await Promise.all(
    secured.signers.map((signer) => findSigningKey(signer, purpose, sources, secured)),
  );
  const codes = findings.flatMap((finding) => ('code' in finding ? [finding.code] : []));
  const worst = codes.find((code) => CHECK_CODES[code][0] === 'fail') ?? codes[0];
  if (worst !== undefined) return { code: worst };
  const found = findings.filter((finding) => 'key' in finding);
  const revocations = found.flatMap(({ revokedAt }) => (revokedAt ? [revokedAt] : []));
  const [earliest] = revocations.sort((a, b) => a.getTime() - b.getTime());
  return { keys: found.map(({ key }) => key), ...(earliest && { revokedAt: earliest }) };
}

/** `signature/valid`, or what stands in its way, which may be another check's code. */
export function judgeSignatures(
  secured: Secured,
  keys: readonly AnyVerificationKey[],
  purpose: KeyPurpose,
  { now, sources, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS }: VerificationContext,
): Promise<CheckCode> | CheckCode {
  return secured.verify(keys, { purpose, now, toleranceSeconds, canonizer: sources.canonizer });
}
