import type { Executor } from '../../adapters/database/schema.js';
import { testsOfDossier } from '../../credentials/coopTests/index.js';
import { REPRESENTATION } from '../../credentials/profiles/profile.js';
import type { OrganisationId } from '../../kernel/ids.js';
import type { Party } from '../../credentials/credentialOrder.js';
import type { ApplicationDeps } from './deps.js';
import { latestChecks, missingChecks, withoutLapsed } from './rules.js';
import type { Application, ApplicationSummary, Check } from './schemas.js';
import { profilesOf } from './profiles.js';
import { listChecks, listMessages, type ApplicationRow, type CheckRow } from './store.js';

/**
 * How an application looks to one of its two parties. With a withdrawal the registrar loses sight of what was handed in, dossier and evidence
 * alike; its own checks and the conversation stay.
 */
export async function presentApplication(
  deps: ApplicationDeps,
  executor: Executor,
  row: ApplicationRow,
  viewerId: OrganisationId,
): Promise<Application> {
  const parties = await deps.findParties(executor, [row.applicant_id, row.registrar_id]);
  const dossier = await deps.findDossierVersion(executor, row.applicant_id, row.dossier_version);
  const evidence = await deps.listEvidenceUntil(executor, row.applicant_id, row.submitted_at);
  const checks = await listChecks(executor, row.id);
  const messages = await listMessages(executor, row.id);
  const credentials = await deps.listCredentials(executor, row.id);
  const now = deps.clock.now();
  const profiles = profilesOf(row.credential_types);
  const latest = latestChecks(checks, row.dossier_version);
  const { decided_at: decidedAt } = row;
  const shown = latest.get(REPRESENTATION);
  const lapse = shown && (await deps.representation.findLapse(executor, shown.carriedFrom ?? shown.id, now));
  const isRegistrar = row.registrar_id === viewerId;
  const isTakenBack = row.status === 'withdrawn' && row.applicant_id !== viewerId;
  const coopTests = testsOfDossier(dossier.blocks, now);
  return {
    ...presentSummary(row, new Map(parties.map((party) => [party.id, party]))),
    dossier: isTakenBack ? {} : dossier.blocks,
    ...(coopTests && !isTakenBack ? { coopTests } : {}),
    evidence: (isTakenBack ? [] : evidence).map(({ id, title, type, mediaType, size }) => ({
      id,
      title,
      type,
      mediaType,
      size,
    })),
    checks: checks.map((check) => presentCheck(check, row.dossier_version, isRegistrar)),
    missingChecks: missingChecks(profiles, withoutLapsed(profiles, latest, decidedAt ?? now), lapse),
    messages: messages.map(({ createdAt, ...message }) => ({
      ...message,
      createdAt: createdAt.toISOString(),
    })),
    credentials: credentials.map(({ id, type, assurance, state }) => ({ id, type, assurance, state })),
    ...(decidedAt ? { decidedAt: decidedAt.toISOString() } : {}),
    ...(row.decision_reason === null ? {} : { reason: row.decision_reason }),
  };
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
