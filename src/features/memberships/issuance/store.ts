import { sql, type Selectable } from 'kysely';
import type { IssuanceOutcome, StoredCaller } from '../../../adapters/database/membershipTables.js';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import { newId, type FederationMemberId, type Id, type MemberIssuanceId } from '../../../kernel/ids.js';
import { selectMembers, type Selection } from '../invitations/store.js';
import type { MemberRow } from '../register/store.js';

export type IssuanceRow = Selectable<Tables['member_issuances']>;
export type ItemId = Id<'memberIssuanceItem'>;

const INSERTED_AT_ONCE = 1000;

export async function insertIssuance(
  trx: Executor,
  issuance: {
    id: MemberIssuanceId;
    selection: Selection;
    orderedBy: StoredCaller;
    validFor: string | undefined;
    sentByOurselves: boolean;
    at: Date;
  },
): Promise<void> {
  const { id, selection, at } = issuance;
  const members = await selectMembers(trx, selection)
    .select(['id', 'joined_organisation_id'])
    .orderBy('id')
    .execute();
  const joined = members.filter((member) => member.joined_organisation_id !== null);
  await trx
    .insertInto('member_issuances')
    .values({
      id,
      organisation_id: selection.organisationId,
      status: 'working',
      ordered_by: JSON.stringify(issuance.orderedBy),
      valid_for: issuance.validFor ?? null,
      sent_by_ourselves: issuance.sentByOurselves,
      not_joined: members.length - joined.length,
      created_at: at,
      finished_at: null,
    })
    .execute();
  for (let start = 0; start < joined.length; start += INSERTED_AT_ONCE)
    await trx
      .insertInto('member_issuance_items')
      .values(
        joined.slice(start, start + INSERTED_AT_ONCE).map((member) => ({
          id: newId<'memberIssuanceItem'>(),
          issuance_id: id,
          organisation_id: selection.organisationId,
          member_id: member.id,
          claimed_until: null,
          outcome: null,
          reason: null,
          detail: null,
          application_id: null,
          credential_id: null,
        })),
      )
      .execute();
}

export async function findIssuance(
  executor: Executor,
  id: MemberIssuanceId,
): Promise<IssuanceRow | undefined> {
  return executor.selectFrom('member_issuances').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function listWorkingIssuances(executor: Executor): Promise<MemberIssuanceId[]> {
  const rows = await executor
    .selectFrom('member_issuances')
    .select('id')
    .where('status', '=', 'working')
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

export async function countItems(
  executor: Executor,
  id: MemberIssuanceId,
): Promise<Map<IssuanceOutcome | null, number>> {
  const rows = await executor
    .selectFrom('member_issuance_items')
    .select((select) => ['outcome', select.fn.countAll<string>().as('items')])
    .where('issuance_id', '=', id)
    .groupBy('outcome')
    .execute();
  return new Map(rows.map(({ outcome, items }) => [outcome, Number(items)]));
}

export interface ClaimedItem {
  readonly id: ItemId;
  readonly memberId: FederationMemberId;
  readonly attempts: number;
}

/** The items that are not settled are the cursor; a lease keeps two processes from working on the same. */
export async function claimItems(
  executor: Executor,
  id: MemberIssuanceId,
  { now, until, limit }: { now: Date; until: Date; limit: number },
): Promise<ClaimedItem[]> {
  return executor
    .updateTable('member_issuance_items')
    .set((column) => ({ claimed_until: until, attempts: column('attempts', '+', 1) }))
    .where('id', 'in', (from) =>
      from
        .selectFrom('member_issuance_items')
        .select('id')
        .where('issuance_id', '=', id)
        .where('outcome', 'is', null)
        .where((where) => where.or([where('claimed_until', 'is', null), where('claimed_until', '<=', now)]))
        .orderBy('id')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['id', 'member_id as memberId', 'attempts'])
    .execute();
}

export async function listMembersOf(
  executor: Executor,
  memberIds: readonly FederationMemberId[],
): Promise<MemberRow[]> {
  return executor
    .selectFrom('federation_members')
    .selectAll()
    .where('id', 'in', [...memberIds])
    .where('removed_at', 'is', null)
    .execute();
}

export interface SettledItem {
  readonly id: ItemId;
  readonly memberId: FederationMemberId;
  readonly outcome: IssuanceOutcome;
  readonly reason?: string;
  readonly detail?: string;
  readonly applicationId?: string;
  readonly credentialId?: string;
}

export async function settleItems(trx: Executor, items: readonly SettledItem[], at: Date): Promise<void> {
  if (items.length === 0) return;
  const rows = items.map((item) => ({
    id: item.id,
    member_id: item.memberId,
    outcome: item.outcome,
    reason: item.reason ?? null,
    detail: item.detail ?? null,
    application_id: item.applicationId ?? null,
    credential_id: item.credentialId ?? null,
  }));
  const done = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as done (id uuid, member_id uuid,
    outcome text, reason text, detail text, application_id uuid, credential_id uuid)`;
  await sql`
    update member_issuance_items as item
    set outcome = done.outcome, reason = done.reason, detail = done.detail, claimed_until = null,
      application_id = done.application_id, credential_id = done.credential_id
    from ${done} where item.id = done.id and item.outcome is null`.execute(trx);
  await sql`
    update federation_members as member
    set state = 'issued', credential_id = done.credential_id, updated_at = ${at}
    from ${done} where member.id = done.member_id and done.credential_id is not null
      and member.credential_id is distinct from done.credential_id`.execute(trx);
}

/** Nothing is left to do. False when another process has said so before. */
export async function finishIssuance(trx: Executor, id: MemberIssuanceId, at: Date): Promise<boolean> {
  const result = await trx
    .updateTable('member_issuances')
    .set({ status: 'finished', finished_at: at })
    .where('id', '=', id)
    .where('status', '=', 'working')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

export async function failOpenItems(
  trx: Executor,
  id: MemberIssuanceId,
  { reason, detail }: { reason: string; detail: string },
): Promise<void> {
  await trx
    .updateTable('member_issuance_items')
    .set({ outcome: 'failed', reason, detail })
    .where('issuance_id', '=', id)
    .where('outcome', 'is', null)
    .execute();
}

/** One row more than the page holds. */
export async function listItems(
  executor: Executor,
  wanted: { issuanceId: MemberIssuanceId; outcome?: IssuanceOutcome },
  page: PageRequest,
) {
  let query = executor
    .selectFrom('member_issuance_items')
    .selectAll()
    .where('issuance_id', '=', wanted.issuanceId);
  if (wanted.outcome !== undefined) query = query.where('outcome', '=', wanted.outcome);
  if (page.after !== undefined) query = query.where('id', '>', page.after as ItemId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}
