import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ApplicationStatus } from '../../src/adapters/database/schema.js';
import { CHECK_METHODS } from '../../src/credentials/assurance.js';
import { PROFILES } from '../../src/credentials/profiles/index.js';
import { answersRequirement, type Profile } from '../../src/credentials/profiles/profile.js';
import {
  computeAssurance,
  isDecided,
  latestChecks,
  missingChecks,
  nextStatus,
  OPEN_STATUSES,
  subjectKeys,
  TRANSITIONS,
  unchangedFields,
  type ApplicationEvent,
  type RecordedCheck,
} from '../../src/features/applications/rules.js';
import { runs } from '../support/properties.js';

const STATUSES = Object.keys(TRANSITIONS) as ApplicationStatus[];
const EVENTS: readonly ApplicationEvent[] = [
  'check',
  'assign',
  'requestInformation',
  'resubmit',
  'withdraw',
  'approve',
  'refuse',
  'issue',
  'failIssuance',
  'retryIssuance',
];
const TERMINAL: readonly ApplicationStatus[] = ['issued', 'refused', 'withdrawn'];

const events = fc.array(fc.constantFrom(...EVENTS), { maxLength: 40 });

/** What happens to an application when everybody tries everything; an event that the table lacks is refused and changes nothing. */
function live(attempts: readonly ApplicationEvent[]) {
  let status: ApplicationStatus = 'submitted';
  const happened: ApplicationEvent[] = [];
  const seen: ApplicationStatus[] = [status];
  for (const event of attempts) {
    const next: ApplicationStatus | undefined = nextStatus(status, event);
    if (next === undefined) continue;
    status = next;
    happened.push(event);
    seen.push(status);
  }
  return { status, happened, seen };
}

describe('whatever is tried, in whichever order', () => {
  test('nothing is issued that was not approved, and nothing approved that was not in review', () => {
    fc.assert(
      fc.property(events, (attempts) => {
        const { seen } = live(attempts);
        const issued = seen.indexOf('issued');
        if (issued >= 0) expect(seen.slice(0, issued)).toContain('approved');
        seen.forEach((status, index) => {
          if (status === 'approved') expect(['in_review', 'issuance_failed']).toContain(seen[index - 1]);
          if (status === 'issued' || status === 'issuance_failed') expect(seen[index - 1]).toBe('approved');
        });
      }),
      runs(100),
    );
  });

  test('only a decision approves, and it is made once', () => {
    fc.assert(
      fc.property(events, (attempts) => {
        const { seen, happened } = live(attempts);
        expect(happened.filter((event) => event === 'approve').length).toBe(
          seen.some((status) => status === 'approved') ? 1 : 0,
        );
      }),
      runs(100),
    );
  });

  test('what has ended stays as it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TERMINAL), fc.constantFrom(...EVENTS), (status, event) => {
        expect(nextStatus(status, event)).toBeUndefined();
      }),
      runs(100),
    );
  });

  test('new information always goes through review again', () => {
    fc.assert(
      fc.property(events, (attempts) => {
        const { seen } = live(attempts);
        seen.forEach((status, index) => {
          if (status === 'information_requested' && seen[index + 1] !== undefined)
            expect(['in_review', 'withdrawn']).toContain(seen[index + 1]);
        });
      }),
      runs(100),
    );
  });

  test('it can always still come to an end', () => {
    const canEnd = (status: ApplicationStatus, visited = new Set<ApplicationStatus>()): boolean =>
      TERMINAL.includes(status) ||
      Object.values(TRANSITIONS[status]).some(
        (next) => !visited.has(next) && canEnd(next, new Set([...visited, status])),
      );
    expect(STATUSES.filter((status) => !canEnd(status))).toEqual([]);
  });

  test('every state can be reached, and is open, has ended, or waits for the registrar to try again', () => {
    const reached = new Set<ApplicationStatus>(['submitted']);
    for (const status of reached) for (const next of Object.values(TRANSITIONS[status])) reached.add(next);
    expect([...reached].sort()).toEqual([...STATUSES].sort());
    const neither = STATUSES.filter((status) => OPEN_STATUSES.includes(status) === TERMINAL.includes(status));
    expect(neither).toEqual(['issuance_failed']);
  });

  test('once decided, nobody can decide again', () => {
    const decisions: readonly ApplicationEvent[] = ['approve', 'refuse', 'requestInformation'];
    for (const status of STATUSES.filter(isDecided))
      for (const decision of decisions) expect(nextStatus(status, decision)).toBeUndefined();
  });
});

/** Of a list that a profile requires, the whole and an item. */
const FIELDS = [
  ...new Set(
    PROFILES.flatMap(({ requiredChecks }) => requiredChecks).flatMap((field) =>
      field.endsWith('/*') ? [field.slice(0, -2), field.replace('*', '0')] : [field],
    ),
  ),
  '/addresses',
];
const check = fc.record({
  field: fc.constantFrom(...FIELDS),
  method: fc.constantFrom(...CHECK_METHODS),
  result: fc.constantFrom('confirmed' as const, 'refuted' as const, 'inconclusive' as const),
  dossierVersion: fc.integer({ min: 1, max: 2 }),
});
const profiles = fc.subarray([...PROFILES], { minLength: 1 });

const isOther =
  ({ requiredChecks }: Profile) =>
  ({ field }: RecordedCheck) =>
    !requiredChecks.some((required) => answersRequirement(required, field));

describe('the checks that an approval needs', () => {
  test('are missing exactly when the latest one on this version of a required field is not confirmed', () => {
    fc.assert(
      fc.property(profiles, fc.array(check, { maxLength: 30 }), (wanted, checks) => {
        const missing = missingChecks(wanted, latestChecks(checks, 2)).map(({ pointer }) => pointer);
        const required = new Set(wanted.flatMap(({ requiredChecks }) => requiredChecks));
        const isConfirmed = (field: string) =>
          checks.findLast((made) => made.field === field && made.dossierVersion === 2)?.result ===
          'confirmed';
        const stands = (required: string) =>
          required.endsWith('/*')
            ? [required.slice(0, -2), required.replace('*', '0')].some(isConfirmed)
            : isConfirmed(required);
        expect(missing).toEqual([...required].filter((field) => !stands(field)));
      }),
      runs(100),
    );
  });

  test('include the one of who applies, for every profile', () => {
    expect(PROFILES.filter(({ requiredChecks }) => !requiredChecks.includes('/representation'))).toEqual([]);
  });

  test('give the lowest level of any of them, whatever else was checked', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PROFILES),
        fc.func(fc.constantFrom(...CHECK_METHODS)),
        fc.array(check),
        (profile, methodOf, others) => {
          const required = profile.requiredChecks.map((field): RecordedCheck => ({
            field: field.replace('*', '0'),
            method: methodOf(field),
            result: 'confirmed',
            dossierVersion: 2,
          }));
          const latest = latestChecks(
            [
              ...others.filter(isOther(profile)).map((other) => ({ ...other, dossierVersion: 2 })),
              ...required,
            ],
            2,
          );
          const isLow = required.some(({ method }) => method === 'interview' || method === 'vouch');
          expect(computeAssurance(profile, latest)).toBe(isLow ? 'low' : 'substantial');
        },
      ),
      runs(100),
    );
  });
});

describe('when a newer version comes under review', () => {
  const before = {
    legalIdentity: {
      legalName: 'Albion',
      registrationNumber: 'C1',
      registrationAuthority: { name: 'Register' },
      jurisdiction: 'GB-ENG',
    },
    democraticControl: { memberCount: 4, memberCountOn: '2026-01-01' },
  };
  const identity = (changes: object) => ({
    ...before,
    legalIdentity: { ...before.legalIdentity, ...changes },
  });
  const fields = [
    '/representation',
    '/legalIdentity/legalName',
    '/legalIdentity/registrationNumber',
    '/legalIdentity/jurisdiction',
    '/democraticControl/memberCount',
  ];
  const fallen = (after: object) => {
    const standing = unchangedFields(PROFILES, fields, before, after);
    return fields.filter((field) => !standing.includes(field));
  };

  test('all checks stand that nothing has touched', () => {
    expect(fallen({ ...before, addresses: [] })).toEqual([]);
  });
  test('the check of a changed field falls, and no other', () => {
    expect(fallen(identity({ legalName: 'Albion Housing' }))).toEqual(['/legalIdentity/legalName']);
  });
  test('who was shown to act for one entity was not shown to act for another', () => {
    expect(fallen(identity({ registrationNumber: 'C2' }))).toEqual([
      '/representation',
      '/legalIdentity/registrationNumber',
    ]);
  });
  test('a number does not stand without the authority that gave it', () => {
    expect(fallen(identity({ registrationAuthority: { name: 'Another' } }))).toEqual([
      '/representation',
      '/legalIdentity/registrationNumber',
    ]);
  });
  test('a count does not stand without its date', () => {
    const after = {
      ...before,
      democraticControl: { ...before.democraticControl, memberCountOn: '2026-06-01' },
    };
    expect(fallen(after)).toEqual(['/democraticControl/memberCount']);
  });
});

describe('what a subject is known by', () => {
  const subject = {
    registrationNumber: 'C-3719',
    registrationAuthority: { name: 'Regulator of Social Housing' },
    jurisdiction: 'GB-ENG',
  };

  test.each([
    ['case', { registrationNumber: 'c-3719' }],
    ['spaces', { registrationNumber: ' C 37 19 ' }],
    ['hyphens', { registrationNumber: 'C3719' }],
    ['full-width figures', { registrationNumber: 'C３７１９' }],
    ['the case of the authority', { registrationAuthority: { name: 'REGULATOR of social housing' } }],
    ['a subdivision', { jurisdiction: 'GB' }],
  ])('does not depend on %s', (_what, changes) => {
    expect(subjectKeys({ ...subject, ...changes })).toEqual(subjectKeys(subject));
  });

  test.each([
    ['number', { registrationNumber: 'C3718' }],
    ['authority', { registrationAuthority: { name: 'Financial Conduct Authority' } }],
    ['country', { jurisdiction: 'IE' }],
  ])('depends on the %s', (_what, changes) => {
    const others = subjectKeys({ ...subject, ...changes });
    expect(subjectKeys(subject).filter((key) => others.includes(key))).toEqual([]);
  });

  test('is shared with or without the code of the authority, and by code whatever its name', () => {
    const known = (name: string, code?: string) =>
      subjectKeys({ ...subject, registrationAuthority: { name, ...(code === undefined ? {} : { code }) } });
    const full = known('Financial Conduct Authority', 'RA000432');
    expect(full).toContain(known('Financial Conduct Authority')[0]);
    expect(known('FCA', 'RA000432').filter((key) => full.includes(key))).toHaveLength(1);
  });
});
