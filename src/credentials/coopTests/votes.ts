import { answersOf, percent, TOLERANCE, type PreparedTest } from './outcome.js';
import { largestAtLeast, shareOfKind } from './shares.js';

/** Who decides: the tests about votes. Where a share is stated and also follows from the classes, the worse of the two counts. */

export const ONE_MEMBER_ONE_VOTE = 'one_member_one_vote';

/** ICA, second principle: in primary co-operatives members have equal voting rights. Investors may have none, and no more than others. */
export function oneMemberOneVote(): PreparedTest {
  const { demanded, met, notMet, undetermined } = answersOf(
    'oneMemberOneVote',
    'Every member has one vote (ICA, second principle: members of primary co-operatives have equal voting rights).',
    ['votingRule', 'memberClasses'],
  );
  return {
    demanded,
    run({ votingRule, memberClasses = [] }) {
      const unequal = memberClasses.filter(
        ({ votesPerMember, isInvestor }) =>
          votesPerMember !== undefined &&
          votesPerMember !== 1 &&
          !(isInvestor === true && votesPerMember < 1),
      );
      if (unequal.length > 0)
        return notMet(
          'unequal-classes',
          `${unequal.length} of the member classes do not have one vote each.`,
        );
      if (votingRule === undefined) return undetermined('The voting rule is not stated.');
      if (votingRule !== ONE_MEMBER_ONE_VOTE)
        return notMet('other-rule', `The voting rule is "${votingRule}".`);
      return met('One member, one vote.');
    },
  };
}

/** New Zealand Co-operative Companies Act 1996, section 2: not less than 60 per cent of the votes with transacting shareholders. */
export const LEAST_TRANSACTING_SHARE = 60;

export function sixtyPercentTest(atLeast?: number): PreparedTest {
  const limit = atLeast ?? LEAST_TRANSACTING_SHARE;
  const authority = atLeast === undefined ? ' (New Zealand Co-operative Companies Act 1996)' : '';
  const { demanded, met, notMet, undetermined } = answersOf(
    'sixtyPercentTest',
    `Members who transact with the co-op hold at least ${percent(limit)} of the votes${authority}.`,
    ['transactingVoteShare', 'memberClasses'],
  );
  return {
    demanded,
    run(control) {
      const share = least(control.transactingVoteShare, shareOfKind(control.memberClasses, 'isTransacting'));
      if (share === undefined)
        return undetermined('The share of votes with transacting members is not stated.');
      const found = `Transacting members hold ${percent(share)} of the votes.`;
      if (share >= limit - TOLERANCE) return met(found);
      return notMet(atLeast === undefined ? 'below-60' : 'below-limit', found);
    },
  };
}

/** From where on a single member decides alone, and from where on it counts as a beneficial owner (Directive (EU) 2015/849, article 3). */
export const MAJORITY_SHARE = 50;
export const MOST_SINGLE_SHARE = 25;

export function voteConcentration(atMost?: number): PreparedTest {
  if (atMost !== undefined) return largestVoteWithin(atMost);
  const { demanded, met, notMet, undetermined } = answersOf(
    'voteConcentration',
    `No member holds more than ${MOST_SINGLE_SHARE} % of the votes, or more than an equal part where there are fewer than five.`,
    ['largestVoteShare', 'memberCount', 'memberClasses'],
  );
  return {
    demanded,
    run({ memberCount, largestVoteShare, memberClasses }) {
      const largest = most(largestVoteShare, largestAtLeast(memberClasses));
      const found = largest === undefined ? '' : `The member with most votes holds ${percent(largest)}.`;
      if (largest !== undefined && largest > MAJORITY_SHARE + TOLERANCE) return notMet('majority', found);
      if (largestVoteShare === undefined)
        return largest !== undefined && memberCount !== undefined && largest > equalPart(memberCount)
          ? notMet('above-25', found)
          : undetermined('The largest single share of votes is not stated.');
      if (largest === undefined || memberCount === undefined)
        return undetermined('The number of members is not stated.');
      return largest > equalPart(memberCount) ? notMet('above-25', found) : met(found);
    },
  };
}

/** Of a limit that somebody sets, there is no exception for few members. */
function largestVoteWithin(atMost: number): PreparedTest {
  const { demanded, met, notMet, undetermined } = answersOf(
    'voteConcentration',
    `No member holds more than ${percent(atMost)} of the votes.`,
    ['largestVoteShare', 'memberClasses'],
  );
  return {
    demanded,
    run({ largestVoteShare, memberClasses }) {
      const largest = most(largestVoteShare, largestAtLeast(memberClasses));
      const found = largest === undefined ? '' : `The member with most votes holds ${percent(largest)}.`;
      if (largest !== undefined && largest > atMost + TOLERANCE) return notMet('above-limit', found);
      // The classes show how much it is at the least, not how much at the most.
      return largestVoteShare === undefined
        ? undetermined('The largest single share of votes is not stated.')
        : met(found);
    },
  };
}

/** Three who have a vote each hold a third each, and nobody controls the others by that. */
function equalPart(memberCount: number): number {
  return Math.max(MOST_SINGLE_SHARE, memberCount > 1 ? 100 / memberCount : 0) + TOLERANCE;
}

/** Council Regulation (EC) No 1435/2003 on the European Cooperative Society, article 59(3). */
export const MOST_INVESTOR_SHARE = 25;

export function investorInfluence(atMost?: number): PreparedTest {
  const limit = atMost ?? MOST_INVESTOR_SHARE;
  const authority = atMost === undefined ? ' (Regulation (EC) No 1435/2003, article 59(3))' : '';
  const { demanded, met, notMet, undetermined } = answersOf(
    'investorInfluence',
    `Members who only put in capital hold at most ${percent(limit)} of the votes${authority}.`,
    ['investorVoteShare', 'memberClasses'],
  );
  return {
    demanded,
    run(control) {
      const share = most(control.investorVoteShare, shareOfKind(control.memberClasses, 'isInvestor'));
      if (share === undefined) return undetermined('The share of votes with investor members is not stated.');
      const found = `Investor members hold ${percent(share)} of the votes.`;
      if (share <= limit + TOLERANCE) return met(found);
      return notMet(atMost === undefined ? 'above-25' : 'above-limit', found);
    },
  };
}

function least(...shares: readonly (number | undefined)[]): number | undefined {
  const known = shares.filter((share) => share !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function most(...shares: readonly (number | undefined)[]): number | undefined {
  const known = shares.filter((share) => share !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
