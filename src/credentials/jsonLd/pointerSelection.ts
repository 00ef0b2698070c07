import { pointerTokens } from '../../kernel/jsonPointer.js';
import type { JsonObject } from './canonizer.js';

/**
 * Selecting parts of a compacted JSON-LD document by JSON Pointers (Data Integrity ECDSA Cryptosuites 1.0 §3.4.11 `selectJsonLd`, §3.4.12):
 * what is selected keeps, on every level above it, the `id` and `type` of the object that it stands in.
 */
const MAX_POINTERS = 1_000;
const MAX_POINTER_LENGTH = 2_000;
/** RFC 6901 §3: no `~` but in `~0` and `~1`. */
const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/;

export type SelectionProblem = { readonly pointer: string; readonly detail: string };

/** What is wrong with pointers into a document; empty when each names something. `base` is where they stand themselves. */
export function pointerProblems(document: JsonObject, pointers: unknown, base: string): SelectionProblem[] {
  if (!Array.isArray(pointers) || pointers.length > MAX_POINTERS) {
    return [{ pointer: base, detail: `must be an array of at most ${MAX_POINTERS} JSON Pointers` }];
  }
  return pointers.flatMap((pointer: unknown, index) => {
    const at = `${base}/${index}`;
    if (typeof pointer !== 'string' || pointer.length > MAX_POINTER_LENGTH || !POINTER.test(pointer)) {
      return [{ pointer: at, detail: 'must be a JSON Pointer' }];
    }
    const [first] = pointerTokens(pointer);
    if (first === '@context' || first === 'proof') {
      return [{ pointer: at, detail: 'must not point into @context or proof' }];
    }
    return isFound(document, pointerTokens(pointer))
      ? []
      : [{ pointer: at, detail: 'must name something in the document' }];
  });
}

/**
 * The selection, or `undefined` when a pointer finds nothing. No pointers select nothing: `null`.
 *
 * `lenient` is for a document that has been through compaction, which turns a list of one into its item and the reverse: a pointer that
 * is right for the document as it was still finds its place.
 */
export function selectByPointers(
  document: JsonObject,
  pointers: readonly string[],
  { lenient }: { readonly lenient: boolean },
): JsonObject | null | undefined {
  if (pointers.length === 0) return null;
  const paths = pointers.map((pointer) => resolvePath(document, pointerTokens(pointer), lenient));
  const found = paths.filter((path) => path !== undefined);
  if (found.length !== paths.length) return undefined;
  const marked = new Mark();
  for (const path of found) marked.add(path);
  return { '@context': document['@context'], ...(marked.take(document) as JsonObject) };
}

/** A tree of what is selected. */
class Mark {
  #isWhole = false;
  readonly #parts = new Map<string, Mark>();

  add(path: readonly string[]): void {
    const [token, ...rest] = path;
    if (token === undefined) {
      this.#isWhole = true;
      return;
    }
    const part = this.#parts.get(token) ?? new Mark();
    this.#parts.set(token, part);
    part.add(rest);
  }

  take(source: unknown): unknown {
    if (this.#isWhole || typeof source !== 'object' || source === null) return source;
    if (Array.isArray(source)) {
      // Dense: the places of what is left out close up.
      return source.flatMap((item: unknown, index) => {
        const part = this.#parts.get(String(index));
        return part ? [part.take(item)] : [];
      });
    }
    const selection = identityOf(source as JsonObject);
    for (const [token, part] of this.#parts) {
      // All types come along anyway, and with fewer of them the terms beside them would mean something else.
      if (Object.hasOwn(selection, token)) continue;
      define(selection, token, part.take((source as JsonObject)[token]));
    }
    return selection;
  }
}

/** `id` unless it is a blank node's, and `type`: without them a selected value would be said of another node. */
function identityOf(source: JsonObject): Record<string, unknown> {
  const identity: Record<string, unknown> = {};
  for (const name of ['id', '@id']) {
    const id = source[name];
    if (typeof id === 'string' && !id.startsWith('_:')) identity[name] = id;
  }
  for (const name of ['type', '@type']) if (Object.hasOwn(source, name)) identity[name] = source[name];
  return identity;
}

/** The pointer's tokens as they lead to its value in this very document. */
function resolvePath(
  document: unknown,
  tokens: readonly string[],
  lenient: boolean,
): readonly string[] | undefined {
  const path: string[] = [];
  let value = document;
  for (const token of tokens) {
    if (lenient && Array.isArray(value) && !isIndex(token) && value.length === 1) {
      path.push('0');
      value = (value as readonly unknown[])[0];
    }
    if (lenient && !Array.isArray(value) && token === '0' && !hasMember(value, token)) continue;
    if (!hasMember(value, token)) return undefined;
    path.push(token);
    value = (value as JsonObject)[token];
  }
  return path;
}

function isFound(document: unknown, tokens: readonly string[]): boolean {
  return resolvePath(document, tokens, false) !== undefined;
}

/** Own members only; of a list its items, by an index without leading zeros (RFC 6901 §4). */
function hasMember(value: unknown, token: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) ? isIndex(token) && Number(token) < value.length : Object.hasOwn(value, token);
}

function isIndex(token: string): boolean {
  return /^(?:0|[1-9]\d{0,8})$/.test(token);
}

/** A member even where its name is `__proto__`. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
