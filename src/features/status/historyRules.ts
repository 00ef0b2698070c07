import { entryValues, type OwnListKind, type StatusStanding } from '../../credentials/status/statusLists.js';
import type { OrganisationId } from '../../kernel/ids.js';
import type { StatusChange } from './rules.js';

/** A change of the status of a credential that has this index in a list. */
export interface StatusEvent {
  readonly index: number;
  readonly change: StatusChange;
  readonly at: Date;
}

/** Everything that ever happened to a list. */
export interface ListTimeline {
  readonly issuerId: OrganisationId;
  readonly kind: OwnListKind;
  /** Number of entries. */
  readonly size: number;
  readonly createdAt: Date;
  /** In the order in which they happened. */
  readonly events: readonly StatusEvent[];
}

/** A time during which a list said the same. */
export interface ListMoment {
  readonly from: Date;
  /** When the next change came; absent where there was none yet. */
  readonly until?: Date;
  /** How many changes it holds: with `from` it tells two moments of a list apart. */
  readonly changes: number;
  /** Those that are not 0. */
  readonly entries: readonly { readonly index: number; readonly value: number }[];
}

/** A list of one purpose says nothing of the other one. */
const TOLD: Readonly<Record<OwnListKind, readonly StatusChange[]>> = {
  revocation: ['revoked'],
  suspension: ['suspended', 'reinstated'],
  token: ['suspended', 'reinstated', 'revoked'],
};

/** What a list said at an instant, changes of that very instant included; `undefined` where there was no such list yet. */
export function momentAt({ kind, createdAt, events }: ListTimeline, at: Date): ListMoment | undefined {
  if (at < createdAt) return undefined;
  const told = events.filter(({ change }) => TOLD[kind].includes(change));
  const past = told.filter((event) => event.at <= at);
  const next = told.find((event) => event.at > at);
  const standings = new Map<number, StatusStanding>();
  for (const { index, change } of past) standings.set(index, changeStanding(standings.get(index), change));
  const entries = [...standings]
    .map(([index, standing]) => ({ index, value: entryValues(standing)[kind] }))
    .filter(({ value }) => value !== 0)
    .sort((a, b) => a.index - b.index);
  return {
    from: past.at(-1)?.at ?? createdAt,
    ...(next && { until: next.at }),
    changes: past.length,
    entries,
  };
}

const CLEAR: StatusStanding = { isSuspended: false, isRevoked: false };

function changeStanding(standing: StatusStanding = CLEAR, change: StatusChange): StatusStanding {
  if (change === 'revoked') return { ...standing, isRevoked: true };
  return { ...standing, isSuspended: change === 'suspended' };
}

/** How much may be done in each minute, counted from the first. */
export function createBudget(perMinute: number, now: () => number): { take(): boolean } {
  let windowEnds = 0;
  let left = 0;
  return {
    take() {
      const instant = now();
      // A clock that was set back must not make the window a longer one.
      if (instant >= windowEnds || instant < windowEnds - 60_000) {
        windowEnds = instant + 60_000;
        left = perMinute;
      }
      return left-- > 0;
    },
  };
}
