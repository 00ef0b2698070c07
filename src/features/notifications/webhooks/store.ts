import { sql, type Selectable } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { EventType } from '../../../kernel/events.js';
import type { DeliveryId, EventId, OrganisationId, WebhookId } from '../../../kernel/ids.js';

export type WebhookRow = Selectable<Tables['webhooks']>;
type NewWebhookRow = Pick<
  WebhookRow,
  'id' | 'organisation_id' | 'url' | 'types' | 'sealed_secret' | 'created_at'
>;

export async function insertWebhook(trx: Executor, row: NewWebhookRow): Promise<void> {
  await trx.insertInto('webhooks').values(row).execute();
}

/** Those of one organisation are made one after the other. */
export async function countWebhooks(trx: Executor, organisationId: OrganisationId): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`webhooks:${organisationId}`}, 0))`.execute(trx);
  const { count } = await trx
    .selectFrom('webhooks')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('organisation_id', '=', organisationId)
    .executeTakeFirstOrThrow();
  return count;
}

export async function findWebhook(
  executor: Executor,
  organisationId: OrganisationId,
  id: WebhookId,
): Promise<WebhookRow | undefined> {
  return executor
    .selectFrom('webhooks')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Held until the end of the transaction. */
export async function lockWebhook(
  trx: Executor,
  organisationId: OrganisationId,
  id: WebhookId,
): Promise<WebhookRow | undefined> {
  return trx
    .selectFrom('webhooks')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

/** Oldest first; one row more than the page holds. */
export async function listWebhooks(
  executor: Executor,
  organisationId: OrganisationId,
  page: PageRequest,
): Promise<WebhookRow[]> {
  let query = executor.selectFrom('webhooks').selectAll().where('organisation_id', '=', organisationId);
  if (page.after !== undefined) query = query.where('id', '>', page.after as WebhookId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

export async function updateWebhook(
  trx: Executor,
  id: WebhookId,
  changes: Partial<Omit<WebhookRow, 'id' | 'organisation_id' | 'created_at'>>,
): Promise<void> {
  await trx.updateTable('webhooks').set(changes).where('id', '=', id).execute();
}

/** With its deliveries; nothing where it is another organisation's. */
export async function deleteWebhooks(
  trx: Executor,
  which: { readonly organisationId: OrganisationId; readonly id?: WebhookId },
): Promise<WebhookId[]> {
  let query = trx.deleteFrom('webhooks').where('organisation_id', '=', which.organisationId);
  if (which.id !== undefined) query = query.where('id', '=', which.id);
  const deleted = (await query.returning('id').execute()).map(({ id }) => id);
  if (deleted.length > 0)
    await trx.deleteFrom('webhook_deliveries').where('webhook_id', 'in', deleted).execute();
  return deleted;
}

/** What waits for a webhook that is disabled is given up, and can be replayed. */
export async function giveUpPending(trx: Executor, webhookId: WebhookId): Promise<void> {
  await trx
    .updateTable('webhook_deliveries')
    .set({ state: 'dead' })
    .where('webhook_id', '=', webhookId)
    .where('state', '=', 'pending')
    .execute();
}

export type DeliveryRow = Omit<Selectable<Tables['webhook_deliveries']>, 'webhook_id' | 'organisation_id'> & {
  readonly type: EventType;
};

function selectDeliveries(executor: Executor, webhookId: WebhookId) {
  return executor
    .selectFrom('webhook_deliveries')
    .innerJoin('events', 'events.id', 'webhook_deliveries.event_id')
    .select([
      'webhook_deliveries.id',
      'event_id',
      'type',
      'state',
      'attempts',
      'created_at',
      'next_attempt_at',
      'last_attempt_at',
      'last_status',
      'last_problem',
    ])
    .where('webhook_id', '=', webhookId);
}

/** Oldest first; one row more than the page holds. */
export async function listDeliveries(
  executor: Executor,
  webhookId: WebhookId,
  state: DeliveryRow['state'] | undefined,
  page: PageRequest,
): Promise<DeliveryRow[]> {
  let query = selectDeliveries(executor, webhookId);
  if (state !== undefined) query = query.where('state', '=', state);
  if (page.after !== undefined) query = query.where('webhook_deliveries.id', '>', page.after as DeliveryId);
  return query
    .orderBy('webhook_deliveries.id')
    .limit(page.limit + 1)
    .execute();
}

export async function findDelivery(
  executor: Executor,
  webhookId: WebhookId,
  id: DeliveryId,
): Promise<DeliveryRow | undefined> {
  return selectDeliveries(executor, webhookId).where('webhook_deliveries.id', '=', id).executeTakeFirst();
}

/** From the beginning, as if it had never been tried; of those that are dead. */
export async function replayDeliveries(
  trx: Executor,
  webhookId: WebhookId,
  id: DeliveryId | undefined,
  at: Date,
): Promise<number> {
  let query = trx
    .updateTable('webhook_deliveries')
    .set({ state: 'pending', attempts: 0, next_attempt_at: at })
    .where('webhook_id', '=', webhookId)
    .where('state', '=', 'dead');
  if (id !== undefined) query = query.where('id', '=', id);
  const { numUpdatedRows } = await query.executeTakeFirst();
  return Number(numUpdatedRows);
}

/** An event about nothing, for one webhook, which somebody is about to deliver until then. */
export async function insertTest(
  trx: Executor,
  test: {
    readonly webhookId: WebhookId;
    readonly organisationId: OrganisationId;
    readonly eventId: EventId;
    readonly deliveryId: DeliveryId;
    readonly at: Date;
    readonly claimedUntil: Date;
  },
): Promise<void> {
  const { organisationId, at } = test;
  await trx
    .insertInto('events')
    .values({
      id: test.eventId,
      organisation_id: organisationId,
      type: 'webhook.test',
      at,
      data: JSON.stringify({ relianceIds: [] }),
    })
    .execute();
  await trx
    .insertInto('webhook_deliveries')
    .values({
      id: test.deliveryId,
      webhook_id: test.webhookId,
      organisation_id: organisationId,
      event_id: test.eventId,
      attempts: 1,
      created_at: at,
      last_attempt_at: at,
      next_attempt_at: test.claimedUntil,
    })
    .execute();
}

/** Of webhooks that are gone as well. */
export async function deleteDeliveries(executor: Executor, before: Date): Promise<void> {
  await executor.deleteFrom('webhook_deliveries').where('created_at', '<', before).execute();
}

export async function exportWebhooks(executor: Executor, organisationId: OrganisationId): Promise<unknown> {
  return executor
    .selectFrom('webhooks')
    .select(['id', 'url', 'types', 'created_at as createdAt', 'disabled_at as disabledAt'])
    .select('disabled_because as disabledBecause')
    .where('organisation_id', '=', organisationId)
    .orderBy('id')
    .execute();
}
