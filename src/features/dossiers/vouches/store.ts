import { sql } from 'kysely';
import type { Executor } from '../../../adapters/database/schema.js';
import type { VouchedField } from '../../../credentials/evidence/vouch.js';
import type { PageRequest } from '../../../http/paging.js';
import type { EvidenceId, OrganisationId, VouchRequestId } from '../../../kernel/ids.js';

export interface VouchRow {
  readonly evidence_id: EvidenceId;
  readonly organisation_id: OrganisationId;
  readonly voucher_did: string;
  readonly voucher_id: OrganisationId | null;
  readonly statement: string;
  readonly fields: readonly VouchedField[];
  readonly dossier_version: number | null;
  readonly issued_at: Date;
  readonly expires_at: Date;
  readonly outcome: 'pass' | 'fail' | 'undetermined';
  readonly code: string;
  readonly checked_at: Date;
}

export async function insertVouch(trx: Executor, row: VouchRow): Promise<void> {
  await trx
    .insertInto('vouches')
    .values({ ...row, fields: JSON.stringify(row.fields) })
    .execute();
}

export async function listVouches(executor: Executor, ids: readonly EvidenceId[]): Promise<VouchRow[]> {
  if (ids.length === 0) return [];
  return executor
    .selectFrom('vouches')
    .selectAll()
    .where('evidence_id', 'in', [...ids])
    .execute();
}

/** For who records a check by a vouch. */
export async function findVouches(
  executor: Executor,
  ids: readonly EvidenceId[],
): Promise<(Pick<VouchRow, 'outcome' | 'fields'> & { evidenceId: EvidenceId; expiresAt: Date })[]> {
  return (await listVouches(executor, ids)).map((row) => ({
    evidenceId: row.evidence_id,
    outcome: row.outcome,
    fields: row.fields,
    expiresAt: row.expires_at,
  }));
}

export async function updateVerdict(
  trx: Executor,
  evidenceId: EvidenceId,
  verdict: Pick<VouchRow, 'outcome' | 'code' | 'checked_at'>,
): Promise<void> {
  await trx.updateTable('vouches').set(verdict).where('evidence_id', '=', evidenceId).execute();
}

export interface VouchRequestRow {
  readonly id: VouchRequestId;
  readonly subject_id: OrganisationId;
  readonly voucher_id: OrganisationId;
  readonly dossier_version: number;
  readonly fields: string[];
  readonly note: string | null;
  readonly created_at: Date;
  readonly outcome: 'given' | 'declined' | 'withdrawn' | null;
  readonly settled_at: Date | null;
  readonly evidence_id: EvidenceId | null;
}

export async function insertRequest(trx: Executor, row: VouchRequestRow): Promise<void> {
  await trx.insertInto('vouch_requests').values(row).execute();
}

/** Who asks waits for whoever asks in the same organisation's name, so that both are counted. */
export async function lockAsking(trx: Executor, subjectId: OrganisationId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`vouch-requests:${subjectId}`}, 0))`.execute(trx);
}

export async function countOpenRequests(trx: Executor, subjectId: OrganisationId): Promise<number> {
  const { open } = await trx
    .selectFrom('vouch_requests')
    .select(({ fn }) => fn.countAll<string>().as('open'))
    .where('subject_id', '=', subjectId)
    .where('outcome', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(open);
}

/** When the one asked the other after that, oldest first. */
export async function listAskedAfter(
  trx: Executor,
  parties: { readonly subjectId: OrganisationId; readonly voucherId: OrganisationId },
  after: Date,
): Promise<Date[]> {
  const rows = await trx
    .selectFrom('vouch_requests')
    .select('created_at')
    .where('subject_id', '=', parties.subjectId)
    .where('voucher_id', '=', parties.voucherId)
    .where('created_at', '>', after)
    .orderBy('created_at')
    .execute();
  return rows.map((row) => row.created_at);
}

/** Only for one of its two parties. */
export async function findRequest(
  executor: Executor,
  id: VouchRequestId,
  partyId: OrganisationId,
): Promise<VouchRequestRow | undefined> {
  return executor
    .selectFrom('vouch_requests')
    .selectAll()
    .where('id', '=', id)
    .where((where) => where.or([where('subject_id', '=', partyId), where('voucher_id', '=', partyId)]))
    .executeTakeFirst();
}

/** Oldest first; one row more than the page holds. */
export async function listRequests(
  executor: Executor,
  partyId: OrganisationId,
  roles: readonly ('subject' | 'voucher')[],
  page: PageRequest,
): Promise<VouchRequestRow[]> {
  let query = executor
    .selectFrom('vouch_requests')
    .selectAll()
    .where((where) => where.or(roles.map((role) => where(`${role}_id`, '=', partyId))));
  if (page.after !== undefined) query = query.where('id', '>', page.after as VouchRequestId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

/** False where somebody else has settled it. */
export async function settleRequest(
  trx: Executor,
  id: VouchRequestId,
  settlement: { outcome: 'given' | 'declined' | 'withdrawn'; at: Date; evidenceId?: EvidenceId },
): Promise<boolean> {
  const result = await trx
    .updateTable('vouch_requests')
    .set({
      outcome: settlement.outcome,
      settled_at: settlement.at,
      evidence_id: settlement.evidenceId ?? null,
    })
    .where('id', '=', id)
    .where('outcome', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}
