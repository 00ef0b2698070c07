import { neededApprovals, type ConsentRule } from '../consentRules/rules.js';
import { addDuration } from '../../../kernel/instants.js';
import { covers } from '../../../kernel/jsonPointer.js';

/** How long a co-op has to decide. */
export const OPEN_FOR = 'P30D';
/** How long a grant lasts where the request does not say, and at the most. */
export const GRANTED_FOR = 'P90D';
export const LONGEST_GRANT = 'P1Y';
export const LONGEST_RETENTION = 'P10Y';
/** Of one partner to one co-op. */
export const MOST_OPEN = 5;
export const MOST_A_DAY = 10;

export type Outcome = 'granted' | 'refused' | 'withdrawn' | 'closed';
export type RequestState = 'open' | Outcome | 'expired';

/** What decides about a request, apart from who approves it. */
export interface RequestFacts {
  readonly outcome: Outcome | null;
  readonly expiresAt: Date;
  readonly rule: ConsentRule;
}

export function stateOf({ outcome, expiresAt }: Omit<RequestFacts, 'rule'>, now: Date): RequestState {
  if (outcome !== null) return outcome;
  return now < expiresAt ? 'open' : 'expired';
}

/** An approval that nothing has made void. */
export interface StandingApproval {
  readonly personId: string;
  readonly membershipId: string;
}

/** Who may speak for a co-op at this moment. */
export interface Electorate {
  /** Its delegates now. */
  readonly delegates: readonly StandingApproval[];
  /** Of them, who belongs to the partner as well. */
  readonly onBothSides: ReadonlySet<string>;
}

/** The approvals that count: by different people, each of whom is a delegate still, and of the co-op's side only. */
export function countedApprovals(
  approvals: readonly StandingApproval[],
  { delegates, onBothSides }: Electorate,
): StandingApproval[] {
  const seen = new Set<string>();
  return approvals.filter(({ personId, membershipId }) => {
    const isDelegate = delegates.some(
      (one) => one.personId === personId && one.membershipId === membershipId,
    );
    const counts = isDelegate && !onBothSides.has(personId) && !seen.has(personId);
    if (counts) seen.add(personId);
    return counts;
  });
}

export type ApprovalJudgement =
  | { readonly refused: 'settled' | 'not-a-delegate' | 'both-sides' | 'already-approved' | 'minute-missing' }
  | { readonly isDecided: boolean };

/** Whether somebody may approve, and whether the request is granted by that. */
export function judgeApproval(
  request: RequestFacts,
  approvals: readonly StandingApproval[],
  electorate: Electorate,
  by: { readonly personId: string; readonly membershipId: string; readonly minute?: string | undefined },
  now: Date,
): ApprovalJudgement {
  const speaks = judgeSpeaker(electorate, by);
  if (speaks) return { refused: speaks };
  if (stateOf(request, now) !== 'open') return { refused: 'settled' };
  if (approvals.some(({ personId }) => personId === by.personId)) return { refused: 'already-approved' };
  if (request.rule.requireMinute === true && by.minute === undefined) return { refused: 'minute-missing' };
  const counted = countedApprovals([...approvals, by], electorate);
  return { isDecided: counted.length >= neededApprovals(request.rule) };
}

/** Why somebody may not speak for the co-op about this partner; `undefined` for who may. */
export function judgeSpeaker(
  { delegates, onBothSides }: Electorate,
  by: { readonly personId: string; readonly membershipId: string },
): 'not-a-delegate' | 'both-sides' | undefined {
  const isDelegate = delegates.some(
    (one) => one.personId === by.personId && one.membershipId === by.membershipId,
  );
  if (!isDelegate) return 'not-a-delegate';
  return onBothSides.has(by.personId) ? 'both-sides' : undefined;
}

/** Block names become pointers; what lies in another one goes; in one order, so that the same wish looks the same. */
export function normaliseFields(fields: readonly string[]): string[] {
  const pointers = [...new Set(fields.map((field) => (field.startsWith('/') ? field : `/${field}`)))];
  return pointers
    .filter((one) => !pointers.some((other) => other !== one && covers(other, one)))
    .sort((one, other) => (one < other ? -1 : 1));
}

/** False for what is no duration, nothing at all, or longer than the longest. */
export function isWithin(duration: string, longest: string, now: Date): boolean {
  const end = addDuration(now, duration);
  const last = addDuration(now, longest);
  return end !== undefined && last !== undefined && end > now && end <= last;
}
