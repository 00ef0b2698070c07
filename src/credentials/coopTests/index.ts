import { assetLock, consistency, generalMeetingHeld, minimumMembers } from './constitution.js';
import { COOP_TESTS, type CoopTest, type CoopTestName, type DemocraticControl } from './outcome.js';
import { investorInfluence, oneMemberOneVote, sixtyPercentTest, voteConcentration } from './votes.js';

export * from './outcome.js';

/**
 * All tests, always in the same order. They judge what is said, by the letter; a federation of co-operatives, say, may have good reasons
 * for another voting rule, and it is the registrar who decides.
 */
export function runCoopTests(control: DemocraticControl, now: Date): CoopTest[] {
  return COOP_TESTS.map((test) => runCoopTest(test, control, now));
}

/** Instead of the usual limits: per cent, members, an ISO 8601 duration. */
export interface CoopTestLimits {
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly within?: string;
}

/** Which limit each of them takes, if any. */
export const COOP_TEST_LIMITS: Readonly<Partial<Record<CoopTestName, keyof CoopTestLimits>>> = {
  sixtyPercentTest: 'atLeast',
  voteConcentration: 'atMost',
  investorInfluence: 'atMost',
  generalMeetingHeld: 'within',
  minimumMembers: 'atLeast',
};

/** One of them. A limit that it does not take is not looked at. */
export function runCoopTest(
  test: CoopTestName,
  control: DemocraticControl,
  now: Date,
  { atMost, atLeast, within }: CoopTestLimits = {},
): CoopTest {
  switch (test) {
    case 'oneMemberOneVote':
      return oneMemberOneVote(control);
    case 'sixtyPercentTest':
      return sixtyPercentTest(control, atLeast);
    case 'voteConcentration':
      return voteConcentration(control, atMost);
    case 'investorInfluence':
      return investorInfluence(control, atMost);
    case 'assetLock':
      return assetLock(control);
    case 'generalMeetingHeld':
      return generalMeetingHeld(control, now, within);
    case 'minimumMembers':
      return minimumMembers(control, atLeast);
    case 'consistency':
      return consistency(control);
  }
}

/** Of a dossier; `undefined` where it has no such block. */
export function testsOfDossier(blocks: Readonly<Record<string, unknown>>, now: Date): CoopTest[] | undefined {
  const control = blocks['democraticControl'] as DemocraticControl | undefined;
  return control && runCoopTests(control, now);
}
