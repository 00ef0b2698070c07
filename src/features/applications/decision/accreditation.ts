import type { Executor } from '../../../adapters/database/schema.js';
import type { AssuranceLevel } from '../../../credentials/assurance.js';
import type { ApplicationDeps } from '../deps.js';
import type { ApplicationRow } from '../store.js';
import { legalIdentityIn } from './orders.js';

/** The highest level per requested type in the subject's jurisdiction; none for what the registrar is not accredited for. */
export async function findAccreditation(
  deps: ApplicationDeps,
  executor: Executor,
  row: ApplicationRow,
  at: Date,
): Promise<{ readonly jurisdiction: string; readonly maxima: ReadonlyMap<string, AssuranceLevel> }> {
  const { blocks } = await deps.findDossierVersion(executor, row.applicant_id, row.dossier_version);
  const { jurisdiction } = legalIdentityIn(blocks);
  const maxima = new Map<string, AssuranceLevel>();
  for (const credentialType of row.credential_types) {
    const wanted = { credentialType, jurisdiction, at };
    const highest = await deps.findHighestAssurance(executor, row.registrar_id, wanted);
    if (highest !== undefined) maxima.set(credentialType, highest);
  }
  return { jurisdiction, maxima };
}
