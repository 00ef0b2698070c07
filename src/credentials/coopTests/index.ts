import { assetLock, consistency, generalMeetingHeld, minimumMembers } from './constitution.js';
import type { CoopTest, DemocraticControl } from './outcome.js';
import { investorInfluence, oneMemberOneVote, sixtyPercentTest, voteConcentration } from './votes.js';

export * from './outcome.js';

/**
 * All tests, always in the same order. They judge what is said, by the letter; a federation of co-operatives, say, may have good reasons
 * for another voting rule, and it is the registrar who decides.
 */
export function runCoopTests(control: DemocraticControl, now: Date): CoopTest[] {
  return [
    oneMemberOneVote(control),
    sixtyPercentTest(control),
    voteConcentration(control),
    investorInfluence(control),
    assetLock(control),
    generalMeetingHeld(control, now),
    minimumMembers(control),
    consistency(control),
  ];
}

/** Of a dossier; `undefined` where it has no such block. */
export function testsOfDossier(blocks: Readonly<Record<string, unknown>>, now: Date): CoopTest[] | undefined {
  const control = blocks['democraticControl'] as DemocraticControl | undefined;
  return control && runCoopTests(control, now);
}
