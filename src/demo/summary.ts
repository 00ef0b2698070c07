import type { Sharing } from './board.js';
import type { Story } from './demo.js';
import { describeMs, type Printer } from './printing.js';
import type { Outcome } from './trials.js';

/** What came out, for people and for programs. */

const GOOD: ReadonlySet<Outcome['result']> = new Set(['accepted', 'released', 'told'] as const);

export function summarise(outcomes: readonly Outcome[], sharing: Sharing, printer: Printer): void {
  const { delegates, approvals, namesAfterFirst, namesReleased, namesProven } = sharing;
  printer.paragraph(
    `Everything came out as expected. Of the names of a board the partner could read ${namesAfterFirst} after the first approval, and ${namesReleased} after ${approvals} of ${delegates} delegates had approved; ${namesProven} of them are proven.`,
  );
  const row = printer.openTable([
    { title: 'What', width: Math.max(...outcomes.map(({ what }) => what.length)) },
    { title: 'Result', width: 12 },
    { title: 'Time', width: 7, align: 'right' },
    { title: 'Reason', width: 0 },
  ]);
  for (const { what, result, reasons, ms } of outcomes) {
    const style = GOOD.has(result) ? 'good' : 'bad';
    row([what, { text: result, style }, describeMs(ms), reasons.join(', ')]);
  }
}

/** For `--json`. Times are in milliseconds; no password is in it. */
export interface Summary {
  readonly coops: number;
  readonly credentials: number;
  readonly startMs: number;
  readonly tookMs: number;
  readonly sharing: Sharing;
  readonly outcomes: readonly Outcome[];
}

export function toSummary(
  { passports, sharing, outcomes }: Pick<Story, 'passports' | 'sharing' | 'outcomes'>,
  { startMs, tookMs }: Pick<Summary, 'startMs' | 'tookMs'>,
): Summary {
  return {
    coops: passports.length,
    credentials: passports.reduce((sum, { credentials }) => sum + credentials.length, 0),
    startMs: Math.round(startMs),
    tookMs: Math.round(tookMs),
    sharing,
    outcomes: outcomes.map((outcome) => ({ ...outcome, ms: Math.round(outcome.ms * 10) / 10 })),
  };
}
