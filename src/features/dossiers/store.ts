import type { Executor } from '../../adapters/database/schema.js';
import type { OrganisationId } from '../../kernel/ids.js';
import type { DossierBlocks } from './schemas.js';

export interface DossierVersion {
  readonly version: number;
  readonly blocks: DossierBlocks;
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
      'details',
      'fields',
      'retain_until as retainUntil',
      'deleted_at as deletedAt',
    ])
    .where('organisation_id', '=', organisationId)
    .orderBy('id')
    .execute();
  const vouches = await executor
    .selectFrom('vouches')
    .select([
      'evidence_id as evidenceId',
      'voucher_did as voucherDid',
      'statement',
      'fields',
      'issued_at as issuedAt',
      'expires_at as expiresAt',
    ])
    .where('organisation_id', '=', organisationId)
    .orderBy('evidence_id')
    .execute();
  const vouchRequests = await executor
    .selectFrom('vouch_requests')
    .select(['id', 'voucher_id as voucherId', 'fields', 'note', 'outcome', 'created_at as createdAt'])
    .where('subject_id', '=', organisationId)
    .orderBy('id')
    .execute();
  return { versions: await listVersions(executor, organisationId), evidence, vouches, vouchRequests };
}
