import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { REPRESENTATION } from '../../../credentials/profiles/profile.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { invalidField } from '../../../kernel/errors.js';
import { newId, type ApplicationId, type EvidenceId } from '../../../kernel/ids.js';
import { valueAt } from '../../../kernel/jsonPointer.js';
import type { ApplicationDeps } from '../deps.js';
import { lockFor, refuseOwnOrganisation, requireTransition } from '../guards.js';
import { presentCheck } from '../presentation.js';
import type { Check, NewCheck } from '../schemas.js';
import { insertCheck, updateApplication, type ApplicationRow, type CheckRow } from '../store.js';

export async function recordCheck(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  wanted: NewCheck,
): Promise<Check> {
  const at = deps.clock.now();
  const actor = actorOf(caller);
  return deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, 'registrar');
    // What is applied for to oneself can never be decided, so its checks do no harm; those of an insider elsewhere would.
    if (row.applicant_id !== row.registrar_id) await refuseOwnOrganisation(deps, trx, caller, row);
    const status = requireTransition(row.status, 'check');
    const dossier = await deps.findDossierVersion(trx, row.applicant_id, row.dossier_version);
    if (wanted.field !== REPRESENTATION && valueAt(dossier.blocks, wanted.field) === undefined) {
      throw invalidField('/field', 'names nothing in the version of the dossier that is under review');
    }
    if (wanted.evidenceId !== undefined)
      await requireVisibleEvidence(deps, trx, row, wanted.evidenceId as EvidenceId);
    const check = toCheckRow(wanted, row.dossier_version, at);
    await insertCheck(trx, id, check, actor);
    await updateApplication(trx, id, { status }, at);
    await recordAudit(trx, {
      at,
      actor,
      action: 'check.recorded',
      organisationId: caller.organisationId,
      subjectId: id,
      detail: { checkId: check.id, result: check.result },
    });
    return presentCheck(check, row.dossier_version, true);
  });
}

/** A file of the applicant that was handed in for this review, or one of the registrar's own. */
async function requireVisibleEvidence(
  deps: ApplicationDeps,
  trx: Executor,
  row: ApplicationRow,
  id: EvidenceId,
): Promise<void> {
  const [file] = await deps.findEvidenceFiles(trx, [id]);
  const isHandedIn = file?.ownerId === row.applicant_id && file.createdAt <= row.submitted_at;
  if (!isHandedIn && file?.ownerId !== row.registrar_id) {
    throw invalidField('/evidenceId', 'names no piece of evidence that belongs to this application');
  }
}

function toCheckRow(wanted: NewCheck, dossierVersion: number, at: Date): CheckRow {
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
