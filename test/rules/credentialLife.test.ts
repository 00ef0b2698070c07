import { describe, expect, it } from 'vitest';
import { lapsesAt, renewableFrom, suspendsAt } from '../../src/credentials/lapse.js';
import { coopLegalIdentity } from '../../src/credentials/profiles/coopLegalIdentity.js';
import { carriedFields } from '../../src/features/applications/rules.js';
import {
  createDigest,
  groundsOf,
  isHeld,
  judgeConcerns,
  judgeRenewal,
  reasonOf,
  saysAt,
} from '../../src/features/life/rules.js';
import type { CredentialId } from '../../src/kernel/ids.js';
import { confirmed, dossier } from '../support/issuer.js';

const ID = '01941f29-7c00-7000-8000-000000000001' as CredentialId;
const digest = createDigest(Buffer.alloc(32, 1));
const profile = coopLegalIdentity;
const day = (text: string) => new Date(`${text}T00:00:00Z`);

describe('what a credential rests on', () => {
  const fields = [...profile.requiredChecks, '/addresses/1'];
  const order = { profile, dossier, checks: fields.map((field) => confirmed(field)), refutedFields: [] };
  const grounds = groundsOf(order, ID, digest);
  const holdsIn = (pointer: string, blocks: unknown) => {
    const ground = grounds.find((one) => one.pointer === pointer);
    if (!ground) throw new Error(`it does not rest on ${pointer}`);
    return isHeld(ground, ID, blocks, digest);
  };

  it('is each value that it says, and the entity that it is about, and nothing else', () => {
    expect(grounds.map(({ pointer }) => pointer).sort()).toEqual(
      [...fields, '/legalIdentity/registrationAuthority'].sort(),
    );
    expect(grounds.every((ground) => isHeld(ground, ID, dossier, digest))).toBe(true);
  });

  it('holds for as long as the value is the same, wherever in its list it stands', () => {
    const [first, second] = dossier.addresses;
    expect(holdsIn('/addresses/1', { ...dossier, addresses: [second, first] })).toBe(true);
    expect(holdsIn('/addresses/1', { ...dossier, addresses: [first, first] })).toBe(false);
    expect(holdsIn('/addresses/1', { ...dossier, addresses: undefined })).toBe(false);
    const legalIdentity = { ...dossier.legalIdentity, tradingNames: [] };
    expect(grounds.every((ground) => isHeld(ground, ID, { ...dossier, legalIdentity }, digest))).toBe(true);
  });

  it('is, for who was shown to act for it, the entity', () => {
    const other = { ...dossier, legalIdentity: { ...dossier.legalIdentity, registrationNumber: 'C1' } };
    expect(holdsIn('/representation', other)).toBe(false);
    expect(holdsIn('/representation', { ...dossier, addresses: [] })).toBe(true);
  });

  it('is told by a digest that is another one for each credential, place and secret', () => {
    const [text] = grounds.map((ground) => ground.digest?.toString('hex'));
    const others = [
      groundsOf(order, ID.replace('1', '2') as CredentialId, digest)[0]?.digest,
      groundsOf(order, ID, createDigest(Buffer.alloc(32, 2)))[0]?.digest,
    ];
    expect(others.map((other) => other?.toString('hex'))).not.toContain(text);
  });

  it.each([
    ['/credentialSubject/legalName', true],
    ['/credentialSubject/addresses', true],
    ['/credentialSubject/tradingNames', false],
    ['/credentialSubject/constructor', false],
    ['/legalIdentity/legalName', false],
  ])('says something at %s: %s', (pointer, expected) => {
    expect(saysAt(profile, grounds, pointer)).toBe(expected);
  });
});

describe('a check lapses', () => {
  const checkedAt = day('2026-01-31');
  const withAge = (checkMaximumAge: Record<string, string>) => ({ checkMaximumAge });
  const until = (date_of_expiry: unknown) => ({ type: 'document', document_details: { date_of_expiry } });

  it.each([
    ['never, without an end and a largest age', {}, {}, undefined],
    ['with the last day of its evidence', {}, until('2026-06-30'), day('2026-07-01')],
    ['at the instant of its evidence', {}, until('2026-06-30T00:00:00Z'), day('2026-06-30')],
    ['with evidence whose end cannot be read at once', {}, until('soon'), new Date(0)],
    ['with evidence whose end is no text at once', {}, until(12), new Date(0)],
    ['at the age that its field may have', { '/addresses/0': 'P1M' }, {}, day('2026-02-28')],
    ['at that of the block around it', { '/addresses': 'P1D' }, {}, day('2026-02-01')],
    ['at that of anything in it', { '/addresses/0/street': 'P1D' }, {}, day('2026-02-01')],
    ['not at that of another field', { '/addresses/01': 'P1D' }, {}, undefined],
    ['at the earliest of these', { '/addresses': 'P1Y' }, until('2026-03-01'), day('2026-03-02')],
  ])('%s', (_what, ages, evidence, expected) => {
    expect(lapsesAt({ field: '/addresses/0', checkedAt, evidence }, withAge(ages))).toEqual(expected);
  });

  it('suspends at the end of the grace, which may be none', () => {
    expect(suspendsAt(checkedAt, { gracePeriod: 'P30D' })).toEqual(day('2026-03-02'));
    expect(suspendsAt(checkedAt, { gracePeriod: 'PT0S' })).toEqual(checkedAt);
  });

  it.each([
    ['P90D', '2027-01-01', '2026-10-03'],
    ['P90D', '2026-01-31', '2026-01-21'],
  ])('leaves a window of %s before %s from %s on', (renewalWindow, end, expected) => {
    const validity = { validFrom: day('2026-01-01'), validUntil: day(end) };
    expect(renewableFrom(validity, { renewalWindow })).toEqual(day(expected));
  });
});

describe('a renewal', () => {
  const at = day('2026-12-01');
  const after = { ...dossier, legalIdentity: { ...dossier.legalIdentity, legalName: 'Another' } };
  const expired = { type: 'document', document_details: { date_of_expiry: '2026-11-30' } } as const;

  it('carries over the checks of what has not changed, has not lapsed and is in sight', () => {
    const checks = [
      confirmed('/representation'),
      confirmed('/legalIdentity/legalName'),
      confirmed('/legalIdentity/registrationNumber'),
      confirmed('/legalIdentity/jurisdiction', { evidence: expired }),
      confirmed('/officers/0'),
    ];
    expect(carriedFields([profile], checks, dossier, after, at)).toEqual([
      '/representation',
      '/legalIdentity/registrationNumber',
    ]);
  });

  const credential = {
    state: 'issued',
    suspended_at: null,
    revoked_at: null,
    valid_until: day('2027-01-01'),
    renewable_from: day('2026-12-01'),
    superseded_by: null,
  } as const;
  it.each([
    ['in its window', credential, [], true],
    ['before it', { ...credential, renewable_from: day('2026-12-02') }, [], false],
    [
      'before it, while something is out of order',
      { ...credential, renewable_from: day('2026-12-02') },
      [1],
      true,
    ],
    ['once it is over', { ...credential, valid_until: at }, [1], false],
    ['revoked', { ...credential, revoked_at: at }, [1], false],
    ['replaced', { ...credential, superseded_by: ID }, [1], false],
    ['not issued yet', { ...credential, state: 'prepared' as const }, [1], false],
  ])('of a credential %s: %#', (_what, row, open, expected) => {
    expect(judgeRenewal(row, open, at) === 'renewable').toBe(expected);
  });
});

describe('the end of a grace', () => {
  const now = day('2026-12-01');
  const standing = {
    state: 'issued',
    suspended_at: null,
    revoked_at: null,
    valid_until: day('2027-01-01'),
  } as const;
  const due = { suspendsAt: now };
  const early = { suspendsAt: new Date(now.getTime() + 1) };

  it.each([
    ['waits for it', standing, [early], 'wait'],
    ['suspends', standing, [early, due], 'suspend'],
    ['finds it suspended', { ...standing, suspended_at: now }, [due], 'enforced'],
    ['is too late for what is revoked', { ...standing, revoked_at: now }, [due], 'end'],
    ['is too late for what is over', { ...standing, valid_until: now }, [due], 'end'],
    ['is nothing without a concern', standing, [], 'wait'],
  ] as const)('%s', (_what, row, open, expected) => {
    expect(judgeConcerns(row, open, now)).toBe(expected);
  });

  it('gives kinds and places for a reason', () => {
    const concerns = [
      { kind: 'field_changed', pointer: '/b' },
      { kind: 'evidence_lapsed', pointer: '/a' },
    ] as const;
    expect(reasonOf(concerns)).toBe(
      'Suspended automatically after the grace period: evidence_lapsed at /a, field_changed at /b',
    );
  });
});
