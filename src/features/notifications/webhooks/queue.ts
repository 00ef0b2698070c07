import { sql } from 'kysely';
import type { Executor } from '../../../adapters/database/schema.js';
import type { EventType } from '../../../kernel/events.js';
import type { DeliveryId, EventId, OrganisationId, WebhookId } from '../../../kernel/ids.js';
import type { SendProblem } from '../../../kernel/ports.js';

/** What is to be delivered, as whoever delivers takes and settles it: across all organisations. */

/** A delivery that this process is at now, with all that it takes. */
export interface ClaimedDelivery {
  readonly id: DeliveryId;
  readonly webhookId: WebhookId;
  readonly url: string;
  readonly sealedSecret: Buffer;
  readonly sealedPreviousSecret: Buffer | null;
  readonly previousValidUntil: Date | null;
  /** This one included. */
  readonly attempts: number;
  readonly event: {
    readonly id: EventId;
    readonly type: EventType;
    readonly at: Date;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

export interface Claim {
  readonly now: Date;
  /** Whoever has not settled it by then has died, and another one may try. */
  readonly until: Date;
  readonly limit: number;
  readonly limitPerWebhook: number;
  /** Webhooks that have enough under way. */
  readonly busy: readonly WebhookId[];
  /** Webhooks behind this one, so that all have their turn. */
  readonly after: WebhookId | undefined;
}

/**
 * Some of what is due, of as many webhooks as possible; no two processes take the same. It goes from one webhook that has something pending to
 * the next, so that it does not look at those that have nothing.
 */
export async function claimDue(executor: Executor, claim: Claim): Promise<ClaimedDelivery[]> {
  const { now, limit, after = null } = claim;
  const { rows } = await sql<Omit<ClaimedDelivery, 'event'> & ClaimedEvent>`
    with recursive pending as (
      (
        select webhook_id from webhook_deliveries
        where state = 'pending' and (${after}::uuid is null or webhook_id > ${after}::uuid)
        order by webhook_id limit 1
      )
      union all
      select (
        select webhook_id from webhook_deliveries as next
        where state = 'pending' and next.webhook_id > pending.webhook_id
        order by webhook_id limit 1
      )
      from pending where pending.webhook_id is not null
    ), turn as materialized (
      select webhook.id from pending cross join lateral (
        select id from webhooks
        where id = pending.webhook_id and disabled_at is null and (resumes_at is null or resumes_at <= ${now})
          and id <> all(${claim.busy}::uuid[])
          and exists (
            select from webhook_deliveries
            where webhook_id = webhooks.id and state = 'pending' and next_attempt_at <= ${now}
          )
        offset 0
      ) as webhook
      limit ${limit}
    ), due as materialized (
      select delivery.id from turn cross join lateral (
        select id from webhook_deliveries
        where webhook_id = turn.id and state = 'pending' and next_attempt_at <= ${now}
        order by next_attempt_at limit ${claim.limitPerWebhook} for update skip locked
      ) as delivery
      limit ${limit}
    )
    update webhook_deliveries
    set attempts = attempts + 1, last_attempt_at = ${now}, next_attempt_at = ${claim.until}
    from due, webhooks, events
    where webhook_deliveries.id = due.id
      and webhooks.id = webhook_deliveries.webhook_id and events.id = webhook_deliveries.event_id
    returning webhook_deliveries.id, webhooks.id as "webhookId", url, attempts, sealed_secret as "sealedSecret",
      sealed_previous_secret as "sealedPreviousSecret", previous_valid_until as "previousValidUntil",
      events.id as "eventId", events.type, events.at, events.data`.execute(executor);
  return rows.map(({ eventId, type, at, data, ...delivery }) => ({
    ...delivery,
    event: { id: eventId, type, at, data },
  }));
}

interface ClaimedEvent {
  readonly eventId: EventId;
  readonly type: EventType;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

export async function findClaimed(executor: Executor, id: DeliveryId): Promise<ClaimedDelivery | undefined> {
  const row = await executor
    .selectFrom('webhook_deliveries')
    .innerJoin('webhooks', 'webhooks.id', 'webhook_id')
    .innerJoin('events', 'events.id', 'event_id')
    .select([
      'webhook_deliveries.id',
      'webhook_id',
      'url',
      'attempts',
      'sealed_secret',
      'event_id',
      'type',
      'at',
      'data',
    ])
    .select(['sealed_previous_secret', 'previous_valid_until'])
    .where('webhook_deliveries.id', '=', id)
    .executeTakeFirst();
  return (
    row && {
      id: row.id,
      webhookId: row.webhook_id,
      url: row.url,
      sealedSecret: row.sealed_secret,
      sealedPreviousSecret: row.sealed_previous_secret,
      previousValidUntil: row.previous_valid_until,
      attempts: row.attempts,
      event: { id: row.event_id, type: row.type, at: row.at, data: row.data },
    }
  );
}

/** What came of a try. */
export interface Settlement {
  readonly id: DeliveryId;
  /** Which try it was. */
  readonly attempt: number;
  readonly state: 'pending' | 'delivered' | 'dead';
  readonly nextAttemptAt: Date;
  readonly status: number | null;
  readonly problem: SendProblem | null;
}

/**
 * In one statement. What was given up or settled in the meantime stays so; and a failure says nothing once another one tries, since whoever
 * took longer than its claim lasted must not cut the other's short.
 */
export async function settleDeliveries(trx: Executor, settlements: readonly Settlement[]): Promise<void> {
  if (settlements.length === 0) return;
  await sql`
    update webhook_deliveries
    set state = settled.state, next_attempt_at = settled."nextAttemptAt", last_status = settled.status, last_problem = settled.problem
    from jsonb_to_recordset(${JSON.stringify(settlements)}::jsonb)
      as settled (id uuid, attempt integer, state text, "nextAttemptAt" timestamptz, status integer, problem text)
    where webhook_deliveries.id = settled.id and webhook_deliveries.state = 'pending'
      and (settled.state = 'delivered' or webhook_deliveries.attempts = settled.attempt)`.execute(trx);
}

/** Of those that had failed before. */
export async function markHealthy(trx: Executor, ids: readonly WebhookId[]): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .updateTable('webhooks')
    .set({ failures: 0, failing_since: null, resumes_at: null })
    .where('id', 'in', [...ids])
    .where('failures', '>', 0)
    .execute();
}

/** How one fares that is not disabled, held until the end of the transaction. */
export async function lockHealth(
  trx: Executor,
  id: WebhookId,
): Promise<{ organisationId: OrganisationId; failures: number; failingSince: Date | null } | undefined> {
  return trx
    .selectFrom('webhooks')
    .select(['organisation_id as organisationId', 'failures', 'failing_since as failingSince'])
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
}
