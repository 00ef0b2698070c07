import { sql } from 'kysely';
import type { Executor } from '../../../adapters/database/schema.js';
import type { EvidenceId } from '../../../kernel/ids.js';
import type { DossierRef } from '../../../kernel/ports.js';
import type { EvidenceDeps } from './deps.js';
import { openFileKey, wrapFileKey, type WrappedFileKey } from './fileKeys.js';
import type { EvidenceRow } from './store.js';

/** What becomes of files when their dossier is erased, and of those from before dossiers had keys of their own. */

const REWRAP_BATCH = 100;

/** Puts the keys of older files under their dossiers' own, some at a time; returns how many it took on. */
export function rewrapKeys(deps: EvidenceDeps): Promise<number> {
  return deps.db.transaction().execute(async (trx) => {
    const rows = await lockNotRewrapped(trx, REWRAP_BATCH);
    for (const row of rows) {
      const dataKey = await openFileKey(deps, row);
      const key = await wrapFileKey(deps, trx, row.organisation_id, { id: row.id, dataKey });
      dataKey.fill(0);
      await trx.updateTable('evidence').set(key).where('id', '=', row.id).execute();
    }
    return rows.length;
  });
}

/** Each held while its key is wrapped anew. */
async function lockNotRewrapped(
  trx: Executor,
  limit: number,
): Promise<(Pick<EvidenceRow, 'id' | 'organisation_id'> & WrappedFileKey)[]> {
  return trx
    .selectFrom('evidence')
    .select(['id', 'organisation_id', 'wrapped_key', 'key_generation'])
    .where('key_generation', 'is', null)
    .where('wrapped_key', 'is not', null)
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

/** The bytes, of a dossier whose key is gone. */
export async function deleteErasedFiles(deps: EvidenceDeps, dossier: DossierRef): Promise<void> {
  for (const { id } of await selectErasable(deps.db, dossier).execute()) await deps.blobs.delete(id);
}

/** What it was is forgotten; that there was a file of this digest stays, for the trail of the checks that rest on it. */
export async function blankEvidence(trx: Executor, dossier: DossierRef): Promise<void> {
  await trx
    .updateTable('vouches')
    // What was vouched for may be about persons, and a salted digest can be tried out.
    .set({ statement: '', fields: '[]' })
    .where('evidence_id', 'in', selectErasable(trx, dossier))
    .execute();
  await trx
    .updateTable('evidence')
    .set({
      title: '',
      details: null,
      sealed_details: null,
      // Of what was deleted before there is none already.
      wrapped_key: sql<Buffer | null>`case when deleted_at is null then ''::bytea end`,
      key_generation: dossier.generation,
    })
    .where('id', 'in', selectErasable(trx, dossier))
    .execute();
}

/** The files under the key of a dossier, and those from before dossiers had keys of their own. */
function selectErasable(executor: Executor, { organisationId, generation }: DossierRef) {
  return executor
    .selectFrom('evidence')
    .select('id')
    .where('organisation_id', '=', organisationId)
    .where((where) =>
      where.or([where('key_generation', '=', generation), where('key_generation', 'is', null)]),
    )
    .$castTo<{ id: EvidenceId }>();
}
