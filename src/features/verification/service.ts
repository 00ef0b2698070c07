import type { Kysely } from 'kysely';
import type { BudgetedHttp } from '../../adapters/callBudget.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { FieldProof } from '../../credentials/dossier/commitment.js';
import type { CredentialReport, PresentationReport } from '../../credentials/verification/report.js';
import { compilePolicy, decideUnder } from '../../credentials/policies/evaluate.js';
import type { PolicyRule } from '../../credentials/policies/policy.js';
import type { IssuanceRecord, VerificationSources } from '../../credentials/verification/sources.js';
import { verifyCredential } from '../../credentials/verification/verifyCredential.js';
import { verifyPresentation } from '../../credentials/verification/verifyPresentation.js';
import type { Canonizer } from '../../credentials/jsonLd/canonizer.js';
import { notFound } from '../../kernel/errors.js';
import { newId, type OrganisationId, type PolicyId, type VerificationId } from '../../kernel/ids.js';
import type { Clock } from '../../kernel/ports.js';
import type { Report } from './schemas.js';
import { findVerification, insertVerification } from './store.js';

/** What is to be judged; its envelope was checked, its content is anybody's. */
export type Submission =
  | { readonly credential: unknown; readonly fields?: readonly FieldProof[] }
  | { readonly presentation: unknown; readonly audience: string; readonly nonce: string };

/** By what the caller's organisation wants it to be judged as well. */
export interface PolicyChoice {
  readonly id: PolicyId;
  /** The newest when absent. */
  readonly version?: number;
}

export interface VerificationDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly http: BudgetedHttp;
  readonly sources: VerificationSources;
  /** For what was signed here: no strangers' documents are in its way. */
  readonly ownCanonizer: Canonizer;
  /** Of the organisation's own policies. Throws `resource/not-found` and `policies/archived`. */
  readonly findPolicyRules: (
    organisationId: OrganisationId,
    choice: PolicyChoice,
  ) => Promise<{ readonly id: PolicyId; readonly version: number; readonly rules: readonly PolicyRule[] }>;
}

export interface VerificationService {
  /** Stores the report, under an id, for who is signed in; of an anonymous verification nothing is kept. */
  verify(submission: Submission, verifierId: undefined): Promise<Report>;
  /** Under a policy of the verifier's, too, where one is chosen. Throws what `findPolicyRules` does. */
  verify(submission: Submission, verifierId: OrganisationId, choice?: PolicyChoice): Promise<Report>;
  /**
   * The same for a verifier who is not there: the report is stored once it is known to be wanted, in the transaction of what it is wanted for.
   * Throws what `findPolicyRules` does.
   */
  verifyFor(
    verifierId: OrganisationId,
    submission: Submission,
    options: { readonly policy: PolicyChoice; readonly maxRequests: number },
  ): Promise<{
    readonly report: Report & { readonly id: VerificationId };
    store(executor: Executor): Promise<void>;
  }>;
  /** As an anonymous verification, of a credential. */
  verifyCredential(credential: string): Promise<CredentialReport>;
  readVerification(id: VerificationId, organisationId: OrganisationId): Promise<Report>;
  /** Our own verifier on what was just signed, with the record that is about to be written. */
  verifyBeforeRelease(secured: unknown, record: IssuanceRecord): Promise<CredentialReport>;
}

/** Requests to elsewhere that one call may cause: a stranger must not be able to use this service as a cannon. */
export const ANONYMOUS_REQUESTS = 3;
export const SIGNED_IN_REQUESTS = 20;

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

  async function verifyFor(
    verifierId: OrganisationId,
    submission: Submission,
    { policy: choice, maxRequests }: { readonly policy?: PolicyChoice; readonly maxRequests: number },
  ) {
    const policy = choice && (await deps.findPolicyRules(verifierId, choice));
    const verified = await deps.http.within(maxRequests, () => judge(submission));
    const judged = policy ? decideUnder(compilePolicy(policy.rules), verified) : verified;
    const id = newId<'verification'>();
    const named = policy && { policy: { id: policy.id, version: policy.version } };
    const report = { id, ...named, ...judged };
    const store = (executor: Executor) =>
      insertVerification(executor, {
        id,
        organisationId: verifierId,
        verdict: report.verdict,
        report,
        at: new Date(report.verifiedAt),
        ...named,
      });
    return { report, store };
  }

  return {
    async verify(submission: Submission, verifierId: OrganisationId | undefined, choice?: PolicyChoice) {
      if (verifierId === undefined) return deps.http.within(ANONYMOUS_REQUESTS, () => judge(submission));
      const { report, store } = await verifyFor(verifierId, submission, {
        ...(choice && { policy: choice }),
        maxRequests: SIGNED_IN_REQUESTS,
      });
      await store(deps.db);
      return report;
    },

    verifyFor,

    verifyCredential: (credential) =>
      deps.http.within(ANONYMOUS_REQUESTS, () => verifyCredential(credential, { now: clock.now(), sources })),

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
