import { REPRESENTATION } from '../../../credentials/profiles/profile.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { invalidField } from '../../../kernel/errors.js';
import type { ApplicationId, CheckId, EvidenceId } from '../../../kernel/ids.js';
import { valueAt } from '../../../kernel/jsonPointer.js';
import type { ApplicationDeps } from '../deps.js';
import { lockFor, refuseOwnOrganisation, requireLookedAt, requireTransition } from '../guards.js';
import { presentCheck } from '../presentation.js';
import type { Check, NewCheck } from '../schemas.js';
import { requireFiles, requireVouch } from '../checkFiles.js';
import { insertRecordedChecks, toCheckRow } from './recording.js';

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

/** All of them or none. */
export async function recordChecks(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  wanted: readonly NewCheck[],
  placeOf = (index: number, pointer: string) => `/checks/${index}${pointer}`,
): Promise<Check[]> {
  const at = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, 'registrar');
    // What is applied for to oneself can never be decided, so its checks do no harm; those of an insider elsewhere would.
    if (row.applicant_id !== row.registrar_id) await refuseOwnOrganisation(deps, trx, caller, row);
    requireTransition(row.status, 'check');
    for (const { dossierVersion } of wanted) requireLookedAt(row, dossierVersion);
    const dossier = await deps.findDossierVersion(trx, row.applicant_id, row.dossier_version);
    for (const [index, { field }] of wanted.entries()) {
      if (field === REPRESENTATION || valueAt(dossier.blocks, field) !== undefined) continue;
      throw invalidField(
        placeOf(index, '/field'),
        'names nothing in the version of the dossier that is under review',
      );
    }
    const checks = wanted.map((check) => toCheckRow(check, row.dossier_version, at));
    const filesOf = new Map<CheckId, EvidenceId[]>();
    for (const [index, check] of checks.entries()) {
      const place = (pointer: string) => placeOf(index, pointer);
      filesOf.set(check.id, await requireFiles(deps, trx, row, check, place));
      await requireVouch(deps, trx, check, valueAt(dossier.blocks, check.field), place);
    }
    await insertRecordedChecks(deps, trx, row, checks, { actor: actorOf(caller), filesOf, at });
    return checks.map((check) => presentCheck(check, row.dossier_version, true));
  });
}
