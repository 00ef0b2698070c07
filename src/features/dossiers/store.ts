import type { Executor, EvidenceType } from '../../adapters/database/schema.js';
import type { EvidenceId, OrganisationId } from '../../kernel/ids.js';
import type { PageRequest } from '../../http/paging.js';
import type { FieldVersions } from './fieldVersions.js';
import type { DossierBlocks } from './schemas.js';

export interface DossierVersion {
  readonly version: number;
  readonly blocks: DossierBlocks;
}

/** With how old its values are; `since` is absent where that was not kept yet. */
export async function findLatestWithAge(
  executor: Executor,
  organisationId: OrganisationId,
): Promise<DossierVersion & { readonly since?: FieldVersions }> {
  const latest = await findLatestVersion(executor, organisationId);
  const row = await executor
    .selectFrom('dossier_field_versions')
    .select('since')
    .where('organisation_id', '=', organisationId)
    .where('version', '=', latest.version)
    .executeTakeFirst();
  return row ? { ...latest, since: row.since } : latest;
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

export async function findLatestVersion(
  executor: Executor,
  organisationId: OrganisationId,
): Promise<DossierVersion> {
  const row = await executor
    .selectFrom('dossier_versions')
    .select(['version', 'blocks'])
    .where('organisation_id', '=', organisationId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? toVersion(row) : { version: 0, blocks: {} };
}

export async function findVersions(
  executor: Executor,
  organisationId: OrganisationId,
  versions: readonly number[],
): Promise<DossierVersion[]> {
  if (versions.length === 0) return [];
  const rows = await executor
    .selectFrom('dossier_versions')
    .select(['version', 'blocks'])
    .where('organisation_id', '=', organisationId)
    .where('version', 'in', [...versions])
    .execute();
  return rows.map(toVersion);
}

export async function listVersions(executor: Executor, organisationId: OrganisationId) {
  return executor
    .selectFrom('dossier_versions')
    .select(['version', 'blocks', 'created_at'])
    .where('organisation_id', '=', organisationId)
    .orderBy('version')
    .execute();
}

/** False when another request has written this version in the meantime. */
export async function insertVersion(
  executor: Executor,
  organisationId: OrganisationId,
  version: number,
  blocks: DossierBlocks,
  at: Date,
): Promise<boolean> {
  const result = await executor
    .insertInto('dossier_versions')
    .values({ organisation_id: organisationId, version, blocks: JSON.stringify(blocks), created_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

function toVersion(row: { version: number; blocks: Record<string, unknown> }): DossierVersion {
  return { version: row.version, blocks: row.blocks };
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

/** A version that something refers to, so it is there. */
export async function findVersion(
  executor: Executor,
  organisationId: OrganisationId,
  version: number,
): Promise<DossierVersion> {
  const [found] = await findVersions(executor, organisationId, [version]);
  if (!found) throw new Error('a version of a dossier is not there');
  return found;
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

/** All versions, and what is known of each file; the files themselves are fetched one by one. */
export async function exportDossier(executor: Executor, organisationId: OrganisationId): Promise<unknown> {
  const evidence = await executor
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
  return { versions: await listVersions(executor, organisationId), evidence };
}
