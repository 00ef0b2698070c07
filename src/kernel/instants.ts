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
  const match = DURATION.exec(duration);
  if (!match) return undefined;
  const [years, months, weeks, days, hours, minutes, seconds] = match
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const result = new Date(instant);
  const dayOfMonth = result.getUTCDate();
  result.setUTCDate(1);
  result.setUTCMonth(result.getUTCMonth() + years * 12 + months);
  const lastDay = new Date(Date.UTC(result.getUTCFullYear(), result.getUTCMonth() + 1, 0)).getUTCDate();
  result.setUTCDate(Math.min(dayOfMonth, lastDay));
  const rest = ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds;
  return addSeconds(result, rest);
}
