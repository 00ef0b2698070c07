import type { OrganisationId } from '../../kernel/ids.js';
import { addDuration } from '../../kernel/instants.js';

/** What stands against erasing a dossier. */
export interface Duty {
  readonly kind: 'hold' | 'retention' | 'application';
  readonly registrarId: OrganisationId;
  /** When it ends by itself; absent where that is not known. */
  readonly until?: Date;
  readonly legalBasis?: string;
}

export interface Hold {
  readonly registrarId: OrganisationId;
  readonly until: Date;
  readonly legalBasis: string;
}

/** An application as far as it matters here; who decides without an accreditation gets no duty from it. */
export interface Review {
  readonly registrarId: OrganisationId;
  readonly isOpen: boolean;
  /** Of a decision by an accredited registrar. */
  readonly decidedAt?: Date;
}

export interface RetentionRule {
  readonly registrarId: OrganisationId;
  /** ISO 8601 duration. */
  readonly afterDecision: string;
  readonly legalBasis: string;
}

/**
 * All duties that have not ended: open applications, holds on the dossier or on a file of it, and registrars' duties to keep what they decided on.
 * Anybody who is shown a file may have been able to hold it, so of those only a registrar's count that has decided, the longest of each.
 */
export function findDuties(
  facts: {
    readonly holds: readonly Hold[];
    readonly fileHolds: readonly Hold[];
    readonly reviews: readonly Review[];
    readonly retentionRules: readonly RetentionRule[];
  },
  now: Date,
): Duty[] {
  const open = facts.reviews
    .filter(({ isOpen }) => isOpen)
    .map(({ registrarId }): Duty => ({ kind: 'application', registrarId }));
  const examiners = new Set(
    facts.reviews.flatMap(({ registrarId, decidedAt }) => (decidedAt ? [registrarId] : [])),
  );
  const ofFiles = [...facts.fileHolds]
    .sort((one, other) => other.until.getTime() - one.until.getTime())
    .filter(({ registrarId }) => examiners.delete(registrarId));
  const holds = [...facts.holds, ...ofFiles]
    .filter(({ until }) => until > now)
    .map(({ registrarId, until, legalBasis }): Duty => ({ kind: 'hold', registrarId, until, legalBasis }));
  const retained = facts.retentionRules.flatMap((rule) => retentionDuty(rule, facts.reviews, now));
  return [...open, ...holds, ...retained];
}

/** Of one registrar only the decision that keeps longest counts. */
function retentionDuty(
  { registrarId, afterDecision, legalBasis }: RetentionRule,
  reviews: readonly Review[],
  now: Date,
): Duty[] {
  const ends = reviews.flatMap((review) => {
    if (review.registrarId !== registrarId || !review.decidedAt) return [];
    const end = endOfRetention(afterDecision, review.decidedAt);
    return end > now ? [end] : [];
  });
  const until = latest(ends);
  return until ? [{ kind: 'retention', registrarId, until, legalBasis }] : [];
}

/** A rule that says more than may be said, or nothing that can be counted, is one for the longest time. */
function endOfRetention(afterDecision: string, decidedAt: Date): Date {
  const longest = addDuration(decidedAt, LONGEST_HOLD) ?? decidedAt;
  const wanted = addDuration(decidedAt, afterDecision);
  return wanted && wanted < longest ? wanted : longest;
}

/** From when on nothing stands against it any more; `undefined` where no instant can be named. */
export function endOfDuties(duties: readonly Duty[]): Date | undefined {
  const ends = duties.flatMap(({ until }) => until ?? []);
  return ends.length === duties.length ? latest(ends) : undefined;
}

function latest(instants: readonly Date[]): Date | undefined {
  if (instants.length === 0) return undefined;
  return new Date(Math.max(...instants.map((instant) => instant.getTime())));
}

/** When a scheduled erasure is tried again that something stands against. */
export function nextAttemptAt(duties: readonly Duty[], now: Date): Date {
  return endOfDuties(duties) ?? new Date(now.getTime() + DAY_MS);
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** No hold and no rule is for ever: who has a longer duty says so again. */
export const LONGEST_HOLD = 'P10Y';
