import { sql, type Insertable, type Selectable } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { Actor } from '../../../kernel/caller.js';
import type { AccessRequestId, OrganisationId, PersonId } from '../../../kernel/ids.js';
import type { ConsentRule } from '../consentRules/rules.js';
import type { Outcome } from './rules.js';

export type RequestRow = Omit<Selectable<Tables['access_requests']>, 'rule' | 'created_by' | 'settled_by'> & {
  readonly rule: ConsentRule;
};
export type ApprovalRow = Selectable<Tables['access_approvals']>;

const COLUMNS = [
  'id',
  'partner_id',
  'holder_id',
  'fields',
  'purposes',
  'with_evidence',
  'retention',
  'grant_for',
  'policy',
  'sealed_note',
  'created_at',
  'expires_at',
  'rule_version',
  'tier',
  'rule',
  'outcome',
  'settled_at',
  'sealed_reason',
  'expired_at',
] as const;

export async function insertRequest(
  trx: Executor,
  row: Insertable<Tables['access_requests']>,
): Promise<void> {
  await trx.insertInto('access_requests').values(row).execute();
}

/** Nobody else asks this co-op in the name of this partner before the transaction is over. */
export async function holdPair(trx: Executor, partnerId: OrganisationId, holderId: OrganisationId) {
  const name = `access-requests:${partnerId}:${holderId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(trx);
}

/** Of one partner to one co-op: how many wait for a decision now, and how many were made since. */
export async function countRequests(
  executor: Executor,
  pair: { readonly partnerId: OrganisationId; readonly holderId: OrganisationId },
  { now, since }: { readonly now: Date; readonly since: Date },
): Promise<{ open: number; recent: number }> {
  const row = await executor
    .selectFrom('access_requests')
    .select((eb) => [
      eb.fn
        .countAll<string | number | bigint>()
        .filterWhere('outcome', 'is', null)
        .filterWhere('expires_at', '>', now)
        .as('open'),
      eb.fn.countAll<string | number | bigint>().filterWhere('created_at', '>', since).as('recent'),
    ])
    .where('partner_id', '=', pair.partnerId)
    .where('holder_id', '=', pair.holderId)
    .executeTakeFirstOrThrow();
  return { open: Number(row.open), recent: Number(row.recent) };
}

/** Of either party. */
export async function findRequest(
  executor: Executor,
  id: AccessRequestId,
  party: OrganisationId,
): Promise<RequestRow | undefined> {
  const row = await selectOf(executor, id, party).executeTakeFirst();
  return row && withRule(row);
}

/** The same, and nobody settles it before the transaction is over. */
export async function lockRequest(
  trx: Executor,
  id: AccessRequestId,
  party: OrganisationId,
): Promise<RequestRow | undefined> {
  const row = await selectOf(trx, id, party).forUpdate().executeTakeFirst();
  return row && withRule(row);
}

function selectOf(executor: Executor, id: AccessRequestId, party: OrganisationId) {
  return executor
    .selectFrom('access_requests')
    .select(COLUMNS)
    .where('id', '=', id)
    .where((where) => where.or([where('partner_id', '=', party), where('holder_id', '=', party)]));
}

function withRule<Row extends { readonly rule: unknown }>(row: Row): Row & { readonly rule: ConsentRule } {
  return { ...row, rule: row.rule as ConsentRule };
}

export interface RequestFilter {
  readonly role: 'partner' | 'holder';
  readonly organisationId: OrganisationId;
  /** Only those that were open at this instant. */
  readonly openAt?: Date;
}

/** Oldest first; one row more than the page holds. */
export async function listRequests(
  executor: Executor,
  { role, organisationId, openAt }: RequestFilter,
  page: PageRequest,
): Promise<RequestRow[]> {
  let query = executor
    .selectFrom('access_requests')
    .select(COLUMNS)
    .where(role === 'holder' ? 'holder_id' : 'partner_id', '=', organisationId);
  if (openAt) query = query.where('outcome', 'is', null).where('expires_at', '>', openAt);
  if (page.after !== undefined) query = query.where('id', '>', page.after as AccessRequestId);
  const rows = await query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
  return rows.map(withRule);
}

export async function settleRequest(
  trx: Executor,
  id: AccessRequestId,
  settled: {
    readonly outcome: Outcome;
    readonly at: Date;
    readonly by: Actor;
    readonly sealedReason?: Buffer | null;
  },
): Promise<void> {
  const { outcome, at, by, sealedReason } = settled;
  await trx
    .updateTable('access_requests')
    .set({
      outcome,
      settled_at: at,
      settled_by: JSON.stringify(by),
      ...(sealedReason ? { sealed_reason: sealedReason } : {}),
    })
    .where('id', '=', id)
    .where('outcome', 'is', null)
    .execute();
}

/** With the account of one of the two; returns those that were open. */
export async function closeRequestsOf(
  trx: Executor,
  organisationId: OrganisationId,
  at: Date,
  by: Actor,
): Promise<RequestRow[]> {
  const rows = await trx
    .selectFrom('access_requests')
    .select(COLUMNS)
    .where((where) =>
      where.or([where('partner_id', '=', organisationId), where('holder_id', '=', organisationId)]),
    )
    .where('outcome', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute();
  for (const { id } of rows) await settleRequest(trx, id, { outcome: 'closed', at, by });
  return rows.map(withRule);
}

/** Marks as seen, and returns, some of those that nobody has decided in time; nothing is left when it returns nothing. */
export async function takeExpiredRequests(trx: Executor, now: Date, limit: number) {
  return trx
    .updateTable('access_requests')
    .set({ expired_at: now })
    .where('id', 'in', (from) =>
      from
        .selectFrom('access_requests')
        .select('id')
        .where('outcome', 'is', null)
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

/** Open ones about a co-op, which nobody settles before the transaction is over. */
export async function lockOpenRequestsTo(trx: Executor, holderId: OrganisationId) {
  return trx
    .selectFrom('access_requests')
    .select(['id', 'fields'])
    .where('holder_id', '=', holderId)
    .where('outcome', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute();
}

export async function insertApproval(trx: Executor, row: ApprovalRow): Promise<void> {
  await trx.insertInto('access_approvals').values(row).execute();
}

/** Of some requests, in the order in which they were given; the void ones too. */
export async function listApprovals(
  executor: Executor,
  requestIds: readonly AccessRequestId[],
): Promise<ApprovalRow[]> {
  if (requestIds.length === 0) return [];
  return executor
    .selectFrom('access_approvals')
    .selectAll()
    .where('request_id', 'in', [...requestIds])
    .orderBy('id')
    .execute();
}

/** What people saw when they approved is not what there is now. */
export async function voidApprovals(
  trx: Executor,
  requestIds: readonly AccessRequestId[],
  voided: { readonly at: Date; readonly cause: 'changed' | 'erased' },
): Promise<void> {
  if (requestIds.length === 0) return;
  await trx
    .updateTable('access_approvals')
    .set({ void_at: voided.at, void_cause: voided.cause })
    .where('request_id', 'in', [...requestIds])
    .where('void_at', 'is', null)
    .execute();
}

/** Of requests that are open: those of people who are no delegates any more. Who becomes one again has to approve again. */
export async function voidApprovalsOfOthers(
  trx: Executor,
  holderId: OrganisationId,
  delegates: readonly PersonId[],
  at: Date,
): Promise<void> {
  const open = trx
    .selectFrom('access_requests')
    .select('id')
    .where('holder_id', '=', holderId)
    .where('outcome', 'is', null);
  let query = trx
    .updateTable('access_approvals')
    .set({ void_at: at, void_cause: 'left' })
    .where('holder_id', '=', holderId)
    .where('void_at', 'is', null)
    .where('request_id', 'in', open);
  if (delegates.length > 0) query = query.where('person_id', 'not in', [...delegates]);
  await query.execute();
}

/** Whose dossier a request is about. */
export async function findHolderOfRequest(
  executor: Executor,
  id: AccessRequestId,
): Promise<OrganisationId | undefined> {
  const query = executor.selectFrom('access_requests').select('holder_id').where('id', '=', id);
  return (await query.executeTakeFirst())?.holder_id;
}
