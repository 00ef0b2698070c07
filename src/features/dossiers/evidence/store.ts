import { sql } from 'kysely';
import type { EvidenceType } from '../../../adapters/database/evidenceTables.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { EvidenceDetails } from '../../../credentials/evidence/shapes.js';
import type { PageRequest } from '../../../http/paging.js';
import type { EvidenceId, OrganisationId } from '../../../kernel/ids.js';

export interface EvidenceRow {
  readonly id: EvidenceId;
  readonly organisation_id: OrganisationId;
  readonly type: EvidenceType;
  readonly title: string;
  readonly media_type: string;
  readonly size_bytes: number;
  readonly digest: Buffer;
  /** Null once the file is deleted. */
  readonly wrapped_key: Buffer | null;
  /** Of the dossier under whose key it is wrapped; null: under the installation's own, until it is wrapped anew. */
  readonly key_generation: number | null;
  readonly created_at: Date;
  /** Of what was handed in before they were sealed. */
  readonly details: EvidenceDetails | null;
  /** Under the key of the same generation; `openDetails` opens them. */
  readonly sealed_details: Buffer | null;
  readonly fields: string[];
  readonly retain_until: Date;
  readonly deleted_at: Date | null;
}

const COLUMNS = [
  'id',
  'organisation_id',
  'type',
  'title',
  'media_type',
  'size_bytes',
  'digest',
  'wrapped_key',
  'key_generation',
  'created_at',
  'details',
  'sealed_details',
  'fields',
  'retain_until',
  'deleted_at',
] as const;

export async function insertEvidence(executor: Executor, row: EvidenceRow): Promise<void> {
  const { details, ...columns } = row;
  await executor
    .insertInto('evidence')
    .values({
      ...columns,
      details: details && JSON.stringify(details),
      due_at: row.retain_until,
      blob_deleted_at: null,
    })
    .execute();
}

export async function findEvidence(executor: Executor, id: EvidenceId): Promise<EvidenceRow | undefined> {
  return executor.selectFrom('evidence').select(COLUMNS).where('id', '=', id).executeTakeFirst();
}

/** In the order of upload; one row more than the page holds. */
export async function listEvidence(
  executor: Executor,
  organisationId: OrganisationId,
  page: PageRequest,
): Promise<EvidenceRow[]> {
  let query = executor.selectFrom('evidence').select(COLUMNS).where('organisation_id', '=', organisationId);
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
    .select(COLUMNS)
    .where('organisation_id', '=', organisationId)
    .where('created_at', '<=', until)
    .orderBy('id')
    .execute();
}

export async function findEvidenceRows(
  executor: Executor,
  ids: readonly EvidenceId[],
): Promise<EvidenceRow[]> {
  if (ids.length === 0) return [];
  return executor
    .selectFrom('evidence')
    .select(COLUMNS)
    .where('id', 'in', [...ids])
    .execute();
}

/** Which fields of the dossier its owner's files are said to support. */
export async function listFieldEvidence(
  executor: Executor,
  organisationId: OrganisationId,
): Promise<{ id: EvidenceId; fields: string[] }[]> {
  return executor
    .selectFrom('evidence')
    .select(['id', 'fields'])
    .where('organisation_id', '=', organisationId)
    .where('deleted_at', 'is', null)
    .where(sql<boolean>`cardinality(fields) > 0`)
    .orderBy('id')
    .execute();
}

export interface EvidenceFile {
  readonly id: EvidenceId;
  readonly ownerId: OrganisationId;
  readonly sha256: Buffer;
  readonly createdAt: Date;
  readonly deletedAt: Date | null;
}

export async function findEvidenceFiles(
  executor: Executor,
  ids: readonly EvidenceId[],
): Promise<EvidenceFile[]> {
  return ids.length === 0 ? [] : filesNamed(executor, ids).execute();
}

/** Held, so that none of them is deleted before the transaction is over. */
export async function holdEvidenceFiles(trx: Executor, ids: readonly EvidenceId[]): Promise<EvidenceFile[]> {
  return ids.length === 0 ? [] : filesNamed(trx, ids).orderBy('id').forShare().execute();
}

function filesNamed(executor: Executor, ids: readonly EvidenceId[]) {
  return executor
    .selectFrom('evidence')
    .select([
      'id',
      'organisation_id as ownerId',
      'digest as sha256',
      'created_at as createdAt',
      'deleted_at as deletedAt',
    ])
    .where('id', 'in', [...ids]);
}

export interface HoldRow {
  readonly evidence_id: EvidenceId;
  readonly organisation_id: OrganisationId;
  readonly until: Date;
  readonly reason: string;
  readonly created_at: Date;
}

export async function upsertHold(trx: Executor, hold: HoldRow): Promise<void> {
  await trx
    .insertInto('evidence_holds')
    .values(hold)
    .onConflict((conflict) =>
      conflict
        .columns(['evidence_id', 'organisation_id'])
        .doUpdateSet({ until: hold.until, reason: hold.reason }),
    )
    .execute();
}

export async function deleteHold(
  trx: Executor,
  evidenceId: EvidenceId,
  organisationId: OrganisationId,
): Promise<void> {
  await trx
    .deleteFrom('evidence_holds')
    .where('evidence_id', '=', evidenceId)
    .where('organisation_id', '=', organisationId)
    .execute();
}

export async function listHolds(executor: Executor, ids: readonly EvidenceId[]): Promise<HoldRow[]> {
  if (ids.length === 0) return [];
  return executor
    .selectFrom('evidence_holds')
    .selectAll()
    .where('evidence_id', 'in', [...ids])
    .orderBy('created_at')
    .execute();
}

/** On files of an organisation that are neither deleted nor erased, by others than itself. */
export async function listHoldsByOthers(
  executor: Executor,
  ownerId: OrganisationId,
): Promise<{ registrarId: OrganisationId; until: Date; legalBasis: string }[]> {
  return executor
    .selectFrom('evidence_holds')
    .innerJoin('evidence', 'evidence.id', 'evidence_holds.evidence_id')
    .select([
      'evidence_holds.organisation_id as registrarId',
      'evidence_holds.until',
      'evidence_holds.reason as legalBasis',
    ])
    .where('evidence.organisation_id', '=', ownerId)
    .where('evidence_holds.organisation_id', '<>', ownerId)
    .where(sql<boolean>`octet_length(evidence.wrapped_key) > 0`)
    .execute();
}

export type KeptFile = Pick<EvidenceRow, 'id' | 'organisation_id' | 'created_at'>;
const KEPT_COLUMNS = ['id', 'organisation_id', 'created_at'] as const;

/** Whose time has come, each held by this transaction; what another process holds is passed over. */
export async function lockDue(trx: Executor, now: Date, limit: number): Promise<KeptFile[]> {
  return trx
    .selectFrom('evidence')
    .select(KEPT_COLUMNS)
    .where('deleted_at', 'is', null)
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

export async function postponeDeletion(trx: Executor, id: EvidenceId, dueAt: Date): Promise<void> {
  await trx.updateTable('evidence').set({ due_at: dueAt }).where('id', '=', id).execute();
}

/** Without its key nobody reads the file again, whatever becomes of its bytes. */
export async function destroyKey(trx: Executor, id: EvidenceId, at: Date): Promise<void> {
  await trx.updateTable('evidence').set({ wrapped_key: null, deleted_at: at }).where('id', '=', id).execute();
}

/** Deleted files whose bytes may still be in the store. */
export async function listUndeletedBlobs(executor: Executor, limit: number): Promise<EvidenceId[]> {
  const rows = await executor
    .selectFrom('evidence')
    .select('id')
    .where('deleted_at', 'is not', null)
    .where('blob_deleted_at', 'is', null)
    .orderBy('deleted_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

export async function markBlobDeleted(executor: Executor, id: EvidenceId, at: Date): Promise<void> {
  await executor.updateTable('evidence').set({ blob_deleted_at: at }).where('id', '=', id).execute();
}
