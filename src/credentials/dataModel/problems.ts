import { appendToken } from '../../kernel/jsonPointer.js';
import { isJsonObject } from '../../kernel/strictJson.js';

export type JsonObject = Readonly<Record<string, unknown>>;
export type OneOrMany<T> = T | readonly T[];

/** What is wrong and where: a JSON Pointer and words that never repeat a submitted value. */
export interface Problem {
  readonly pointer: string;
  readonly detail: string;
}

export type Outcome<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

export type Check<T = unknown> = (value: T, pointer: string) => Problem[];

/** One or many, or none, as a list: the data model lets a single value stand without its array. */
export function listOf<T>(entries: OneOrMany<T> | undefined): readonly T[] {
  if (entries === undefined) return [];
  return Array.isArray(entries) ? (entries as readonly T[]) : [entries as T];
}

/** Checks a member that may be absent; `null` is present. */
export function optional(object: JsonObject, member: string, check: Check, base = ''): Problem[] {
  return Object.hasOwn(object, member) ? check(object[member], appendToken(base, member)) : [];
}

/** One value or a non-empty array of values. */
export function eachOf(value: unknown, pointer: string, check: Check): Problem[] {
  if (!Array.isArray(value)) return check(value, pointer);
  if (value.length === 0) return [{ pointer, detail: 'must not be empty' }];
  const problems: Problem[] = [];
  for (const [index, entry] of value.entries()) problems.push(...check(entry, appendToken(pointer, index)));
  return problems;
}

/** One object or a non-empty array of objects. */
export function eachObject(value: unknown, pointer: string, check: Check<JsonObject>): Problem[] {
  return eachOf(value, pointer, (entry, at) =>
    isJsonObject(entry) ? check(entry, at) : [{ pointer: at, detail: 'must be an object' }],
  );
}
