import type { DossierSealing } from '../../adapters/database/dossierSealing.js';
import type { Executor } from '../../adapters/database/schema.js';
import type { OrganisationId } from '../../kernel/ids.js';
import { openDetails } from './evidence/details.js';
import type { FieldVersions } from './fieldVersions.js';

/** Since which version each value has been what it is; absent where that was not kept yet. */
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

/** What is known of each file, and the vouches; the files themselves are fetched one by one. */
export async function exportEvidence(
  sealing: DossierSealing,
  executor: Executor,
  organisationId: OrganisationId,
) {
  const rows = await executor
    .selectFrom('evidence')
    .select([
      'id',
      'organisation_id',
      'type',
      'title',
      'media_type as mediaType',
      'size_bytes as size',
      'created_at as createdAt',
      'key_generation',
      'details',
      'sealed_details',
      'fields',
      'retain_until as retainUntil',
      'deleted_at as deletedAt',
    ])
    .where('organisation_id', '=', organisationId)
    .orderBy('id')
    .execute();
  const details = await openDetails({ sealing }, rows);
  const evidence = rows.map(
    ({ organisation_id: _own, key_generation: _key, sealed_details: _sealed, ...row }) => ({
      ...row,
      details: details.get(row.id) ?? null,
    }),
  );
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
  return { evidence, vouches, vouchRequests };
}
