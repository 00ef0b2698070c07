import { inWork, onBehalfOf } from '../../../adapters/database/context.js';
import { recordAudit } from '../../../adapters/database/records.js';
import { mayWrite } from '../../../kernel/caller.js';
import type { MemberIssuanceId, OrganisationId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import { MEMBERSHIP_CREDENTIAL, type MembershipDeps } from '../deps.js';
import { decideMember, type Order } from './deciding.js';
import {
  claimItems,
  countItems,
  failOpenItems,
  findIssuance,
  finishIssuance,
  listMembersOf,
  settleItems,
  type ClaimedItem,
  type IssuanceRow,
  type SettledItem,
} from './store.js';

/** As many at once as the two cores of a small machine can sign for. */
const AT_ONCE = 4;
/** Longer than that many decisions ever take; what did not come to its end is looked at again after it. */
const CLAIM_SECONDS = 45;
const MOST_ATTEMPTS = 20;

/** `elsewhere`: others are at what is left, or it waits for its signature. */
export type Progress = 'working' | 'finished' | 'elsewhere';

/**
 * The next members of an order. May be called by any process, after a crash at any point: what a decision has done is found again in the
 * application, and nothing is done twice.
 */
export async function workOffItems(deps: MembershipDeps, id: MemberIssuanceId): Promise<Progress> {
  const row = await inWork('registers', () => findIssuance(deps.db, id));
  if (row?.status !== 'working') return 'finished';
  const order = await inWork('accounts', () => findOrder(deps, row));
  if (order) return onBehalfOf(order.caller, () => workOffOrder(deps, row, order));
  return inWork('registers', async () => {
    await failOpenItems(deps.db, id, ORDER_VOID);
    return finish(deps, row);
  });
}

async function workOffOrder(deps: MembershipDeps, row: IssuanceRow, order: Order): Promise<Progress> {
  const { id } = row;
  const now = deps.clock.now();
  const items = await claimItems(deps.db, id, {
    now,
    until: addSeconds(now, CLAIM_SECONDS),
    limit: AT_ONCE,
  });
  if (items.length === 0) return finish(deps, row);
  const settled = await decideItems(deps, order, row.organisation_id, items);
  await deps.db.transaction().execute((trx) => settleItems(trx, settled, deps.clock.now()));
  return 'working';
}

const ORDER_VOID = {
  reason: 'order_void',
  detail: 'Who ordered it may not decide for your organisation any more: order it anew.',
};

/** With the rights that whoever ordered it has now. */
async function findOrder(deps: MembershipDeps, row: IssuanceRow): Promise<Order | undefined> {
  const caller = await deps.accounts.findCaller(deps.db, row.ordered_by);
  if (caller?.organisationId !== row.organisation_id || !mayWrite(caller, 'review')) return undefined;
  const [federation] = await deps.findParties(deps.db, [row.organisation_id]);
  return (
    federation && {
      caller,
      federation,
      validFor: row.valid_for ?? undefined,
      sentByOurselves: row.sent_by_ourselves,
    }
  );
}

async function decideItems(
  deps: MembershipDeps,
  order: Order,
  federationId: OrganisationId,
  items: readonly ClaimedItem[],
): Promise<SettledItem[]> {
  const members = await listMembersOf(
    deps.db,
    items.map(({ memberId }) => memberId),
  );
  const memberOf = new Map(members.map((member) => [member.id, member]));
  const coops = members.flatMap(({ joined_organisation_id: coop }) => coop ?? []);
  const applications = await deps.applications.listOf(deps.db, federationId, coops, MEMBERSHIP_CREDENTIAL);
  const settled = await Promise.all(
    items.map(async (item): Promise<SettledItem[]> => {
      const member = memberOf.get(item.memberId);
      const own = applications.filter(({ applicantId }) => applicantId === member?.joined_organisation_id);
      const decided = await decideMember(deps, order, member, own).catch((error: unknown) => {
        deps.logger.error(
          { itemId: item.id, attempt: item.attempts, reason: (error as Error).name },
          'a member was not decided on',
        );
        return undefined;
      });
      const named = { id: item.id, memberId: item.memberId };
      if (decided) return [{ ...named, ...decided }];
      return item.attempts < MOST_ATTEMPTS ? [] : [{ ...named, ...GIVEN_UP }];
    }),
  );
  return settled.flat();
}

const GIVEN_UP = {
  outcome: 'failed',
  reason: 'gave_up',
  detail: 'It did not come to an end: look at the application, or order it anew.',
} as const;

async function finish(deps: MembershipDeps, row: IssuanceRow): Promise<Progress> {
  const counts = await countItems(deps.db, row.id);
  if ((counts.get(null) ?? 0) > 0) return 'elsewhere';
  const at = deps.clock.now();
  await deps.db.transaction().execute(async (trx) => {
    if (!(await finishIssuance(trx, row.id, at))) return;
    await recordAudit(trx, {
      at,
      actor: { kind: 'system' },
      action: 'members.issuance_finished',
      organisationId: row.organisation_id,
      subjectId: row.id,
      detail: { issued: counts.get('issued') ?? 0, failed: counts.get('failed') ?? 0 },
    });
  });
  return 'finished';
}
