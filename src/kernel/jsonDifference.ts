import { isDeepStrictEqual } from 'node:util';
import { canonicalJson } from './canonicalJson.js';
import { appendToken } from './jsonPointer.js';
import { isJsonObject } from './strictJson.js';

export interface Difference {
  /**
   * Where it stands in the newer document; of what was removed, where it stood in the older one. An item of a list that was removed is
   * therefore named by its old place, and what changed inside of an item by the new place of that item.
   */
  readonly pointer: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before?: unknown;
  readonly after?: unknown;
  /** The values are not for the reader. */
  readonly withheld?: true;
}

export interface DifferenceOptions {
  /** How many are listed at the most. */
  readonly limit: number;
  /** Of which pointers the values stay out. */
  readonly isHidden: (pointer: string) => boolean;
}

export interface Differences {
  readonly differences: Difference[];
  /** Whether there are more than are listed. */
  readonly isTruncated: boolean;
}

/**
 * What one JSON document has that the other has not, as far down as both have an object or a list in the same place. Items of lists are
 * matched in order: first those that are equal or bear the same `id`, then what stands between such matches, one by one. So what moved is
 * removed in one place and added in the other. Applied to `before`, the whole list gives `after`.
 */
export function differenceOf(before: unknown, after: unknown, options: DifferenceOptions): Differences {
  const differences: Difference[] = [];
  compare(before, after, '', (found) => void differences.push(found));
  return {
    differences: differences
      .slice(0, options.limit)
      .map(({ pointer, change, ...values }) =>
        options.isHidden(pointer) ? { pointer, change, withheld: true } : { pointer, change, ...values },
      ),
    isTruncated: differences.length > options.limit,
  };
}

type Report = (difference: Difference) => void;

function compare(before: unknown, after: unknown, pointer: string, report: Report): void {
  if (isDeepStrictEqual(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(before, after, pointer, report);
  if (isJsonObject(before) && isJsonObject(after)) return compareObjects(before, after, pointer, report);
  report({ pointer, change: 'changed', before, after });
}

function compareObjects(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  pointer: string,
  report: Report,
): void {
  for (const [name, value] of Object.entries(before)) {
    const at = appendToken(pointer, name);
    if (Object.hasOwn(after, name)) compare(value, after[name], at, report);
    else report({ pointer: at, change: 'removed', before: value });
  }
  for (const [name, value] of Object.entries(after)) {
    if (!Object.hasOwn(before, name))
      report({ pointer: appendToken(pointer, name), change: 'added', after: value });
  }
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  pointer: string,
  report: Report,
): void {
  const matches = [
    ...matchItems(before.map(keyOf), after.map(keyOf)),
    [before.length, after.length] as const,
  ];
  let [from, to] = [0, 0];
  for (const [nextFrom, nextTo] of matches) {
    compareGap(
      { items: before.slice(from, nextFrom), start: from },
      { items: after.slice(to, nextTo), start: to },
      pointer,
      report,
    );
    if (nextFrom < before.length)
      compare(before[nextFrom], after[nextTo], appendToken(pointer, nextTo), report);
    [from, to] = [nextFrom + 1, nextTo + 1];
  }
}

interface Gap {
  readonly items: readonly unknown[];
  readonly start: number;
}

function compareGap(removed: Gap, added: Gap, pointer: string, report: Report): void {
  const longest = Math.max(removed.items.length, added.items.length);
  for (let n = 0; n < longest; n += 1) {
    const [hasBefore, hasAfter] = [n < removed.items.length, n < added.items.length];
    const [before, after] = [removed.items[n], added.items[n]];
    const at = appendToken(pointer, added.start + n);
    if (hasBefore && hasAfter && mayBeTheSame(before, after)) {
      compare(before, after, at, report);
      continue;
    }
    if (hasBefore) report({ pointer: appendToken(pointer, removed.start + n), change: 'removed', before });
    if (hasAfter) report({ pointer: at, change: 'added', after });
  }
}

/** Two things with names of their own are two things. */
function mayBeTheSame(one: unknown, other: unknown): boolean {
  return nameOf(one) === undefined && nameOf(other) === undefined;
}

const NAMES = ['id', 'statementId', 'recordId'] as const;

function nameOf(item: unknown): string | undefined {
  if (!isJsonObject(item)) return undefined;
  for (const member of NAMES) {
    const name = Object.hasOwn(item, member) ? item[member] : undefined;
    if (typeof name === 'string') return `${member} ${name}`;
  }
  return undefined;
}

function keyOf(item: unknown): string {
  return nameOf(item) ?? canonicalJson(item);
}

/** Beyond so many comparisons, what stands between equal beginnings and ends is taken as it comes. */
const MOST_COMPARISONS = 250_000;

/** A longest common subsequence: pairs of indexes, both growing. */
function matchItems(before: readonly string[], after: readonly string[]): (readonly [number, number])[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end += 1;
  const middle = matchMiddle(
    before.slice(start, before.length - end),
    after.slice(start, after.length - end),
  );
  return [
    ...Array.from({ length: start }, (_, n) => [n, n] as const),
    ...middle.map(([from, to]) => [from + start, to + start] as const),
    ...Array.from({ length: end }, (_, n) => [before.length - end + n, after.length - end + n] as const),
  ];
}

function matchMiddle(before: readonly string[], after: readonly string[]): (readonly [number, number])[] {
  if (before.length * after.length > MOST_COMPARISONS) return [];
  const width = after.length + 1;
  // Of what is left from each pair of places on, the length of the longest common subsequence.
  const lengths = new Uint32Array((before.length + 1) * width);
  const lengthAt = (from: number, to: number) => lengths[from * width + to] ?? 0;
  for (let from = before.length - 1; from >= 0; from -= 1)
    for (let to = after.length - 1; to >= 0; to -= 1)
      lengths[from * width + to] =
        before[from] === after[to]
          ? lengthAt(from + 1, to + 1) + 1
          : Math.max(lengthAt(from + 1, to), lengthAt(from, to + 1));
  const matches: (readonly [number, number])[] = [];
  let [from, to] = [0, 0];
  while (from < before.length && to < after.length) {
    if (before[from] === after[to]) {
      matches.push([from, to]);
      [from, to] = [from + 1, to + 1];
    } else if (lengthAt(from + 1, to) >= lengthAt(from, to + 1)) from += 1;
    else to += 1;
  }
  return matches;
}
