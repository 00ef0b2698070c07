import { recordAudit, recordAuditOfOther } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { AssuranceLevel } from '../../../credentials/assurance.js';
import { canonicalJson } from '../../../kernel/canonicalJson.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField } from '../../../kernel/errors.js';
import { newId, type ApplicationId, type ProposalId } from '../../../kernel/ids.js';
import type { ApplicationDeps } from '../deps.js';
import { lockFor, refuseOwnOrganisation, requireLookedAt, requireTransition } from '../guards.js';
import type { ApplicationEvent } from '../rules.js';
import type { Decision, DecisionTerms } from '../schemas.js';
import { needsTwoPersons } from '../settings/rules.js';
import { findGoverningSettings } from '../settings/store.js';
import { updateApplication, type ApplicationRow } from '../store.js';
import { findAccreditation } from './accreditation.js';
import { planCredentials, requireApprovable, type Plan } from './orders.js';
import { judgeApproval, type ApprovalStep } from './rules.js';
import { endProposal, findOpenProposal, insertProposal, type ProposalRow } from './store.js';

const EVENT_OF: Readonly<Record<Decision['outcome'], ApplicationEvent>> = {
  approved: 'approve',
  refused: 'refuse',
  information_requested: 'requestInformation',
};

/**
 * Decides an application, and with an approval prepares its credentials in the same transaction: decided and intended are one fact. Where
 * two persons must approve, the first one's call is a proposal and leaves it in review; the same call by the second one decides.
 *
 * Throws `applications/own-organisation`, `applications/not-accredited`, `applications/already-decided`, `applications/not-in-review`,
 * `applications/dossier-changed`,
 * `applications/checks-missing`, `applications/assurance-too-high`, `applications/second-reviewer-required`,
 * `applications/proposal-differs` and `credentials/duplicate`.
 */
export async function decideApplication(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  decision: Decision,
): Promise<void> {
  const { outcome, dossierVersion, ...terms } = decision;
  if (outcome !== 'approved' && terms.reason === undefined)
    throw invalidField('/reason', 'is required unless the outcome is "approved"');
  if (outcome !== 'approved' && terms.validFor !== undefined)
    throw invalidField('/validFor', 'belongs to an approval only');
  await deps.db.transaction().execute(async (trx) => {
    const step = await beginStep(deps, trx, caller, id, EVENT_OF[outcome]);
    requireLookedAt(step.row, dossierVersion);
    const isDecided = outcome !== 'approved' || (await approve(deps, trx, caller, step, terms));
    if (isDecided) await recordDecision(deps, trx, caller, step, decision);
  });
}

/**
 * An approval among many, which nobody looks at one by one: where two persons must approve it proposes, and leaves what is proposed already
 * to a second person. Throws as an approval does.
 */
export async function approveOrPropose(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  terms: DecisionTerms,
): Promise<void> {
  await deps.db.transaction().execute(async (trx) => {
    const step = await beginStep(deps, trx, caller, id, 'approve');
    if (!(await approve(deps, trx, caller, step, terms, 'propose'))) return;
    await recordDecision(deps, trx, caller, step, { outcome: 'approved', ...terms });
  });
}

/**
 * The second person's part: confirms the proposal that they have looked at. Throws as an approval does, and `applications/proposal-ended`
 * when it is another one by now.
 */
export async function confirmDecision(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  proposalId: ProposalId,
): Promise<void> {
  await deps.db.transaction().execute(async (trx) => {
    const step = await beginStep(deps, trx, caller, id, 'approve');
    const open = await findOpenProposal(trx, id);
    if (open?.id !== proposalId) throw proposalEnded();
    if (!(await approve(deps, trx, caller, step, open.decision, 'confirm'))) throw proposalEnded();
    await recordDecision(deps, trx, caller, step, { outcome: 'approved', ...open.decision });
  });
}

/** By whoever of the registrar thinks better of it. */
export async function withdrawProposal(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
): Promise<void> {
  await deps.db.transaction().execute(async (trx) => {
    const { row, at } = await beginStep(deps, trx, caller, id, 'approve');
    const isThere = await endProposal(trx, row, { ending: 'withdrawn', actor: actorOf(caller), at });
    if (!isThere) throw proposalEnded();
  });
}

/** After a permanent failure: prepares anew what could not be issued, under today's accreditation and the checks of the decision. */
export async function retryIssuance(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
): Promise<void> {
  await deps.db.transaction().execute(async (trx) => {
    const { row, at, maxima, status } = await beginStep(deps, trx, caller, id, 'retryIssuance');
    const decidedAt = row.decided_at ?? at;
    const plan = await planCredentials(deps, trx, row, {
      maxima,
      validFor: undefined,
      at,
      decidedAt,
      findLapse: deps.representation.holdLapse,
    });
    await prepareAll(deps, trx, plan);
    await updateApplication(trx, id, { status }, at);
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'application.retryIssuance',
      organisationId: row.registrar_id,
      subjectId: id,
    });
  });
}

interface Step {
  readonly row: ApplicationRow;
  readonly at: Date;
  /** The highest level that the registrar is accredited for, by type. */
  readonly maxima: ReadonlyMap<string, AssuranceLevel>;
  readonly status: ApplicationRow['status'];
}

/** Holds the application for somebody who may decide on it, in a state in which this can happen. */
async function beginStep(
  deps: ApplicationDeps,
  trx: Executor,
  caller: OrganisationCaller,
  id: ApplicationId,
  event: ApplicationEvent,
): Promise<Step> {
  const at = deps.clock.now();
  const row = await lockFor(trx, caller, id, 'registrar');
  await refuseOwnOrganisation(deps, trx, caller, row);
  const maxima = await requireAccreditation(deps, trx, row, at);
  return { row, at, maxima, status: requireTransition(row.status, event) };
}

/** An accreditation for every requested type in the subject's jurisdiction is a condition of any decision. */
async function requireAccreditation(
  deps: ApplicationDeps,
  trx: Executor,
  row: ApplicationRow,
  at: Date,
): Promise<ReadonlyMap<string, AssuranceLevel>> {
  const { maxima, jurisdiction } = await findAccreditation(deps, trx, row, at);
  const lacking = row.credential_types.find((type) => !maxima.has(type));
  if (lacking === undefined) return maxima;
  throw new AppError(
    'applications/not-accredited',
    `Your organisation is not accredited for ${lacking} in ${jurisdiction}.`,
  );
}

/** What an approval may come to, where two persons are needed: either, or one of the two only. */
type Part = 'either' | 'propose' | 'confirm';

/** True when it is approved, and its credentials are prepared; false when it is, or remains, proposed. */
async function approve(
  deps: ApplicationDeps,
  trx: Executor,
  caller: OrganisationCaller,
  { row, at, maxima }: Step,
  terms: DecisionTerms,
  part: Part = 'either',
): Promise<boolean> {
  const plan = await planCredentials(deps, trx, row, {
    maxima,
    validFor: terms.validFor,
    at,
    findLapse: deps.representation.holdLapse,
  });
  requireApprovable(plan);
  const { pinned, latest } = await findGoverningSettings(trx, row.registrar_id, row.settings_version);
  const open = await findOpenProposal(trx, row.id);
  const step = judgeApproval({
    needsTwo: needsTwoPersons([pinned.settings, latest.settings], row.credential_types),
    open,
    isProposerThere: open !== undefined && (await deps.mayReview(trx, open.personId, row.registrar_id)),
    by: caller.kind === 'member' ? caller.personId : undefined,
    basis: plan.basis,
    terms: canonicalJson(terms),
  });
  const actor = actorOf(caller);
  if (part === 'propose' && LEFT_TO_A_PERSON.includes(step)) return false;
  switch (step) {
    case 'approve':
      await prepareAll(deps, trx, plan);
      return true;
    case 'confirm':
      await endProposal(trx, row, { ending: 'confirmed', actor, at });
      await prepareAll(deps, trx, plan);
      return true;
    case 'propose':
      if (part === 'confirm' || caller.kind !== 'member') return false;
      await endProposal(trx, row, { ending: 'voided', actor, at });
      await propose(deps, trx, row, {
        id: newId<'proposal'>(),
        personId: caller.personId,
        membershipId: caller.membershipId,
        basis: plan.basis,
        terms: canonicalJson(terms),
        decision: terms,
        dossierVersion: row.dossier_version,
        proposedAt: at,
      });
      return false;
    case 'refuse-machine':
      throw secondReviewerRequired('Persons decide on this, and a machine client is none.');
    case 'refuse-same-person':
      throw secondReviewerRequired('You have proposed it yourself: another person must confirm it.');
    case 'refuse-other-terms':
      throw new AppError(
        'applications/proposal-differs',
        'The proposal of your colleague has another validity, or other reasons.',
      );
  }
}

/** Of a proposal that stands: whoever only proposes adds nothing to it. */
const LEFT_TO_A_PERSON: readonly ApprovalStep[] = ['confirm', 'refuse-same-person', 'refuse-other-terms'];

async function propose(
  deps: ApplicationDeps,
  trx: Executor,
  row: ApplicationRow,
  proposal: ProposalRow,
): Promise<void> {
  await insertProposal(trx, row.id, row.registrar_id, proposal);
  await recordAudit(trx, {
    at: proposal.proposedAt,
    actor: { kind: 'person', id: proposal.personId },
    action: 'application.proposed',
    organisationId: row.registrar_id,
    subjectId: row.id,
    detail: { proposalId: proposal.id, dossierVersion: proposal.dossierVersion },
  });
  await deps.notify(trx, {
    organisationId: row.registrar_id,
    kind: 'application.proposed',
    subjectId: row.id,
    at: proposal.proposedAt,
  });
}

async function prepareAll(deps: ApplicationDeps, trx: Executor, plan: Plan): Promise<void> {
  requireApprovable(plan);
  for (const { order } of plan.orders) await deps.prepareCredential(trx, order);
}

async function recordDecision(
  deps: ApplicationDeps,
  trx: Executor,
  caller: OrganisationCaller,
  { row, at, status }: Step,
  { outcome, reason, reasons }: Decision,
): Promise<void> {
  const actor = actorOf(caller);
  // What is decided otherwise than proposed leaves nothing to confirm.
  await endProposal(trx, row, { ending: 'superseded', actor, at });
  await updateApplication(
    trx,
    row.id,
    {
      status,
      decided_at: at,
      decision_reason: reason ?? null,
      decision_reasons: reasons ? JSON.stringify(reasons) : null,
      decided_by: JSON.stringify(actor),
    },
    at,
  );
  await recordAuditOfOther(trx, {
    at,
    actor,
    action: `application.${outcome}`,
    organisationId: row.registrar_id,
    subjectId: row.id,
  });
  await deps.notify(trx, {
    organisationId: row.applicant_id,
    kind: 'application.decided',
    subjectId: row.id,
    at,
  });
}

function secondReviewerRequired(detail: string): AppError {
  return new AppError('applications/second-reviewer-required', detail);
}

function proposalEnded(): AppError {
  return new AppError('applications/proposal-ended', 'This is not, or no longer, what is proposed.');
}
