import { assetLock, consistency, generalMeetingHeld, minimumMembers } from './constitution.js';
import {
  COOP_TESTS,
  type CoopTest,
  type CoopTestName,
  type DemocraticControl,
  type PreparedTest,
} from './outcome.js';
import { investorInfluence, oneMemberOneVote, sixtyPercentTest, voteConcentration } from './votes.js';

export * from './outcome.js';

/**
 * All tests, always in the same order. They judge what is said, by the letter; a federation of co-operatives, say, may have good reasons
 * for another voting rule, and it is the registrar who decides.
 */
export function runCoopTests(control: DemocraticControl, now: Date): CoopTest[] {
  return USUAL_TESTS.map((test) => test.run(control, now));
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
export function prepareCoopTest(
  test: CoopTestName,
  { atMost, atLeast, within }: CoopTestLimits = {},
): PreparedTest {
  switch (test) {
    case 'oneMemberOneVote':
      return oneMemberOneVote();
    case 'sixtyPercentTest':
      return sixtyPercentTest(atLeast);
    case 'voteConcentration':
      return voteConcentration(atMost);
    case 'investorInfluence':
      return investorInfluence(atMost);
    case 'assetLock':
      return assetLock();
    case 'generalMeetingHeld':
      return generalMeetingHeld(within);
    case 'minimumMembers':
      return minimumMembers(atLeast);
    case 'consistency':
      return consistency();
  }
}

const USUAL_TESTS = COOP_TESTS.map((test) => prepareCoopTest(test));

/** Of a dossier; `undefined` where it has no such block. */
export function testsOfDossier(blocks: Readonly<Record<string, unknown>>, now: Date): CoopTest[] | undefined {
  const control = blocks['democraticControl'] as DemocraticControl | undefined;
  return control && runCoopTests(control, now);
}
