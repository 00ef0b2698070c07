import type { Executor, EvidenceType } from '../../adapters/database/schema.js';
import type { EvidenceId, OrganisationId } from '../../kernel/ids.js';
import type { PageRequest } from '../../http/paging.js';
import type { DossierRef } from '../../kernel/ports.js';
import type { FieldVersions } from './fieldVersions.js';

/** How old the values of the newest version are, where that was kept. */
export async function findFieldVersions(
  executor: Executor,
  organisationId: OrganisationId,
  version: number,
): Promise<FieldVersions | undefined> {
  const row = await executor
    .selectFrom('dossier_field_versions')
    .select('since')
    .where('organisation_id', '=', organisationId)
    .where('version', '=', version)
    .executeTakeFirst();
  return row?.since;
}

/** Of the newest version only. */
export async function saveFieldVersions(
  trx: Executor,
  organisationId: OrganisationId,
  version: number,
  since: FieldVersions,
): Promise<void> {
  const values = { version, since: JSON.stringify(since) };
  await trx
    .insertInto('dossier_field_versions')
    .values({ organisation_id: organisationId, ...values })
    .onConflict((conflict) => conflict.column('organisation_id').doUpdateSet(values))
    .execute();
}

/** When versions were saved, without what they say. */
export async function listVersionDates(
  executor: Executor,
  organisationId: OrganisationId,
  versions: readonly number[],
): Promise<ReadonlyMap<number, Date>> {
  if (versions.length === 0) return new Map();
  const rows = await executor
    .selectFrom('dossier_versions')
    .select(['version', 'created_at'])
    .where('organisation_id', '=', organisationId)
    .where('version', 'in', [...versions])
    .execute();
  return new Map(rows.map((row) => [row.version, row.created_at]));
}

export interface EvidenceRow {
  id: EvidenceId;
  organisation_id: OrganisationId;
  type: EvidenceType;
  title: string;
  media_type: string;
  size_bytes: number;
  digest: Buffer;
  wrapped_key: Buffer;
  key_generation: number | null;
  created_at: Date;
}

export async function insertEvidence(executor: Executor, row: EvidenceRow): Promise<void> {
  await executor.insertInto('evidence').values(row).execute();
}

export async function findEvidence(executor: Executor, id: EvidenceId): Promise<EvidenceRow | undefined> {
  return executor.selectFrom('evidence').selectAll().where('id', '=', id).executeTakeFirst();
}

/** In the order of upload; one row more than the page holds. */
export async function listEvidence(
  executor: Executor,
  organisationId: OrganisationId,
  page: PageRequest,
): Promise<EvidenceRow[]> {
  let query = executor.selectFrom('evidence').selectAll().where('organisation_id', '=', organisationId);
  if (page.after !== undefined) query = query.where('id', '>', page.after as EvidenceId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

export async function listEvidenceUntil(
  executor: Executor,
  organisationId: OrganisationId,
  until: Date,
): Promise<EvidenceRow[]> {
  return executor
    .selectFrom('evidence')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .where('created_at', '<=', until)
    .orderBy('id')
    .execute();
}

export async function findEvidenceFiles(
  executor: Executor,
  ids: readonly EvidenceId[],
): Promise<{ id: EvidenceId; ownerId: OrganisationId; sha256: Buffer; createdAt: Date }[]> {
  if (ids.length === 0) return [];
  const rows = await executor
    .selectFrom('evidence')
    .select(['id', 'organisation_id as ownerId', 'digest as sha256', 'created_at as createdAt'])
    .where('id', 'in', [...ids])
    .execute();
  return rows;
}

/** What is known of each file; the files themselves are fetched one by one. */
export async function exportEvidence(executor: Executor, organisationId: OrganisationId): Promise<unknown> {
  return executor
    .selectFrom('evidence')
    .select([
      'id',
      'type',
      'title',
      'media_type as mediaType',
      'size_bytes as size',
      'created_at as createdAt',
    ])
    .where('organisation_id', '=', organisationId)
    .orderBy('id')
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
    );
}

export async function listErasableFiles(executor: Executor, dossier: DossierRef): Promise<EvidenceId[]> {
  return (await selectErasable(executor, dossier).execute()).map(({ id }) => id);
}

/** What it was is forgotten; that there was a file of this digest stays, for the trail of the checks that rest on it. */
export async function blankEvidence(trx: Executor, dossier: DossierRef): Promise<void> {
  await trx
    .updateTable('evidence')
    .set({ title: '', wrapped_key: Buffer.alloc(0), key_generation: dossier.generation })
    .where('id', 'in', selectErasable(trx, dossier))
    .execute();
}

/** Files whose keys only the installation's own envelope wraps, each held while it is wrapped anew. */
export async function lockNotRewrapped(trx: Executor, limit: number): Promise<EvidenceRow[]> {
  return trx
    .selectFrom('evidence')
    .selectAll()
    .where('key_generation', 'is', null)
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

export async function updateFileKey(
  trx: Executor,
  id: EvidenceId,
  key: Pick<EvidenceRow, 'wrapped_key' | 'key_generation'>,
): Promise<void> {
  await trx.updateTable('evidence').set(key).where('id', '=', id).execute();
}
