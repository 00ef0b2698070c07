import type { CheckResult } from '../../../credentials/verification/checks.js';
import type { PresentationRequest } from './schemas.js';

/** Where a request stands. */
export function statusOf(
  row: { readonly answered_at: Date | null; readonly cancelled_at: Date | null; readonly expires_at: Date },
  now: Date,
): PresentationRequest['status'] {
  if (row.answered_at) return 'answered';
  if (row.cancelled_at) return 'cancelled';
  return row.expires_at > now ? 'open' : 'expired';
}

/** Of a report, what says whether the holder itself made the presentation for this request. */
export interface AnswerReport {
  readonly checks: readonly Pick<CheckResult, 'check' | 'outcome'>[];
  readonly holder?: unknown;
  readonly credentials?: readonly unknown[];
}

/**
 * Whether it is an answer at all, whatever is thought of it: a link may have reached others, and what those send must not use the request up.
 * The verdict over the credentials, and the policy, do not matter here.
 */
export function isAnswer({ checks, holder, credentials = [] }: AnswerReport): boolean {
  return (
    holder !== undefined &&
    credentials.length > 0 &&
    checks.every(({ check, outcome }) => check === 'policy' || outcome === 'pass')
  );
}
