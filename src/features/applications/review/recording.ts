import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { REPRESENTATION } from '../../../credentials/profiles/profile.js';
import type { Actor } from '../../../kernel/caller.js';
import { newId, type CheckId, type EvidenceId, type MembershipId } from '../../../kernel/ids.js';
import { endProposal } from '../decision/store.js';
import type { ApplicationDeps, DossierVersion } from '../deps.js';
import { requireTransition } from '../guards.js';
import type { NewCheck } from '../schemas.js';
import { sealCheck } from '../sealedWords.js';
import { pinSettings } from '../settings/store.js';
import { insertCheck, updateApplication, type ApplicationRow, type CheckRow } from '../store.js';

/**
 * Writes checks on a held application, with all that follows: the step into review, the end of what was proposed on the checks before (the
 * second person would see others than the first), the traces, whom a representation binds, and what was issued on those fields.
 */
export async function insertRecordedChecks(
  deps: ApplicationDeps,
  trx: Executor,
  row: ApplicationRow,
  checks: readonly CheckRow[],
  {
    actor,
    filesOf,
    boundTo,
    at,
  }: {
    readonly actor: Actor;
    /** From `requireFiles`. */
    readonly filesOf: ReadonlyMap<CheckId, readonly EvidenceId[]>;
    readonly boundTo?: MembershipId;
    readonly at: Date;
  },
): Promise<void> {
  const status = requireTransition(row.status, 'check');
  const dossier = await deps.findDossierVersion(trx, row.applicant_id, row.dossier_version);
  for (const check of checks) {
    const sealed = await sealCheck(deps, trx, row.applicant_id, check);
    await insertCheck(trx, row.id, sealed, actor, filesOf.get(check.id) ?? []);
  }
  await endProposal(trx, row, { ending: 'voided', actor, at });
  await updateApplication(trx, row.id, { status, ...(await pinSettings(trx, row)) }, at);
  for (const check of checks) {
    await recordAudit(trx, {
      at,
      actor,
      action: 'check.recorded',
      organisationId: row.registrar_id,
      subjectId: row.id,
      detail: { checkId: check.id, result: check.result },
    });
    if (check.result === 'confirmed') await acceptCheck(deps, trx, row, check, { dossier, boundTo, at });
  }
}

/** Whoever a representation binds is bound; and what this registrar has issued to the applicant on that field rests on the new check. */
async function acceptCheck(
  deps: ApplicationDeps,
  trx: Executor,
  { id: applicationId, applicant_id: applicantId, registrar_id: registrarId }: ApplicationRow,
  { id, field, checkedAt, evidence }: CheckRow,
  { dossier, boundTo, at }: { dossier: DossierVersion; boundTo: MembershipId | undefined; at: Date },
): Promise<void> {
  if (field === REPRESENTATION) {
    const application = { id: applicationId, applicantId, registrarId };
    const bound = boundTo === undefined ? {} : { boundTo };
    await deps.representation.onRepresentationChecked(trx, application, { id, at, ...bound });
  }
  const check = { id, field, checkedAt, evidence, dossier: dossier.blocks };
  await deps.onCheckConfirmed(trx, { holderId: applicantId, issuerId: registrarId }, check, at);
}

export function toCheckRow(wanted: NewCheck, dossierVersion: number, at: Date): CheckRow {
  return {
    id: newId<'check'>(),
    field: wanted.field,
    method: wanted.method,
    result: wanted.result,
    evidence: wanted.evidence,
    dossierVersion,
    checkedAt: at,
    ...(wanted.evidenceId === undefined ? {} : { evidenceId: wanted.evidenceId as EvidenceId }),
    ...(wanted.note === undefined ? {} : { note: wanted.note }),
  };
}
