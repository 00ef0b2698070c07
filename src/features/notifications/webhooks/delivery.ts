import type { Kysely } from 'kysely';
import { inWork } from '../../../adapters/database/context.js';
import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import { SYSTEM } from '../../../kernel/caller.js';
import type { OrganisationId, WebhookId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import type { NewNotice } from '../../../kernel/notices.js';
import type { Clock, HttpSender, Logger, SendOutcome } from '../../../kernel/ports.js';
import { presentEvent } from '../events/service.js';
import {
  claimDue,
  lockHealth,
  markHealthy,
  settleDeliveries,
  type ClaimedDelivery,
  type Settlement,
} from './queue.js';
import { judgeFailure, judgeOutcome, nextAttemptAt, type Verdict } from './rules.js';
import { signMessage } from './signature.js';
import { giveUpPending, updateWebhook } from './store.js';

/** Opens what stands sealed in the database; the envelope's part that is needed here. */
export interface SecretOpener {
  open(sealed: Uint8Array, context: string): Buffer;
}

export interface DeliveryDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly http: HttpSender;
  readonly envelope: SecretOpener;
  readonly logger: Logger;
  readonly notify: (trx: Executor, notice: NewNotice) => Promise<void>;
}

export interface WebhookDelivery {
  /** Delivers until nothing is due; what fails is tried again another time. Returns how many tries it made. */
  deliverDue(): Promise<number>;
  /** Takes nothing more; what is under way is settled. */
  stop(): void;
}

const TIMEOUT_MS = 10_000;
/** Longer than a try and its settlement can take. */
const CLAIM_SECONDS = 20;
const MOST_UNDER_WAY = 200;
/** A slow receiver must not be in the way of others; and no more are sent to one host at a time, where they would only wait for each other. */
const MOST_OF_ONE = 4;
const SETTLED_TOGETHER = 50;
/** Until what is done is settled, and it is looked for what has become due, while tries are under way. */
const LOOK_AGAIN_MS = 100;

interface Finished {
  readonly delivery: ClaimedDelivery;
  readonly outcome: SendOutcome;
}

/**
 * At least once: a delivery is claimed before it is sent and settled afterwards, so whoever dies in between leaves one that is due again.
 * No transaction is open while a receiver is spoken to. What comes to its end together is settled together.
 */
export function createWebhookDelivery(deps: DeliveryDeps): WebhookDelivery {
  const { db, clock } = deps;
  let isStopped = false;

  async function claim(underWay: ReadonlyMap<WebhookId, number>, free: number, after: WebhookId | undefined) {
    const now = clock.now();
    const busy = [...underWay].flatMap(([id, count]) => (count >= MOST_OF_ONE ? id : []));
    return claimDue(db, {
      now,
      until: addSeconds(now, CLAIM_SECONDS),
      limit: free,
      limitPerWebhook: MOST_OF_ONE,
      busy,
      after,
    });
  }

  async function deliverDue(): Promise<number> {
    const round = startRound(deps);
    let tries = 0;
    let after: WebhookId | undefined;
    for (;;) {
      await settle(deps, round.takeFinished());
      const free = MOST_UNDER_WAY - round.count();
      const claimed = isStopped || free === 0 ? [] : await claim(round.underWay, free, after);
      tries += claimed.length;
      for (const delivery of claimed) round.start(delivery);
      const hasWrapped = after === undefined;
      // Not all webhooks had their turn while there were more than could be taken.
      after = claimed.length > 0 && claimed.length === free ? lastWebhook(claimed) : undefined;
      if (claimed.length === 0 && round.count() === 0 && (hasWrapped || isStopped)) return tries;
      if (round.count() > 0) await round.untilFinished();
    }
  }

  return {
    deliverDue: () => inWork('upkeep', deliverDue),
    stop: () => void (isStopped = true),
  };
}

function lastWebhook(claimed: readonly ClaimedDelivery[]): WebhookId | undefined {
  return claimed
    .map(({ webhookId }) => webhookId)
    .sort()
    .at(-1);
}

/** Tries that are under way, and those that have come to their end. */
function startRound(deps: DeliveryDeps) {
  const underWay = new Map<WebhookId, number>();
  let running = 0;
  let finished: Finished[] = [];
  let wake = (): void => undefined;

  function count(webhookId: WebhookId, change: 1 | -1): void {
    const left = (underWay.get(webhookId) ?? 0) + change;
    if (left === 0) underWay.delete(webhookId);
    else underWay.set(webhookId, left);
    running += change;
  }

  return {
    underWay,
    count: () => running + finished.length,
    start(delivery: ClaimedDelivery): void {
      count(delivery.webhookId, 1);
      void attempt(deps, delivery).then((outcome) => {
        count(delivery.webhookId, -1);
        finished.push({ delivery, outcome });
        wake();
      });
    },
    takeFinished(): readonly Finished[] {
      const taken = finished;
      finished = [];
      return taken;
    },
    /** As many as are worth writing down together, or all that are under way, or those that are done after so long. */
    untilFinished: (): Promise<void> =>
      new Promise((resolve) => {
        const isEnough = () => finished.length >= SETTLED_TOGETHER || running === 0;
        const timer = setTimeout(resolve, isEnough() ? 0 : LOOK_AGAIN_MS);
        wake = () => {
          if (!isEnough()) return;
          clearTimeout(timer);
          // Those that are done in the same moment come along.
          setImmediate(resolve);
        };
      }),
  };
}

/** One try. Never rejects. */
export async function attempt(deps: DeliveryDeps, delivery: ClaimedDelivery): Promise<SendOutcome> {
  try {
    const sentAt = deps.clock.now();
    const body = JSON.stringify(presentEvent(delivery.event));
    const signed = signMessage({ id: delivery.event.id, sentAt, body }, secretsOf(deps, delivery, sentAt));
    const headers = { 'content-type': 'application/json', ...signed };
    return await deps.http.post(delivery.url, { headers, body, timeoutMs: TIMEOUT_MS });
  } catch (error) {
    deps.logger.error({ deliveryId: delivery.id, reason: (error as Error).name }, 'a webhook was not sent');
    return { problem: 'network' };
  }
}

function secretsOf({ envelope }: DeliveryDeps, delivery: ClaimedDelivery, now: Date): string[] {
  const { webhookId, sealedSecret, sealedPreviousSecret, previousValidUntil } = delivery;
  const isPreviousValid = previousValidUntil !== null && now < previousValidUntil;
  const sealed = [sealedSecret, ...(isPreviousValid ? [sealedPreviousSecret] : [])];
  return sealed.flatMap((secret) =>
    secret === null ? [] : envelope.open(secret, secretContext(webhookId)).toString('utf8'),
  );
}

export function secretContext(id: WebhookId): string {
  return `webhook:${id}`;
}

/** Records what came of these tries, and how their webhooks fare. */
async function settle(deps: DeliveryDeps, finished: readonly Finished[]): Promise<void> {
  if (finished.length === 0) return;
  const now = deps.clock.now();
  const judged = finished.map(({ delivery, outcome }) => ({
    delivery,
    outcome,
    verdict: judgeOutcome(outcome),
  }));
  const healthy = new Set(
    judged.flatMap(({ delivery, verdict }) => (verdict === 'delivered' ? delivery.webhookId : [])),
  );
  const ailing = new Map<WebhookId, { verdict: Exclude<Verdict, 'delivered'>; tries: number }>();
  for (const { delivery, verdict } of judged) {
    const { webhookId } = delivery;
    if (verdict === 'delivered' || (verdict === 'failed' && healthy.has(webhookId))) continue;
    const { verdict: before = verdict, tries = 0 } = ailing.get(webhookId) ?? {};
    ailing.set(webhookId, { verdict: before === 'gone' ? before : verdict, tries: tries + 1 });
  }
  await deps.db.transaction().execute(async (trx) => {
    await settleDeliveries(
      trx,
      judged.map(({ delivery, outcome, verdict }) => toSettlement(delivery, outcome, verdict, now)),
    );
    await markHealthy(trx, [...healthy].sort());
    // In one order, so that two processes do not wait for each other.
    for (const [id, failure] of [...ailing].sort(([one], [other]) => (one < other ? -1 : 1)))
      await recordFailure(deps, trx, id, failure, now);
  });
}

export function toSettlement(
  { id, attempts }: ClaimedDelivery,
  outcome: SendOutcome,
  verdict: Verdict,
  now: Date,
): Settlement {
  const retriedAt = verdict === 'delivered' ? undefined : nextAttemptAt(attempts, now, Math.random());
  return {
    id,
    attempt: attempts,
    state: verdict === 'delivered' ? 'delivered' : retriedAt ? 'pending' : 'dead',
    nextAttemptAt: retriedAt ?? now,
    status: 'status' in outcome ? outcome.status : null,
    problem: 'problem' in outcome ? outcome.problem : null,
  };
}

async function recordFailure(
  deps: DeliveryDeps,
  trx: Executor,
  id: WebhookId,
  failure: Parameters<typeof judgeFailure>[1],
  now: Date,
): Promise<void> {
  const webhook = await lockHealth(trx, id);
  if (!webhook) return;
  const { failures, failingSince, resumesAt, disabledBecause } = judgeFailure(webhook, failure, now);
  await updateWebhook(trx, id, {
    failures,
    failing_since: failingSince,
    resumes_at: resumesAt,
    ...(disabledBecause && { disabled_at: now, disabled_because: disabledBecause }),
  });
  if (disabledBecause) await tellDisabled(deps, trx, webhook.organisationId, id, now);
}

async function tellDisabled(
  deps: DeliveryDeps,
  trx: Executor,
  organisationId: OrganisationId,
  id: WebhookId,
  at: Date,
): Promise<void> {
  await giveUpPending(trx, id);
  await recordAudit(trx, { at, actor: SYSTEM, action: 'webhook.disabled', organisationId, subjectId: id });
  await deps.notify(trx, { organisationId, kind: 'webhook.disabled', subjectId: id, at });
}
