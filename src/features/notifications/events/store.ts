import { sql, type RawBuilder } from 'kysely';
import type { Executor } from '../../../adapters/database/schema.js';
import type { EventType } from '../../../kernel/events.js';
import type { EventId, OrganisationId } from '../../../kernel/ids.js';

/** A query whose rows are `organisation_id` and `data`: who is told, and what. */
export type Recipients = RawBuilder<unknown>;

/** One statement, however many are told, their webhooks included; in the transaction of the change that it tells of. */
export async function insertEvents(
  trx: Executor,
  { type, at }: { readonly type: EventType; readonly at: Date },
  recipients: Recipients,
): Promise<void> {
  await sql`
    with told as (
      insert into events (id, organisation_id, type, at, data)
      select coop_passport_new_id(), organisation_id, ${type}, ${at}, data from (${recipients}) as recipients
      returning id, organisation_id
    )
    insert into webhook_deliveries (id, webhook_id, organisation_id, event_id, created_at, next_attempt_at)
    select coop_passport_new_id(), webhooks.id, told.organisation_id, told.id, ${at}, ${at}
    from told join webhooks on webhooks.organisation_id = told.organisation_id
    where webhooks.disabled_at is null and (cardinality(webhooks.types) = 0 or ${type} = any(webhooks.types))`.execute(
    trx,
  );
}

export interface EventRow {
  readonly id: EventId;
  readonly type: EventType;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
  readonly position: number;
}

/**
 * Gives those of an organisation that were committed since their place behind the others. Whoever reads has to be sure that nothing comes to
 * stand before what was read: ids and instants are made before the commit, so a transaction that took longer would be passed over.
 */
export async function numberEvents(trx: Executor, organisationId: OrganisationId): Promise<void> {
  const unnumbered = await trx
    .selectFrom('events')
    .select('id')
    .where('organisation_id', '=', organisationId)
    .where('position', 'is', null)
    .limit(1)
    .executeTakeFirst();
  if (!unnumbered) return;
  await sql`select pg_advisory_xact_lock(hashtextextended(${`events:${organisationId}`}, 0))`.execute(trx);
  await sql`
    update events set position = numbered.position
    from (
      select id, nextval('event_positions') as position
      from (select id from events where organisation_id = ${organisationId} and position is null order by at, id) as ordered
    ) as numbered
    where events.id = numbered.id`.execute(trx);
}

/** Where an event stands; `undefined` for one that is not the organisation's, or is not kept any more. */
export async function findPosition(
  executor: Executor,
  organisationId: OrganisationId,
  id: EventId,
): Promise<number | undefined> {
  const row = await executor
    .selectFrom('events')
    .select('position')
    .where('organisation_id', '=', organisationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.position ?? undefined;
}

/** In the order of their places, of those that have one. */
export async function listEvents(
  executor: Executor,
  organisationId: OrganisationId,
  after: number,
  limit: number,
): Promise<EventRow[]> {
  const rows = await executor
    .selectFrom('events')
    .select(['id', 'type', 'at', 'data', 'position'])
    .where('organisation_id', '=', organisationId)
    .where('position', '>', after)
    .orderBy('position')
    .limit(limit)
    .execute();
  return rows.flatMap(({ position, ...row }) => (position === null ? [] : [{ ...row, position }]));
}

/** Those of the readers for whom there is something behind the place up to which they have read. */
export async function listWithNews(
  executor: Executor,
  readers: readonly { readonly organisationId: OrganisationId; readonly position: number }[],
): Promise<OrganisationId[]> {
  const { rows } = await sql<{ organisation_id: OrganisationId }>`
    select distinct reader.organisation_id
    from unnest(
      ${readers.map((reader) => reader.organisationId)}::uuid[], ${readers.map((reader) => reader.position)}::bigint[]
    ) as reader (organisation_id, position)
    where exists (
      select from events
      where events.organisation_id = reader.organisation_id and (events.position is null or events.position > reader.position)
    )`.execute(executor);
  return rows.map((row) => row.organisation_id);
}

export async function deleteEvents(executor: Executor, before: Date): Promise<void> {
  await executor.deleteFrom('events').where('at', '<', before).execute();
}

export async function exportEvents(executor: Executor, organisationId: OrganisationId): Promise<unknown> {
  return executor
    .selectFrom('events')
    .select(['id', 'type', 'at', 'data'])
    .where('organisation_id', '=', organisationId)
    .orderBy('at')
    .orderBy('id')
    .execute();
}
