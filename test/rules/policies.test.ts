import { describe, expect, test } from 'vitest';
import { compilePolicy, decideUnder, evaluatePolicy } from '../../src/credentials/policies/evaluate.js';
import type { PolicyRule } from '../../src/credentials/policies/policy.js';
import {
  ACCREDITATION,
  credentialReport,
  FEDERATION,
  GENUINE,
  judge,
  passport,
  presentationReport,
  REGISTRAR,
  type Changes,
} from '../support/policies.js';

/** What each rule makes of a passport in which one thing is different. */
const IDENTITY = 'CoopLegalIdentityCredential';
const STATUS = 'CoopStatusCredential';
const outcome = (rule: PolicyRule, changes: Readonly<Record<string, Changes>> = {}) =>
  judge(rule, presentationReport(passport(changes))).code;
const only = (rule: PolicyRule, ...types: readonly string[]) =>
  judge(
    rule,
    presentationReport(passport().filter(({ credential }) => types.includes(credential?.type[1] ?? ''))),
  ).code;

const MET = 'policy/met';
const NOT_MET = 'policy/not-met';
const NOT_SHOWN = 'policy/not-shown';

describe('wanted credentials', () => {
  const rule: PolicyRule = {
    rule: 'credentials',
    anyOf: [
      [IDENTITY, STATUS],
      [IDENTITY, 'FederationMembershipCredential'],
    ],
  };
  test('of one combination, whole, are met', () => {
    expect(only(rule, IDENTITY, STATUS)).toBe(MET);
    expect(only(rule, IDENTITY, 'FederationMembershipCredential')).toBe(MET);
  });
  test('of two halves are not', () => {
    expect(only(rule, IDENTITY)).toBe(NOT_MET);
    expect(only(rule, STATUS, 'FederationMembershipCredential')).toBe(NOT_MET);
    expect(only(rule)).toBe(NOT_MET);
  });
  test('rejected ones do not count, and those that could not be checked to the end may', () => {
    const without = { FederationMembershipCredential: { verdict: 'rejected' } } as const;
    expect(outcome(rule, { ...without, [STATUS]: { verdict: 'rejected' } })).toBe(NOT_MET);
    expect(outcome(rule, { ...without, [STATUS]: { verdict: 'undetermined' } })).toBe(NOT_SHOWN);
  });
  test('of a single credential it is the one that counts', () => {
    const wanted: PolicyRule = { rule: 'credentials', anyOf: [[STATUS]] };
    expect(judge(wanted, credentialReport(STATUS)).code).toBe(MET);
    expect(judge(wanted, credentialReport(IDENTITY)).code).toBe(NOT_MET);
  });
});

describe('registrars', () => {
  const held = (changes: object): Record<string, Changes> => ({
    [IDENTITY]: { facts: { accreditation: { ...ACCREDITATION, ...changes } } },
  });
  const of = (more: object): PolicyRule => ({ rule: 'registrars', credentialTypes: [IDENTITY], ...more });

  test('by DID', () => {
    expect(outcome(of({ dids: [REGISTRAR] }))).toBe(MET);
    expect(outcome(of({ dids: [FEDERATION] }))).toBe(NOT_MET);
  });
  test('of every credential in scope', () => {
    const all: PolicyRule = { rule: 'registrars', dids: [REGISTRAR] };
    expect(outcome(all)).toBe(NOT_MET);
    expect(outcome(all, { FederationMembershipCredential: { issuer: REGISTRAR } })).toBe(MET);
  });
  test('by conditions on the accreditation, all at once', () => {
    const rule = of({ accreditation: { stillHeld: true, heldFor: 'P1Y', upTo: 'substantial' } });
    expect(outcome(rule)).toBe(MET);
    expect(outcome(rule, held({ isHeld: false }))).toBe(NOT_MET);
    expect(outcome(rule, held({ since: '2025-11-20T12:00:00.000Z' }))).toBe(MET);
    expect(outcome(rule, held({ since: '2025-11-20T12:00:00.001Z' }))).toBe(NOT_MET);
    expect(outcome(rule, held({ upTo: 'low' }))).toBe(NOT_MET);
  });
  test('named, or under the conditions', () => {
    const rule = of({ dids: [REGISTRAR], accreditation: { stillHeld: true } });
    expect(outcome(rule, held({ isHeld: false }))).toBe(MET);
    expect(outcome(rule, { [IDENTITY]: { ...held({ isHeld: false })[IDENTITY], issuer: FEDERATION } })).toBe(
      NOT_MET,
    );
  });
  test('of whose accreditation nothing is known', () => {
    const report = credentialReport(IDENTITY, { facts: { accreditation: undefined as never } });
    expect(judge(of({ accreditation: {} }), report).code).toBe(NOT_SHOWN);
  });
});

describe('jurisdictions, legal forms and the status in the register', () => {
  test('a country covers its subdivisions', () => {
    expect(outcome({ rule: 'jurisdictions', anyOf: ['IE', 'GB'] })).toBe(MET);
    expect(outcome({ rule: 'jurisdictions', anyOf: ['GB-ENG'] })).toBe(MET);
    expect(outcome({ rule: 'jurisdictions', anyOf: ['GB-E', 'G'] })).toBe(NOT_MET);
  });
  test('every credential must be of one of them', () => {
    expect(
      outcome({ rule: 'jurisdictions', anyOf: ['GB'] }, { [STATUS]: { facts: { jurisdiction: 'FR' } } }),
    ).toBe(NOT_MET);
  });
  test('a legal form is a code, or the same words', () => {
    const rule: PolicyRule = { rule: 'legalForms', anyOf: ['FVGZ', 'Registered society'] };
    const form = (legalForm: string) => outcome(rule, { [IDENTITY]: { facts: { legalForm } } });
    expect(form('FVGZ')).toBe(MET);
    expect(form('Registered society')).toBe(MET);
    expect(form('B6ES')).toBe(NOT_MET);
    expect(form('A registered society')).toBe(NOT_SHOWN);
    expect(only(rule, STATUS)).toBe(NOT_SHOWN);
  });
  test('a status as registers put it', () => {
    expect(outcome({ rule: 'legalStatus', anyOf: ['active'] })).toBe(MET);
    expect(outcome({ rule: 'legalStatus', anyOf: ['live'] })).toBe(NOT_MET);
  });
});

describe('assurance of credentials', () => {
  test('is the lowest in scope', () => {
    expect(outcome({ rule: 'assurance', minimum: 'substantial' })).toBe(MET);
    expect(outcome({ rule: 'assurance', minimum: 'high' })).toBe(NOT_MET);
    const changes = { [STATUS]: { assurance: 'low' } } as const;
    expect(outcome({ rule: 'assurance', minimum: 'substantial' }, changes)).toBe(NOT_MET);
    expect(outcome({ rule: 'assurance', minimum: 'substantial', credentialTypes: [IDENTITY] }, changes)).toBe(
      MET,
    );
  });
  test('of a type that is not there is not shown', () => {
    expect(only({ rule: 'assurance', minimum: 'low', credentialTypes: [STATUS] }, IDENTITY)).toBe(NOT_SHOWN);
  });
});

describe('checks of fields', () => {
  const NAME = '/legalIdentity/legalName';
  const rule = (more: object, fields = [NAME]): PolicyRule => ({ rule: 'checks', fields, ...more });
  const by = (...evidence: NonNullable<Changes['evidence']>) => ({
    [IDENTITY]: { evidence },
    KycDossierCredential: { evidence: [] },
  });

  test('by tier', () => {
    expect(outcome(rule({ provenance: 'official_register' }), by({ field: NAME }))).toBe(MET);
    expect(outcome(rule({ provenance: 'verified' }), by({ field: NAME }))).toBe(NOT_MET);
    expect(outcome(rule({ provenance: 'third_party' }), by({ field: NAME, method: 'vouch' }))).toBe(MET);
  });
  test('a tier that the method does not give is not believed, nor one that is not stated', () => {
    const inflated = by({ field: NAME, method: 'interview', provenance: 'verified' });
    expect(outcome(rule({ provenance: 'official_register' }), inflated)).toBe(NOT_MET);
    expect(outcome(rule({}), by({ field: NAME, provenance: 'super' }))).toBe(NOT_SHOWN);
  });
  test('by age, to the instant', () => {
    const year = rule({ maximumAge: 'P1Y' });
    expect(outcome(year, by({ field: NAME, time: '2025-11-20T12:00:00Z' }))).toBe(MET);
    expect(outcome(year, by({ field: NAME, time: '2025-11-20T11:59:59Z' }))).toBe(NOT_MET);
    expect(outcome(year, by({ field: NAME, time: '2026-11-20T12:02:00Z' }))).toBe(NOT_MET);
    expect(outcome(year, by({ field: NAME, time: 'yesterday' }))).toBe(NOT_MET);
  });
  test('by evidence, method and document', () => {
    const paper = { field: NAME, method: 'document_inspection', type: 'document' } as const;
    expect(outcome(rule({ evidenceTypes: ['document', 'vouch'] }), by(paper))).toBe(MET);
    expect(outcome(rule({ evidenceTypes: ['vouch'] }), by(paper))).toBe(NOT_MET);
    expect(outcome(rule({ methods: ['site_visit'] }), by(paper))).toBe(NOT_MET);
    expect(outcome(rule({ documented: true }), by(paper))).toBe(NOT_MET);
    expect(outcome(rule({ documented: true }), by({ ...paper, digest: true }))).toBe(MET);
  });
  test('all that is demanded must be true of one check', () => {
    const old = { field: NAME, time: '2020-01-01T00:00:00Z' };
    const talk = { field: NAME, method: 'interview' } as const;
    const demand = rule({ provenance: 'official_register', maximumAge: 'P1Y' });
    expect(outcome(demand, by(old, talk))).toBe(NOT_MET);
    expect(outcome(demand, by(old, talk, { field: NAME }))).toBe(MET);
  });
  test('the level of a field is what checks of different kinds give together', () => {
    const paper = { field: NAME, method: 'document_inspection', type: 'document' } as const;
    expect(outcome(rule({ assurance: 'high' }), by({ field: NAME }))).toBe(NOT_MET);
    expect(outcome(rule({ assurance: 'high' }), by({ field: NAME }, { field: NAME }))).toBe(NOT_MET);
    expect(outcome(rule({ assurance: 'high' }), by({ field: NAME }, paper))).toBe(MET);
    expect(
      outcome(rule({ assurance: 'high', evidenceTypes: ['document'] }), by({ field: NAME }, paper)),
    ).toBe(NOT_MET);
  });
  test('each of several fields', () => {
    const fields = [NAME, '/legalIdentity/registrationNumber'];
    expect(outcome(rule({}, fields), by({ field: NAME }))).toBe(NOT_SHOWN);
    expect(outcome(rule({}, fields), by({ field: '/legalIdentity' }))).toBe(MET);
  });
  test('of a list, as a whole or an item of it', () => {
    const items = rule({}, ['/addresses/*']);
    expect(outcome(items, by({ field: '/addresses/1' }))).toBe(MET);
    expect(outcome(items, by({ field: '/addresses' }))).toBe(MET);
    expect(outcome(items, by({ field: '/addresses/1/street' }))).toBe(NOT_SHOWN);
    expect(outcome(rule({}, ['/addresses']), by({ field: '/addresses/1' }))).toBe(NOT_SHOWN);
  });
  test('not of the whole dossier at once', () => {
    for (const fields of [[NAME], ['/legalIdentity/*']])
      expect(outcome(rule({}, fields), by({ field: '' }))).toBe(NOT_SHOWN);
  });
  test('only in credentials that say the field', () => {
    const elsewhere: Record<string, Changes> = {
      ...by(),
      FederationMembershipCredential: {
        issuer: FEDERATION,
        evidence: [{ field: NAME }, { field: '/legalIdentity' }],
      },
    };
    expect(outcome(rule({}), elsewhere)).toBe(NOT_SHOWN);
    expect(outcome(rule({}), { ...by(), KycDossierCredential: { evidence: [{ field: NAME }] } })).toBe(MET);
    expect(outcome(rule({}, ['/representation']), elsewhere)).toBe(MET);
  });
});

describe('co-op tests', () => {
  const control = (changes: object, partial = false): Record<string, Changes> => ({
    [STATUS]: {
      facts: { democraticControl: { ...GENUINE, ...changes }, ...(partial && { isPartial: true as const }) },
    },
  });
  test('one member, one vote', () => {
    const rule: PolicyRule = { rule: 'coopTest', test: 'oneMemberOneVote' };
    expect(outcome(rule)).toBe(MET);
    expect(outcome(rule, control({ votingRule: 'by_shares' }))).toBe(NOT_MET);
    expect(outcome(rule, control({ votingRule: undefined }))).toBe(NOT_SHOWN);
    expect(only(rule, IDENTITY)).toBe(NOT_SHOWN);
  });
  test('no single vote above 10 %, however few members there are', () => {
    const rule: PolicyRule = { rule: 'coopTest', test: 'voteConcentration', atMost: 10 };
    expect(outcome(rule)).toBe(MET);
    expect(outcome(rule, control({ largestVoteShare: 10 }))).toBe(MET);
    expect(outcome(rule, control({ largestVoteShare: 10.01 }))).toBe(NOT_MET);
    const three = { memberCount: 3, memberClasses: [{ memberCount: 3, votesPerMember: 1 }] };
    expect(outcome(rule, control({ ...three, largestVoteShare: 33.34 }))).toBe(NOT_MET);
    expect(outcome(rule, control({ ...three, largestVoteShare: 8 }))).toBe(NOT_MET);
    expect(outcome({ ...rule, atMost: 34 }, control({ ...three, largestVoteShare: 33.34 }))).toBe(MET);
    expect(outcome(rule, control({ largestVoteShare: undefined }))).toBe(NOT_SHOWN);
  });
  test('limits of the others', () => {
    const share = { rule: 'coopTest', test: 'sixtyPercentTest', atLeast: 75 } as const;
    const changes = { memberClasses: undefined, transactingVoteShare: 70, investorVoteShare: 12 };
    expect(outcome(share, control(changes))).toBe(NOT_MET);
    expect(outcome({ ...share, atLeast: 70 }, control(changes))).toBe(MET);
    const investors = { rule: 'coopTest', test: 'investorInfluence', atMost: 10 } as const;
    expect(outcome(investors, control(changes))).toBe(NOT_MET);
    expect(outcome({ ...investors, atMost: 12 }, control(changes))).toBe(MET);
    expect(outcome({ rule: 'coopTest', test: 'minimumMembers', atLeast: 43 })).toBe(NOT_MET);
    expect(outcome({ rule: 'coopTest', test: 'generalMeetingHeld', within: 'P6M' })).toBe(NOT_MET);
    expect(outcome({ rule: 'coopTest', test: 'generalMeetingHeld', within: 'P7M' })).toBe(MET);
  });
  test('what the holder may have kept back could say otherwise', () => {
    const rule: PolicyRule = { rule: 'coopTest', test: 'oneMemberOneVote' };
    expect(outcome(rule, control({}, true))).toBe(NOT_SHOWN);
    expect(outcome(rule, control({ votingRule: 'by_shares' }, true))).toBe(NOT_MET);
    const members: PolicyRule = { rule: 'coopTest', test: 'minimumMembers' };
    expect(outcome(members, control({}, true))).toBe(MET);
    expect(outcome(members, control({ memberCount: undefined }, true))).toBe(NOT_SHOWN);
  });
});

describe('memberships, screening, recognition, contests', () => {
  const member = (...memberships: { did?: string; standing: string }[]): Record<string, Changes> => ({
    FederationMembershipCredential: { facts: { memberships } },
  });
  test('one membership that is all that is demanded', () => {
    const rule: PolicyRule = { rule: 'membership', bodies: [FEDERATION], standings: ['good_standing'] };
    expect(outcome(rule)).toBe(MET);
    expect(outcome(rule, member({ did: FEDERATION, standing: 'expelled' }))).toBe(NOT_MET);
    const split = member(
      { did: FEDERATION, standing: 'expelled' },
      { did: REGISTRAR, standing: 'good_standing' },
    );
    expect(outcome(rule, split)).toBe(NOT_MET);
    expect(outcome(rule, member({ standing: 'good_standing' }))).toBe(NOT_SHOWN);
    expect(only(rule, IDENTITY)).toBe(NOT_SHOWN);
  });
  test('a screening that came to something else than was demanded', () => {
    const rule: PolicyRule = {
      rule: 'screening',
      results: ['clear'],
      kinds: ['sanctions'],
      maximumAge: 'P7D',
    };
    const screened = (changes: object): Record<string, Changes> => ({
      ScreeningCredential: {
        facts: {
          screening: {
            result: 'clear',
            kinds: ['sanctions'],
            screenedAt: '2026-11-19T10:00:00Z',
            ...changes,
          },
        },
      },
    });
    expect(outcome(rule)).toBe(MET);
    expect(outcome(rule, screened({ result: 'match' }))).toBe(NOT_MET);
    expect(outcome(rule, screened({ kinds: ['pep'] }))).toBe(NOT_MET);
    expect(outcome(rule, screened({ screenedAt: '2026-11-13T11:59:59Z' }))).toBe(NOT_MET);
    expect(outcome(rule, screened({ screenedAt: undefined }))).toBe(NOT_SHOWN);
    expect(outcome(rule, screened({ result: undefined }))).toBe(NOT_SHOWN);
  });
  test('recognition over so many hops', () => {
    const hops = (count: unknown): Record<string, Changes> => ({
      [IDENTITY]: { facts: { accreditation: { ...ACCREDITATION, hops: count as number } } },
    });
    expect(outcome({ rule: 'recognition', maximumHops: 0 })).toBe(MET);
    expect(outcome({ rule: 'recognition', maximumHops: 0 }, hops(1))).toBe(NOT_MET);
    expect(outcome({ rule: 'recognition', maximumHops: 1 }, hops(1))).toBe(MET);
    expect(outcome({ rule: 'recognition', maximumHops: 9 }, hops(undefined))).toBe(NOT_SHOWN);
    expect(outcome({ rule: 'recognition', maximumHops: 9 }, hops(-1))).toBe(NOT_SHOWN);
  });
  test('contests', () => {
    const since = '2026-11-01T00:00:00Z';
    const contested = [{ pointer: '/credentialSubject/memberCount', since }];
    expect(outcome({ rule: 'uncontested' })).toBe(MET);
    expect(outcome({ rule: 'uncontested' }, { [STATUS]: { facts: { openContests: 1 }, contested } })).toBe(
      NOT_MET,
    );
    const unknown = credentialReport(STATUS, { facts: { openContests: undefined as never } });
    expect(judge({ rule: 'uncontested' }, unknown).code).toBe(NOT_SHOWN);
  });
});

describe('a report under a policy', () => {
  const rules: PolicyRule[] = [
    { rule: 'assurance', minimum: 'low' },
    { rule: 'jurisdictions', anyOf: ['GB'] },
  ];
  test('has a check for each rule, with what was demanded and what was found', () => {
    const report = decideUnder(compilePolicy(rules), credentialReport(IDENTITY));
    expect(report.verdict).toBe('accepted');
    expect(report.checks.slice(1)).toEqual([
      expect.objectContaining({
        check: 'policy',
        outcome: 'pass',
        rule: 'assurance',
        pointer: '/rules/0',
        demanded: 'The assurance level of each credential is at least low.',
        found: 'substantial.',
      }),
      expect.objectContaining({ pointer: '/rules/1', demanded: 'The jurisdiction is GB.', found: 'GB-ENG.' }),
    ]);
  });
  test.each([
    [['FR'], 'rejected'],
    [['GB'], 'accepted'],
  ] as const)('refuses what the rules refuse (%j)', (anyOf, verdict) => {
    const policy = compilePolicy([{ rule: 'jurisdictions', anyOf: [...anyOf] }]);
    expect(decideUnder(policy, credentialReport(IDENTITY)).verdict).toBe(verdict);
  });
  test('cannot be accepted by a policy where the verifier does not', () => {
    for (const verdict of ['rejected', 'undetermined'] as const) {
      const report = decideUnder(compilePolicy(rules), credentialReport(IDENTITY, { verdict }));
      expect(report.verdict).toBe(verdict);
    }
  });
  test('is not made longer than can be read by what somebody wrote', () => {
    const report = credentialReport(IDENTITY, { facts: { legalForm: '\u{1F600}'.repeat(5_000) } });
    const [check] = evaluatePolicy(compilePolicy([{ rule: 'legalForms', anyOf: ['FVGZ'] }]), report);
    expect(check?.found.length).toBeLessThan(1_100);
    expect(check?.found.isWellFormed()).toBe(true);
  });
});
