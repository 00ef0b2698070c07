/**
 * What may be said of the network in public. A count is published where at least five organisations stand behind it on every side, rounded
 * down to a multiple of five, and goes into no other figure where it is not: so what is published is the same whatever an unpublished count
 * is. The rounding is what keeps one day's figures from being subtracted from another's.
 */

export const MINIMUM_CELL = 5;

/** Something that was counted. */
export interface Cell {
  readonly count: number;
  /** How many organisations it is of; with several sides to it, on the side with the fewest. */
  readonly organisations: number;
}

/** At least so many; `undefined` where nothing may be said. */
export function publishCount({ count, organisations }: Cell): number | undefined {
  if (organisations < MINIMUM_CELL || count < MINIMUM_CELL) return undefined;
  return count - (count % MINIMUM_CELL);
}

export interface PublishedTable<Name extends string> {
  /** Of the cells that are published, and of nothing else. */
  readonly atLeast?: number;
  readonly cells: Readonly<Partial<Record<Name, number>>>;
}

/** Of cells that have nothing in common. */
export function publishTable<Name extends string>(cells: Readonly<Record<Name, Cell>>): PublishedTable<Name> {
  const published = Object.entries<Cell>(cells).flatMap(([name, cell]) => {
    const atLeast = publishCount(cell);
    return atLeast === undefined ? [] : [[name, atLeast] as const];
  });
  const total = published.reduce((sum, [, atLeast]) => sum + atLeast, 0);
  return {
    ...(total > 0 && { atLeast: total }),
    cells: Object.fromEntries(published) as Partial<Record<Name, number>>,
  };
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/** As an ISO 8601 duration: to the hour, from two days on to the day, upwards; exactly it would be somebody's own. */
export function publishMedian(seconds: number | undefined, organisations: number): string | undefined {
  if (seconds === undefined || organisations < MINIMUM_CELL) return undefined;
  if (seconds > 2 * DAY) return `P${Math.ceil(seconds / DAY)}D`;
  return `PT${Math.max(1, Math.ceil(seconds / HOUR))}H`;
}

/** The beginning of the day in UTC. */
export function startOfDay(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
}
