import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countedApprovals,
  judgeApproval,
  judgeSpeaker,
  normaliseFields,
  stateOf,
  type Outcome,
  type StandingApproval,
} from '../../src/features/sharing/accessRequests/rules.js';
import { neededApprovals, ruleFor, type ConsentRule } from '../../src/features/sharing/consentRules/rules.js';
import {
  changedFields,
  grantExpiry,
  isFileReleased,
  isReleased,
  stateOfGrant,
  type Ending,
} from '../../src/features/sharing/grants/rules.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { covers, valueAt } from '../../src/kernel/jsonPointer.js';
import { commitDossier } from '../../src/credentials/dossier/commitment.js';
import { PROPERTY_TIMEOUT_MS, runs } from '../support/properties.js';

/**
 * The rules, driven by any sequence of what people, partners and time may do. The world below keeps its own books of what was said by whom, in
 * words of its own, and asks at every reading whether it could have been released.
 */

const DAY = 86_400;
const PEOPLE = ['ada', 'ben', 'cleo', 'dan'] as const;
const PARTNERS = ['bank', 'shop'] as const;
const FIELDS = [
  '/officers',
  '/officers/0',
  '/officers/0/fullName',
  '/officers/1',
  '/capacity',
  '/legalIdentity',
];
const PURPOSES = ['dpv:Verification', 'dpv:LegalCompliance'];
const BLOCKS = {
  officers: [{ fullName: 'Ada' }, { fullName: 'Ben' }],
  capacity: { turnover: 1 },
  legalIdentity: { legalName: 'Co-op' },
};

type Person = (typeof PEOPLE)[number];
type Partner = (typeof PARTNERS)[number];

interface Request {
  readonly partner: Partner;
  readonly fields: readonly string[];
  readonly purposes: readonly string[];
  readonly rule: ConsentRule;
  readonly expiresAt: Date;
  outcome: Outcome | null;
  approvals: StandingApproval[];
}

interface Grant {
  readonly request: Request;
  readonly expiresAt: Date;
  ending: Ending | null;
}

/** What is known apart from the rules: who said yes to what while being a delegate, and what has ended. */
class World {
  now = new Date('2026-11-20T09:00:00.000Z');
  readonly requests: Request[] = [];
  readonly grants: Grant[] = [];
  /** Of each person, by how many memberships as a delegate; 0: none now. */
  readonly memberships = new Map<Person, number>(PEOPLE.map((person) => [person, 1]));
  readonly delegates = new Set<Person>(PEOPLE.slice(0, 3));
  readonly atPartner = new Set<string>();
  rule: ConsentRule = { kind: 'mOfN', m: 2 };
  /** Everybody who ever validly said yes to a request. */
  readonly yes = new Map<Request, Set<Person>>();

  electorate(partner: Partner) {
    return {
      delegates: [...this.delegates].map((person) => this.membershipOf(person)),
      onBothSides: new Set(PEOPLE.filter((person) => this.atPartner.has(`${person}@${partner}`))),
    };
  }

  membershipOf(person: Person): StandingApproval {
    return { personId: person, membershipId: `${person}-${this.memberships.get(person)}` };
  }
}

type Step = (world: World) => void;

const anyPerson = fc.constantFrom(...PEOPLE);
const anyPartner = fc.constantFrom(...PARTNERS);
const anyIndex = fc.nat({ max: 2 });
const someOf = <T>(all: readonly T[]) => fc.subarray([...all], { minLength: 1 });
const anyRule = fc.oneof(
  fc.constant<ConsentRule>({ kind: 'anyDelegate' }),
  fc.integer({ min: 1, max: 4 }).map((m): ConsentRule => ({ kind: 'mOfN', m })),
);

/** What there is most of comes first, so that much is granted. */
const steps: readonly fc.Arbitrary<Step>[] = [
  fc
    .record({
      partner: anyPartner,
      fields: someOf(FIELDS),
      purposes: someOf(PURPOSES),
      days: fc.integer({ min: 1, max: 40 }),
    })
    .map(({ partner, fields, purposes, days }): Step => (world) => {
      const expiresAt = addSeconds(world.now, days * DAY);
      const rule = ruleFor({ rules: { personal: world.rule } }, 'personal', world.delegates.size);
      const request = { partner, fields: normaliseFields(fields), purposes, rule, expiresAt };
      world.requests.push({ ...request, outcome: null, approvals: [] });
    }),
  fc.tuple(anyPerson, anyIndex).map(
    ([person, index]): Step =>
      (world) =>
        approve(world, person, index),
  ),
  fc.tuple(anyPerson, anyIndex).map(([person, index]): Step => (world) => {
    const request = world.requests.at(-1 - index);
    if (!request || stateOf(request, world.now) !== 'open') return;
    if (judgeSpeaker(world.electorate(request.partner), world.membershipOf(person))) return;
    request.outcome = 'refused';
  }),
  anyIndex.map((index): Step => (world) => {
    const request = world.requests.at(-1 - index);
    if (request && stateOf(request, world.now) === 'open') request.outcome = 'withdrawn';
  }),
  fc
    .tuple(anyIndex, fc.constantFrom<Ending>('withdrawn', 'given_back', 'erased'))
    .map(([index, ending]): Step => (world) => {
      const grant = world.grants.at(-1 - index);
      if (grant && stateOfGrant(grant, world.now) === 'live') grant.ending = ending;
    }),
  fc.integer({ min: 1, max: 50 * DAY }).map((seconds): Step => (world) => {
    world.now = addSeconds(world.now, seconds);
  }),
  anyPerson.map((person): Step => (world) => {
    if (world.delegates.delete(person)) return;
    // Back again, by another membership.
    world.memberships.set(person, (world.memberships.get(person) ?? 0) + 1);
    world.delegates.add(person);
  }),
  fc.tuple(anyPerson, anyPartner).map(([person, partner]): Step => (world) => {
    const name = `${person}@${partner}`;
    if (!world.atPartner.delete(name)) world.atPartner.add(name);
  }),
  anyRule.map((rule): Step => (world) => {
    world.rule = rule;
  }),
];

const [asking, approving, ...others] = steps as [
  fc.Arbitrary<Step>,
  fc.Arbitrary<Step>,
  ...fc.Arbitrary<Step>[],
];
const anyStep = fc.oneof(
  { arbitrary: asking, weight: 4 },
  { arbitrary: approving, weight: 16 },
  ...others.map((arbitrary) => ({ arbitrary, weight: 1 })),
);

function approve(world: World, person: Person, index: number): void {
  const request = world.requests.at(-1 - index);
  if (!request) return;
  const electorate = world.electorate(request.partner);
  const by = world.membershipOf(person);
  const judged = judgeApproval(request, request.approvals, electorate, by, world.now);
  if ('refused' in judged) return;
  request.approvals.push(by);
  const said = world.yes.get(request) ?? new Set();
  world.yes.set(request, said.add(person));
  if (!judged.isDecided) return;
  checkDecision(world, request);
  request.outcome = 'granted';
  world.grants.push({ request, expiresAt: grantExpiry('P30D', world.now), ending: null });
}

/** In words of the test's own: so many different people who are delegates now, said yes, and are not of the partner. */
function checkDecision(world: World, { partner, rule, approvals, outcome, expiresAt }: Request): void {
  const people = new Set(
    approvals
      .filter(({ personId, membershipId }) => {
        const person = personId as Person;
        const isSame = membershipId === world.membershipOf(person).membershipId;
        return world.delegates.has(person) && isSame && !world.atPartner.has(`${person}@${partner}`);
      })
      .map(({ personId }) => personId),
  );
  expect(people.size).toBeGreaterThanOrEqual(rule.kind === 'anyDelegate' ? 1 : rule.m);
  expect(outcome).toBeNull();
  expect(world.now < expiresAt).toBe(true);
}

/** What a partner gets under a grant, as the service gives it: by the state of the grant, and its fields. */
function read(world: World, grant: Grant, partner: Partner, purpose: string): readonly string[] {
  if (grant.request.partner !== partner) return [];
  if (stateOfGrant(grant, world.now) !== 'live' || !grant.request.purposes.includes(purpose)) return [];
  const { prove } = commitDossier(BLOCKS, new Uint8Array(32));
  return prove(grant.request.fields).map(({ pointer }) => pointer);
}

describe('no sequence of requests, approvals, refusals, withdrawals, expiry, roles and rules', () => {
  test(
    'releases a field outside a live grant, to another partner or for another purpose',
    () => {
      fc.assert(
        fc.property(fc.array(anyStep, { minLength: 1, maxLength: 60 }), (sequence) => {
          const world = new World();
          for (const step of sequence) {
            step(world);
            for (const partner of PARTNERS)
              for (const purpose of PURPOSES)
                for (const grant of world.grants) checkReading(world, grant, partner, purpose);
          }
        }),
        runs(400),
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  function checkReading(world: World, grant: Grant, partner: Partner, purpose: string): void {
    const released = read(world, grant, partner, purpose);
    if (released.length === 0) return;
    const { request } = grant;
    expect(request.partner).toBe(partner);
    expect(request.purposes).toContain(purpose);
    expect(request.outcome).toBe('granted');
    expect(grant.ending).toBeNull();
    expect(world.now.getTime()).toBeLessThan(grant.expiresAt.getTime());
    expect(world.yes.get(request)?.size ?? 0).toBeGreaterThanOrEqual(neededApprovals(request.rule));
    for (const pointer of released)
      expect(request.fields.some((field) => pointer === field || pointer.startsWith(`${field}/`))).toBe(true);
  }

  test('is such that nothing is ever granted: what can happen does', () => {
    let granted = 0;
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 20, maxLength: 60 }), (sequence) => {
        const world = new World();
        for (const step of sequence) step(world);
        granted += world.grants.length;
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(granted).toBeGreaterThan(300);
  });
});

describe('approvals', () => {
  test('count at most once for each person, and only of delegates who are not of the partner', () => {
    const approval = fc.record({
      personId: anyPerson,
      membershipId: fc.constantFrom('m1', 'm2', 'm3'),
    });
    fc.assert(
      fc.property(
        fc.array(approval),
        fc.array(approval),
        fc.uniqueArray(anyPerson),
        (approvals, delegates, both) => {
          const counted = countedApprovals(approvals, { delegates, onBothSides: new Set<string>(both) });
          expect(new Set(counted.map(({ personId }) => personId)).size).toBe(counted.length);
          for (const one of counted) {
            expect(delegates).toContainEqual(one);
            expect(both).not.toContain(one.personId);
          }
        },
      ),
      runs(500),
    );
  });
});

const anyPointer = fc
  .array(fc.constantFrom('officers', '0', '1', 'fullName', 'a~1b', 'capacity'), {
    minLength: 1,
    maxLength: 4,
  })
  .map((tokens) => `/${tokens.join('/')}`);

describe('fields', () => {
  test('are normalised to places none of which lies in another, that cover the same', () => {
    fc.assert(
      fc.property(fc.array(anyPointer, { minLength: 1, maxLength: 8 }), anyPointer, (fields, probe) => {
        const normal = normaliseFields(fields);
        expect(normaliseFields(normal)).toEqual(normal);
        expect(isReleased(normal, probe)).toBe(isReleased(fields, probe));
        for (const one of normal)
          expect(normal.filter((other) => other !== one && covers(other, one))).toEqual([]);
      }),
      runs(500),
    );
  });

  test('that say the same in both versions are all that is not told of', () => {
    const dossier = fc.record({
      officers: fc.array(fc.record({ fullName: fc.string({ maxLength: 2 }) }, { noNullPrototype: true }), {
        maxLength: 2,
      }),
      capacity: fc.record({ turnover: fc.nat({ max: 1 }) }, { noNullPrototype: true }),
    });
    fc.assert(
      fc.property(dossier, dossier, fc.array(anyPointer, { maxLength: 4 }), (before, now, fields) => {
        const changed = changedFields(fields, before, now);
        for (const field of fields) {
          const isSame = JSON.stringify(valueAt(before, field)) === JSON.stringify(valueAt(now, field));
          expect(changed.includes(field)).toBe(!isSame);
        }
      }),
      runs(500),
    );
  });

  test('of a file are all released, or the file is not', () => {
    fc.assert(
      fc.property(fc.array(anyPointer), fc.array(anyPointer), (fields, supported) => {
        const outside = supported.filter((one) => !fields.some((field) => covers(field, one)));
        expect(isFileReleased(fields, supported)).toBe(supported.length > 0 && outside.length === 0);
      }),
      runs(500),
    );
  });
});

test('a grant ends at its instant, and not after the agreement that it rests on', () => {
  const now = new Date('2026-11-20T09:00:00.000Z');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), (days, agreed) => {
      const end = addSeconds(now, agreed * DAY);
      const expiresAt = grantExpiry(`P${days}D`, now, end);
      expect(expiresAt).toEqual(addSeconds(now, Math.min(days, agreed) * DAY));
      const stateAt = (seconds: number) =>
        stateOfGrant({ ending: null, expiresAt }, addSeconds(expiresAt, seconds));
      expect([stateAt(-0.001), stateAt(0), stateAt(1)]).toEqual(['live', 'expired', 'expired']);
    }),
    runs(200),
  );
});
