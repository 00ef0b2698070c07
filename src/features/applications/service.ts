import type { Executor } from '../../adapters/database/schema.js';
import type { OrganisationCaller } from '../../kernel/caller.js';
import { notFound } from '../../kernel/errors.js';
import type { ApplicationId, OrganisationId, ProposalId } from '../../kernel/ids.js';
import type { NewMessage } from './conversation/schemas.js';
import { addMessage } from './conversation/service.js';
import { draftCredentials } from './decision/draft.js';
import type { ApplicationDraft } from './decision/schemas.js';
import {
  approveOrPropose,
  confirmDecision,
  decideApplication,
  retryIssuance,
  withdrawProposal,
} from './decision/service.js';
import type { ApplicationDeps } from './deps.js';
import { compareHandedIn, type HandedInDifference } from './difference/service.js';
import { isParty, requireRight } from './guards.js';
import { change } from './lifeStep.js';
import { recordPersonalRead } from './personalRead.js';
import { presentApplication } from './presentation.js';
import type { Assignee, QueueCounts, QueuePage, QueueQuery } from './queue/schemas.js';
import { assignApplication, claimNext, countQueue, listQueue, releaseApplication } from './queue/service.js';
import { recordCheck, recordChecks } from './review/service.js';
import type { Application, Check, Decision, NewApplication, NewCheck } from './schemas.js';
import type { ReviewSettings, VersionedReviewSettings } from './settings/schemas.js';
import { readSettings, saveSettings } from './settings/service.js';
import { findApplication } from './store.js';
import { pinNewestDossier, submitApplication, submitWithin, type Applicant } from './submission/service.js';

export interface ApplicationService {
  /** Throws `applications/dossier-incomplete`, `applications/already-open` and `credentials/not-renewable`. */
  submitApplication(caller: OrganisationCaller, wanted: NewApplication): Promise<Application>;
  /** The same in another's transaction. Whatever it throws, it throws before it writes. */
  submitWithin(trx: Executor, applicant: Applicant, wanted: NewApplication, at: Date): Promise<ApplicationId>;
  /** In the roles that the caller has the right to see. */
  listApplications(caller: OrganisationCaller, query: QueueQuery): Promise<QueuePage>;
  countApplications(caller: OrganisationCaller): Promise<QueueCounts>;
  /** `undefined` when there is none left. */
  claimNextApplication(caller: OrganisationCaller): Promise<Application | undefined>;
  readApplication(caller: OrganisationCaller, id: ApplicationId): Promise<Application>;
  recordCheck(caller: OrganisationCaller, id: ApplicationId, check: NewCheck): Promise<Check>;
  /** All or none. */
  recordChecks(caller: OrganisationCaller, id: ApplicationId, checks: readonly NewCheck[]): Promise<Check[]>;
  /** Throws `applications/already-claimed`. */
  assignApplication(caller: OrganisationCaller, id: ApplicationId, assignee: Assignee): Promise<Application>;
  releaseApplication(caller: OrganisationCaller, id: ApplicationId): Promise<void>;
  addMessage(caller: OrganisationCaller, id: ApplicationId, message: NewMessage): Promise<Application>;
  /** Puts the newest dossier under review; checks of unchanged fields keep counting. */
  resubmitApplication(caller: OrganisationCaller, id: ApplicationId): Promise<Application>;
  withdrawApplication(caller: OrganisationCaller, id: ApplicationId): Promise<Application>;
  compareHandedIn(
    caller: OrganisationCaller,
    id: ApplicationId,
    versions: { from?: number; to?: number },
  ): Promise<HandedInDifference>;
  draftCredentials(
    caller: OrganisationCaller,
    id: ApplicationId,
    validFor: string | undefined,
  ): Promise<ApplicationDraft>;
  decideApplication(caller: OrganisationCaller, id: ApplicationId, decision: Decision): Promise<Application>;
  /** One of many: where two persons must approve, it proposes and never confirms. */
  approveOrPropose(
    caller: OrganisationCaller,
    id: ApplicationId,
    terms: { readonly validFor?: string },
  ): Promise<Application>;
  confirmDecision(
    caller: OrganisationCaller,
    id: ApplicationId,
    proposalId: ProposalId,
  ): Promise<Application>;
  withdrawProposal(caller: OrganisationCaller, id: ApplicationId): Promise<void>;
  retryIssuance(caller: OrganisationCaller, id: ApplicationId): Promise<Application>;
  readSettings(organisationId: OrganisationId): Promise<VersionedReviewSettings>;
  saveSettings(
    caller: OrganisationCaller,
    settings: ReviewSettings,
    ifMatch: string | undefined,
  ): Promise<VersionedReviewSettings>;
}

export function createApplications(deps: ApplicationDeps): ApplicationService {
  return {
    submitApplication: (caller, wanted) => submitApplication(deps, caller, wanted),
    submitWithin: async (trx, applicant, wanted, at) =>
      (await submitWithin(deps, trx, applicant, wanted, at)).id,
    listApplications: (caller, query) => listQueue(deps, caller, query),
    countApplications: (caller) => countQueue(deps, caller),
    claimNextApplication: (caller) => claimNext(deps, caller),
    readApplication: async (caller, id) => {
      const row = await findApplication(deps.db, id);
      if (!row || !isParty(row, caller.organisationId)) throw notFound('application');
      requireRight(caller, row, 'read');
      const application = await presentApplication(deps, deps.db, row, caller.organisationId, 'whole');
      await recordPersonalRead(deps, caller, row, application);
      return application;
    },
    recordCheck: (caller, id, check) => recordCheck(deps, caller, id, check),
    recordChecks: (caller, id, checks) => recordChecks(deps, caller, id, checks),
    assignApplication: (caller, id, assignee) => assignApplication(deps, caller, id, assignee),
    releaseApplication: (caller, id) => releaseApplication(deps, caller, id),
    addMessage: (caller, id, message) => addMessage(deps, caller, id, message),
    resubmitApplication: (caller, id) =>
      change(deps, caller, id, 'applicant', 'resubmit', (trx, row, at) =>
        pinNewestDossier(deps, trx, row, at),
      ),
    withdrawApplication: (caller, id) => change(deps, caller, id, 'applicant', 'withdraw', async () => ({})),
    compareHandedIn: (caller, id, versions) => compareHandedIn(deps, caller, id, versions),
    draftCredentials: (caller, id, validFor) => draftCredentials(deps, caller, id, validFor),
    decideApplication: async (caller, id, decision) => {
      await decideApplication(deps, caller, id, decision);
      return settled(deps, caller, id);
    },
    approveOrPropose: async (caller, id, terms) => {
      await approveOrPropose(deps, caller, id, terms);
      return settled(deps, caller, id);
    },
    confirmDecision: async (caller, id, proposalId) => {
      await confirmDecision(deps, caller, id, proposalId);
      return settled(deps, caller, id);
    },
    withdrawProposal: (caller, id) => withdrawProposal(deps, caller, id),
    retryIssuance: async (caller, id) => {
      await retryIssuance(deps, caller, id);
      return settled(deps, caller, id);
    },
    readSettings: (organisationId) => readSettings(deps, organisationId),
    saveSettings: (caller, settings, ifMatch) => saveSettings(deps, caller, settings, ifMatch),
  };
}

/** The application as it stands after the issuance was given its time. */
async function settled(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
): Promise<Application> {
  const before = await findApplication(deps.db, id);
  if (before?.status === 'approved') await deps.finishIssuance(id);
  const row = await findApplication(deps.db, id);
  if (!row) throw notFound('application');
  return presentApplication(deps, deps.db, row, caller.organisationId);
}
