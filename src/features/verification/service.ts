import type { Kysely } from 'kysely';
import type { BudgetedHttp } from '../../adapters/callBudget.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { CredentialReport, PresentationReport } from '../../credentials/verification/report.js';
import { compilePolicy, decideUnder } from '../../credentials/policies/evaluate.js';
import type { PolicyRule } from '../../credentials/policies/policy.js';
import type { IssuanceRecord, VerificationSources } from '../../credentials/verification/sources.js';
import { recordGrounds } from '../../credentials/receipts/grounds.js';
import { verifyCredential } from '../../credentials/verification/verifyCredential.js';
import { verifyPresentation } from '../../credentials/verification/verifyPresentation.js';
import type { Canonizer } from '../../credentials/jsonLd/canonizer.js';
import { invalidField, notFound } from '../../kernel/errors.js';
import { newId, type OrganisationId, type PolicyId, type VerificationId } from '../../kernel/ids.js';
import type { Clock } from '../../kernel/ports.js';
import type { Archive } from './asOf/archive.js';
import { noteForeignUse, type ForeignRequest } from './asOf/foreignUse.js';
import type { History } from './asOf/history.js';
import { toReportAsOf } from './asOf/report.js';
import { findSince } from './asOf/since.js';
import { createSourcesAsOf } from './asOf/sources.js';
import type { Report } from './schemas.js';
import { describeSubmission, signReport, type ReceiptDeps } from './receipts.js';
import { findVerification, insertVerification } from './store.js';
import type { Submission } from './submission.js';

/** By what the caller's organisation wants it to be judged as well. */
export interface PolicyChoice {
  readonly id: PolicyId;
  /** The newest when absent. */
  readonly version?: number;
}

/** What only who is signed in may ask for besides. */
export interface VerifyOptions {
  readonly policy?: PolicyChoice;
  /** What an honest verifier would have said then; not in the future. */
  readonly asOf?: Date;
  /** The report signed by the verifying organisation, with the digests of what it rests on. */
  readonly receipt?: boolean;
}

export interface VerificationDeps extends ReceiptDeps {
  readonly db: Kysely<Tables>;
  /** What is recorded here of the past, and what was seen of others. */
  readonly history: History;
  readonly archive: Archive;
  /** How a DID of another host is asked for. */
  readonly foreignDidRequest: (did: string) => ForeignRequest | undefined;
  readonly clock: Clock;
  readonly http: BudgetedHttp;
  readonly sources: VerificationSources;
  /** For what was signed here: no strangers' documents are in its way. */
  readonly ownCanonizer: Canonizer;
  /** Of the organisation's own policies; with `asOf` the newest version of then. Throws `resource/not-found` and `policies/archived`. */
  readonly findPolicyRules: (
    organisationId: OrganisationId,
    choice: PolicyChoice & { readonly asOf?: Date },
  ) => Promise<{ readonly id: PolicyId; readonly version: number; readonly rules: readonly PolicyRule[] }>;
}

export interface VerificationService {
  /** Stores the report, under an id, for who is signed in; of an anonymous verification nothing is kept. */
  verify(submission: Submission, verifierId: undefined): Promise<Report>;
  /** Under a policy of the verifier's, too, where one is chosen. Throws what `findPolicyRules` does, `keys/none-active` and `request/invalid`. */
  verify(submission: Submission, verifierId: OrganisationId, options?: VerifyOptions): Promise<Report>;
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
  const isOwn = (url: string) => url.startsWith(`${deps.publicUrl}/`);
  const pastDeps = { ...deps, present: sources, profiles: sources.profiles };

  function judge(
    submission: Submission,
    context: { readonly now: Date; readonly sources: VerificationSources },
  ): Promise<CredentialReport | PresentationReport> {
    if ('credential' in submission) {
      const { credential, fields } = submission;
      return verifyCredential(credential, { ...context, ...(fields && { fields }) });
    }
    const { presentation, audience, nonce } = submission;
    return verifyPresentation(presentation, { ...context, audience, nonce });
  }

  /** With everything that was asked for; to be stored before it is answered. */
  async function verifyFor(
    verifierId: OrganisationId,
    submission: Submission,
    {
      policy: choice,
      receipt: wantsReceipt,
      asOf,
      maxRequests,
    }: VerifyOptions & { readonly maxRequests: number },
  ) {
    const now = clock.now();
    if (asOf && asOf > now) throw invalidField('/asOf', 'must not lie in the future');
    const submitted = wantsReceipt ? describeSubmission(submission) : undefined;
    const policy = choice && (await deps.findPolicyRules(verifierId, { ...choice, ...(asOf && { asOf }) }));
    const present = asOf ? undefined : noteForeignUse(sources, isOwn, deps.foreignDidRequest);
    const asked = asOf ? createSourcesAsOf(pastDeps, asOf) : (present?.sources ?? sources);
    const recorder = submitted && recordGrounds(asked);
    const context = { now: asOf ?? now, sources: recorder?.sources ?? asked };
    const judged = await deps.http.within(maxRequests, () => judge(submission, context));
    const verified = asOf
      ? toReportAsOf(judged, asOf, now, await findSince(pastDeps, submission, asOf, now))
      : judged;
    const decided = policy ? decideUnder(compilePolicy(policy.rules), verified) : verified;
    const id = newId<'verification'>();
    const named = policy && { id: policy.id, version: policy.version };
    const report = { id, ...(named && { policy: named }), ...decided };
    const receipt =
      submitted &&
      recorder &&
      (await signReport(deps, { id, verifierId, submitted, restsOn: recorder.grounds(), report }));
    const store = (executor: Executor) =>
      insertVerification(executor, {
        id,
        organisationId: verifierId,
        verdict: report.verdict,
        report,
        at: new Date(report.verifiedAt),
        ...(named && { policy: named }),
        ...(receipt !== undefined && { receipt }),
      });
    const used = present?.used() ?? [];
    return { report: { ...report, ...(receipt !== undefined && { receipt }) }, used, store };
  }

  return {
    async verify(
      submission: Submission,
      verifierId: OrganisationId | undefined,
      options: VerifyOptions = {},
    ): Promise<Report> {
      if (verifierId === undefined)
        return deps.http.within(ANONYMOUS_REQUESTS, () => judge(submission, { now: clock.now(), sources }));
      const wanted = { ...options, maxRequests: SIGNED_IN_REQUESTS };
      const { report, used, store } = await verifyFor(verifierId, submission, wanted);
      // Before the answer: what was said must not rest on what is already forgotten.
      await deps.archive.keep(used);
      await store(deps.db);
      return report;
    },

    verifyFor,

    verifyCredential: (credential) =>
      deps.http.within(ANONYMOUS_REQUESTS, () => verifyCredential(credential, { now: clock.now(), sources })),

    async readVerification(id, organisationId) {
      const stored = await findVerification(deps.db, id, organisationId);
      if (!stored) throw notFound('verification');
      const { report, receipt } = stored;
      return { ...(report as Report), ...(receipt !== undefined && { receipt }) };
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
