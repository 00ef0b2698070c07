import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addFailure,
  addressKey,
  findPasswordFault,
  FREE_FAILURES,
  judgeRefresh,
  networkOf,
  slugOf,
  waitSeconds,
  withSuffix,
  type FailureCount,
} from '../../src/features/accounts/rules.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { runs } from '../support/properties.js';

const NOW = new Date('2026-11-20T12:00:00.000Z');
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

describe('slugs', () => {
  it.each([
    ['Albion Housing Co-operative', 'albion-housing-co-operative'],
    ['Énergie  Citoyenne (Québec)', 'energie-citoyenne-quebec'],
    ['Straße & Łódź Genossenschaft eG', 'strasse-lodz-genossenschaft-eg'],
    ["Workers' Co-op No. 7", 'workers-co-op-no-7'],
    ['協同組合', 'organisation'],
    ['--- ', 'organisation'],
  ])('of %s is %s', (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });

  it('are 60 plain characters at most, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (name) => {
        const slug = slugOf(name);
        expect(slug).toMatch(SLUG);
        expect(slug.length).toBeLessThanOrEqual(60);
        expect(withSuffix(slug, 'x7k2a')).toMatch(SLUG);
        expect(withSuffix(slug, 'x7k2a').length).toBeLessThanOrEqual(60);
      }),
      runs(100),
    );
  });
});

describe('addresses', () => {
  it('are compared without regard to case and to how an accent is encoded', () => {
    expect(addressKey('Ren\u0065\u0301@Coop.Example')).toBe(addressKey('ren\u00e9@coop.example'));
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['garbage', 'unknown'],
  ])('%s belongs to the network %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('a password', () => {
  const known = { email: 'ada@albion.example', organisationName: 'Albion Housing' };

  it('that is the address is refused', () => {
    expect(findPasswordFault('ADA@albion.example', known)).toMatch(/address/);
  });
  it("that is the organisation's name is refused", () => {
    expect(findPasswordFault(' albion housing', known)).toMatch(/name/);
  });
  it('of any other kind is taken', () => {
    expect(findPasswordFault('aaaaaaaaaaaa', known)).toBeUndefined();
  });
});

describe('the throttle', () => {
  const after = (failures: number): FailureCount => ({ failures, lastFailedAt: NOW });

  it.each([
    [4, 0],
    [5, 1],
    [6, 2],
    [7, 4],
    [10, 32],
    [11, 60],
    [1000, 60],
  ])('asks after %i failures of an account for a wait of %i s', (failures, seconds) => {
    expect(waitSeconds(after(failures), FREE_FAILURES.account, NOW)).toBe(seconds);
  });

  it('lets the next attempt in when the wait is over', () => {
    expect(waitSeconds(after(6), FREE_FAILURES.account, addSeconds(NOW, 2))).toBe(0);
  });

  it('forgets after a quarter of an hour', () => {
    const later = addSeconds(NOW, 900);
    expect(waitSeconds(after(1000), FREE_FAILURES.account, later)).toBe(0);
    expect(addFailure(after(1000), later).failures).toBe(1);
  });

  it('never asks for more than a minute, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: -1e6, max: 1e6 }), (failures, seconds) => {
        const wait = waitSeconds(after(failures), FREE_FAILURES.account, addSeconds(NOW, seconds));
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(60);
      }),
      runs(100),
    );
  });
});

describe('a refresh token', () => {
  const expiresAt = addSeconds(NOW, 60);

  it.each([
    ['that is fresh is rotated', { expiresAt, usedAt: null }, NOW, 'rotate'],
    ['that expired is worth nothing', { expiresAt, usedAt: null }, expiresAt, 'expired'],
    ['used 10 s ago gives its answer again', { expiresAt, usedAt: NOW }, addSeconds(NOW, 10), 'repeat'],
    ['used 11 s ago shows a theft', { expiresAt, usedAt: NOW }, addSeconds(NOW, 11), 'reused'],
    ['used and expired shows a theft', { expiresAt, usedAt: NOW }, addSeconds(NOW, 3600), 'reused'],
  ] as const)('%s', (_, token, now, verdict) => {
    expect(judgeRefresh(token, now)).toBe(verdict);
  });
});
