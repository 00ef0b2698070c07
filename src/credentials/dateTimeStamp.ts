/** `xsd:dateTimeStamp` (XML Schema 1.1 part 2 §3.4.28), the form of every instant in a VC 2.0 credential: the offset is required. */
const DATE_TIME_STAMP =
  /^(-?(?:[1-9]\d{4,5}|\d{4}))-(\d{2})-(\d{2})(T(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,30})?|24:00:00(?:\.0{1,30})?)(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)))$/;

/** As nearly all of them are written. */
const PLAIN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** `undefined` for anything else: another type, a missing offset, a 30th of February, a year beyond what a `Date` holds. */
export function parseDateTimeStamp(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  if (PLAIN.test(value)) {
    const instant = new Date(value);
    // Of a day that a month lacks the parser makes one of the next month; 24:00:00 is the next day by right, and left to the long way.
    if (instant.getUTCDate() === Number(value.slice(8, 10))) return instant;
  }
  const match = DATE_TIME_STAMP.exec(value);
  if (!match || !isCalendarDay(match[1], match[2], match[3])) return undefined;
  const [, year = '', month = '', day = '', time = ''] = match;
  const instant = new Date(year.length === 4 ? value : `${toJsYear(year)}-${month}-${day}${time}`);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

/** A full-date (RFC 3339 §5.6) that exists. */
export function isFullDate(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  return match !== null && isCalendarDay(match[1], match[2], match[3]);
}

/** Beyond four digits (with a sign there are at least five characters) ECMAScript wants a sign and six (ECMA-262 §21.4.1.32.1); it knows no year -0. */
function toJsYear(year: string): string {
  const digits = year.replace('-', '').padStart(6, '0');
  return `${year.startsWith('-') ? '-' : '+'}${digits}`;
}

function isCalendarDay(year = '', month = '', day = ''): boolean {
  const number = Number(month);
  const days = number === 2 && isLeapYear(Number(year)) ? 29 : DAYS_OF_MONTHS[number - 1];
  return days !== undefined && day !== '00' && Number(day) <= days;
}

const DAYS_OF_MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
