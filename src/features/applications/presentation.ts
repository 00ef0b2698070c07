import type { Executor } from '../../adapters/database/schema.js';
import { testsOfDossier } from '../../credentials/coopTests/index.js';
import { REPRESENTATION } from '../../credentials/profiles/profile.js';
import type { OrganisationId } from '../../kernel/ids.js';
import type { Party } from '../../credentials/credentialOrder.js';
import { openQuestions } from './conversation/rules.js';
import type { Message } from './conversation/schemas.js';
import { findOpenProposal, type ProposalRow } from './decision/store.js';
import type { ApplicationDeps, DossierParts, EvidenceSummary } from './deps.js';
import { countingChecks } from './review/counting.js';
import { explainAssurance } from './review/rules.js';
import { latestChecks } from './rules.js';
import type { Application, ApplicationSummary, Check, DecisionReason } from './schemas.js';
import { openChecks, openMessages } from './sealedWords.js';
import { profilesOf } from './profiles.js';
import { isDue } from './queue/rules.js';
import { needsTwoPersons } from './settings/rules.js';
import { findGoverningSettings } from './settings/store.js';
import { listMessages, type MessageRow } from './conversation/store.js';
import { listChecks, listHandedIn, type ApplicationRow, type CheckRow } from './store.js';

/**
 * How an application looks to one of its two parties. With a withdrawal the registrar loses sight of what was handed in, dossier and evidence
 * alike; its own checks and the conversation stay. Who decides, and what is proposed, is the registrar's own affair. What is said of persons is in
 * it only when the whole is asked for.
 */
export async function presentApplication(
  deps: ApplicationDeps,
  executor: Executor,
  row: ApplicationRow,
  viewerId: OrganisationId,
  parts: DossierParts = 'impersonal',
): Promise<Application> {
  const parties = await deps.findParties(executor, [row.applicant_id, row.registrar_id]);
  const { applicant_id: applicantId } = row;
  const dossier = await deps.findDossierVersion(executor, applicantId, row.dossier_version, parts);
  const evidence = await deps.listEvidenceUntil(executor, applicantId, row.submitted_at);
  const checks = await openChecks(deps, applicantId, await listChecks(executor, row.id));
  const messages = await openMessages(deps, applicantId, await listMessages(executor, row.id));
  const handedIn = await listHandedIn(executor, row.id);
  const now = deps.clock.now();
  const isRegistrar = row.registrar_id === viewerId;
  const isTakenBack = row.status === 'withdrawn' && row.applicant_id !== viewerId;
  const coopTests = testsOfDossier(dossier.blocks, now);
  const { warnings, controlSummary } = deps.reviewDossier(dossier.blocks);
  return {
    ...presentSummary(row, new Map(parties.map((party) => [party.id, party]))),
    dossier: isTakenBack ? {} : dossier.blocks,
    ...(coopTests && !isTakenBack ? { coopTests } : {}),
    ...(warnings.length > 0 && !isTakenBack ? { warnings: [...warnings] } : {}),
    ...(controlSummary && !isTakenBack ? { controlSummary } : {}),
    ...(dossier.personalErased && !isTakenBack ? { personalErased: true } : {}),
    evidence: (isTakenBack ? [] : evidence).map(presentEvidence),
    checks: checks.map((check) => presentCheck(check, row.dossier_version, isRegistrar)),
    ...(await presentReview(deps, executor, row, { checks, dossier: dossier.blocks, isRegistrar })),
    dossierVersions: handedIn.map(({ version, handedInAt }) => ({
      version,
      handedInAt: handedInAt.toISOString(),
    })),
    messages: messages.map(presentMessage),
    openQuestions: openQuestions(messages).map(({ id }) => id),
    credentials: (await deps.listCredentials(executor, row.id)).map(({ id, type, assurance, state }) => ({
      id,
      type,
      assurance,
      state,
    })),
    ...(row.decided_at ? { decidedAt: row.decided_at.toISOString() } : {}),
    ...(row.decision_reason === null ? {} : { reason: row.decision_reason }),
    ...(row.decision_reasons === null ? {} : { reasons: row.decision_reasons as DecisionReason[] }),
  };
}

/** What is still to be examined, what the checks are worth, and who has to decide. */
async function presentReview(
  deps: ApplicationDeps,
  executor: Executor,
  row: ApplicationRow,
  review: { checks: readonly CheckRow[]; dossier: unknown; isRegistrar: boolean },
): Promise<Pick<Application, 'missingChecks' | 'assurance' | 'secondReviewer' | 'proposal'>> {
  const { checks, dossier, isRegistrar } = review;
  const profiles = profilesOf(row.credential_types);
  const { pinned, latest: newest } = await findGoverningSettings(
    executor,
    row.registrar_id,
    row.settings_version,
  );
  const now = deps.clock.now();
  const at = row.decided_at ?? now;
  const shown = latestChecks(checks, row.dossier_version).get(REPRESENTATION);
  const lapse = shown && (await deps.representation.findLapse(executor, shown.carriedFrom ?? shown.id, now));
  const { standing, missing } = countingChecks(profiles, checks, {
    dossierVersion: row.dossier_version,
    dossier,
    settings: pinned.settings,
    at,
    decidedAt: at,
    lapse,
  });
  const proposal =
    isRegistrar && row.status === 'in_review' ? await findOpenProposal(executor, row.id) : undefined;
  return {
    missingChecks: missing,
    assurance: Object.fromEntries(
      profiles.map((profile) => [profile.type, explainAssurance(profile, standing)]),
    ),
    ...(isRegistrar
      ? {
          secondReviewer:
            proposal !== undefined ||
            needsTwoPersons([pinned.settings, newest.settings], row.credential_types),
        }
      : {}),
    ...(proposal ? { proposal: presentProposal(proposal) } : {}),
  };
}

/** What a review is made of; how long the file is kept is between its owner and whoever holds it. */
function presentEvidence(evidence: EvidenceSummary): Application['evidence'][number] {
  const { id, title, type, mediaType, size, fields, details, attachment, vouch, deletedAt } = evidence;
  return {
    id,
    title,
    type,
    mediaType,
    size,
    ...(fields && { fields: [...fields] }),
    ...(details && { details }),
    ...(attachment && { attachment }),
    ...(vouch && { vouch }),
    ...(deletedAt === undefined ? {} : { deletedAt }),
  };
}

function presentProposal(proposal: ProposalRow): NonNullable<Application['proposal']> {
  return {
    id: proposal.id,
    outcome: 'approved',
    proposedBy: proposal.membershipId,
    proposedAt: proposal.proposedAt.toISOString(),
    dossierVersion: proposal.dossierVersion,
    ...proposal.decision,
  };
}

function presentMessage({ createdAt, attachments, ...message }: MessageRow): Message {
  return { ...message, attachments: [...attachments], createdAt: createdAt.toISOString() };
}

export function presentSummary(
  row: ApplicationRow,
  parties: ReadonlyMap<OrganisationId, Party>,
): ApplicationSummary {
  return {
    id: row.id,
    status: row.status,
    applicant: partyOf(parties, row.applicant_id),
    registrar: partyOf(parties, row.registrar_id),
    credentialTypes: row.credential_types,
    dossierVersion: row.dossier_version,
    ...(row.assignee_id ? { assigneeId: row.assignee_id } : {}),
    ...(isDue(row.status) ? { dueAt: row.due_at.toISOString() } : {}),
    renews: row.renews,
    submittedAt: row.submitted_at.toISOString(),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** Notes are the registrar's own; the applicant sees what was checked, how and with which result. */
export function presentCheck(check: CheckRow, dossierVersion: number, withNote: boolean): Check {
  const { id, field, method, result, evidence, evidenceId, note, carriedFrom } = check;
  return {
    id,
    field,
    method,
    result,
    evidence,
    ...(evidenceId === undefined ? {} : { evidenceId }),
    ...(withNote && note !== undefined ? { note } : {}),
    ...(carriedFrom === undefined ? {} : { carriedFrom }),
    current: check.dossierVersion === dossierVersion,
    checkedAt: check.checkedAt.toISOString(),
  };
}

function partyOf(parties: ReadonlyMap<OrganisationId, Party>, id: OrganisationId) {
  const party = parties.get(id);
  if (!party) throw new Error('an application names an organisation that is not there');
  return { id: party.id, did: party.did, name: party.name };
}
