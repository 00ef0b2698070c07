import type { Selectable } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { Actor } from '../../../kernel/caller.js';
import type { PageRequest } from '../../../http/paging.js';
import type { OrganisationId, PresentationRequestId, VerificationId } from '../../../kernel/ids.js';

export type RequestRow = Omit<Selectable<Tables['presentation_requests']>, 'code_digest' | 'created_by'>;

const COLUMNS = [
  ...(['id', 'organisation_id', 'nonce', 'policy_id', 'policy_version', 'purpose'] as const),
  ...(['created_at', 'expires_at', 'cancelled_at', 'answered_at', 'verification_id'] as const),
] as const;

export async function insertRequest(
  trx: Executor,
  row: RequestRow,
  { codeDigest, createdBy }: { readonly codeDigest: Buffer; readonly createdBy: Actor },
): Promise<void> {
  await trx
    .insertInto('presentation_requests')
    .values({ ...row, code_digest: codeDigest, created_by: JSON.stringify(createdBy) })
    .execute();
}

export async function findByCode(executor: Executor, codeDigest: Buffer): Promise<RequestRow | undefined> {
  return executor
    .selectFrom('presentation_requests')
    .select(COLUMNS)
    .where('code_digest', '=', codeDigest)
    .executeTakeFirst();
}

export async function findRequest(
  executor: Executor,
  id: PresentationRequestId,
  organisationId: OrganisationId,
): Promise<RequestRow | undefined> {
  return executor
    .selectFrom('presentation_requests')
    .select(COLUMNS)
    .where('id', '=', id)
    .where('organisation_id', '=', organisationId)
    .executeTakeFirst();
}

/** Oldest first; one row more than the page holds. */
export async function listRequests(
  executor: Executor,
  organisationId: OrganisationId,
  page: PageRequest,
): Promise<RequestRow[]> {
  let query = executor
    .selectFrom('presentation_requests')
    .select(COLUMNS)
    .where('organisation_id', '=', organisationId);
  if (page.after !== undefined) query = query.where('id', '>', page.after as PresentationRequestId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

/** False where it is not open any more: one answer is taken, whoever else is under way. */
export async function closeRequest(
  trx: Executor,
  id: PresentationRequestId,
  at: Date,
  end: { readonly verificationId: VerificationId } | 'cancelled',
): Promise<boolean> {
  const result = await trx
    .updateTable('presentation_requests')
    .set(
      end === 'cancelled' ? { cancelled_at: at } : { answered_at: at, verification_id: end.verificationId },
    )
    .where('id', '=', id)
    .where('answered_at', 'is', null)
    .where('cancelled_at', 'is', null)
    .where('expires_at', '>', at)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

export async function cancelAllOf(trx: Executor, organisationId: OrganisationId, at: Date): Promise<void> {
  await trx
    .updateTable('presentation_requests')
    .set({ cancelled_at: at })
    .where('organisation_id', '=', organisationId)
    .where('answered_at', 'is', null)
    .where('cancelled_at', 'is', null)
    .execute();
}

export async function exportRequests(executor: Executor, organisationId: OrganisationId) {
  return executor
    .selectFrom('presentation_requests')
    .select(COLUMNS)
    .where('organisation_id', '=', organisationId)
    .orderBy('id')
    .execute();
}
