import { describe, expect, it } from 'vitest';
import { endOfDuties, findDuties, nextAttemptAt } from '../../src/features/erasure/rules.js';
import { newId } from '../../src/kernel/ids.js';

const NOW = new Date('2026-11-20T09:00:00Z');
const [registrarId, otherId] = [newId<'organisation'>(), newId<'organisation'>()];
const legalBasis = 'A law, section 1';
const none = { holds: [], fileHolds: [], reviews: [], retentionRules: [] };
const rule = (afterDecision: string) => ({ registrarId, afterDecision, legalBasis });
const decidedAt = (at: string, by = registrarId) => ({
  registrarId: by,
  isOpen: false,
  decidedAt: new Date(at),
});

describe('a duty to keep a dossier', () => {
  it('is none where nobody has one', () => {
    expect(findDuties(none, NOW)).toEqual([]);
    expect(endOfDuties([])).toBeUndefined();
  });

  it('is an open application, without an end that can be named', () => {
    const duties = findDuties({ ...none, reviews: [{ registrarId, isOpen: true }] }, NOW);
    expect(duties).toEqual([{ kind: 'application', registrarId }]);
    expect(endOfDuties(duties)).toBeUndefined();
    expect(nextAttemptAt(duties, NOW)).toEqual(new Date('2026-11-21T09:00:00Z'));
  });

  it('is a hold until its instant, at which it has ended', () => {
    const hold = { registrarId, until: new Date('2027-01-01T00:00:00Z'), legalBasis };
    expect(findDuties({ ...none, holds: [hold] }, NOW)).toEqual([{ kind: 'hold', ...hold }]);
    expect(findDuties({ ...none, holds: [hold] }, hold.until)).toEqual([]);
  });

  it('is a hold on a file, the longest of each registrar that has decided, and of nobody else', () => {
    const fileHold = (by: typeof registrarId, until: string) => ({
      registrarId: by,
      until: new Date(until),
      legalBasis,
    });
    const fileHolds = [
      fileHold(registrarId, '2027-01-01T00:00:00Z'),
      fileHold(registrarId, '2028-01-01T00:00:00Z'),
      fileHold(otherId, '2030-01-01T00:00:00Z'),
    ];
    const reviews = [decidedAt('2026-01-31T00:00:00Z'), { registrarId: otherId, isOpen: false }];
    expect(findDuties({ ...none, fileHolds, reviews }, NOW)).toEqual([
      { kind: 'hold', ...fileHold(registrarId, '2028-01-01T00:00:00Z') },
    ]);
    expect(findDuties({ ...none, fileHolds, reviews }, new Date('2028-01-01T00:00:00Z'))).toEqual([]);
  });

  it('lasts after the decision of the registrar whose rule it is, the latest one, and no other', () => {
    const reviews = [
      decidedAt('2020-01-31T00:00:00Z'),
      decidedAt('2025-01-31T00:00:00Z'),
      decidedAt('2026-06-01T00:00:00Z', otherId),
      { registrarId, isOpen: false },
    ];
    const duties = findDuties({ ...none, reviews, retentionRules: [rule('P5Y')] }, NOW);
    expect(duties).toEqual([
      { kind: 'retention', registrarId, until: new Date('2030-01-31T00:00:00Z'), legalBasis },
    ]);
    expect(findDuties({ ...none, reviews, retentionRules: [rule('P1Y')] }, NOW)).toEqual([]);
  });

  it('of a rule that no calendar holds lasts for the longest time there is, and not for none', () => {
    for (const afterDecision of ['P9999Y', 'P9999Y9999M9999W99999D', 'for ever', 'P11Y'])
      expect(
        findDuties(
          { ...none, reviews: [decidedAt('2026-01-31T00:00:00Z')], retentionRules: [rule(afterDecision)] },
          NOW,
        ),
      ).toEqual([{ kind: 'retention', registrarId, until: new Date('2036-01-31T00:00:00Z'), legalBasis }]);
  });

  it('ends with the last of several, and has no named end where one has none', () => {
    const hold = (until: string) => ({ registrarId, until: new Date(until), legalBasis });
    const facts = { ...none, holds: [hold('2027-01-01T00:00:00Z'), hold('2028-01-01T00:00:00Z')] };
    const duties = findDuties(facts, NOW);
    expect(endOfDuties(duties)).toEqual(new Date('2028-01-01T00:00:00Z'));
    expect(nextAttemptAt(duties, NOW)).toEqual(new Date('2028-01-01T00:00:00Z'));
    expect(endOfDuties([...duties, { kind: 'application', registrarId }])).toBeUndefined();
  });
});
