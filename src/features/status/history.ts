import { inWork } from '../../adapters/database/context.js';
import { AppError } from '../../kernel/errors.js';
import { FactCache } from '../../kernel/factCache.js';
import type { StatusListId } from '../../kernel/ids.js';
import { addSeconds } from '../../kernel/instants.js';
import type { Clock } from '../../kernel/ports.js';
import { createBudget, momentAt, type ListMoment, type ListTimeline } from './historyRules.js';
import { toServed, type ServedList, type StatusPublisher } from './publication.js';
import { signList, type ListSigningDeps } from './signing.js';
import { readTimeline } from './store.js';

export interface HistoryDeps extends ListSigningDeps {
  readonly clock: Clock;
  readonly publisher: Pick<StatusPublisher, 'serve'>;
}

export interface StatusHistory {
  /**
   * The list as it stood at an instant that is not in the future, signed by the key that its issuer has now: the private half of the key of then is
   * destroyed, and one that was compromised would be worth nothing. Its dates are those between which it said this. `undefined` for an unknown
   * list and for one that was not there yet. Throws `request/unavailable` when too much was asked for that had to be signed.
   */
  serveAsOf(listId: StatusListId, at: Date): Promise<ServedList | undefined>;
  /** To be invalidated by list id when an entry changes. */
  readonly timelines: FactCache<StatusListId, ListTimeline>;
  /** To be cleared when a key is not to be trusted any more. */
  readonly signed: FactCache<string, ServedList>;
}

/** Of all lists together: who asks for one instant after the other must not keep this process signing. */
const SIGNED_PER_MINUTE = 600;
/** A key may be rotated while it signs. */
const MOST_ATTEMPTS = 3;

export function createStatusHistory(deps: HistoryDeps): StatusHistory {
  const now = () => deps.clock.now().getTime();
  const timelines = new FactCache<StatusListId, ListTimeline>({
    maxEntries: 200,
    ttlSeconds: 60,
    now,
    weight: { of: ({ events }) => events.length + 1, most: 500_000 },
  });
  const signed = new FactCache<string, ServedList>({
    maxEntries: 2_000,
    ttlSeconds: 3_600,
    now,
    weight: { of: (list) => list.reduce((sum, { body }) => sum + body.length, 1), most: 64_000_000 },
  });
  const budget = createBudget(SIGNED_PER_MINUTE, now);

  async function sign(
    listId: StatusListId,
    { issuerId, kind, size }: ListTimeline,
    { from, changes, entries }: ListMoment,
    until: Date,
  ): Promise<ServedList> {
    if (!budget.take())
      throw new AppError('request/unavailable', 'Too many status lists of the past were asked for.', {
        retryAfterSeconds: 60,
      });
    const snapshot = { issuerId, kind, size, version: changes, entries };
    // Dates of a list are whole seconds, and an instant within one second belongs to both of its neighbours.
    const expiresAt = new Date(Math.max(ceilSecond(until), floorSecond(from) + 1000));
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await signList(deps, listId, snapshot, { publishedAt: from, expiresAt })).map(toServed);
      } catch (error) {
        const isRotated = error instanceof AppError && error.code === 'keys/not-active';
        if (!isRotated || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  return {
    timelines,
    signed,
    async serveAsOf(listId, at) {
      const timeline = await timelines.get(listId, () =>
        inWork('issuance', () => readTimeline(deps.db, listId)),
      );
      const moment = timeline && momentAt(timeline, at);
      if (!moment) return undefined;
      let { until } = moment;
      if (!until) {
        // What it said last it says still, and that is signed already; only of the time before it was signed there is another list.
        const current = await deps.publisher.serve(listId);
        const publishedAt = current?.[0]?.publishedAt;
        if (!publishedAt || publishedAt <= at) return current;
        until = publishedAt;
      }
      const key = [listId, moment.changes, moment.from.getTime(), until.getTime()].join(' ');
      return signed.get(key, () => inWork('issuance', () => sign(listId, timeline, moment, until)));
    },
  };
}

/** How long after an instant it is certain what was recorded until then: a change is dated a little before it is committed. */
export const SETTLED_AFTER_SECONDS = 60;

export function isSettled(at: Date, now: Date): boolean {
  return addSeconds(at, SETTLED_AFTER_SECONDS) <= now;
}

function floorSecond(instant: Date): number {
  return Math.floor(instant.getTime() / 1000) * 1000;
}

function ceilSecond(instant: Date): number {
  return Math.ceil(instant.getTime() / 1000) * 1000;
}
