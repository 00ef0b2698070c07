/** `xsd:dateTimeStamp` (XML Schema 1.1 part 2 §3.4.28), the form of every instant in a VC 2.0 credential: the offset is required. */
const DATE_TIME_STAMP =
  /^(\d{4})-(\d{2})-(\d{2})T(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,12})?|24:00:00(?:\.0{1,12})?)(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))$/;

/** `undefined` for anything else: another type, a missing offset, a 30th of February. */
export function parseDateTimeStamp(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const match = DATE_TIME_STAMP.exec(value);
  if (!match || !isCalendarDay(match[1], match[2], match[3])) return undefined;
  const instant = new Date(value);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

/** A full-date (RFC 3339 §5.6) that exists. */
export function isFullDate(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  return match !== null && isCalendarDay(match[1], match[2], match[3]);
}

function isCalendarDay(year = '', month = '', day = ''): boolean {
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}
