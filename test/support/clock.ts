import type { Clock } from '../../src/kernel/ports.js';

/** Stands still until it is moved. */
export interface TestClock extends Clock {
  advance(seconds: number): void;
}

export function createTestClock(start = new Date('2026-11-20T09:00:00.000Z')): TestClock {
  let now = start.getTime();
  return {
    now: () => new Date(now),
    advance(seconds) {
      now += seconds * 1000;
    },
  };
}
