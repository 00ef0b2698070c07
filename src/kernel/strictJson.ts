/**
 * JSON as a verifier may read it (RFC 8259, narrowed to I-JSON, RFC 7493 §2): no duplicate members, no lone surrogates, no number
 * beyond a double, bounded depth and number of values. `JSON.parse` alone keeps the last of two equal members, so that two readers of one signed
 * text can see different claims.
 */
export const MAX_JSON_DEPTH = 64;

/**
 * So that a megabyte of `{},{},{}` does not keep its checkers busy: a credential of ours has some 200. Counted are
 * commas, objects and arrays, of which there are about as many as values.
 */
export const MAX_JSON_VALUES = 20_000;

const fatalUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Never throws; `undefined` means "refused". The value is plain JSON: objects, arrays, strings, finite numbers, booleans, null. */
export function parseStrictJson(source: Uint8Array | string): { value: unknown } | undefined {
  try {
    const text = typeof source === 'string' ? source : fatalUtf8.decode(source);
    // The outline comes first: the parser's own recursion is not ours to bound.
    const membersWritten = outline(text);
    if (membersWritten === undefined || !text.isWellFormed()) return undefined;
    const value = parseJson(text);
    // Of equal names, however spelled, the parser keeps one.
    return countMembers(value, text.includes('\\u')) === membersWritten ? { value } : undefined;
  } catch {
    return undefined;
  }
}

/** The last escape of a name, and the name's end. Text that ends before a colon may match too, which costs time only. */
const ESCAPED_NAME = /\\.[^"\\]*"[ \t\n\r]*:/s;

/**
 * V8 since 13 (Node 24 and 26) reads the name `"\u0061"` as `\` when an object of that shape with a name `\` was read before, in whatever
 * text: of a name with escapes it compares the beginning of what is written with the name that it expects. One caller could so
 * change what the next one says. Names are therefore read one by one where one of them has an escape; text alone is read well.
 */
function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // Hardly any text has escapes at all, and it takes longer to match than to look.
  const hasEscapedNames = text.includes('\\') && ESCAPED_NAME.test(text);
  return hasEscapedNames ? nameAgain(JSON.parse(withoutEscapedNames(text))) : value;
}

/** Of text that was found to be JSON: each name as a URI component, in which nothing needs an escape. Throws on half a surrogate pair. */
function withoutEscapedNames(text: string): string {
  return text.replace(
    /("(?:[^"\\]|\\.)*")([ \t\n\r]*:)?/g,
    (whole, name: string, colon: string | undefined) =>
      colon === undefined ? whole : `"${encodeURIComponent(JSON.parse(name) as string)}":`,
  );
}

function nameAgain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nameAgain);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [decodeURIComponent(name), nameAgain(member)]),
  );
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * The number of members that are written in a JSON text; `undefined` beyond the bounds. One pass that jumps from string to string, since this
 * runs on every token. What it says of text that is not JSON does not matter: up to where the parser stops, it is JSON.
 */
function outline(text: string): number | undefined {
  let members = 0;
  let values = 1;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COLON) members++;
    else if (code === COMMA) values++;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      values++;
      if (++depth > MAX_JSON_DEPTH) return undefined;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
  }
  return values > MAX_JSON_VALUES ? undefined : members;
}

/**
 * The number of members in a value and below it, which is of bounded depth. `NaN`, which equals no number, where a number is beyond a double
 * or a text holds half a surrogate pair, as text can in which there are escapes.
 */
function countMembers(value: unknown, hasEscapes: boolean): number {
  if (typeof value === 'string') return hasEscapes && !value.isWellFormed() ? NaN : 0;
  if (typeof value === 'number') return Number.isFinite(value) ? 0 : NaN;
  if (typeof value !== 'object' || value === null) return 0;
  if (hasEscapes && !Object.keys(value).every((name) => name.isWellFormed())) return NaN;
  const children: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  let members = children === value ? 0 : children.length;
  for (const child of children) {
    // Most are text, and it takes longer to ask than to look.
    if (hasEscapes || typeof child !== 'string') members += countMembers(child, hasEscapes);
  }
  return members;
}

/** The index of the closing quote; the text's length when there is none. */
function endOfString(text: string, start: number): number {
  let end = start;
  do {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
  } while (isEscapedAt(text, end));
  return end;
}

/** An odd number of backslashes before it. */
function isEscapedAt(text: string, at: number): boolean {
  let start = at;
  while (text.charCodeAt(start - 1) === BACKSLASH) start--;
  return (at - start) % 2 === 1;
}
