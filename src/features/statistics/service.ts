import type { Kysely } from 'kysely';
import { inWork } from '../../adapters/database/context.js';
import type { Tables } from '../../adapters/database/schema.js';
import { addSeconds } from '../../kernel/instants.js';
import type { Clock } from '../../kernel/ports.js';
import { MINIMUM_CELL, publishCount, publishMedian, publishTable, startOfDay } from './rules.js';
import type { NetworkStatistics } from './schemas.js';
import {
  countAvoidedExaminations,
  countReliances,
  countVerifications,
  findLatest,
  insertFigures,
  measureTimeToPassport,
} from './store.js';

export interface StatisticsDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

export interface StatisticsService {
  /** The latest that there are. */
  readStatistics(): Promise<NetworkStatistics>;
  /** Counts, where that was not done since the day began. */
  refreshStatistics(): Promise<void>;
}

const YEAR_SECONDS = 365 * 24 * 3600;

const WORDS = {
  disclosure:
    'A figure is left out where fewer than five organisations stand behind it, on any side, and goes into no other figure. All others are rounded down to multiples of five.',
  verifications:
    'Verifications by organisations that were signed in, within a year; others are not recorded.',
  reliances: 'Reliances of a partner on credentials of a co-op that had not ended.',
  examinationsAvoided:
    'Pairs of a partner and a co-op where the partner has relied at least once on a credential of the co-op that another organisation issued. Each stands for one examination of the co-op that its registrar had made and the partner did not make again: one a pair, however often it relied, on however many credentials, and none where the partner was the registrar itself. It is not known whether the partner would have examined the co-op otherwise, or asked it for more.',
  timeToPassport:
    'Median, over the co-ops that got their first credential within a year, of the time from the application to the credential. Renewals do not count, nor memberships that a federation issues out of its register.',
} as const;

export function createStatistics({ db, clock }: StatisticsDeps): StatisticsService {
  let counting: Promise<void> | undefined;

  /** Once at a time: it looks at everything that there is. */
  const countOnce = (): Promise<void> =>
    (counting ??= inWork('statistics', count).finally(() => (counting = undefined)));

  async function count(): Promise<void> {
    const asOf = startOfDay(clock.now());
    const figures = await computeFigures(db, asOf);
    await insertFigures(db, dayOf(asOf), figures, clock.now());
  }

  return {
    async readStatistics() {
      // A request does not wait for a new day's figures, but for the very first.
      const latest = (await findLatest(db)) ?? (await countOnce().then(() => findLatest(db)));
      if (!latest) throw new Error('figures that were stored are not there');
      return latest.figures;
    },

    async refreshStatistics() {
      const latest = await inWork('statistics', () => findLatest(db));
      if (latest?.day !== dayOf(startOfDay(clock.now()))) await countOnce();
    },
  };
}

const dayOf = (start: Date): string => start.toISOString().slice(0, 10);

async function computeFigures(db: Kysely<Tables>, asOf: Date): Promise<NetworkStatistics> {
  const since = addSeconds(asOf, -YEAR_SECONDS);
  const period = { since, asOf };
  const verifications = publishTable(await countVerifications(db, period));
  const reliances = publishCount(await countReliances(db, asOf));
  const avoided = publishCount(await countAvoidedExaminations(db, asOf));
  const { seconds, organisations } = await measureTimeToPassport(db, period);
  const median = publishMedian(seconds ?? undefined, organisations);
  return {
    asOf: asOf.toISOString(),
    since: since.toISOString(),
    minimumCell: MINIMUM_CELL,
    disclosure: WORDS.disclosure,
    verifications: {
      ...(verifications.atLeast !== undefined && { atLeast: verifications.atLeast }),
      byVerdict: verifications.cells,
      method: WORDS.verifications,
    },
    reliances: { ...(reliances !== undefined && { atLeast: reliances }), method: WORDS.reliances },
    examinationsAvoided: {
      ...(avoided !== undefined && { atLeast: avoided }),
      method: WORDS.examinationsAvoided,
    },
    timeToPassport: { ...(median !== undefined && { median }), method: WORDS.timeToPassport },
  };
}
