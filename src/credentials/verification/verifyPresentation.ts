import { parseDidUrl } from '../did/didUrl.js';
import { parseVpJwt, verifyVpJwtSignature, type ParsedVpJwt } from '../securing/vpJwt.js';
import {
  completeResults,
  foldVerdict,
  lowestVerdict,
  PRESENTATION_CHECKS,
  resultOf,
  type CheckCode,
  type CheckResult,
} from './checks.js';
import { describeProblem } from './formatCheck.js';
import { findSigningKey } from './keyCheck.js';
import type { CredentialReport, PresentationReport } from './report.js';
import { DEFAULT_TOLERANCE_SECONDS, type VerificationContext } from './sources.js';
import { judgeSignatureDates } from './validityCheck.js';
import { verifyCredential } from './verifyCredential.js';

export interface PresentationContext extends VerificationContext {
  /** The name by which the verifier asked to be addressed. */
  readonly audience: string;
  /** What the verifier asked to find in the answer. Whether it is used once only is the verifier's to keep. */
  readonly nonce: string;
}

/**
 * Verifies a presentation secured as `vp+jwt`, and every credential in it. Any value gives a report, never a rejection. The
 * credentials are looked at only once the presentation is known to be its holder's.
 */
export async function verifyPresentation(
  token: unknown,
  context: PresentationContext,
): Promise<PresentationReport> {
  const parsed = parseVpJwt(token);
  if ('problem' in parsed) return reportOf([describeProblem(parsed)], [], context.now);

  const format = resultOf('format/well-formed');
  const holderCode = judgeHolder(parsed);
  if (holderCode) return reportOf([format, resultOf(holderCode)], [], context.now);

  const signed = await judgeSigner(parsed, context);
  if (signed.some(({ outcome }) => outcome !== 'pass')) return reportOf([format, ...signed], [], context.now);

  const reports = await Promise.all(
    parsed.credentials.map((credential) => verifyCredential(credential, context)),
  );
  const results = [
    format,
    ...signed,
    resultOf(judgeSubjects(parsed.holder, reports)),
    resultOf(judgeAudience(parsed.audiences, context.audience)),
    resultOf(judgeNonce(parsed.nonce, context.nonce)),
    resultOf(
      judgeSignatureDates(parsed.claims, context.now, context.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS),
    ),
  ];
  return reportOf(results, reports, context.now, parsed.holder);
}

/** What is wrong with the holder before any key is looked up: the holder, the DID in `kid` and every `iss` are one. */
function judgeHolder({ holder, kid, iss, claims }: ParsedVpJwt): CheckCode | undefined {
  if (holder === undefined) return 'holder/missing';
  const signer = parseDidUrl(kid)?.did;
  if (signer === undefined) return 'key/unidentified';
  const named = [signer, iss ?? holder, claims.iss ?? holder];
  return named.every((did) => did === holder) ? undefined : 'holder/mismatch';
}

/** A presentation is made in the moment, so a key revoked at any time is refused. */
async function judgeSigner(parsed: ParsedVpJwt, { sources }: PresentationContext): Promise<CheckResult[]> {
  const finding = await findSigningKey(parsed.kid, 'authentication', sources);
  if ('code' in finding) return [resultOf(finding.code)];
  if (finding.revokedAt) return [resultOf('key/revoked')];
  const listed = resultOf('key/listed');
  if (parsed.algorithm !== finding.key.algorithm) return [listed, resultOf('signature/algorithm-mismatch')];
  const isValid = verifyVpJwtSignature(parsed, finding.key);
  return [listed, resultOf(isValid ? 'signature/valid' : 'signature/invalid')];
}

/** Each credential must be about the holder: others' credentials can be copied, but not presented. */
function judgeSubjects(holder: string | undefined, reports: readonly CredentialReport[]): CheckCode {
  const subjects = reports.map(({ credential }) => credential?.subject.did);
  if (subjects.some((did) => did !== undefined && did !== holder)) return 'holder/not-subject';
  return subjects.includes(undefined) ? 'holder/unbound' : 'holder/bound';
}

function judgeAudience(audiences: readonly string[], expected: string): CheckCode {
  if (audiences.length === 0) return 'audience/missing';
  return audiences.includes(expected) ? 'audience/matches' : 'audience/mismatch';
}

function judgeNonce(nonce: string | undefined, expected: string): CheckCode {
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
