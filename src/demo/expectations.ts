import { decidingChecks } from '../cli/reportText.js';
import type { Report } from '../cli/verificationRequest.js';
import type { CheckCode, Verdict } from '../credentials/verification/checks.js';
import type { ErrorCode } from '../kernel/errors.js';
import type { Problem } from './httpClient.js';

export interface ExpectedVerdict {
  readonly verdict: Verdict;
  /** Must be among the checks that decided. */
  readonly reason?: CheckCode;
}

/** How the story must end; anything else is a fault of the service, and the demonstration fails. */
export interface Expectations {
  readonly genuine: ExpectedVerdict;
  readonly tampered: ExpectedVerdict;
  readonly unaccredited: ExpectedVerdict;
  readonly suspended: ExpectedVerdict;
  readonly reinstated: ExpectedVerdict;
  readonly revoked: ExpectedVerdict;
  readonly released: ExpectedVerdict;
  readonly falsified: ExpectedVerdict;
  readonly lapsed: ExpectedVerdict;
  readonly contested: ExpectedVerdict;
  readonly impostor: { readonly status: number; readonly code: ErrorCode; readonly field: string };
}

export const EXPECTATIONS: Expectations = {
  genuine: { verdict: 'accepted' },
  tampered: { verdict: 'rejected', reason: 'signature/invalid' },
  unaccredited: { verdict: 'rejected', reason: 'accreditation/not-accredited' },
  suspended: { verdict: 'rejected', reason: 'status/suspended' },
  reinstated: { verdict: 'accepted' },
  revoked: { verdict: 'rejected', reason: 'status/revoked' },
  released: { verdict: 'accepted' },
  falsified: { verdict: 'rejected', reason: 'dossier/not-proven' },
  lapsed: { verdict: 'rejected', reason: 'status/suspended' },
  contested: { verdict: 'accepted' },
  impostor: { status: 409, code: 'applications/checks-missing', field: '/representation' },
};

export class UnexpectedOutcome extends Error {
  override readonly name = 'UnexpectedOutcome';
}

/** @throws UnexpectedOutcome that says what was expected and what came */
export function requireVerdict(what: string, report: Report, { verdict, reason }: ExpectedVerdict): void {
  const codes = decidingChecks(report).map(({ code }) => code);
  if (report.verdict === verdict && (reason === undefined || codes.includes(reason))) return;
  const wanted = reason === undefined ? verdict : `${verdict} for ${reason}`;
  const got = codes.length === 0 ? report.verdict : `${report.verdict} for ${codes.join(', ')}`;
  throw new UnexpectedOutcome(`${what}: expected ${wanted}, got ${got}.`);
}

/** @throws UnexpectedOutcome as above */
export function requireRefusal(what: string, problem: Problem, expected: Expectations['impostor']): void {
  const fields = (problem.errors ?? []).map(({ pointer }) => pointer);
  if (problem.code === expected.code && fields.includes(expected.field)) return;
  throw new UnexpectedOutcome(
    `${what}: expected a refusal with ${expected.code} of ${expected.field}, got ${problem.code} of ${fields.join(', ') || 'no field'}.`,
  );
}
