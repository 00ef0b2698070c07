import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  COOP_TESTS,
  runCoopTests,
  testsOfDossier,
  type CoopTestName,
  type DemocraticControl,
} from '../../src/credentials/coopTests/index.js';
import { pointerTokens } from '../../src/kernel/jsonPointer.js';
import { runs } from '../support/properties.js';

const NOW = new Date('2026-11-20T09:00:00Z');
const outcomes = (control: DemocraticControl, now = NOW) =>
  Object.fromEntries(runCoopTests(control, now).map(({ test: name, outcome }) => [name, outcome]));
const codeOf = (control: DemocraticControl, name: CoopTestName) =>
  runCoopTests(control, NOW).find((result) => result.test === name)?.code;

const GENUINE: DemocraticControl = {
  votingRule: 'one_member_one_vote',
  memberCount: 42,
  memberClasses: [
    { memberCount: 40, votesPerMember: 1, isTransacting: true, isInvestor: false },
    { memberCount: 2, votesPerMember: 1, isTransacting: false, isInvestor: true },
  ],
  transactingVoteShare: 95.24,
  largestVoteShare: 2.38,
  investorVoteShare: 4.76,
  assetLock: true,
  lastGeneralMeetingOn: '2026-05-01',
};

const share = fc.double({ min: 0, max: 100, noNaN: true });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const memberClass = fc.record(
  {
    memberCount: fc.nat({ max: 1000 }),
    votesPerMember: fc.oneof(fc.constant(1), fc.nat({ max: 20 })),
    voteShare: share,
    isTransacting: fc.boolean(),
    isInvestor: fc.boolean(),
  },
  { requiredKeys: ['memberCount'] },
);
const day = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2028-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const controls = fc
  .record({
    votingRule: maybe(fc.constantFrom('one_member_one_vote', 'one_share_one_vote')),
    memberCount: maybe(fc.oneof(fc.nat({ max: 6 }), fc.nat({ max: 100_000 }))),
    memberClasses: maybe(fc.array(memberClass, { maxLength: 4 })),
    transactingVoteShare: maybe(share),
    largestVoteShare: maybe(share),
    investorVoteShare: maybe(share),
    assetLock: maybe(fc.oneof(fc.boolean(), fc.constant('by rule 14'))),
    lastGeneralMeetingOn: maybe(day),
  })
  .map((control) => JSON.parse(JSON.stringify(control)) as DemocraticControl);

describe('whatever a dossier says', () => {
  test('all tests answer, in their order, with a code of their own and pointers into the block', () => {
    fc.assert(
      fc.property(controls, (control) => {
        const results = runCoopTests(control, NOW);
        expect(results.map((result) => result.test)).toEqual([...COOP_TESTS]);
        for (const { test: name, code, demanded, found, pointers } of results) {
          expect(code.startsWith(`${name}/`)).toBe(true);
          expect([demanded, found].every((words) => words.endsWith('.'))).toBe(true);
          for (const pointer of pointers) expect(pointerTokens(pointer)[0]).toBe('democraticControl');
        }
      }),
      runs(100),
    );
  });

  /** The one field that each test cannot do without, where nothing is said of classes. */
  const NEEDED: Partial<Record<CoopTestName, readonly (keyof DemocraticControl)[]>> = {
    oneMemberOneVote: ['votingRule'],
    sixtyPercentTest: ['transactingVoteShare'],
    investorInfluence: ['investorVoteShare'],
    assetLock: ['assetLock'],
    generalMeetingHeld: ['lastGeneralMeetingOn'],
    minimumMembers: ['memberCount'],
  };
  test('without classes a test is undetermined exactly where the field that it needs is missing', () => {
    fc.assert(
      fc.property(controls, ({ memberClasses: _classes, ...control }) => {
        const found = outcomes(control);
        for (const [name, needed] of Object.entries(NEEDED)) {
          expect([name, found[name] === 'undetermined']).toEqual([
            name,
            needed.some((field) => (control as DemocraticControl)[field] === undefined),
          ]);
        }
        const { largestVoteShare: largest, memberCount } = control;
        const isMajority = largest !== undefined && largest > 50;
        expect(found['voteConcentration'] === 'undetermined').toBe(
          !isMajority && (largest === undefined || memberCount === undefined),
        );
      }),
      runs(100),
    );
  });

  test('a complete block leaves nothing undetermined, whatever its figures', () => {
    const complete = controls.map((control) => ({
      ...GENUINE,
      ...control,
      memberClasses: control.memberClasses?.length ? control.memberClasses : GENUINE.memberClasses,
    }));
    fc.assert(
      fc.property(complete, (control) => {
        expect(Object.values(outcomes(control as DemocraticControl))).not.toContain('undetermined');
      }),
      runs(100),
    );
  });

  const RANK = { not_met: 0, undetermined: 1, met: 2 } as const;
  const rankOf = (control: DemocraticControl, name: CoopTestName) =>
    RANK[outcomes(control)[name] as keyof typeof RANK];
  test.each<[keyof DemocraticControl, CoopTestName, 1 | -1]>([
    ['largestVoteShare', 'voteConcentration', -1],
    ['investorVoteShare', 'investorInfluence', -1],
    ['transactingVoteShare', 'sixtyPercentTest', 1],
    ['memberCount', 'minimumMembers', 1],
  ])('a higher %s moves %s one way only', (field, name, direction) => {
    const figure = field === 'memberCount' ? fc.nat({ max: 10 }) : share;
    fc.assert(
      fc.property(controls, figure, figure, (control, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((value) =>
          rankOf({ ...control, [field]: value }, name),
        ) as [number, number];
        expect(direction * (high - low)).toBeGreaterThanOrEqual(0);
      }),
      runs(100),
    );
  });

  test('what the classes show never makes a stated figure look better', () => {
    const names = ['sixtyPercentTest', 'voteConcentration', 'investorInfluence'] as const;
    fc.assert(
      fc.property(controls, ({ memberClasses, ...stated }) => {
        const figures = { ...GENUINE, ...stated };
        const { memberClasses: _none, ...alone } = figures;
        for (const name of names)
          expect(rankOf({ ...alone, ...(memberClasses ? { memberClasses } : {}) }, name)).toBeLessThanOrEqual(
            rankOf(alone, name),
          );
      }),
      runs(100),
    );
  });

  test('time alone turns a general meeting from held to too long ago, once', () => {
    fc.assert(
      fc.property(day, fc.nat({ max: 3000 }), fc.nat({ max: 3000 }), (lastGeneralMeetingOn, a, b) => {
        const after = (days: number) => new Date(Date.parse(lastGeneralMeetingOn) + days * 86_400_000);
        const [sooner, later] = [Math.min(a, b), Math.max(a, b)].map(
          (days) => outcomes({ lastGeneralMeetingOn }, after(days))['generalMeetingHeld'],
        );
        if (sooner === 'not_met') expect(later).toBe('not_met');
      }),
      runs(100),
    );
  });
});

describe('a housing co-op', () => {
  test('as it should be meets all of them', () => {
    expect(runCoopTests(GENUINE, NOW).filter(({ outcome }) => outcome !== 'met')).toEqual([]);
  });

  test.each<[string, Partial<DemocraticControl>, CoopTestName, string]>([
    [
      'votes by shares',
      { votingRule: 'one_share_one_vote' },
      'oneMemberOneVote',
      'oneMemberOneVote/other-rule',
    ],
    [
      'founders with ten votes each',
      { memberClasses: [{ memberCount: 42, votesPerMember: 10 }] },
      'oneMemberOneVote',
      'oneMemberOneVote/unequal-classes',
    ],
    [
      'investors without a vote',
      {
        memberClasses: [
          { memberCount: 40, votesPerMember: 1, isInvestor: false },
          { memberCount: 2, votesPerMember: 0, isInvestor: true },
        ],
      },
      'oneMemberOneVote',
      'oneMemberOneVote/met',
    ],
    ['60 % exactly', { transactingVoteShare: 60 }, 'sixtyPercentTest', 'sixtyPercentTest/met'],
    ['59.9 %', { transactingVoteShare: 59.9 }, 'sixtyPercentTest', 'sixtyPercentTest/below-60'],
    [
      'one member with half and a bit',
      { largestVoteShare: 50.1 },
      'voteConcentration',
      'voteConcentration/majority',
    ],
    [
      'one member with a quarter and a bit',
      { largestVoteShare: 25.1 },
      'voteConcentration',
      'voteConcentration/above-25',
    ],
    [
      'three members with a third each',
      { memberCount: 3, memberClasses: [], largestVoteShare: 100 / 3 },
      'voteConcentration',
      'voteConcentration/met',
    ],
    [
      'a class of one with 30 % that the stated figure hides',
      {
        memberClasses: [
          { memberCount: 1, voteShare: 30 },
          { memberCount: 41, voteShare: 70 },
        ],
      },
      'voteConcentration',
      'voteConcentration/above-25',
    ],
    ['investors with 25.1 %', { investorVoteShare: 25.1 }, 'investorInfluence', 'investorInfluence/above-25'],
    ['no lock', { assetLock: false }, 'assetLock', 'assetLock/no-lock'],
    ['a lock in words', { assetLock: 'Rule 14' }, 'assetLock', 'assetLock/described'],
    [
      'a meeting 18 months ago',
      { lastGeneralMeetingOn: '2025-05-21' },
      'generalMeetingHeld',
      'generalMeetingHeld/met',
    ],
    [
      'a meeting 19 months ago',
      { lastGeneralMeetingOn: '2025-04-19' },
      'generalMeetingHeld',
      'generalMeetingHeld/too-long-ago',
    ],
    [
      'a meeting next month',
      { lastGeneralMeetingOn: '2026-12-20' },
      'generalMeetingHeld',
      'generalMeetingHeld/in-the-future',
    ],
    ['two members', { memberCount: 2 }, 'minimumMembers', 'minimumMembers/too-few'],
    [
      'classes of 42 in a co-op of 43',
      { memberCount: 43 },
      'consistency',
      'consistency/member-counts-differ',
    ],
    [
      'classes with more than all votes',
      {
        memberClasses: [
          { memberCount: 40, voteShare: 90 },
          { memberCount: 2, voteShare: 20 },
        ],
      },
      'consistency',
      'consistency/shares-do-not-sum-up',
    ],
    [
      'a largest vote below the average',
      { largestVoteShare: 1 },
      'consistency',
      'consistency/largest-below-average',
    ],
    [
      'investors and users with more than all',
      { investorVoteShare: 40 },
      'consistency',
      'consistency/kinds-exceed-all',
    ],
  ])('with %s', (_what, changes, name, code) => {
    expect(codeOf({ ...GENUINE, ...changes }, name)).toBe(code);
  });

  test('without the block has no tests', () => {
    expect(testsOfDossier({ legalIdentity: {} }, NOW)).toBeUndefined();
  });
});
