import { addSeconds } from '../../../kernel/instants.js';
import type { SendOutcome } from '../../../kernel/ports.js';

/** Seconds to wait after each try that failed: ten tries within a day. */
const WAITS = [5, 60, 300, 1_800, 3_600, 7_200, 14_400, 21_600, 36_000] as const;
/** Not all that failed at once is tried at once again. */
const JITTER = 0.1;

/** A try that has come to its end. */
export type Verdict = 'delivered' | 'failed' | 'gone';

/** RFC 9110 §15.3 and, for an address that is not there any more and will not be, §15.5.11. */
export function judgeOutcome(outcome: SendOutcome): Verdict {
  if ('problem' in outcome) return 'failed';
  if (outcome.status === 410) return 'gone';
  return outcome.status >= 200 && outcome.status < 300 ? 'delivered' : 'failed';
}

/**
 * When to try again after so many tries; `undefined` when it is given up.
 *
 * @param random between 0 and 1
 */
export function nextAttemptAt(attempts: number, now: Date, random: number): Date | undefined {
  const wait = WAITS[attempts - 1];
  return wait === undefined ? undefined : addSeconds(now, wait * (1 + JITTER * random));
}

/** How an address has fared since its last success. */
export interface Health {
  readonly failures: number;
  readonly failingSince: Date | null;
}

export interface HealthAfterFailure {
  readonly failures: number;
  readonly failingSince: Date;
  /** Until when it is left alone, so that what cannot be reached takes no more than its share. */
  readonly resumesAt: Date | null;
  readonly disabledBecause?: 'failing' | 'gone';
}

/** One may be the message's fault. */
const LEFT_ALONE_AFTER = 3;
const LONGEST_PAUSE_SECONDS = 300;
/** By the time the first of its messages is given up. */
const DISABLED_AFTER_SECONDS = 23 * 3600;

/** @param tries how many have failed together */
export function judgeFailure(
  { failures: before, failingSince }: Health,
  { verdict, tries }: { readonly verdict: 'failed' | 'gone'; readonly tries: number },
  now: Date,
): HealthAfterFailure {
  const failures = before + tries;
  const since = failingSince ?? now;
  const pause = Math.min(LONGEST_PAUSE_SECONDS, 5 * 2 ** Math.min(10, failures - LEFT_ALONE_AFTER));
  const isHopeless = addSeconds(since, DISABLED_AFTER_SECONDS) <= now;
  return {
    failures,
    failingSince: since,
    resumesAt: failures < LEFT_ALONE_AFTER ? null : addSeconds(now, pause),
    ...(verdict === 'gone'
      ? { disabledBecause: 'gone' as const }
      : isHopeless && { disabledBecause: 'failing' as const }),
  };
}
