import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  MINIMUM_CELL,
  publishCount,
  publishMedian,
  publishTable,
  startOfDay,
  type Cell,
} from '../../src/features/statistics/rules.js';

const NAMES = ['accepted', 'rejected', 'undetermined', 'another'] as const;
type Table = Record<(typeof NAMES)[number], Cell>;

/** Small ones often, and those of few organisations. */
const cell: fc.Arbitrary<Cell> = fc
  .tuple(fc.oneof(fc.nat(12), fc.nat(5_000)), fc.oneof(fc.nat(12), fc.nat(5_000)))
  .map(([count, organisations]) => ({ count, organisations: Math.min(count, organisations) }));
const table: fc.Arbitrary<Table> = fc.record({
  accepted: cell,
  rejected: cell,
  undetermined: cell,
  another: cell,
});
const isHidden = ({ organisations }: Cell) => organisations < MINIMUM_CELL;
/** Every cell that may not be published, of at most so many. */
const hiddenCells = (most: number): Cell[] =>
  Array.from({ length: most + 1 }, (_, count) =>
    Array.from({ length: Math.min(count, MINIMUM_CELL - 1) + 1 }, (_unused, organisations) => ({
      count,
      organisations,
    })),
  ).flat();

describe('of a table with all that is published of it', () => {
  test('no count below five can be derived, and none of fewer than five organisations: any other would have looked the same', () => {
    fc.assert(
      fc.property(table, (counted) => {
        const published = publishTable(counted);
        for (const name of NAMES.filter((one) => isHidden(counted[one]))) {
          expect(published.cells).not.toHaveProperty(name);
          for (const other of hiddenCells(8))
            expect(publishTable({ ...counted, [name]: other })).toEqual(published);
        }
      }),
    );
  });

  test('nor can any set of them: all that is hidden may be anything at once', () => {
    const hidden = fc.constantFrom(...hiddenCells(30));
    fc.assert(
      fc.property(table, fc.tuple(hidden, hidden, hidden, hidden), (counted, others) => {
        const changed = NAMES.map((name, index) => [
          name,
          isHidden(counted[name]) ? others[index]! : counted[name],
        ]);
        expect(publishTable(Object.fromEntries(changed) as Table)).toEqual(publishTable(counted));
      }),
    );
  });

  test('nor is one the difference of two days', () => {
    fc.assert(
      fc.property(table, table, (before, after) => {
        const [one, other] = [publishTable(before), publishTable(after)];
        for (const [earlier = 0, later = 0] of [
          [one.atLeast, other.atLeast],
          ...NAMES.map((name) => [one.cells[name], other.cells[name]]),
        ])
          expect(Math.abs(later - earlier) % MINIMUM_CELL).toBe(0);
      }),
    );
  });

  test('each number is true: at least so many there were, and fewer than five more', () => {
    fc.assert(
      fc.property(table, (counted) => {
        const { atLeast = 0, cells } = publishTable(counted);
        for (const [name, published] of Object.entries(cells)) {
          const { count } = counted[name as keyof Table];
          expect(count - published).toBeGreaterThanOrEqual(0);
          expect(count - published).toBeLessThan(MINIMUM_CELL);
        }
        expect(atLeast).toBe(Object.values(cells).reduce((sum, one) => sum + one, 0));
      }),
    );
  });
});

describe('a figure by itself', () => {
  test.each<[Cell, number | undefined]>([
    [{ count: 0, organisations: 0 }, undefined],
    [{ count: 4, organisations: 4 }, undefined],
    [{ count: 400, organisations: 4 }, undefined],
    [{ count: 5, organisations: 5 }, 5],
    [{ count: 9, organisations: 5 }, 5],
    [{ count: 10, organisations: 5 }, 10],
  ])('of %j is published as %s', (counted, published) => {
    expect(publishCount(counted)).toBe(published);
  });
});

describe('a median', () => {
  test.each([
    [0, 'PT1H'],
    [3_600, 'PT1H'],
    [3_601, 'PT2H'],
    [2 * 86_400, 'PT48H'],
    [2 * 86_400 + 1, 'P3D'],
    [12 * 86_400, 'P12D'],
  ])('of %i seconds is published as %s, and of fewer than five not at all', (seconds, published) => {
    expect(publishMedian(seconds, 5)).toBe(published);
    expect(publishMedian(seconds, 4)).toBeUndefined();
    expect(publishMedian(undefined, 0)).toBeUndefined();
  });
});

test('a day begins at midnight in UTC', () => {
  expect(startOfDay(new Date('2026-11-20T23:59:59.999Z'))).toEqual(new Date('2026-11-20T00:00:00.000Z'));
  expect(startOfDay(new Date('2026-11-20T00:00:00.000Z'))).toEqual(new Date('2026-11-20T00:00:00.000Z'));
});
