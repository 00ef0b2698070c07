import type { CredentialReport, PresentationReport } from '../../../credentials/verification/report.js';
import type { Since } from './rules.js';

/** What a report as of an instant says beside the verdict of then. */
export interface PastReport {
  /** RFC 3339, UTC. */
  readonly asOf: string;
  readonly since: readonly (Omit<Since, 'at'> & { readonly at: string })[];
}

/** The verdict is of then, and was made now; what was learned in between stands beside it and changes nothing. */
export function toReportAsOf<R extends CredentialReport | PresentationReport>(
  judged: R,
  asOf: Date,
  now: Date,
  since: readonly Since[],
): R & PastReport {
  const verifiedAt = now.toISOString();
  const past = {
    ...judged,
    verifiedAt,
    asOf: asOf.toISOString(),
    since: since.map(({ at, ...rest }) => ({ ...rest, at: at.toISOString() })),
    ...('credentials' in judged && {
      credentials: judged.credentials.map((one) => ({ ...one, verifiedAt })),
    }),
  };
  return past;
}
