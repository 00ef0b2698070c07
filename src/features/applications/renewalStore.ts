import type { Executor } from '../../adapters/database/schema.js';
import { newId, type ApplicationId, type CheckId } from '../../kernel/ids.js';

/** The same checks once more, for another application: when and by whom they were made stays as it was. */
export async function copyChecks(
  trx: Executor,
  ids: readonly CheckId[],
  to: { applicationId: ApplicationId; dossierVersion: number },
): Promise<void> {
  if (ids.length === 0) return;
  const rows = await trx
    .selectFrom('checks')
    .selectAll()
    .where('id', 'in', [...ids])
    // The copies get new ids, and the order of ids is the order in which checks were made.
    .orderBy('id')
    .execute();
  const copies = rows.map((row) => ({
    ...row,
    id: newId<'check'>(),
    application_id: to.applicationId,
    dossier_version: to.dossierVersion,
    evidence: JSON.stringify(row.evidence),
    checked_by: JSON.stringify(row.checked_by),
    // Of a copy of a copy, the one that was made.
    carried_from: row.carried_from ?? row.id,
  }));
  await trx.insertInto('checks').values(copies).execute();
  const files = await trx
    .selectFrom('check_files')
    .selectAll()
    .where('check_id', 'in', [...ids])
    .execute();
  const copiedFiles = files.flatMap((file) => {
    const copy = copies[rows.findIndex(({ id }) => id === file.check_id)];
    return copy ? [{ ...file, check_id: copy.id, application_id: to.applicationId }] : [];
  });
  if (copiedFiles.length > 0) await trx.insertInto('check_files').values(copiedFiles).execute();
}
