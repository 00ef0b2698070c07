import { addDuration } from '../../kernel/instants.js';
import { answersOf, percent, type DemocraticControl, type PreparedTest } from './outcome.js';
import { countedShares, shareOfKind } from './shares.js';

/** How it is made and kept: the tests that are not about who has which vote. */

export function assetLock(): PreparedTest {
  const { demanded, met, notMet, undetermined } = answersOf(
    'assetLock',
    'Assets cannot be shared out to members (ICA, third principle: at least part of the capital is common property).',
    ['assetLock'],
  );
  return {
    demanded,
    run({ assetLock: lock }) {
      if (lock === undefined) return undetermined('Whether the assets are locked is not stated.');
      if (lock === false) return notMet('no-lock', 'The assets are not locked.');
      // Which lock it is stands in words that nobody but a reader can judge.
      return lock === true
        ? met('The assets are locked.')
        : met('A lock is described in words.', 'described');
    },
  };
}

/** Once a year, and half a year of grace, as the laws on companies and societies have it in most places. */
export const MEETING_WITHIN = 'P18M';

export function generalMeetingHeld(within = MEETING_WITHIN): PreparedTest {
  const { demanded, met, notMet, undetermined } = answersOf(
    'generalMeetingHeld',
    `The members met in general meeting within the past ${within === MEETING_WITHIN ? '18 months' : `time of ${within}`}.`,
    ['lastGeneralMeetingOn'],
  );
  return {
    demanded,
    run({ lastGeneralMeetingOn }, now) {
      const heldAt =
        lastGeneralMeetingOn === undefined ? undefined : new Date(`${lastGeneralMeetingOn}T00:00:00Z`);
      if (!heldAt || Number.isNaN(heldAt.getTime()))
        return undetermined('The latest general meeting is not stated.');
      const found = `The latest general meeting was on ${lastGeneralMeetingOn}.`;
      // Somewhere on earth it is tomorrow already.
      if (heldAt.getTime() > now.getTime() + 24 * 3600 * 1000) return notMet('in-the-future', found);
      const until = addDuration(heldAt, within);
      return until && until >= now ? met(found) : notMet('too-long-ago', found);
    },
  };
}

/** Co-operative and Community Benefit Societies Act 2014 (United Kingdom), section 2; other laws ask for between two and ten. */
export const LEAST_MEMBERS = 3;

export function minimumMembers(atLeast?: number): PreparedTest {
  const limit = atLeast ?? LEAST_MEMBERS;
  const authority =
    atLeast === undefined
      ? ' (Co-operative and Community Benefit Societies Act 2014; the law of the place may ask for more)'
      : '';
  const { demanded, met, notMet, undetermined } = answersOf(
    'minimumMembers',
    `There are at least ${limit} members${authority}.`,
    ['memberCount'],
  );
  return {
    demanded,
    run({ memberCount }) {
      if (memberCount === undefined) return undetermined('The number of members is not stated.');
      const found = `There are ${memberCount} members.`;
      return memberCount >= limit ? met(found) : notMet('too-few', found);
    },
  };
}

/** Two figures for the same thing may differ by rounding. */
const ROUNDING = 0.5;

/** Whether the figures can be true together; needs the classes, since without them there is nothing to compare. */
export function consistency(): PreparedTest {
  const { demanded, met, notMet, undetermined } = answersOf(
    'consistency',
    'The figures about members and votes agree.',
    ['memberCount', 'memberClasses', 'transactingVoteShare', 'largestVoteShare', 'investorVoteShare'],
  );
  return {
    demanded,
    run(control) {
      const faults = faultsOf(control);
      const [first] = faults;
      if (first) return notMet(first.reason, faults.map(({ found }) => found).join(' '));
      if (control.memberCount === undefined || !control.memberClasses?.length)
        return undetermined('The classes of members are not stated.');
      return met('They agree.');
    },
  };
}

function faultsOf(control: DemocraticControl): { reason: string; found: string }[] {
  const { memberCount, memberClasses: classes = [], largestVoteShare: largest } = control;
  const inClasses = classes.reduce((sum, memberClass) => sum + memberClass.memberCount, 0);
  const shares = classes.reduce((sum, { voteShare = 0 }) => sum + voteShare, 0);
  const isWhole = classes.length > 0 && classes.every(({ voteShare }) => voteShare !== undefined);
  const counted = countedShares(classes);
  const isOneKind = !classes.some(({ isTransacting, isInvestor }) => isTransacting && isInvestor);
  const kinds = (control.transactingVoteShare ?? 0) + (control.investorVoteShare ?? 0);
  const differs = (stated: number | undefined, other: number | undefined) =>
    stated !== undefined && other !== undefined && Math.abs(stated - other) > ROUNDING;
  const rules: [boolean, string, () => string][] = [
    [
      classes.length > 0 && memberCount !== undefined && inClasses !== memberCount,
      'member-counts-differ',
      () => `The classes have ${inClasses} members together, and ${memberCount} are stated.`,
    ],
    [
      shares > 100 + ROUNDING || (isWhole && shares < 100 - ROUNDING),
      'shares-do-not-sum-up',
      () => `The classes hold ${percent(shares)} of the votes together.`,
    ],
    [
      counted !== undefined && classes.some(({ voteShare }, n) => differs(voteShare, counted[n])),
      'votes-and-shares-differ',
      () => 'The votes of each member give other shares than those that are stated.',
    ],
    [
      isOneKind && kinds > 100 + ROUNDING,
      'kinds-exceed-all',
      () => `Transacting and investor members hold ${percent(kinds)} of the votes together.`,
    ],
    [
      differs(control.transactingVoteShare, shareOfKind(classes, 'isTransacting')) ||
        differs(control.investorVoteShare, shareOfKind(classes, 'isInvestor')),
      'kinds-and-classes-differ',
      () => 'The classes give another share of votes to transacting or investor members than is stated.',
    ],
    [
      largest !== undefined &&
        memberCount !== undefined &&
        memberCount > 0 &&
        largest + ROUNDING < 100 / memberCount,
      'largest-below-average',
      () =>
        `The largest single share of votes is stated as ${percent(largest ?? 0)}, which is less than the average.`,
    ],
    [
      memberCount === 0 &&
        (control.transactingVoteShare ?? 0) + (largest ?? 0) + (control.investorVoteShare ?? 0) > 0,
      'votes-without-members',
      () => 'Votes are stated, and no members.',
    ],
  ];
  return rules.flatMap(([applies, reason, found]) => (applies ? [{ reason, found: found() }] : []));
}
