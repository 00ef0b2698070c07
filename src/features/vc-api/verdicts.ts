import {
  CREDENTIAL_CHECKS,
  foldVerdict,
  PRESENTATION_CHECKS,
  type Check,
  type CheckCode,
  type CheckResult,
} from '../../credentials/verification/checks.js';
import type { CredentialReport, PresentationReport } from '../../credentials/verification/report.js';
import { problemDetail, type ProblemDetail, type ProblemType } from './problemDetails.js';

/**
 * What the verifier's report means to the VC API, which asks for format, signature, key, issuer, validity, schema and status, and not for
 * this network's trust. Everything that was found wrong or could not be found out is an error: what is not known to hold is not verified
 * (VCALM §3.8.1 lets an implementation be stricter with status and validity than to warn).
 */
export type Finding =
  | { readonly verdict: 'verified' }
  | { readonly verdict: 'notVerified'; readonly problems: readonly ProblemDetail[] }
  /** Nothing is wrong that was looked at; for the rest there was no time. */
  | { readonly verdict: 'notLookedAt' };

/**
 * Of a presentation: what the presenter has to do with the credentials' subjects is a business rule, for the caller to judge (VCALM §3.3.2), and
 * so is what it was made for when no domain or challenge is given.
 */
const NOT_ASKED: ReadonlySet<CheckCode> = new Set([
  'holder/not-subject',
  'holder/unbound',
  'audience/not-demanded',
  'nonce/not-demanded',
]);

/** By kind of check, unless a code says otherwise. */
const TYPE_OF_CHECK: Readonly<Record<Check, ProblemType>> = {
  format: 'MALFORMED_VALUE_ERROR',
  signature: 'CRYPTOGRAPHIC_SECURITY_ERROR',
  key: 'CRYPTOGRAPHIC_SECURITY_ERROR',
  issuer: 'CRYPTOGRAPHIC_SECURITY_ERROR',
  validity: 'RANGE_ERROR',
  schema: 'MALFORMED_VALUE_ERROR',
  status: 'STATUS_VERIFICATION_ERROR',
  accreditation: 'CRYPTOGRAPHIC_SECURITY_ERROR',
  dossier: 'CRYPTOGRAPHIC_SECURITY_ERROR',
  policy: 'CRYPTOGRAPHIC_SECURITY_ERROR',
  holder: 'CRYPTOGRAPHIC_SECURITY_ERROR',
  audience: 'INVALID_DOMAIN_ERROR',
  nonce: 'INVALID_CHALLENGE_ERROR',
};
const TYPE_OF_CODE: Readonly<Partial<Record<CheckCode, ProblemType>>> = {
  'format/malformed': 'PARSING_ERROR',
  'format/unsupported': 'PARSING_ERROR',
  'format/too-large': 'PARSING_ERROR',
  'format/not-json-ld': 'DATA_LOSS_DETECTION_ERROR',
  'format/related-resource-changed': 'CRYPTOGRAPHIC_SECURITY_ERROR',
  'signature/proof-malformed': 'PROOF_VERIFICATION_ERROR',
  'signature/base-proof': 'PROOF_VERIFICATION_ERROR',
  'signature/purpose-mismatch': 'PROOF_VERIFICATION_ERROR',
  'signature/chain-broken': 'PROOF_VERIFICATION_ERROR',
  'signature/unknown-cryptosuite': 'PROOF_VERIFICATION_ERROR',
  'signature/unknown-context': 'PROOF_TRANSFORMATION_ERROR',
  'signature/hidden-statement': 'DATA_LOSS_DETECTION_ERROR',
  'status/malformed': 'MALFORMED_VALUE_ERROR',
  'status/out-of-range': 'RANGE_ERROR',
  'status/unreachable': 'STATUS_RETRIEVAL_ERROR',
};

export function judgeCredentialReport({ checks }: CredentialReport): Finding {
  return conclude(checks, CREDENTIAL_CHECKS, ({ check }) => check === 'accreditation');
}

/**
 * @param namesHolder whether the presentation says who presents it. Whoever presents a credential of his own making has to be named (VC Data
 * Model 2.0 §4.13.4)
 */
export function judgePresentationReport(report: PresentationReport, namesHolder: boolean): Finding {
  const { checks, credentials, holder } = report;
  const own = conclude(checks, PRESENTATION_CHECKS, ({ code }) => NOT_ASKED.has(code));
  const isSelfAsserted = credentials.some(
    ({ credential }) => credential !== undefined && credential.issuer.did === holder?.did,
  );
  const missing: Finding[] =
    isSelfAsserted && !namesHolder
      ? [
          {
            verdict: 'notVerified',
            problems: [
              problemDetail(
                'MALFORMED_VALUE_ERROR',
                'Who presents a credential of his own must be its holder.',
              ),
            ],
          },
        ]
      : [];
  return worstOf([own, ...missing, ...credentials.map(judgeCredentialReport)]);
}

/** The verifier's own fold, over the complete expected set, without the answers that the VC API does not ask for. */
function conclude(
  results: readonly CheckResult[],
  expected: readonly Check[],
  isIgnored: (result: CheckResult) => boolean,
): Finding {
  const ignored = new Set(results.filter(isIgnored).map(({ check }) => check));
  const asked = results.filter((result) => !isIgnored(result));
  const verdict = foldVerdict(
    asked,
    expected.filter((check) => !ignored.has(check)),
  );
  if (verdict === 'accepted') return { verdict: 'verified' };
  // What comes after the first failure was not looked at, which says nothing about it.
  const found = asked.filter(
    ({ outcome, code }) =>
      (outcome === 'fail' || outcome === 'undetermined') && !code.endsWith('/not-checked'),
  );
  return found.length === 0
    ? { verdict: 'notLookedAt' }
    : { verdict: 'notVerified', problems: found.map(toProblemDetail) };
}

function toProblemDetail({ check, code, detail }: CheckResult): ProblemDetail {
  return problemDetail(TYPE_OF_CODE[code] ?? TYPE_OF_CHECK[check], detail);
}

function worstOf(findings: readonly Finding[]): Finding {
  const problems = findings.flatMap((finding) => (finding.verdict === 'notVerified' ? finding.problems : []));
  if (problems.length > 0) return { verdict: 'notVerified', problems };
  return findings.find(({ verdict }) => verdict === 'notLookedAt') ?? { verdict: 'verified' };
}
