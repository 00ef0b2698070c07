import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ASSURANCE_LEVELS, CHECK_METHODS, type CheckMethod } from '../../src/credentials/assurance.js';
import { PROFILES, profileOfType } from '../../src/credentials/profiles/index.js';
import { findFault, openQuestions } from '../../src/features/applications/conversation/rules.js';
import { judgeApproval, type Proposal } from '../../src/features/applications/decision/rules.js';
import {
  mayReassign,
  readCursor,
  toWordQuery,
  writeCursor,
} from '../../src/features/applications/queue/rules.js';
import {
  explainAssurance,
  reachedAssurance,
  standingChecks,
} from '../../src/features/applications/review/rules.js';
import { computeAssurance, latestChecks, type RecordedCheck } from '../../src/features/applications/rules.js';
import {
  dueAtOf,
  missingTemplateChecks,
  needsTwoPersons,
} from '../../src/features/applications/settings/rules.js';
import type {
  ApplicationId,
  MembershipId,
  MessageId,
  OrganisationId,
  PersonId,
  ProposalId,
} from '../../src/kernel/ids.js';
import { runs } from '../support/properties.js';

const TYPE = 'CoopLegalIdentityCredential';
const identity = profileOfType(TYPE)!;

describe('an approval that takes two persons', () => {
  const people = ['ada', 'ben', 'cleo'] as const;
  const action = fc.oneof(
    fc.record({
      kind: fc.constant('approve' as const),
      by: fc.option(fc.constantFrom(...people), { nil: undefined, freq: 5 }),
      terms: fc.constantFrom('P1Y', 'P6M'),
    }),
    fc.record({ kind: fc.constantFrom('check' as const, 'withdraw' as const, 'toggle' as const) }),
    fc.record({ kind: fc.constant('leave' as const), by: fc.constantFrom(...people) }),
  );
  type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

  /** A registrar where everybody tries everything; the settings when the review began ask for two. */
  function live(actions: readonly Action[]) {
    let open: Proposal | undefined;
    let [basis, latestAsksForTwo] = [0, true];
    const gone = new Set<string>();
    const proposals: { by: string; basis: string; terms: string }[] = [];
    for (const [n, act] of actions.entries()) {
      if (act.kind === 'check') [basis, open] = [basis + 1, undefined];
      if (act.kind === 'withdraw') open = undefined;
      if (act.kind === 'toggle') latestAsksForTwo = !latestAsksForTwo;
      if (act.kind === 'leave') gone.add(act.by);
      if (act.kind !== 'approve' || (act.by !== undefined && gone.has(act.by))) continue;
      const settings = [{ fourEyes: [TYPE] }, { fourEyes: latestAsksForTwo ? [TYPE] : [] }];
      const step = judgeApproval({
        needsTwo: needsTwoPersons(settings, [TYPE]),
        open,
        isProposerThere: open !== undefined && !gone.has(open.personId),
        by: act.by as PersonId | undefined,
        basis: String(basis),
        terms: act.terms,
      });
      if (step === 'approve' || step === 'confirm')
        return { step, by: act.by, open, basis: String(basis), terms: act.terms };
      if (step !== 'propose') continue;
      proposals.push({ by: act.by!, basis: String(basis), terms: act.terms });
      open = {
        id: String(n) as ProposalId,
        personId: act.by as PersonId,
        membershipId: String(n) as MembershipId,
        basis: String(basis),
        terms: act.terms,
      };
    }
    return undefined;
  }

  test('never comes from one person, or from a machine, whatever they try', () => {
    const alone = action.filter((act) => act.kind !== 'approve' || act.by === undefined || act.by === 'ada');
    fc.assert(
      fc.property(fc.array(alone, { maxLength: 30 }), (actions) => {
        expect(live(actions)).toBeUndefined();
      }),
      runs(200),
    );
  });

  test('comes from two who saw the same checks and said the same, both of whom are there', () => {
    let approved = 0;
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const outcome = live(actions);
        if (!outcome) return;
        approved += 1;
        expect(outcome.step).toBe('confirm');
        expect(outcome.open).toMatchObject({ basis: outcome.basis, terms: outcome.terms });
        expect(outcome.by).toBeDefined();
        expect(outcome.open?.personId).not.toBe(outcome.by);
      }),
      runs(300),
    );
    expect(approved).toBeGreaterThan(0);
  });

  test('is one person’s where neither the settings then nor those now ask for two, and nothing is proposed', () => {
    const alone = {
      needsTwo: false,
      open: undefined,
      isProposerThere: false,
      by: undefined,
      basis: '1',
      terms: '{}',
    };
    expect(judgeApproval(alone)).toBe('approve');
    expect(needsTwoPersons([{}, { fourEyes: ['CoopStatusCredential'] as never }], [TYPE])).toBe(false);
  });
});

const check = fc.record({
  field: fc.constantFrom(...identity.requiredChecks),
  method: fc.constantFrom(...CHECK_METHODS),
  result: fc.constantFrom('confirmed' as const, 'confirmed' as const, 'refuted' as const),
  dossierVersion: fc.integer({ min: 1, max: 2 }),
});

describe('the assurance level', () => {
  const byAll = (...methods: CheckMethod[]): RecordedCheck[] =>
    identity.requiredChecks.flatMap((field) =>
      methods.map((method) => ({ field, method, result: 'confirmed' as const, dossierVersion: 1 })),
    );
  const levelBy = (...methods: CheckMethod[]) =>
    reachedAssurance(identity, standingChecks(byAll(...methods), 1));

  test.each<[CheckMethod[], string]>([
    [['register_lookup'], 'substantial'],
    [['register_lookup', 'register_lookup'], 'substantial'],
    [['register_lookup', 'document_inspection'], 'high'],
    [['callback', 'site_visit'], 'high'],
    [['register_lookup', 'interview'], 'low'],
    [['interview', 'register_lookup'], 'substantial'],
    [['screening', 'register_lookup'], 'substantial'],
    [['vouch', 'interview'], 'low'],
  ])('of %j on every field is %s', (methods, level) => {
    expect(levelBy(...methods)).toBe(level);
  });

  test('is never below what the latest checks alone give, and absent exactly when one is missing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PROFILES), fc.array(check, { maxLength: 30 }), (profile, checks) => {
        const reached = reachedAssurance(profile, standingChecks(checks, 2));
        const latest = latestChecks(checks, 2);
        const isComplete = profile.requiredChecks.every((field) => latest.get(field)?.result === 'confirmed');
        expect(reached !== undefined).toBe(isComplete);
        if (reached === undefined) return;
        const base = computeAssurance(profile, latest);
        expect(reached === base || (reached === 'high' && base === 'substantial')).toBe(true);
      }),
      runs(200),
    );
  });

  const follow = (checks: readonly RecordedCheck[]): RecordedCheck[] => {
    const { limitedBy } = explainAssurance(identity, standingChecks(checks, 2));
    const further = limitedBy.map(({ field, howToRaise }): RecordedCheck => ({
      field,
      method: howToRaise[0]!,
      result: 'confirmed',
      dossierVersion: 2,
    }));
    return [...checks, ...further];
  };

  test('is explained: following the advice on every named field raises it, and only the highest needs no advice', () => {
    fc.assert(
      fc.property(fc.array(check, { maxLength: 30 }), (checks) => {
        const { level, limitedBy } = explainAssurance(identity, standingChecks(checks, 2));
        expect(limitedBy.length === 0).toBe(level === 'high');
        for (const { howToRaise } of limitedBy) expect(howToRaise).not.toEqual([]);
        if (level === 'high') return;
        // After checks that corroborate nothing, it takes two of different kinds.
        const raised = reachedAssurance(identity, standingChecks(follow(follow(checks)), 2));
        const rank = (of: string | undefined) => ASSURANCE_LEVELS.indexOf(of as never);
        expect(rank(raised)).toBeGreaterThan(rank(level));
      }),
      runs(200),
    );
  });
});

describe("a registrar's templates", () => {
  const at = new Date('2026-11-20T09:00:00Z');
  const checked = (changes: object = {}) => ({
    field: '/addresses',
    method: 'site_visit' as const,
    result: 'confirmed' as const,
    dossierVersion: 1,
    evidence: { type: 'document' },
    checkedAt: new Date('2026-11-01T09:00:00Z'),
    ...changes,
  });
  const settings = {
    templates: {
      [TYPE]: [
        {
          field: '/addresses',
          methods: ['site_visit', 'callback'] as never,
          evidenceTypes: ['document'] as never,
          maximumAge: 'P30D',
        },
      ],
    },
  };
  const missingWith = (checks: readonly ReturnType<typeof checked>[], dossier: object = { addresses: [] }) =>
    missingTemplateChecks(settings, {
      credentialTypes: [TYPE],
      latest: latestChecks(checks, 1),
      dossier,
      at,
    }).map(({ detail }) => detail);

  test.each<[string, string[]]>([
    [JSON.stringify({}), []],
    [JSON.stringify({ method: 'register_lookup' }), ['must be checked by site_visit or callback']],
    [JSON.stringify({ evidence: { type: 'vouch' } }), ['the check must rest on document']],
    [JSON.stringify({ result: 'refuted' }), ['the latest check is refuted']],
  ])('with a check %s miss %j', (changes, missing) => {
    expect(missingWith([checked(JSON.parse(changes))])).toEqual(missing);
  });
  test('miss what is too old, what was not checked, and what is not filled in', () => {
    expect(missingWith([checked({ checkedAt: new Date('2026-10-01T09:00:00Z') })])).toEqual([
      'the check is older than P30D',
    ]);
    expect(missingWith([])).toEqual(['needs a confirmed check']);
    expect(missingWith([], {})).toEqual([expect.stringContaining('not filled in')]);
  });
  test('set the shortest due date of the types', () => {
    const due = (dueSettings: object) =>
      dueAtOf(dueSettings, [TYPE, 'CoopStatusCredential'], at).toISOString();
    expect(due({})).toBe('2026-12-04T09:00:00.000Z');
    expect(due({ dueIn: 'P7D', dueInByType: { CoopStatusCredential: 'P2D' } })).toBe(
      '2026-11-22T09:00:00.000Z',
    );
  });
});

describe('the queue', () => {
  test('takes what somebody has only from its hands, for an administrator, or on purpose', () => {
    const base = {
      present: 'a' as MembershipId,
      isPresentMember: true,
      wanted: 'b' as MembershipId,
      by: 'b' as MembershipId,
      isAdmin: false,
      handOver: false,
    };
    expect(mayReassign(base)).toBe(false);
    expect(mayReassign({ ...base, by: undefined })).toBe(false);
    for (const change of [
      { present: undefined },
      { isPresentMember: false },
      { wanted: 'a' as MembershipId },
      { by: 'a' as MembershipId },
      { isAdmin: true },
      { handOver: true },
    ])
      expect(mayReassign({ ...base, ...change })).toBe(true);
  });
  test('goes on where a page ended', () => {
    const cursor = { at: new Date('2026-11-20T09:00:00.123Z'), id: crypto.randomUUID() as ApplicationId };
    expect(readCursor(writeCursor(cursor))).toEqual(cursor);
    expect(readCursor(cursor.id)).toBeUndefined();
  });
  test.each([
    ["Société d'Aide", "'societe':* & 'd':* & 'aide':*"],
    ["a' | !b:*", "'a':* & 'b':*"],
    ['&|!()', undefined],
  ])('looks for the words of %j', (text, query) => {
    expect(toWordQuery(text)).toBe(query);
  });
});

describe('a conversation', () => {
  const [registrar, coop] = ['r', 'c'] as OrganisationId[] as [OrganisationId, OrganisationId];
  const question = { id: 'q' as MessageId, organisationId: registrar, kind: 'question' as const };
  const fault = (said: object) =>
    findFault(
      { by: coop, ...said },
      [question, { id: 'n' as MessageId, organisationId: registrar, kind: 'note' }],
      [registrar, coop],
    )?.pointer;

  test('knows answers by the question of the other side', () => {
    expect(fault({})).toBeUndefined();
    expect(fault({ answers: 'q' })).toBeUndefined();
    expect(fault({ kind: 'answer' })).toBe('/answers');
    expect(fault({ kind: 'note', answers: 'q' })).toBe('/kind');
    expect(fault({ answers: 'n' })).toBe('/answers');
    expect(fault({ answers: 'q', by: registrar })).toBe('/answers');
  });
  test('keeps a question open until it is answered', () => {
    expect(openQuestions([question])).toEqual([question]);
    const answer = {
      id: 'a' as MessageId,
      organisationId: coop,
      kind: 'answer' as const,
      answers: question.id,
    };
    expect(openQuestions([question, answer])).toEqual([]);
  });
});
