import { addParsed, parseDuration } from '../../../kernel/instants.js';

/** How old something of then is at an instant: `unknown`, too, what is dated later. */
export type AgeJudge = (then: Date | undefined, at: Date) => 'young' | 'old' | 'unknown';

/** Whether something of then may still be used. */
export function ageJudge(maximumAge: string): AgeJudge {
  const duration = parseDuration(maximumAge);
  // No month is shorter, so most need no calendar.
  const surelyYoungMs = duration ? (duration.months * 28 * 86_400 + duration.seconds) * 1000 : 0;
  return (then, at) => {
    if (!then || !duration) return 'unknown';
    const age = at.getTime() - then.getTime();
    if (Number.isNaN(age) || age < -TOLERANCE_MS) return 'unknown';
    return age <= surelyYoungMs || addParsed(then, duration) >= at ? 'young' : 'old';
  };
}

/** Between clocks. */
const TOLERANCE_MS = 60_000;
