import { createHash } from 'node:crypto';

/**
 * JSON Canonicalization Scheme (RFC 8785): equal values give equal bytes, whatever the order of their members. What JSON.stringify leaves out
 * is left out.
 *
 * @throws TypeError for what is no JSON value or holds a number that is none, RangeError for what is nested too deeply
 */
export function canonicalJson(value: unknown): string {
  const text = write(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}

/** `undefined` where there is nothing to write. Of scalars the text is ECMAScript's own (§3.2.2). */
function write(value: unknown): string | undefined {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('not a JSON value');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (hasOwnForm(value)) return write(value.toJSON());
  let inner = '';
  if (Array.isArray(value)) {
    for (const element of value as readonly unknown[]) {
      inner += `${inner === '' ? '' : ','}${write(element) ?? 'null'}`;
    }
    return `[${inner}]`;
  }
  for (const name of sortedNames(value)) {
    const child = (value as Readonly<Record<string, unknown>>)[name];
    const member = typeof child === 'string' ? quote(child) : write(child);
    if (member !== undefined) inner += `${inner === '' ? '' : ','}${quote(name)}:${member}`;
  }
  return `{${inner}}`;
}

/** By UTF-16 code units (§3.2.3). What was read from a canonical text has them in order already, and looking is cheaper than sorting. */
function sortedNames(object: object): readonly string[] {
  const names = Object.keys(object);
  for (let index = 1; index < names.length; index++) {
    if ((names[index - 1] ?? '') > (names[index] ?? '')) return names.sort();
  }
  return names;
}

/** A date, for one. */
function hasOwnForm(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

/** Nearly every text of a credential; asking the engine to escape it takes twice as long. */
const NEEDS_NO_ESCAPE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function quote(text: string): string {
  return NEEDS_NO_ESCAPE.test(text) ? `"${text}"` : JSON.stringify(text);
}

export function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}
