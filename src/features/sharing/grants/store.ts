import type { Insertable, Selectable } from 'kysely';
import { stepIn } from '../../../adapters/database/context.js';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { Actor } from '../../../kernel/caller.js';
import type { AccessRequestId, GrantId, OrganisationId } from '../../../kernel/ids.js';
import type { Ending } from './rules.js';

export type GrantRow = Omit<Selectable<Tables['grants']>, 'ended_by'>;
export type AccessRow = Selectable<Tables['grant_accesses']>;

const COLUMNS = [
  'id',
  'request_id',
  'partner_id',
  'holder_id',
  'fields',
  'purposes',
  'with_evidence',
  'retention',
  'dossier_version',
  'dossier_generation',
  'agreement_id',
  'agreement_version',
  'granted_at',
  'expires_at',
  'ended_at',
  'ending',
  'sealed_reason',
  'expired_at',
] as const;

export async function insertGrant(trx: Executor, row: Insertable<Tables['grants']>): Promise<void> {
  await trx.insertInto('grants').values(row).execute();
}

/** Of either party. */
export async function findGrant(
  executor: Executor,
  id: GrantId,
  party: OrganisationId,
): Promise<GrantRow | undefined> {
  return selectOf(executor, id, party).executeTakeFirst();
}

/** The same; nobody ends it before the transaction is over, but others may use it as well. */
export async function holdGrant(
  trx: Executor,
  id: GrantId,
  party: OrganisationId,
): Promise<GrantRow | undefined> {
  return selectOf(trx, id, party).forShare().executeTakeFirst();
}

/** The same, for who is about to end it: whoever uses it at this moment comes to an end before. */
export async function lockGrant(
  trx: Executor,
  id: GrantId,
  party: OrganisationId,
): Promise<GrantRow | undefined> {
  return selectOf(trx, id, party).forUpdate().executeTakeFirst();
}

function selectOf(executor: Executor, id: GrantId, party: OrganisationId) {
  return executor
    .selectFrom('grants')
    .select(COLUMNS)
    .where('id', '=', id)
    .where((where) => where.or([where('partner_id', '=', party), where('holder_id', '=', party)]));
}

/** Oldest first; one row more than the page holds. */
export async function listGrants(
  executor: Executor,
  filter: { readonly role: 'partner' | 'holder'; readonly organisationId: OrganisationId },
  page: PageRequest,
): Promise<GrantRow[]> {
  let query = executor
    .selectFrom('grants')
    .select(COLUMNS)
    .where(filter.role === 'holder' ? 'holder_id' : 'partner_id', '=', filter.organisationId);
  if (page.after !== undefined) query = query.where('id', '>', page.after as GrantId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

export async function listGrantsOfRequests(
  executor: Executor,
  requestIds: readonly AccessRequestId[],
): Promise<{ id: GrantId; request_id: AccessRequestId }[]> {
  if (requestIds.length === 0) return [];
  return executor
    .selectFrom('grants')
    .select(['id', 'request_id'])
    .where('request_id', 'in', [...requestIds])
    .execute();
}

export interface WhichGrants {
  readonly id?: GrantId;
  readonly holderId?: OrganisationId;
  readonly partnerId?: OrganisationId;
  readonly agreementId?: string;
  readonly generation?: number;
}

/** Ends those that nobody has ended yet, and returns them. Who is using one of them comes to an end first. */
export async function endGrants(
  trx: Executor,
  which: WhichGrants,
  ended: { readonly ending: Ending; readonly at: Date; readonly by?: Actor; readonly sealedReason?: Buffer },
): Promise<GrantRow[]> {
  let query = trx.selectFrom('grants').select(COLUMNS).where('ended_at', 'is', null);
  if (which.id !== undefined) query = query.where('id', '=', which.id);
  if (which.holderId !== undefined) query = query.where('holder_id', '=', which.holderId);
  if (which.partnerId !== undefined) query = query.where('partner_id', '=', which.partnerId);
  if (which.agreementId !== undefined) query = query.where('agreement_id', '=', which.agreementId);
  if (which.generation !== undefined) query = query.where('dossier_generation', '=', which.generation);
  const rows = await query.orderBy('id').forUpdate().execute();
  if (rows.length === 0) return [];
  await trx
    .updateTable('grants')
    .set({
      ended_at: ended.at,
      ending: ended.ending,
      ...(ended.by ? { ended_by: JSON.stringify(ended.by) } : {}),
      ...(ended.sealedReason ? { sealed_reason: ended.sealedReason } : {}),
    })
    .where(
      'id',
      'in',
      rows.map(({ id }) => id),
    )
    .execute();
  return rows;
}

/** Live ones between two, oldest first, which nobody ends before the transaction is over. For whoever speaks for one of them, or examined it. */
export const holdLiveGrants = stepIn('counterpart', selectLiveBetween);

async function selectLiveBetween(
  trx: Executor,
  holderId: OrganisationId,
  partnerId: OrganisationId,
  now: Date,
): Promise<GrantRow[]> {
  return trx
    .selectFrom('grants')
    .select(COLUMNS)
    .where('holder_id', '=', holderId)
    .where('partner_id', '=', partnerId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('id')
    .forShare()
    .execute();
}

/** Live ones of a co-op's dossier. */
export async function listLiveGrants(
  executor: Executor,
  holderId: OrganisationId,
  now: Date,
): Promise<GrantRow[]> {
  return executor
    .selectFrom('grants')
    .select(COLUMNS)
    .where('holder_id', '=', holderId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('id')
    .execute();
}

/** Marks as seen, and returns, some of those that have expired; nothing is left when it returns nothing. */
export async function takeExpiredGrants(trx: Executor, now: Date, limit: number) {
  return trx
    .updateTable('grants')
    .set({ expired_at: now })
    .where('id', 'in', (from) =>
      from
        .selectFrom('grants')
        .select('id')
        .where('ended_at', 'is', null)
        .where('expired_at', 'is', null)
        .where('expires_at', '<=', now)
        .orderBy('expires_at')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['id', 'partner_id', 'holder_id'])
    .execute();
}

export async function insertAccess(
  trx: Executor,
  row: Omit<AccessRow, 'by'> & { readonly by: Actor },
): Promise<void> {
  await trx
    .insertInto('grant_accesses')
    .values({ ...row, by: JSON.stringify(row.by) })
    .execute();
}

/** Oldest first; one row more than the page holds. */
export async function listAccesses(executor: Executor, id: GrantId, page: PageRequest): Promise<AccessRow[]> {
  let query = executor.selectFrom('grant_accesses').selectAll().where('grant_id', '=', id);
  if (page.after !== undefined) query = query.where('id', '>', page.after);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

/** Whose dossier a grant is of. */
export async function findHolderOfGrant(
  executor: Executor,
  id: GrantId,
): Promise<OrganisationId | undefined> {
  const query = executor.selectFrom('grants').select('holder_id').where('id', '=', id);
  return (await query.executeTakeFirst())?.holder_id;
}
