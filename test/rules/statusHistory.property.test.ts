import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entryValues, OWN_LIST_KINDS } from '../../src/credentials/status/statusLists.js';
import { createBudget, momentAt, type StatusEvent } from '../../src/features/status/historyRules.js';
import { judgeStatusChange } from '../../src/features/status/rules.js';
import type { OrganisationId } from '../../src/kernel/ids.js';
import { PROPERTY_TIMEOUT_MS, runs } from '../support/properties.js';

const START = new Date('2026-01-01T00:00:00Z').getTime();
const step = fc.record({
  index: fc.integer({ min: 0, max: 3 }),
  action: fc.constantFrom('suspend', 'reinstate', 'revoke'),
  after: fc.integer({ min: 0, max: 3 }),
});

/** What a verifier saw who looked at every instant, against what is said of each of them afterwards. */
test(
  'a list of then says what it said then, and its dates hold the instant',
  () => {
    fc.assert(
      fc.property(fc.constantFrom(...OWN_LIST_KINDS), fc.array(step, { maxLength: 25 }), (kind, steps) => {
        const events: StatusEvent[] = [];
        const standings = new Map<number, { isSuspended: boolean; isRevoked: boolean }>();
        const seen = new Map<number, Record<number, number>>();
        const look = (now: number) =>
          seen.set(
            now,
            Object.fromEntries(
              [...standings]
                .map(([index, standing]) => [index, entryValues(standing)[kind]] as const)
                .filter(([, value]) => value !== 0),
            ),
          );
        let now = START;
        look(now);
        for (const { index, action, after } of steps) {
          for (const end = now + after; now < end;) look((now += 1));
          const standing = standings.get(index) ?? { isSuspended: false, isRevoked: false };
          const effect = judgeStatusChange({ isIssued: true, ...standing }, action);
          if ('refused' in effect) continue;
          standings.set(index, effect.standing);
          events.push({ index, change: effect.change, at: new Date(now) });
          look(now);
        }
        const timeline = {
          issuerId: 'x' as OrganisationId,
          kind,
          size: 8,
          createdAt: new Date(START),
          events,
        };
        const keys = new Map<string, string>();
        for (const [instant, values] of seen) {
          const moment = momentAt(timeline, new Date(instant));
          expect(
            Object.fromEntries((moment?.entries ?? []).map(({ index, value }) => [index, value])),
          ).toEqual(values);
          expect(moment?.from.getTime()).toBeLessThanOrEqual(instant);
          expect(moment?.until?.getTime() ?? Infinity).toBeGreaterThan(instant);
          // What is kept under one key is one content.
          const key = `${moment?.changes} ${moment?.from.getTime()} ${moment?.until?.getTime()}`;
          expect(keys.get(key) ?? JSON.stringify(values)).toBe(JSON.stringify(values));
          keys.set(key, JSON.stringify(values));
        }
        expect(momentAt(timeline, new Date(START - 1))).toBeUndefined();
      }),
      runs(150),
    );
  },
  PROPERTY_TIMEOUT_MS,
);

test('what may be signed in a minute is bounded, and there is more in the next one', () => {
  let now = START;
  const budget = createBudget(3, () => now);
  const takeAll = () => Array.from({ length: 5 }, () => budget.take());
  expect(takeAll()).toEqual([true, true, true, false, false]);
  now += 59_999;
  expect(budget.take()).toBe(false);
  now += 1;
  expect(takeAll()).toEqual([true, true, true, false, false]);
  now -= 3_600_000;
  expect(budget.take(), 'a clock that was set back').toBe(true);
});
