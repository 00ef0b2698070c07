import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { suspendsAt } from '../../src/credentials/lapse.js';
import { isOverdue, judgeConcerns, type Concern, type Standing } from '../../src/features/life/rules.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { PROPERTY_TIMEOUT_MS, runs } from '../support/properties.js';

vi.setConfig({ testTimeout: PROPERTY_TIMEOUT_MS });

const START = new Date('2026-11-20T00:00:00Z');
const KINDS = ['evidence_lapsed', 'field_changed', 'representation_lapsed'] as const;

type Event =
  | { readonly what: 'trouble' | 'cure'; readonly kind: Concern['kind']; readonly pointer: string }
  | { readonly what: 'time'; readonly hours: number }
  | { readonly what: 'reinstate' | 'suspend' | 'revoke' };

const about = { kind: fc.constantFrom(...KINDS), pointer: fc.constantFrom('/a', '/b', '/c') };
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constantFrom('trouble', 'cure'), ...about }) },
  // A clock may be set back.
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('time'), hours: fc.integer({ min: -30, max: 200 }) }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('reinstate', 'suspend', 'revoke') }) },
);

/** A credential whose life is told by the rules alone, as the service asks them. */
function live(gracePeriod: string, events: readonly Event[], look: (life: Life) => void): void {
  let now = START;
  let standing: Standing = {
    state: 'issued',
    suspended_at: null,
    revoked_at: null,
    valid_until: addSeconds(START, 40 * 86_400),
  };
  let open: Concern[] = [];
  for (const one of events) {
    let isAutomatic = false;
    const due = open.some((concern) => isOverdue(concern, now));
    if (one.what === 'time') now = addSeconds(now, one.hours * 3600);
    else if (one.what === 'suspend') standing = { ...standing, suspended_at: standing.suspended_at ?? now };
    else if (one.what === 'reinstate') standing = due ? standing : { ...standing, suspended_at: null };
    else if (one.what === 'revoke') standing = { ...standing, revoked_at: now };
    else if ('kind' in one) {
      const others = open.filter((other) => other.kind !== one.kind || other.pointer !== one.pointer);
      const known = open.find((concern) => !others.includes(concern));
      const { kind, pointer } = one;
      const raised = { kind, pointer, since: now, suspendsAt: suspendsAt(now, { gracePeriod }) };
      open = one.what === 'cure' ? others : [...others, known ?? raised];
    }
    // The job has its turn after everything.
    const judged = judgeConcerns(standing, open, now);
    if (judged === 'suspend') {
      standing = { ...standing, suspended_at: now };
      isAutomatic = true;
    }
    if (judged === 'end') open = [];
    look({ now, standing, open, isAutomatic });
  }
}

interface Life {
  readonly now: Date;
  readonly standing: Standing;
  readonly open: readonly Concern[];
  readonly isAutomatic: boolean;
}

const lives = fc.tuple(fc.constantFrom('PT0S', 'PT36H', 'P7D'), fc.array(event, { maxLength: 40 }));

describe('whatever happens to what a credential rests on', () => {
  it('it is never suspended before a grace has ended', () => {
    fc.assert(
      fc.property(lives, ([gracePeriod, events]) => {
        live(gracePeriod, events, ({ now, open, isAutomatic }) => {
          if (!isAutomatic) return;
          const ended = open.filter((concern) => concern.suspendsAt <= now);
          expect(ended.length).toBeGreaterThan(0);
          for (const { since, suspendsAt: end } of ended)
            expect(end).toEqual(suspendsAt(since, { gracePeriod }));
        });
      }),
      runs(300),
    );
  });

  it('it is never left active after one has', () => {
    fc.assert(
      fc.property(lives, ([gracePeriod, events]) => {
        live(gracePeriod, events, ({ now, standing, open }) => {
          const isActive =
            standing.suspended_at === null && standing.revoked_at === null && now < standing.valid_until;
          if (isActive) expect(open.filter((concern) => concern.suspendsAt <= now)).toEqual([]);
        });
      }),
      runs(300),
    );
  });
});
