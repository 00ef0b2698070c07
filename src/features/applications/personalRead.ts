import { recordAuditOfOther } from '../../adapters/database/records.js';
import { actorOf, type OrganisationCaller } from '../../kernel/caller.js';
import type { ApplicationDeps } from './deps.js';
import type { Application } from './schemas.js';
import type { ApplicationRow } from './store.js';

/** On the record of the co-op: who of the registrar has read what its dossier says of persons. */
export async function recordPersonalRead(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  row: ApplicationRow,
  { dossier }: Application,
): Promise<void> {
  const blocks = Object.keys(dossier)
    .filter((name) => deps.isPersonal(`/${name}`))
    .sort();
  if (row.applicant_id === caller.organisationId || blocks.length === 0) return;
  await recordAuditOfOther(deps.db, {
    at: deps.clock.now(),
    actor: actorOf(caller),
    action: 'dossier.personalRead',
    organisationId: row.applicant_id,
    subjectId: row.id,
    detail: { by: caller.organisationId, version: row.dossier_version, blocks },
  });
}
