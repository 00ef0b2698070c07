import type { ReceiptVerdict } from '../credentials/receipts/checkReceipt.js';
import type { Verdict } from '../credentials/verification/checks.js';

/** What the process ends with; scripts rely on it. */
export const EXIT_ERROR = 1;
export const EXIT_USAGE = 2;
/** What was to be inspected is not a credential that can be read to the end. */
export const EXIT_UNREADABLE = 3;

/** All was done that could be, and something is left for a person. */
export const EXIT_INCOMPLETE = 4;

export const EXIT_OF_VERDICT: Readonly<Record<Verdict, number>> = {
  accepted: 0,
  rejected: 3,
  undetermined: 4,
};

export const EXIT_OF_RECEIPT: Readonly<Record<ReceiptVerdict['verdict'], number>> = {
  genuine: 0,
  refused: 3,
  undetermined: 4,
};
