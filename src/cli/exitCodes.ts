import type { Verdict } from '../credentials/verification/checks.js';

/** What the process ends with; scripts rely on it. */
export const EXIT_ERROR = 1;
export const EXIT_USAGE = 2;

export const EXIT_OF_VERDICT: Readonly<Record<Verdict, number>> = {
  accepted: 0,
  rejected: 3,
  undetermined: 4,
};
