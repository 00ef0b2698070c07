import { isJsonObject, MAX_JSON_DEPTH } from '../../kernel/strictJson.js';
import type { ContextCatalogue } from '../contexts/catalogue.js';
import type { CanonizeProblem } from './canonizer.js';

/**
 * What is looked at before JSON-LD processing starts, because that has no bounds of its own. A status list's `encodedList` is a quarter
 * of a megabyte in one string, so that strings are counted apart from structure.
 */
const MAX_VALUES = 20_000;
const MAX_TEXT = 1_000_000;
/** Contexts that a document brings along are processed again wherever they apply. */
const MAX_INLINE_CONTEXTS = 100;
const MAX_CONTEXT_ENTRIES = 2_000;

/**
 * Keywords that hide content from whoever reads the document as JSON: they move statements to another place (`@nest`, `@included`,
 * `@reverse`, `@graph`), or carry what no statement says and so no signature covers (`@index`). A compacted document needs none.
 */
const HIDING = new Set(['@nest', '@included', '@reverse', '@graph', '@index']);
/** `@graph` is what the containers of `proof` and `verifiableCredential` are made of. */
const HIDING_IN_CONTEXTS = new Set(['@nest', '@included', '@reverse', '@index']);

/**
 * The processor keeps nodes in plain objects by their ids, so that this one would be every object's prototype: a stranger would write there,
 * for all documents that come after. A relative reference of that name says nothing anyway.
 */
const PROTOTYPE = '__proto__';

interface Counts {
  values: number;
  text: number;
  inlineContexts: number;
  contextEntries: number;
}

/** Walks a JSON value; never throws. The first thing that is wrong. */
export function findObstacle(document: unknown, contexts: ContextCatalogue): CanonizeProblem | undefined {
  const counts: Counts = { values: 0, text: 0, inlineContexts: 0, contextEntries: 0 };
  const obstacle = walk(document, 0, counts, contexts);
  if (obstacle) return obstacle;
  return counts.inlineContexts > MAX_INLINE_CONTEXTS || counts.contextEntries > MAX_CONTEXT_ENTRIES
    ? 'tooLarge'
    : undefined;
}

function walk(
  value: unknown,
  depth: number,
  counts: Counts,
  contexts: ContextCatalogue,
): CanonizeProblem | undefined {
  counts.values++;
  if (value === PROTOTYPE) return 'notJsonLd';
  if (typeof value === 'string') counts.text += value.length;
  if (depth > MAX_JSON_DEPTH || counts.values > MAX_VALUES || counts.text > MAX_TEXT) return 'tooLarge';
  if (Array.isArray(value)) return firstOf(value, (item) => walk(item, depth + 1, counts, contexts));
  if (!isJsonObject(value)) return undefined;
  return firstOf(Object.entries(value), ([name, member]) => {
    counts.text += name.length;
    if (HIDING.has(name) || name === PROTOTYPE) return 'notJsonLd';
    return name === '@context'
      ? walkContext(member, depth + 1, counts, contexts)
      : walk(member, depth + 1, counts, contexts);
  });
}

/** A URL, an inline context, `null`, or a list of those. */
function walkContext(
  context: unknown,
  depth: number,
  counts: Counts,
  contexts: ContextCatalogue,
): CanonizeProblem | undefined {
  if (depth > MAX_JSON_DEPTH) return 'tooLarge';
  if (typeof context === 'string') {
    counts.contextEntries++;
    return contexts.find(context) ? undefined : 'unknownContext';
  }
  if (Array.isArray(context)) {
    return firstOf(context, (item) => walkContext(item, depth + 1, counts, contexts));
  }
  if (!isJsonObject(context)) return undefined;
  counts.inlineContexts++;
  return walkDefinitions(context, depth, counts, contexts);
}

function walkDefinitions(
  definition: Readonly<Record<string, unknown>>,
  depth: number,
  counts: Counts,
  contexts: ContextCatalogue,
): CanonizeProblem | undefined {
  if (depth > MAX_JSON_DEPTH) return 'tooLarge';
  return firstOf(Object.entries(definition), ([name, value]) => {
    counts.contextEntries++;
    if (HIDING_IN_CONTEXTS.has(name) || name === PROTOTYPE) return 'notJsonLd';
    if (name === '@context' || name === '@import') return walkContext(value, depth + 1, counts, contexts);
    const entries = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    const isBarred = (entry: string) => HIDING_IN_CONTEXTS.has(entry) || entry === PROTOTYPE;
    if (entries.some((entry) => typeof entry === 'string' && isBarred(entry))) return 'notJsonLd';
    return isJsonObject(value) ? walkDefinitions(value, depth + 1, counts, contexts) : undefined;
  });
}

function firstOf<T>(
  items: readonly T[],
  find: (item: T) => CanonizeProblem | undefined,
): CanonizeProblem | undefined {
  for (const item of items) {
    const found = find(item);
    if (found) return found;
  }
  return undefined;
}
