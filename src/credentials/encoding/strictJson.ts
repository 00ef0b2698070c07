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
    // The scan comes first: the parser's own recursion is not ours to bound.
    return hasOneMeaning(text) ? { value: JSON.parse(text) as unknown } : undefined;
  } catch {
    return undefined;
  }
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
 * One pass that jumps from string to string, since this runs on every token. It looks for second meanings only: what it lets pass need
 * not be JSON, and what it says of text that is not JSON does not matter. Throws on a broken escape, as the parser would.
 */
function hasOneMeaning(text: string): boolean {
  if (hasLoneSurrogate(text)) return false;
  /** One entry a level: the names so far of an object, nothing for an array. */
  const levels: (Set<string> | undefined)[] = [];
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      const raw = text.slice(at + 1, end);
      const isEscaped = raw.includes('\\');
      const content = isEscaped ? (JSON.parse(`"${raw}"`) as string) : raw;
      if (isEscaped && hasLoneSurrogate(content)) return false;
      if (isMemberName(text, end)) {
        const names = levels.at(-1);
        if (names?.has(content)) return false;
        names?.add(content);
      }
      at = end;
    } else if (code === COMMA) {
      if (++values > MAX_JSON_VALUES) return false;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++values > MAX_JSON_VALUES) return false;
      if (levels.push(code === OPEN_BRACE ? new Set() : undefined) > MAX_JSON_DEPTH) return false;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) levels.pop();
    else if (isDigit(code)) {
      const end = endOfNumber(text, at);
      if (!Number.isFinite(Number(text.slice(at, end)))) return false;
      at = end - 1;
    }
  }
  return true;
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

function isMemberName(text: string, end: number): boolean {
  let at = end + 1;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return text.charCodeAt(at) === COLON;
}

/** With the `u` flag a pair is one character, so this finds halves only. */
function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The index after the last character that can belong to a number. */
function endOfNumber(text: string, start: number): number {
  let at = start;
  while (at < text.length && (isDigit(text.charCodeAt(at)) || '.eE+-'.includes(text.charAt(at)))) at++;
  return at;
}
