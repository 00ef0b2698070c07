import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  permitBoth,
  permits,
  type AgreementTerms,
  type WantedAccess,
} from '../../src/features/sharing/agreements/rules.js';
import type { OrganisationId } from '../../src/kernel/ids.js';
import { addDuration } from '../../src/kernel/instants.js';
import { runs } from '../support/properties.js';

const NOW = new Date('2026-11-20T09:00:00Z');
const places = ['/officers', '/officers/0', '/officers/0/fullName', '/officersX', '/legalIdentity'];
const PURPOSES = ['dpv:A', 'dpv:B', 'dpv:C'];
const DURATIONS = ['P1D', 'P30D', 'P1Y', 'P10Y'];
const somePartner = fc.constantFrom('bank', 'shop', 'union') as fc.Arbitrary<OrganisationId>;
const some = (of: readonly string[]) => fc.uniqueArray(fc.constantFrom(...of), { minLength: 1 });

const terms: fc.Arbitrary<AgreementTerms> = fc
  .record({
    fields: some(places),
    purposes: some(PURPOSES),
    longestRetention: fc.constantFrom(...DURATIONS),
    longestGrant: fc.constantFrom(...DURATIONS),
    until: fc.option(fc.constantFrom('2026-11-20T09:00:00Z', '2026-11-25T00:00:00Z', '2030-01-01T00:00:00Z')),
    mayAsk: fc.option(fc.uniqueArray(somePartner, { minLength: 1 })),
  })
  .map(({ until, mayAsk, ...rest }) => ({ ...rest, ...(until && { until }), ...(mayAsk && { mayAsk }) }));
const wanted: fc.Arbitrary<WantedAccess> = fc.record({
  partnerId: somePartner,
  fields: some(places),
  purposes: some(PURPOSES),
  retention: fc.constantFrom(...DURATIONS),
});
const endOf = (duration: string) => addDuration(NOW, duration)?.getTime() ?? 0;

describe('the terms of an agreement', () => {
  it('permit only what each of them permits', () => {
    fc.assert(
      fc.property(terms, wanted, (agreed, wish) => {
        const end = permits(agreed, wish, NOW);
        if (!end) return;
        const tokens = (pointer: string) => `${pointer}/`;
        for (const field of wish.fields)
          expect(agreed.fields.some((place) => tokens(field).startsWith(tokens(place)))).toBe(true);
        expect(agreed.purposes).toEqual(expect.arrayContaining([...wish.purposes]));
        expect(endOf(wish.retention)).toBeLessThanOrEqual(endOf(agreed.longestRetention));
        expect(end.getTime()).toBeGreaterThan(NOW.getTime());
        expect(end.getTime()).toBeLessThanOrEqual(endOf(agreed.longestGrant));
        if (agreed.until) expect(end.getTime()).toBeLessThanOrEqual(Date.parse(agreed.until));
        if (agreed.mayAsk) expect(agreed.mayAsk).toContain(wish.partnerId);
      }),
      runs(500),
    );
  });

  it('permit what they name, word for word', () => {
    fc.assert(
      fc.property(terms, (agreed) => {
        const partnerId = agreed.mayAsk?.[0] ?? ('bank' as OrganisationId);
        const { fields, purposes, longestRetention: retention } = agreed;
        const isOver = agreed.until !== undefined && new Date(agreed.until) <= NOW;
        expect(permits(agreed, { partnerId, fields, purposes, retention }, NOW) === undefined).toBe(isOver);
      }),
      runs(200),
    );
  });

  it('of two versions permit no more than either, and as long as both', () => {
    fc.assert(
      fc.property(terms, terms, wanted, (holders, partners, wish) => {
        const both = permitBoth(holders, partners, wish, NOW);
        const ends = [permits(holders, wish, NOW), permits(partners, wish, NOW)];
        const latest = Math.min(...ends.map((end) => end?.getTime() ?? -Infinity));
        expect(both?.getTime() ?? -Infinity).toBe(latest);
        expect(permitBoth(partners, holders, wish, NOW)).toEqual(both);
      }),
      runs(500),
    );
  });

  it('permit nothing where a duration or an instant is none', () => {
    const whole: AgreementTerms = {
      fields: ['/officers'],
      purposes: ['dpv:A'],
      longestRetention: 'P1Y',
      longestGrant: 'P1Y',
    };
    const wish = {
      partnerId: 'bank' as OrganisationId,
      fields: ['/officers'],
      purposes: ['dpv:A'],
      retention: 'P1D',
    };
    expect(permits(whole, wish, NOW)).toBeDefined();
    for (const broken of [
      { longestRetention: 'a year' },
      { longestGrant: '' },
      { until: 'tomorrow' },
      { fields: [] },
    ])
      expect(permits({ ...whole, ...broken }, wish, NOW)).toBeUndefined();
    for (const broken of [{ fields: [] }, { purposes: [] }, { retention: 'x' }])
      expect(permits(whole, { ...wish, ...broken }, NOW)).toBeUndefined();
  });
});
