import { addDuration } from '../../../kernel/instants.js';

/** Whether something of then may still be used: what is dated later than the verification is of no known age. */
export function ageOf(then: Date | undefined, maximumAge: string, at: Date): 'young' | 'old' | 'unknown' {
  const end = then && addDuration(then, maximumAge);
  if (!end || Number.isNaN(at.getTime()) || then.getTime() > at.getTime() + TOLERANCE_MS) return 'unknown';
  return end >= at ? 'young' : 'old';
}

/** Between clocks. */
const TOLERANCE_MS = 60_000;
