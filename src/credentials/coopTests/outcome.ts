/** The questions that tell a genuine co-operative from a company that calls itself one. */
export const COOP_TESTS = [
  'oneMemberOneVote',
  'sixtyPercentTest',
  'voteConcentration',
  'investorInfluence',
  'assetLock',
  'generalMeetingHeld',
  'minimumMembers',
  'consistency',
] as const;
export type CoopTestName = (typeof COOP_TESTS)[number];

export const COOP_TEST_OUTCOMES = ['met', 'not_met', 'undetermined'] as const;
export type CoopTestOutcome = (typeof COOP_TEST_OUTCOMES)[number];

/** The answer to one of them, from what the dossier says; whether that is true is for the checks to show. */
export interface CoopTest {
  readonly test: CoopTestName;
  readonly outcome: CoopTestOutcome;
  /** `<test>/<reason>`, for machines; never changes once released. */
  readonly code: string;
  /** What the test asks for, and on which authority. */
  readonly demanded: string;
  /** What the dossier says about it. */
  readonly found: string;
  /** JSON Pointers of the fields that it looked at, or lacks. */
  readonly pointers: string[];
}

/** What the tests look at: the block `democraticControl`, any member of which may be missing. */
export interface DemocraticControl {
  readonly votingRule?: string;
  readonly memberCount?: number;
  readonly memberClasses?: readonly MemberClass[];
  readonly transactingVoteShare?: number;
  readonly largestVoteShare?: number;
  readonly investorVoteShare?: number;
  readonly assetLock?: boolean | string;
  readonly lastGeneralMeetingOn?: string;
}

export interface MemberClass {
  readonly memberCount: number;
  readonly votesPerMember?: number;
  readonly voteShare?: number;
  readonly isTransacting?: boolean;
  readonly isInvestor?: boolean;
}

export const at = (member: keyof DemocraticControl): string => `/democraticControl/${member}`;

/** A test with its limit, made ready to be asked of any number of co-ops. */
export interface PreparedTest {
  readonly demanded: string;
  run(control: DemocraticControl, now: Date): CoopTest;
}

/** How one test answers: its answers differ in three of their members, the rest belongs to the test. */
export function answersOf(
  test: CoopTestName,
  demanded: string,
  members: readonly (keyof DemocraticControl)[],
) {
  const pointers = members.map(at);
  const answer = (outcome: CoopTestOutcome) => (reason: string, found: string) => ({
    test,
    outcome,
    code: `${test}/${reason}`,
    demanded,
    found,
    pointers,
  });
  const [met, notMet, undetermined] = [answer('met'), answer('not_met'), answer('undetermined')];
  return {
    demanded,
    met: (found: string, reason = 'met'): CoopTest => met(reason, found),
    notMet,
    undetermined: (found: string): CoopTest => undetermined('not-stated', found),
  };
}

/** Shares come from divisions; the last digits are not what a test may hang on. */
export const TOLERANCE = 1e-9;

export function percent(share: number): string {
  return `${Math.round(share * 100) / 100} %`;
}
