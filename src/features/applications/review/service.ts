import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { REPRESENTATION } from '../../../credentials/profiles/profile.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { invalidField } from '../../../kernel/errors.js';
import { newId, type ApplicationId, type EvidenceId } from '../../../kernel/ids.js';
import { valueAt } from '../../../kernel/jsonPointer.js';
import { listAttachmentsIn } from '../conversation/store.js';
import { endProposal } from '../decision/store.js';
import type { ApplicationDeps, DossierVersion } from '../deps.js';
import { lockFor, refuseOwnOrganisation, requireTransition } from '../guards.js';
import { presentCheck } from '../presentation.js';
import type { Check, NewCheck } from '../schemas.js';
import { pinSettings } from '../settings/store.js';
import { insertCheck, updateApplication, type ApplicationRow, type CheckRow } from '../store.js';

export async function recordCheck(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  wanted: NewCheck,
): Promise<Check> {
  const [check] = await recordChecks(deps, caller, id, [wanted], (_index, pointer) => pointer);
  if (!check) throw new Error('a check was recorded and is not there');
  return check;
}

/** All of them or none. What was proposed on the checks before falls, since the second person would see others than the first. */
export async function recordChecks(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  wanted: readonly NewCheck[],
  placeOf = (index: number, pointer: string) => `/checks/${index}${pointer}`,
): Promise<Check[]> {
  const at = deps.clock.now();
  const actor = actorOf(caller);
  return deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, 'registrar');
    // What is applied for to oneself can never be decided, so its checks do no harm; those of an insider elsewhere would.
    if (row.applicant_id !== row.registrar_id) await refuseOwnOrganisation(deps, trx, caller, row);
    const status = requireTransition(row.status, 'check');
    const dossier = await deps.findDossierVersion(trx, row.applicant_id, row.dossier_version);
    for (const [index, { field }] of wanted.entries()) {
      if (field === REPRESENTATION || valueAt(dossier.blocks, field) !== undefined) continue;
      throw invalidField(
        placeOf(index, '/field'),
        'names nothing in the version of the dossier that is under review',
      );
    }
    await requireVisibleEvidence(deps, trx, row, wanted, placeOf);
    const checks = wanted.map((check) => toCheckRow(check, row.dossier_version, at));
    for (const check of checks) await insertCheck(trx, id, check, actor);
    await endProposal(trx, row, { ending: 'voided', actor, at });
    await updateApplication(trx, id, { status, ...(await pinSettings(trx, row)) }, at);
    for (const check of checks)
      if (check.result === 'confirmed') await acceptCheck(deps, trx, row, check, dossier, at);
    for (const check of checks)
      await recordAudit(trx, {
        at,
        actor,
        action: 'check.recorded',
        organisationId: caller.organisationId,
        subjectId: id,
        detail: { checkId: check.id, result: check.result },
      });
    return checks.map((check) => presentCheck(check, row.dossier_version, true));
  });
}

function acceptCheck(
  deps: ApplicationDeps,
  trx: Executor,
  { applicant_id: holderId, registrar_id: issuerId }: ApplicationRow,
  { id, field, checkedAt, evidence }: CheckRow,
  { blocks: dossier }: DossierVersion,
  at: Date,
): Promise<void> {
  const check = { id, field, checkedAt, evidence, dossier };
  return deps.onCheckConfirmed(trx, { holderId, issuerId }, check, at);
}

/** Files of the applicant that were handed in for this review or sent with a message in it, or the registrar's own. */
async function requireVisibleEvidence(
  deps: ApplicationDeps,
  trx: Executor,
  row: ApplicationRow,
  wanted: readonly NewCheck[],
  placeOf: (index: number, pointer: string) => string,
): Promise<void> {
  const named = wanted.flatMap(({ evidenceId }) =>
    evidenceId === undefined ? [] : [evidenceId as EvidenceId],
  );
  if (named.length === 0) return;
  const files = new Map(
    (await deps.findEvidenceFiles(trx, [...new Set(named)])).map((file) => [file.id, file]),
  );
  const sent = new Set(await listAttachmentsIn(trx, row.id));
  for (const [index, { evidenceId }] of wanted.entries()) {
    if (evidenceId === undefined) continue;
    const file = files.get(evidenceId as EvidenceId);
    const isHandedIn =
      file?.ownerId === row.applicant_id && (file.createdAt <= row.submitted_at || sent.has(file.id));
    if (isHandedIn || file?.ownerId === row.registrar_id) continue;
    throw invalidField(
      placeOf(index, '/evidenceId'),
      'names no piece of evidence that belongs to this application',
    );
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
