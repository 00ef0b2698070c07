import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { ASSURANCE_LEVELS, CHECK_METHODS, PROVENANCE_TIERS } from '../../src/credentials/assurance.js';
import { COOP_TEST_LIMITS, COOP_TESTS } from '../../src/credentials/coopTests/index.js';
import { compilePolicy, decideUnder, evaluatePolicy } from '../../src/credentials/policies/evaluate.js';
import { RULE_NAMES, type PolicyRule } from '../../src/credentials/policies/policy.js';
import { replayDecision } from '../../src/features/policies/dryRuns/rules.js';
import { PROFILES } from '../../src/credentials/profiles/index.js';
import { EVIDENCE_TYPES } from '../../src/credentials/profiles/publication.js';
import type { CredentialReport, PresentationReport } from '../../src/credentials/verification/report.js';
import {
  FEDERATION,
  GENUINE,
  passport,
  presentationReport,
  REGISTRAR,
  type Changes,
  type Entry,
} from '../support/policies.js';
import { changeLeaf, PROPERTY_TIMEOUT_MS, runs } from '../support/properties.js';

vi.setConfig({ testTimeout: PROPERTY_TIMEOUT_MS });

const TYPES = PROFILES.map(({ type }) => type);
const FIELDS = [
  '/representation',
  '/legalIdentity',
  '/legalIdentity/legalName',
  '/democraticControl/votingRule',
  '/addresses/0',
  '/signatories',
];
const some = <T>(items: readonly T[]) => fc.subarray([...items], { minLength: 1 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const age = fc.constantFrom('P1D', 'P30D', 'P6M', 'P1Y', 'P10Y');
const place = fc.constantFrom('GB', 'GB-ENG', 'GB-SCT', 'FR', 'DE-BE');
/** Without the members that are not there, as JSON has it. */
const asJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const rules: Readonly<Record<(typeof RULE_NAMES)[number], fc.Arbitrary<object>>> = {
  credentials: fc.record({ anyOf: fc.array(some(TYPES), { minLength: 1, maxLength: 3 }) }),
  registrars: fc
    .record({
      credentialTypes: maybe(some(TYPES)),
      dids: maybe(some([REGISTRAR, FEDERATION])),
      accreditation: maybe(
        fc.record({
          stillHeld: maybe(fc.constant(true)),
          heldFor: maybe(age),
          upTo: maybe(fc.constantFrom(...ASSURANCE_LEVELS)),
        }),
      ),
    })
    .filter(({ dids, accreditation }) => dids !== undefined || accreditation !== undefined),
  jurisdictions: fc.record({ anyOf: fc.uniqueArray(place, { minLength: 1, maxLength: 3 }) }),
  legalForms: fc.record({ anyOf: some(['FVGZ', 'B6ES', 'Registered society']) }),
  legalStatus: fc.record({ anyOf: some(['active', 'dormant']) }),
  assurance: fc.record({
    credentialTypes: maybe(some(TYPES)),
    minimum: fc.constantFrom(...ASSURANCE_LEVELS),
  }),
  checks: fc.record({
    fields: some([...FIELDS, '/addresses/*']),
    provenance: maybe(fc.constantFrom(...PROVENANCE_TIERS)),
    assurance: maybe(fc.constantFrom(...ASSURANCE_LEVELS)),
    evidenceTypes: maybe(some(EVIDENCE_TYPES)),
    methods: maybe(some(CHECK_METHODS)),
    documented: maybe(fc.constant(true)),
    maximumAge: maybe(age),
  }),
  coopTest: fc.constantFrom(...COOP_TESTS).chain((name) => {
    const limit = COOP_TEST_LIMITS[name];
    const value = limit === 'within' ? age : fc.integer({ min: 0, max: 100 });
    return fc.record({
      test: fc.constant(name),
      ...(limit && { [limit]: maybe<string | number>(value) }),
    });
  }),
  membership: fc.record({
    bodies: maybe(some([REGISTRAR, FEDERATION])),
    standings: maybe(some(['good_standing', 'suspended'])),
  }),
  screening: fc.record({
    results: some(['clear', 'possible_match']),
    kinds: maybe(some(['sanctions', 'pep'])),
    maximumAge: maybe(age),
  }),
  recognition: fc.record({ maximumHops: fc.nat({ max: 3 }) }),
  uncontested: fc.constant({}),
};
const rule: fc.Arbitrary<PolicyRule> = fc
  .oneof(...RULE_NAMES.map((name) => rules[name].map((members) => ({ rule: name, ...members }))))
  .map((drawn) => asJson(drawn) as PolicyRule);
const policy = fc.array(rule, { minLength: 1, maxLength: 6 });

const time = fc
  .date({ min: new Date('2018-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());
const entry: fc.Arbitrary<Entry> = fc.record({
  field: fc.constantFrom(...FIELDS),
  method: fc.constantFrom(...CHECK_METHODS),
  type: fc.constantFrom(...EVIDENCE_TYPES),
  time,
  digest: fc.boolean(),
});
const control = fc.record({
  votingRule: maybe(fc.constantFrom('one_member_one_vote', 'by_shares')),
  memberCount: maybe(fc.nat({ max: 200 })),
  memberClasses: maybe(
    fc.array(
      fc.record({
        memberCount: fc.nat({ max: 200 }),
        votesPerMember: fc.constantFrom(1, 1, 2),
        isTransacting: fc.boolean(),
        isInvestor: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
  ),
  transactingVoteShare: maybe(fc.nat({ max: 100 })),
  largestVoteShare: maybe(fc.nat({ max: 100 })),
  investorVoteShare: maybe(fc.nat({ max: 100 })),
  assetLock: maybe(fc.boolean()),
  lastGeneralMeetingOn: maybe(time.map((instant) => instant.slice(0, 10))),
});
const change = fc.record(
  {
    verdict: fc.constantFrom('accepted', 'accepted', 'accepted', 'undetermined', 'rejected'),
    issuer: fc.constantFrom(REGISTRAR, FEDERATION),
    assurance: fc.constantFrom(...ASSURANCE_LEVELS),
    evidence: fc.array(entry, { maxLength: 6 }),
    facts: fc.record(
      {
        jurisdiction: place,
        legalForm: fc.constantFrom('FVGZ', 'B6ES', 'In words'),
        legalStatus: fc.constantFrom('active', 'dissolved'),
        openContests: fc.nat({ max: 1 }),
        isPartial: fc.constant(true as const),
        accreditation: fc.record({
          since: time,
          isHeld: fc.boolean(),
          upTo: fc.constantFrom(...ASSURANCE_LEVELS),
          hops: fc.nat({ max: 3 }),
        }),
        democraticControl: fc.oneof(control, fc.constant(GENUINE)),
        memberships: fc.array(
          fc.record({
            did: maybe(fc.constantFrom(REGISTRAR, FEDERATION)),
            standing: fc.constantFrom('good_standing', 'expelled'),
          }),
          { maxLength: 2 },
        ),
        screening: fc.record({
          result: fc.constantFrom('clear', 'match'),
          kinds: fc.subarray(['sanctions', 'pep']),
          screenedAt: time,
        }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);
type AnyReport = CredentialReport | PresentationReport;
const presentations: fc.Arbitrary<PresentationReport> = fc
  .tuple(fc.dictionary(fc.constantFrom(...TYPES), change, { maxKeys: 3 }), fc.subarray(TYPES))
  .map(([changes, shown]) =>
    asJson(
      presentationReport(
        passport(changes as Record<string, Changes>).filter(({ credential }) =>
          shown.includes(credential?.type[1] ?? ''),
        ),
      ),
    ),
  );

/** A passport of which little or much is other than it should be, and some of it not there; or a single credential of it. */
const reports: fc.Arbitrary<AnyReport> = fc.oneof(
  { weight: 3, arbitrary: presentations },
  presentations
    .filter(({ credentials }) => credentials.length > 0)
    .map(({ credentials }) => credentials[0] as CredentialReport),
);
const credentialsOf = (report: AnyReport) => ('credentials' in report ? report.credentials : [report]);

const outcomes = (drawn: readonly PolicyRule[], report: unknown) =>
  evaluatePolicy(compilePolicy(drawn), report).map(({ outcome }) => outcome);
const verdictOf = (drawn: readonly PolicyRule[], report: AnyReport) =>
  decideUnder(compilePolicy(drawn), report).verdict;

/** The same demand, or a harder one; never a milder. */
function stricter(drawn: PolicyRule): fc.Arbitrary<PolicyRule> {
  const fewer = <T>(items: readonly T[]) => some(items);
  const higher = <T>(scale: readonly T[], from: T | undefined) =>
    fc.constantFrom(
      ...scale.slice(from === undefined ? 0 : scale.indexOf(from)),
      ...(from === undefined ? [undefined] : []),
    );
  const AGES = ['P10Y', 'P1Y', 'P6M', 'P30D', 'P1D'];
  const within = <T>(value: fc.Arbitrary<T>, from: unknown) => (from === undefined ? maybe(value) : value);
  const made: fc.Arbitrary<object> = (() => {
    switch (drawn.rule) {
      case 'credentials':
        return fc.record({
          // Fewer combinations, and more in each.
          anyOf: fewer(drawn.anyOf).chain((combinations) =>
            fc.tuple(
              ...combinations.map((types) =>
                fc.subarray(TYPES).map((more) => [...new Set([...types, ...more])]),
              ),
            ),
          ),
        });
      case 'registrars': {
        const { dids, accreditation } = drawn;
        const conditions = accreditation && {
          stillHeld: within(fc.constant(true), accreditation.stillHeld),
          heldFor: higher([...AGES].reverse(), accreditation.heldFor),
          upTo: higher(ASSURANCE_LEVELS, accreditation.upTo),
        };
        return fc.record({
          ...(dids && { dids: conditions ? maybe(fewer(dids)) : fewer(dids) }),
          ...(conditions && { accreditation: fc.record(conditions) }),
        });
      }
      case 'jurisdictions':
      case 'legalForms':
      case 'legalStatus':
        return fc.record({ anyOf: fewer<string>(drawn.anyOf) });
      case 'assurance':
        return fc.record({ minimum: higher(ASSURANCE_LEVELS, drawn.minimum) });
      case 'checks':
        return fc.record({
          fields: fc.subarray(FIELDS).map((more) => [...new Set([...drawn.fields, ...more])]),
          provenance: higher(PROVENANCE_TIERS, drawn.provenance),
          assurance: higher(ASSURANCE_LEVELS, drawn.assurance),
          evidenceTypes: within(fewer(drawn.evidenceTypes ?? EVIDENCE_TYPES), drawn.evidenceTypes),
          methods: within(fewer(drawn.methods ?? CHECK_METHODS), drawn.methods),
          documented: within(fc.constant(true), drawn.documented),
          maximumAge: higher(AGES, drawn.maximumAge),
        });
      case 'coopTest':
        // Limits are compared with limits: the usual tests make allowances that a limit does not make.
        return fc.record({
          ...(drawn.atMost !== undefined && { atMost: fc.integer({ min: 0, max: drawn.atMost }) }),
          ...(drawn.atLeast !== undefined && { atLeast: fc.integer({ min: drawn.atLeast, max: 100 }) }),
          ...(drawn.within !== undefined && { within: higher(AGES, drawn.within) }),
        });
      case 'membership':
        return fc.record({
          bodies: within(fewer(drawn.bodies ?? [REGISTRAR, FEDERATION]), drawn.bodies),
          standings: within(fewer(drawn.standings ?? ['good_standing']), drawn.standings),
        });
      case 'screening':
        return fc.record({
          results: fewer(drawn.results),
          kinds: fc.subarray(['sanctions', 'pep']).map((more) => {
            const kinds = [...new Set([...(drawn.kinds ?? []), ...more])];
            return kinds.length === 0 ? undefined : kinds;
          }),
          maximumAge: higher(AGES, drawn.maximumAge),
        });
      case 'recognition':
        return fc.record({ maximumHops: fc.nat({ max: drawn.maximumHops }) });
      case 'uncontested':
        return fc.constant({});
    }
  })();
  return made.map((members) => {
    // Without dids there may be only the conditions, which is fewer ways to be accepted.
    const { dids: _dids, ...kept } = drawn as { dids?: unknown };
    const base = drawn.rule === 'registrars' ? kept : drawn;
    return asJson({ ...base, ...members }) as PolicyRule;
  });
}

describe('a policy', () => {
  test('that is stricter never accepts what a milder one did not', () => {
    let met = 0;
    let hardened = 0;
    fc.assert(
      fc.property(
        policy.chain((mild) =>
          fc.tuple(fc.constant(mild), fc.tuple(...mild.map(stricter)), fc.array(rule, { maxLength: 2 })),
        ),
        reports,
        ([mild, hard, more], report) => {
          const before = outcomes(mild, report);
          const after = outcomes(hard, report);
          after.forEach((outcome, index) => {
            if (outcome !== 'pass') hardened += before[index] === 'pass' ? 1 : 0;
            else expect(before[index], JSON.stringify([mild[index], hard[index]])).toBe('pass');
          });
          if (verdictOf([...hard, ...more], report) === 'accepted') {
            met += 1;
            expect(verdictOf(mild, report)).toBe('accepted');
          }
        },
      ),
      runs(1_500),
    );
    // Otherwise nothing was tried.
    expect(met).toBeGreaterThan(0);
    expect(hardened).toBeGreaterThan(0);
  });

  test('judges each rule by itself, wherever it stands', () => {
    fc.assert(
      fc.property(policy, reports, (drawn, report) => {
        const compiled = compilePolicy(drawn);
        const together = evaluatePolicy(compiled, report);
        const alone = drawn.flatMap((one, index) =>
          evaluatePolicy(compilePolicy([one]), report).map((check) => ({
            ...check,
            pointer: `/rules/${index}`,
          })),
        );
        expect(together).toEqual(alone);
        // Nothing is remembered from one report to the next.
        expect(evaluatePolicy(compiled, report)).toEqual(together);
      }),
      runs(500),
    );
  });

  test('accepts exactly what the verifier accepts and every rule passes', () => {
    fc.assert(
      fc.property(policy, reports, (drawn, report) => {
        const all = outcomes(drawn, report);
        const expected =
          report.verdict === 'rejected' || all.includes('fail')
            ? 'rejected'
            : report.verdict === 'accepted' && all.every((outcome) => outcome === 'pass')
              ? 'accepted'
              : 'undetermined';
        expect(verdictOf(drawn, report)).toBe(expected);
      }),
      runs(1_000),
    );
  });
});

describe('a stored report', () => {
  const stored = (report: AnyReport, under?: readonly PolicyRule[]) =>
    asJson<unknown>(under ? decideUnder(compilePolicy(under), report) : report);

  test('is decided again as it would have been then, under whatever policy it was decided', () => {
    fc.assert(
      fc.property(policy, fc.option(policy, { nil: undefined }), reports, (drawn, then, report) => {
        const replay = replayDecision(compilePolicy(drawn), stored(report, then));
        expect(replay?.verdict).toBe(verdictOf(drawn, report));
        expect(replay?.refusing).toEqual(
          evaluatePolicy(compilePolicy(drawn), report).filter(({ outcome }) => outcome !== 'pass'),
        );
      }),
      runs(500),
    );
  });

  test('from before facts were kept is not decided, unless nothing could have saved it', () => {
    fc.assert(
      fc.property(policy, reports, (drawn, report) => {
        fc.pre(credentialsOf(report).some(({ verdict }) => verdict === 'accepted'));
        const older = JSON.parse(
          JSON.stringify(report, (name, value: unknown) => (name === 'facts' ? undefined : value)),
        ) as unknown;
        const replay = replayDecision(compilePolicy(drawn), older);
        if (report.verdict === 'rejected') expect(replay?.verdict).toBe('rejected');
        else expect(replay).toBeUndefined();
      }),
      runs(300),
    );
  });

  test('that is anything at all is never accepted', () => {
    fc.assert(
      fc.property(policy, hostile, (drawn, report) => {
        expect(replayDecision(compilePolicy(drawn), report)?.verdict).not.toBe('accepted');
      }),
      runs(1_000),
    );
  });
});

const hostile = fc.oneof(
  fc.jsonValue({ maxDepth: 6 }),
  fc.constantFrom(
    ...[
      '{"__proto__":{"verdict":"accepted"}}',
      '{"verdict":"accepted","credential":{"__proto__":{"facts":{}}}}',
    ].map((text) => JSON.parse(text) as unknown),
  ),
);
const garbage = fc.oneof(
  fc.constantFrom<unknown>(null, [], {}, '', 0, -1, 1e308, true, '__proto__', 'constructor', [[]], [null]),
  fc.jsonValue({ maxDepth: 2 }),
);

describe('of what cannot be known', () => {
  test('nothing is met, whatever is handed in as a report', () => {
    fc.assert(
      fc.property(policy, hostile, (drawn, report) => {
        const all = outcomes(drawn, report);
        expect(all).toHaveLength(drawn.length);
        expect(all).not.toContain('pass');
      }),
      runs(1_000),
    );
  });

  test('a report with anything in it replaced gives a check for each rule', () => {
    fc.assert(
      fc.property(
        policy,
        reports,
        fc.array(fc.tuple(fc.nat(), garbage), { minLength: 1, maxLength: 5 }),
        (drawn, report, changes) => {
          const changed = changes.reduce<unknown>(
            (sofar, [seed, value]) => changeLeaf(sofar, seed, value) ?? sofar,
            report,
          );
          for (const check of evaluatePolicy(compilePolicy(drawn), changed)) {
            expect(['pass', 'fail', 'undetermined']).toContain(check.outcome);
            expect(check.found).toBeTypeOf('string');
          }
        },
      ),
      runs(1_000),
    );
  });

  test('a fact that is unreadable never turns into one that is good', () => {
    const readable = [
      '/facts/jurisdiction',
      '/facts/legalForm',
      '/facts/legalStatus',
      '/facts/accreditation',
      '/facts/openContests',
    ];
    const known = (pointer: string) =>
      readable.some((part) => pointer.includes(part)) ||
      /\/(democraticControl|screening|evidence|assurance)(\/|$)/.test(pointer);
    let lost = 0;
    fc.assert(
      fc.property(
        policy,
        reports,
        fc.nat(),
        fc.constantFrom<unknown>(null, {}, [], [null], 'x y', '', -1),
        (drawn, report, seed, value) => {
          const changed = changeLeaf(report, seed, value, known);
          fc.pre(changed !== undefined);
          const before = outcomes(drawn, report);
          outcomes(drawn, changed).forEach((outcome, index) => {
            if (outcome === 'pass') expect(before[index]).toBe('pass');
            else if (before[index] === 'pass') lost += 1;
          });
        },
      ),
      runs(1_500),
    );
    expect(lost).toBeGreaterThan(0);
  });

  test('what the holder may have kept back makes nothing better', () => {
    let lost = 0;
    fc.assert(
      fc.property(
        fc.array(
          rules.coopTest.map((members) => asJson({ rule: 'coopTest', ...members }) as PolicyRule),
          { minLength: 1 },
        ),
        control,
        fc.subarray(Object.keys(GENUINE)),
        (drawn, stated, kept) => {
          const whole = asJson(stated);
          const partial = Object.fromEntries(
            Object.entries(whole).filter(([member]) => kept.includes(member)),
          );
          const of = (facts: object) => presentationReport(passport({ CoopStatusCredential: { facts } }));
          const before = outcomes(drawn, of({ democraticControl: whole }));
          outcomes(drawn, of({ democraticControl: partial, isPartial: true })).forEach((outcome, index) => {
            if (outcome === 'pass') expect(before[index]).toBe('pass');
            else if (before[index] === 'pass') lost += 1;
          });
        },
      ),
      runs(1_000),
    );
    expect(lost).toBeGreaterThan(0);
  });
});

test('every rule is drawn here', () => {
  expect(Object.keys(rules).sort()).toEqual([...RULE_NAMES].sort());
});
