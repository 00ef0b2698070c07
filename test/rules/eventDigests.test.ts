import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DIGEST_CHOICES,
  isWorthAMail,
  latestCut,
  wantsDigest,
} from '../../src/features/notifications/digests/rules.js';
import { ROLES } from '../../src/kernel/caller.js';

describe('the cut', () => {
  test('is the last moment at which the hour began, less than a day ago', () => {
    const instants = fc.date({
      min: new Date('2020-01-01'),
      max: new Date('2100-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 23 }), (now, hour) => {
        const cut = latestCut(now, hour);
        expect(cut.toISOString().slice(11)).toBe(`${String(hour).padStart(2, '0')}:00:00.000Z`);
        const elapsed = now.getTime() - cut.getTime();
        expect(elapsed).toBeGreaterThanOrEqual(0);
        expect(elapsed).toBeLessThan(86_400_000);
        // And the moment itself is its own.
        expect(latestCut(cut, hour)).toEqual(cut);
      }),
    );
  });
});

describe('a digest', () => {
  test('is wanted by who chose it; else by who acts for an organisation that is not told otherwise', () => {
    const standing = fc.record({
      choice: fc.constantFrom(...DIGEST_CHOICES),
      role: fc.constantFrom(...ROLES),
      hasWorkingWebhook: fc.boolean(),
    });
    fc.assert(
      fc.property(standing, (one) => {
        const isTheirs = ['admin', 'delegate'].includes(one.role) && !one.hasWorkingWebhook;
        const expected = { daily: true, never: false, automatic: isTheirs }[one.choice];
        expect(wantsDigest(one)).toBe(expected);
      }),
    );
  });

  test('is sent for anything to who chose it; else for more than that somebody relies on the organisation', () => {
    const relied = ['reliance.recorded', 'reliance.ended'] as const;
    expect(isWorthAMail('automatic', relied)).toBe(false);
    expect(isWorthAMail('daily', relied)).toBe(true);
    for (const type of ['credential.revoked', 'grant.field_changed', 'access.requested'] as const)
      expect(isWorthAMail('automatic', [...relied, type])).toBe(true);
    for (const choice of DIGEST_CHOICES) expect(isWorthAMail(choice, [])).toBe(false);
  });
});
