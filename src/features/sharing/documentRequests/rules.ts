/** Of one partner to one organisation that answers. */
export const MOST_OPEN_DOCUMENTS = 10;

export type DocumentState = 'open' | 'answered' | 'refused' | 'closed';

export interface DocumentFacts {
  readonly outcome: Exclude<DocumentState, 'open'> | null;
  readonly dueAt: Date;
  readonly settledAt: Date | null;
}

/**
 * How many seconds an answer is late, or was: it stays on record after a late answer. Whole seconds, and 0 until the agreed time is over. What
 * ended with an account is late no longer than until then.
 */
export function lateBySeconds({ dueAt, settledAt }: DocumentFacts, now: Date): number {
  const end = settledAt ?? now;
  return Math.max(0, Math.floor((end.getTime() - dueAt.getTime()) / 1000));
}
