import { recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import { REPRESENTATION } from '../../credentials/profiles/profile.js';
import type { Actor } from '../../kernel/caller.js';
import { invalidField } from '../../kernel/errors.js';
import { newId, type EvidenceId, type MembershipId } from '../../kernel/ids.js';
import type { ApplicationDeps } from './deps.js';
import { requireTransition } from './guards.js';
import type { NewCheck } from './schemas.js';
import { insertCheck, updateApplication, type ApplicationRow, type CheckRow } from './store.js';

/** Writes a check on a held application, with all that follows: the step into review, the trace, and whom it binds. */
export async function insertRecordedCheck(
  deps: ApplicationDeps,
  trx: Executor,
  row: ApplicationRow,
  check: CheckRow,
  { actor, boundTo }: { readonly actor: Actor; readonly boundTo?: MembershipId },
): Promise<void> {
  const { id, checkedAt: at } = check;
  const status = requireTransition(row.status, 'check');
  await insertCheck(trx, row.id, check, actor);
  await updateApplication(trx, row.id, { status }, at);
  await recordAudit(trx, {
    at,
    actor,
    action: 'check.recorded',
    organisationId: row.registrar_id,
    subjectId: row.id,
    detail: { checkId: id, result: check.result },
  });
  if (check.field === REPRESENTATION && check.result === 'confirmed') {
    const application = { id: row.id, applicantId: row.applicant_id, registrarId: row.registrar_id };
    await deps.representation.onRepresentationChecked(trx, application, {
      id,
      at,
      ...(boundTo === undefined ? {} : { boundTo }),
    });
  }
  if (check.result === 'confirmed') await acceptCheck(deps, trx, row, check);
}

/** What this registrar has issued to the applicant on that field rests on the new check. */
async function acceptCheck(
  deps: ApplicationDeps,
  trx: Executor,
  { applicant_id: holderId, registrar_id: issuerId }: ApplicationRow,
  { id, field, checkedAt, evidence, dossierVersion }: CheckRow,
): Promise<void> {
  const { blocks: dossier } = await deps.findDossierVersion(trx, holderId, dossierVersion);
  const check = { id, field, checkedAt, evidence, dossier };
  await deps.onCheckConfirmed(trx, { holderId, issuerId }, check, checkedAt);
}

/** A file of the applicant that was handed in for this review, or one of the registrar's own. */
export async function requireVisibleEvidence(
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
