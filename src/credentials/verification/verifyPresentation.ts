import { findClaimant, findKeys, judgeSignatures } from './authenticity.js';
import {
  completeResults,
  foldVerdict,
  lowestVerdict,
  PRESENTATION_CHECKS,
  resultOf,
  type CheckCode,
  type CheckResult,
} from './checks.js';
import { verifyKeyBoundPresentation } from './keyBindingCheck.js';
import { readPresentation } from './readPresentation.js';
import type { CredentialReport, PresentationReport } from './report.js';
import type { SecuredPresentation } from './secured.js';
import { DEFAULT_TOLERANCE_SECONDS, type PresentationContext } from './sources.js';
import { judgeSignatureDates } from './validityCheck.js';
import { verifyCredential } from './verifyCredential.js';

/**
 * Verifies a presentation, and every credential in it: `vp+jwt`, a document with Data Integrity proofs, either in an envelope, or an SD-JWT with
 * its key binding. Any value gives a report, never a rejection. The credentials are looked at only once the presentation is known to be its
 * holder's.
 */
export async function verifyPresentation(
  secured: unknown,
  context: PresentationContext,
): Promise<PresentationReport> {
  if (isSdJwt(secured)) {
    const { results, credential, holder } = await verifyKeyBoundPresentation(secured, context);
    return reportOf(results, credential ? [credential] : [], context.now, holder);
  }
  const reading = readPresentation(secured, context.leastCredentials);
  if ('refused' in reading) return reportOf([reading.refused], [], context.now);

  const format = resultOf('format/well-formed');
  const claimant = findClaimant(reading);
  if ('problem' in claimant) {
    const code = claimant.problem === 'unidentified' ? 'key/unidentified' : 'holder/mismatch';
    return reportOf([format, resultOf(code)], [], context.now);
  }

  const signed = await judgeSigner(reading, context);
  if (signed.some(({ outcome }) => outcome !== 'pass')) return reportOf([format, ...signed], [], context.now);

  const reports = await Promise.all(
    reading.credentials.map((credential) => verifyCredential(credential, context)),
  );
  const { now, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = context;
  const results = [
    format,
    ...signed,
    resultOf(judgeSubjects(claimant.did, reports)),
    resultOf(judgeAudience(reading.audience, context.audience)),
    resultOf(judgeNonce(reading.nonce, context.nonce)),
    resultOf(judgeSignatureDates(reading.claims, now, toleranceSeconds)),
  ];
  return reportOf(results, reports, now, claimant.did);
}

function isSdJwt(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]+~/.test(value.slice(0, value.indexOf('~') + 1));
}

/** A presentation is made in the moment, so a key revoked at any time is refused. */
async function judgeSigner(
  presentation: SecuredPresentation,
  context: PresentationContext,
): Promise<CheckResult[]> {
  const found = await findKeys(presentation, 'authentication', context);
  if ('code' in found) return [resultOf(found.code)];
  if (found.revokedAt) return [resultOf('key/revoked')];
  const signature = await judgeSignatures(presentation, found.keys, 'authentication', context);
  return [resultOf('key/listed'), resultOf(signature)];
}

/** Each credential must be about the holder: others' credentials can be copied, but not presented. */
function judgeSubjects(holder: string, reports: readonly CredentialReport[]): CheckCode {
  const subjects = reports.map(({ credential }) => credential?.subject.did);
  if (subjects.some((did) => did !== undefined && did !== holder)) return 'holder/not-subject';
  return subjects.includes(undefined) ? 'holder/unbound' : 'holder/bound';
}

function judgeAudience(
  { match, names }: SecuredPresentation['audience'],
  expected: string | undefined,
): CheckCode {
  if (expected === undefined) return 'audience/not-demanded';
  if (names.length === 0) return 'audience/missing';
  const isMeant = match === 'anyOf' ? names.includes(expected) : names.every((name) => name === expected);
  return isMeant ? 'audience/matches' : 'audience/mismatch';
}

function judgeNonce(nonce: string | undefined, expected: string | undefined): CheckCode {
  if (expected === undefined) return 'nonce/not-demanded';
  if (nonce === undefined) return 'nonce/missing';
  return nonce === expected ? 'nonce/matches' : 'nonce/mismatch';
}

function reportOf(
  results: readonly CheckResult[],
  credentials: readonly CredentialReport[],
  now: Date,
  holder?: string,
): PresentationReport {
  const checks = completeResults(PRESENTATION_CHECKS, results);
  const own = foldVerdict(checks, PRESENTATION_CHECKS);
  return {
    verdict: lowestVerdict([own, ...credentials.map(({ verdict }) => verdict)]),
    verifiedAt: now.toISOString(),
    checks,
    ...(holder !== undefined && { holder: { did: holder } }),
    credentials,
  };
}
