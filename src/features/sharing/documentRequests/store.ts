import type { Insertable, Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { Actor } from '../../../kernel/caller.js';
import type { DocumentRequestId, EvidenceId, GrantId, OrganisationId } from '../../../kernel/ids.js';

export type DocumentRow = Omit<Selectable<Tables['document_requests']>, 'created_by' | 'settled_by'>;

const COLUMNS = [
  'id',
  'partner_id',
  'holder_id',
  'responder_id',
  'grant_id',
  'verification_id',
  'pointer',
  'evidence_digest',
  'sealed_reason',
  'created_at',
  'due_at',
  'outcome',
  'settled_at',
  'sealed_refusal',
  'answer_grant_id',
  'evidence_id',
  'late_at',
] as const;

export async function insertDocument(
  trx: Executor,
  row: Insertable<Tables['document_requests']>,
): Promise<void> {
  await trx.insertInto('document_requests').values(row).execute();
}

/** Nobody else asks this organisation in the name of this partner before the transaction is over. */
export async function holdDocumentPair(
  trx: Executor,
  partnerId: OrganisationId,
  responderId: OrganisationId,
): Promise<void> {
  const name = `document-requests:${partnerId}:${responderId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(trx);
}

export async function countOpenDocuments(
  executor: Executor,
  partnerId: OrganisationId,
  responderId: OrganisationId,
): Promise<number> {
  const rows = await executor
    .selectFrom('document_requests')
    .select('id')
    .where('partner_id', '=', partnerId)
    .where('responder_id', '=', responderId)
    .where('outcome', 'is', null)
    .execute();
  return rows.length;
}

function selectOf(executor: Executor, id: DocumentRequestId, party: OrganisationId) {
  return executor
    .selectFrom('document_requests')
    .select(COLUMNS)
    .where('id', '=', id)
    .where((where) =>
      where.or([
        where('partner_id', '=', party),
        where('holder_id', '=', party),
        where('responder_id', '=', party),
      ]),
    );
}

/** Of who asks, who answers, and whose dossier it is. */
export async function findDocument(
  executor: Executor,
  id: DocumentRequestId,
  party: OrganisationId,
): Promise<DocumentRow | undefined> {
  return selectOf(executor, id, party).executeTakeFirst();
}

export async function lockDocument(
  trx: Executor,
  id: DocumentRequestId,
  party: OrganisationId,
): Promise<DocumentRow | undefined> {
  return selectOf(trx, id, party).forUpdate().executeTakeFirst();
}

/** Oldest first; one row more than the page holds. */
export async function listDocuments(
  executor: Executor,
  filter: { readonly role: 'partner' | 'responder' | 'holder'; readonly organisationId: OrganisationId },
  page: PageRequest,
): Promise<DocumentRow[]> {
  let query = executor
    .selectFrom('document_requests')
    .select(COLUMNS)
    .where(`${filter.role}_id`, '=', filter.organisationId);
  if (page.after !== undefined) query = query.where('id', '>', page.after as DocumentRequestId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

export async function settleDocument(
  trx: Executor,
  id: DocumentRequestId,
  settled: {
    readonly outcome: 'answered' | 'refused' | 'closed';
    readonly at: Date;
    readonly by: Actor;
    readonly sealedRefusal?: Buffer | null;
    readonly answer?: { readonly grantId: GrantId; readonly evidenceId: EvidenceId };
  },
): Promise<void> {
  const { outcome, at, by, sealedRefusal, answer } = settled;
  await trx
    .updateTable('document_requests')
    .set({
      outcome,
      settled_at: at,
      settled_by: JSON.stringify(by),
      ...(sealedRefusal ? { sealed_refusal: sealedRefusal } : {}),
      ...(answer ? { answer_grant_id: answer.grantId, evidence_id: answer.evidenceId } : {}),
    })
    .where('id', '=', id)
    .where('outcome', 'is', null)
    .execute();
}

/** Files that an answer has put under a grant. */
export async function listAttached(executor: Executor, grantId: GrantId): Promise<EvidenceId[]> {
  const rows = await executor
    .selectFrom('document_requests')
    .select('evidence_id')
    .where('answer_grant_id', '=', grantId)
    .where('outcome', '=', 'answered')
    .execute();
  return rows.flatMap(({ evidence_id: id }) => id ?? []);
}

/** With the account of one of the three. */
export async function closeDocumentsOf(
  trx: Executor,
  organisationId: OrganisationId,
  at: Date,
  by: Actor,
): Promise<void> {
  await trx
    .updateTable('document_requests')
    .set({ outcome: 'closed', settled_at: at, settled_by: JSON.stringify(by) })
    .where((where) =>
      where.or([
        where('partner_id', '=', organisationId),
        where('holder_id', '=', organisationId),
        where('responder_id', '=', organisationId),
      ]),
    )
    .where('outcome', 'is', null)
    .execute();
}

/** Marks as seen, and returns, some of those that nobody has answered in time; nothing is left when it returns nothing. */
export async function takeLateDocuments(trx: Executor, now: Date, limit: number) {
  return trx
    .updateTable('document_requests')
    .set({ late_at: now })
    .where('id', 'in', (from) =>
      from
        .selectFrom('document_requests')
        .select('id')
        .where('outcome', 'is', null)
        .where('late_at', 'is', null)
        .where('due_at', '<', now)
        .orderBy('due_at')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['id', 'partner_id', 'responder_id'])
    .execute();
}

/** Whose dossier it is about. */
export async function findHolderOfDocument(
  executor: Executor,
  id: DocumentRequestId,
): Promise<OrganisationId | undefined> {
  const query = executor.selectFrom('document_requests').select('holder_id').where('id', '=', id);
  return (await query.executeTakeFirst())?.holder_id;
}
