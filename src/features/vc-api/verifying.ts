import { isJsonObject } from '../../kernel/strictJson.js';
import { parseSecuredDocument } from '../../credentials/securing/dataIntegrity/dataIntegrity.js';
import type { CredentialReport, PresentationReport } from '../../credentials/verification/report.js';
import { verifyCredential } from '../../credentials/verification/verifyCredential.js';
import { verifyPresentation } from '../../credentials/verification/verifyPresentation.js';
import { AppError } from '../../kernel/errors.js';
import type { VcApiDeps } from './deps.js';
import { problemDetail, type ProblemDetail } from './problemDetails.js';
import type { VerifyCredentialRequest, VerifyPresentationRequest } from './verifyingSchemas.js';
import { judgeCredentialReport, judgePresentationReport, type Finding } from './verdicts.js';

type Deps = Pick<VcApiDeps, 'clock' | 'sources' | 'http' | 'canonizer'>;

/** Requests to elsewhere that one call may cause: anybody may call. */
const MOST_REQUESTS = 3;

/** VCALM §3.3.1. Throws `vc-api/not-verified` with `problemDetails`, and `request/unavailable`. */
export async function verifyCredentialAsApi(
  deps: Deps,
  { verifiableCredential: secured, options = {} }: VerifyCredentialRequest,
): Promise<CredentialReport> {
  const context = { now: deps.clock.now(), sources: deps.sources };
  const report = await deps.http.within(MOST_REQUESTS, () => verifyCredential(secured, context));
  refuseUnverified(judgeCredentialReport(report), 'credential');
  refuseProblems(
    [
      ...purposeProblems(options.expectedProofPurpose, 'assertionMethod'),
      ...bindingProblems(secured, options),
      ...(await lossProblems(deps, secured)),
    ],
    'credential',
  );
  return report;
}

/** VCALM §3.3.2. Throws `vc-api/not-verified` with `problemDetails`, and `request/unavailable`. */
export async function verifyPresentationAsApi(
  deps: Deps,
  { verifiablePresentation: secured, options = {} }: VerifyPresentationRequest,
): Promise<PresentationReport> {
  const { domain, challenge, expectedProofPurpose } = options;
  const context = {
    now: deps.clock.now(),
    sources: deps.sources,
    leastCredentials: 0,
    ...(domain === undefined ? {} : { audience: domain }),
    ...(challenge === undefined ? {} : { nonce: challenge }),
  } as const;
  const report = await deps.http.within(MOST_REQUESTS, () => verifyPresentation(secured, context));
  // A token without `holder` is refused by its format.
  const namesHolder = !isJsonObject(secured) || !Object.hasOwn(secured, 'proof') || 'holder' in secured;
  refuseUnverified(judgePresentationReport(report, namesHolder), 'presentation');
  refuseProblems(purposeProblems(expectedProofPurpose, 'authentication'), 'presentation');
  return report;
}

function refuseUnverified(finding: Finding, what: string): void {
  if (finding.verdict === 'notVerified') refuseProblems(finding.problems, what);
  if (finding.verdict === 'notLookedAt') {
    throw new AppError('request/unavailable', 'Too much is waiting to be verified.', {
      retryAfterSeconds: 1,
    });
  }
}

function refuseProblems(problemDetails: readonly ProblemDetail[], what: string): void {
  if (problemDetails.length === 0) return;
  throw new AppError('vc-api/not-verified', `The ${what} does not verify.`, {
    members: { verified: false, problemDetails },
  });
}

/** Data Integrity 1.0 §4.4: each purpose is good for one of the two routes, and no other is verified here. */
function purposeProblems(expected: string | undefined, actual: string): ProblemDetail[] {
  return expected === undefined || expected === actual
    ? []
    : [problemDetail('PROOF_VERIFICATION_ERROR', 'The proof was made for another purpose.')];
}

/** Data Integrity 1.0 §4.4 steps 6 and 7, of a credential that was verified. A token has neither. */
function bindingProblems(
  secured: unknown,
  { domain, challenge }: NonNullable<VerifyCredentialRequest['options']>,
): ProblemDetail[] {
  if (domain === undefined && challenge === undefined) return [];
  const parsed = parseSecuredDocument(secured);
  const proofs = 'proofs' in parsed ? parsed.proofs : [];
  const isFor = (wanted: string, member: 'domain' | 'challenge') =>
    proofs.length > 0 && proofs.every((proof) => [proof[member]].flat().every((one) => one === wanted));
  return [
    ...(domain === undefined || isFor(domain, 'domain')
      ? []
      : [problemDetail('INVALID_DOMAIN_ERROR', 'Made for another audience.')]),
    ...(challenge === undefined || isFor(challenge, 'challenge')
      ? []
      : [problemDetail('INVALID_CHALLENGE_ERROR', 'Made in answer to another request.')]),
  ];
}

/**
 * The suites over JSON sign terms that no context defines as well as others. Whoever reads the credential as JSON-LD would not see them, so
 * that they are refused here as by the suites over RDF, as far as the contexts are known (VC Data Model 2.0 §5.2.1).
 */
async function lossProblems({ canonizer }: Deps, secured: unknown): Promise<ProblemDetail[]> {
  const parsed = parseSecuredDocument(secured);
  if (!('proofs' in parsed) || !parsed.proofs.some(({ cryptosuite }) => cryptosuite.includes('-jcs-'))) {
    return [];
  }
  const answer = await canonizer.canonize(parsed.document, 'sha256');
  return 'problem' in answer && answer.problem === 'notJsonLd'
    ? [problemDetail('DATA_LOSS_DETECTION_ERROR', 'A term is not defined by any context.')]
    : [];
}
