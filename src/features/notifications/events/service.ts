import type { Kysely } from 'kysely';
import { inWork } from '../../../adapters/database/context.js';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import type { OrganisationCaller } from '../../../kernel/caller.js';
import { AppError } from '../../../kernel/errors.js';
import type { EventId, OrganisationId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import type { Clock } from '../../../kernel/ports.js';
import type { Event } from './schemas.js';
import { deleteEvents, findPosition, listEvents, numberEvents, type EventRow } from './store.js';

export interface EventDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

export interface EventService {
  /** In an order that never changes. Throws `events/cursor-unknown`. */
  listEvents(caller: OrganisationCaller, page: PageRequest): Promise<Page<Event>>;
  /** Where to go on behind an event, or at the beginning. Throws `events/cursor-unknown`. */
  findStart(organisationId: OrganisationId, after: string | undefined): Promise<number>;
  /** What stands behind a place, so many at the most. */
  readBehind(organisationId: OrganisationId, position: number): Promise<PlacedEvent[]>;
  /** Deletes what is older than events are kept. */
  purge(): Promise<void>;
}

export interface PlacedEvent {
  readonly position: number;
  readonly event: Event;
}

export const KEPT_DAYS = 90;
const READ_AT_ONCE = 100;
const BEGINNING = 0;

export function createEvents({ db, clock }: EventDeps): EventService {
  return {
    listEvents: ({ organisationId }, { limit, after }) =>
      db.transaction().execute(async (trx) => {
        await numberEvents(trx, organisationId);
        const start = await placeBehind(trx, organisationId, after);
        return toPage(await listEvents(trx, organisationId, start, limit + 1), limit, presentEvent);
      }),

    findStart: (organisationId, after) =>
      db.transaction().execute(async (trx) => {
        await numberEvents(trx, organisationId);
        return placeBehind(trx, organisationId, after);
      }),

    readBehind: (organisationId, start) =>
      db.transaction().execute(async (trx) => {
        await numberEvents(trx, organisationId);
        const rows = await listEvents(trx, organisationId, start, READ_AT_ONCE);
        return rows.map((row) => ({ position: row.position, event: presentEvent(row) }));
      }),

    purge: () => inWork('upkeep', () => deleteEvents(db, addSeconds(clock.now(), -KEPT_DAYS * 24 * 3600))),
  };
}

async function placeBehind(
  executor: Executor,
  organisationId: OrganisationId,
  after: string | undefined,
): Promise<number> {
  if (after === undefined) return BEGINNING;
  const position = await findPosition(executor, organisationId, after as EventId);
  if (position !== undefined) return position;
  throw new AppError(
    'events/cursor-unknown',
    `There is no such event of yours any more; events are kept for ${KEPT_DAYS} days.`,
  );
}

export function presentEvent({ id, type, at, data }: Omit<EventRow, 'position'>): Event {
  return { id, type, timestamp: at.toISOString(), data };
}
