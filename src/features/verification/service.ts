import type { Kysely } from 'kysely';
import type { BudgetedHttp } from '../../adapters/callBudget.js';
import type { Tables } from '../../adapters/database/schema.js';
import type { FieldProof } from '../../credentials/dossier/commitment.js';
import type { CredentialReport, PresentationReport } from '../../credentials/verification/report.js';
import type { IssuanceRecord, VerificationSources } from '../../credentials/verification/sources.js';
import { verifyCredential } from '../../credentials/verification/verifyCredential.js';
import { verifyPresentation } from '../../credentials/verification/verifyPresentation.js';
import type { Canonizer } from '../../credentials/jsonLd/canonizer.js';
import { notFound } from '../../kernel/errors.js';
import { newId, type OrganisationId, type VerificationId } from '../../kernel/ids.js';
import type { Clock } from '../../kernel/ports.js';
import type { Report } from './schemas.js';
import { findVerification, insertVerification } from './store.js';

/** What is to be judged; its envelope was checked, its content is anybody's. */
export type Submission =
  | { readonly credential: unknown; readonly fields?: readonly FieldProof[] }
  | { readonly presentation: unknown; readonly audience: string; readonly nonce: string };

export interface VerificationDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly http: BudgetedHttp;
  readonly sources: VerificationSources;
  /** For what was signed here: no strangers' documents are in its way. */
  readonly ownCanonizer: Canonizer;
}

export interface VerificationService {
  /** Stores the report, under an id, for who is signed in; of an anonymous verification nothing is kept. */
  verify(submission: Submission, verifierId: OrganisationId | undefined): Promise<Report>;
  readVerification(id: VerificationId, organisationId: OrganisationId): Promise<Report>;
  /** Our own verifier on what was just signed, with the record that is about to be written. */
  verifyBeforeRelease(secured: unknown, record: IssuanceRecord): Promise<CredentialReport>;
}

/** Requests to elsewhere that one call may cause: a stranger must not be able to use this service as a cannon. */
const ANONYMOUS_REQUESTS = 3;
const SIGNED_IN_REQUESTS = 20;

export function createVerification(deps: VerificationDeps): VerificationService {
  const { clock, sources } = deps;

  function judge(submission: Submission): Promise<CredentialReport | PresentationReport> {
    const context = { now: clock.now(), sources };
    if ('credential' in submission) {
      const { credential, fields } = submission;
      return verifyCredential(credential, { ...context, ...(fields && { fields }) });
    }
    const { presentation, audience, nonce } = submission;
    return verifyPresentation(presentation, { ...context, audience, nonce });
  }

  return {
    async verify(submission, verifierId) {
      const most = verifierId === undefined ? ANONYMOUS_REQUESTS : SIGNED_IN_REQUESTS;
      const report: Report = await deps.http.within(most, () => judge(submission));
      if (verifierId === undefined) return report;
      const id = newId<'verification'>();
      const stored = { id, ...report };
      await insertVerification(deps.db, {
        id,
        organisationId: verifierId,
        verdict: report.verdict,
        report: stored,
        at: new Date(report.verifiedAt),
      });
      return stored;
    },

    async readVerification(id, organisationId) {
      const report = await findVerification(deps.db, id, organisationId);
      if (!report) throw notFound('verification');
      return report as Report;
    },

    verifyBeforeRelease: (secured, record) =>
      verifyCredential(secured, {
        now: clock.now(),
        sources: {
          ...sources,
          canonizer: deps.ownCanonizer,
          issuance: async () => record,
          contests: async () => [],
        },
      }),
  };
}
