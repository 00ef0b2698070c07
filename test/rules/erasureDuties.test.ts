import { describe, expect, it } from 'vitest';
import { endOfDuties, findDuties, nextAttemptAt } from '../../src/features/erasure/rules.js';
import { newId } from '../../src/kernel/ids.js';

const NOW = new Date('2026-11-20T09:00:00Z');
const [registrarId, otherId] = [newId<'organisation'>(), newId<'organisation'>()];
const legalBasis = 'A law, section 1';
const none = { holds: [], reviews: [], retentionRules: [] };
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

  it('ends with the last of several, and has no named end where one has none', () => {
    const hold = (until: string) => ({ registrarId, until: new Date(until), legalBasis });
    const facts = { ...none, holds: [hold('2027-01-01T00:00:00Z'), hold('2028-01-01T00:00:00Z')] };
    const duties = findDuties(facts, NOW);
    expect(endOfDuties(duties)).toEqual(new Date('2028-01-01T00:00:00Z'));
    expect(nextAttemptAt(duties, NOW)).toEqual(new Date('2028-01-01T00:00:00Z'));
    expect(endOfDuties([...duties, { kind: 'application', registrarId }])).toBeUndefined();
  });
});
