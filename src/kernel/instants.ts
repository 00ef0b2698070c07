/**
 * Instants and durations as they stand on the wire. Inside, an instant is a `Date`; what a rule compares with "now" is always a parameter.
 */

/** RFC 3339 in UTC with whole seconds, the form used inside credentials. */
export function toWholeSeconds(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}

export function addSeconds(instant: Date, seconds: number): Date {
  return new Date(instant.getTime() + seconds * 1000);
}

const DURATION =
  /^P(?=\d|T\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/;

/** The pattern of an ISO 8601 duration that {@link addDuration} understands, for wire schemas. */
export const DURATION_PATTERN = DURATION.source;

/**
 * Adds an ISO 8601 duration (`P1Y`, `P6M`, `PT12H`) in UTC. Years and months are calendar ones; a day that the target
 * month lacks becomes its last day. Returns `undefined` for text that is not a duration.
 */
export function addDuration(instant: Date, duration: string): Date | undefined {
  const parsed = parseDuration(duration);
  return parsed && addParsed(instant, parsed);
}

/** A duration that was read, to be added any number of times. */
export interface Duration {
  readonly months: number;
  readonly seconds: number;
}

export function parseDuration(duration: string): Duration | undefined {
  const match = DURATION.exec(duration);
  if (!match) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  const days = part(3) * 7 + part(4);
  return {
    months: part(1) * 12 + part(2),
    seconds: (days * 24 + part(5)) * 3600 + part(6) * 60 + part(7),
  };
}

/** As {@link addDuration}. */
export function addParsed(instant: Date, { months, seconds }: Duration): Date {
  if (months === 0) return addSeconds(instant, seconds);
  const result = new Date(instant);
  const dayOfMonth = result.getUTCDate();
  result.setUTCMonth(result.getUTCMonth() + months, 1);
  const lastDay = new Date(Date.UTC(result.getUTCFullYear(), result.getUTCMonth() + 1, 0)).getUTCDate();
  result.setUTCDate(Math.min(dayOfMonth, lastDay));
  return addSeconds(result, seconds);
}
