import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ROLES, type Role } from '../../src/kernel/caller.js';
import {
  CODE_ALPHABET,
  checkMethodOf,
  codeWaitSeconds,
  contentOf,
  judgeBinding,
  judgeDomain,
  lookupWaitSeconds,
  normaliseCode,
  placesOf,
  type Binding,
  type LiveMember,
} from '../../src/features/representation/rules.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { runs } from '../support/properties.js';

const NOW = new Date('2026-11-20T09:00:00Z');
const NEXT_YEAR = addSeconds(NOW, 365 * 24 * 3600);

/** People come, go and change roles; accounts keep an organisation from having no administrator. */
type Event =
  | { readonly kind: 'join'; readonly role: Role }
  | { readonly kind: 'leave'; readonly which: number }
  | { readonly kind: 'change'; readonly which: number; readonly role: Role };

const role = fc.constantFrom(...ROLES);
const join = fc.record({ kind: fc.constant('join' as const), role });
const events = fc.array(
  fc.oneof(
    join,
    fc.record({ kind: fc.constant('leave' as const), which: fc.nat() }),
    fc.record({ kind: fc.constant('change' as const), which: fc.nat(), role }),
  ),
  { maxLength: 12 },
);
const founders = fc.array(role, { maxLength: 4 }).map((roles): Role[] => ['admin', ...roles]);

function follow(members: readonly LiveMember[], event: Event, n: number): readonly LiveMember[] {
  if (event.kind === 'join') return [...members, { id: `joined ${n}`, role: event.role }];
  const { id } = members[event.which % members.length] ?? { id: '' };
  const after = members.flatMap((member) => {
    if (member.id !== id) return member;
    return event.kind === 'leave' ? [] : { ...member, role: event.role };
  });
  return after.some((member) => member.role === 'admin') ? after : members;
}

function begin(roles: readonly Role[], bound: number): { members: LiveMember[]; binding: Binding } {
  const members = roles.map((memberRole, n) => ({ id: `founder ${n}`, role: memberRole }));
  const { id, role: boundRole } = members[bound % members.length] ?? { id: '', role: 'admin' };
  const administrators = members.filter((member) => member.role === 'admin').map((member) => member.id);
  return {
    members,
    binding: { membershipId: id, role: boundRole, administrators, expiresAt: NEXT_YEAR },
  };
}

describe('a binding', () => {
  test('survives whoever joins, in whichever role, and whoever is promoted', () => {
    fc.assert(
      fc.property(founders, fc.nat(), fc.array(join), fc.nat(), (roles, bound, joins, promoted) => {
        const { members, binding } = begin(roles, bound);
        const more = joins.reduce<readonly LiveMember[]>(follow, members);
        const target = promoted % more.length;
        const after = more.map((member, n) =>
          n === target ? { ...member, role: 'admin' as const } : member,
        );
        expect(judgeBinding(binding, more, NOW)).toBeUndefined();
        // A reviewer who is made an administrator may do all that a reviewer may.
        expect(judgeBinding(binding, after, NOW)).toBeUndefined();
      }),
      runs(100),
    );
  });

  test('holds only while the person is there with the same rights and somebody administers who did before', () => {
    fc.assert(
      fc.property(founders, fc.nat(), events, (roles, bound, happened) => {
        const { members, binding } = begin(roles, bound);
        const after = happened.reduce<readonly LiveMember[]>(follow, members);
        const reason = judgeBinding(binding, after, NOW);
        const person = after.find(({ id }) => id === binding.membershipId);
        if (!person) expect(reason).toBe('left');
        if (person && binding.role === 'admin' && person.role !== 'admin') expect(reason).toBe('role_lost');
        const isTakenOver = after.every(
          ({ id, role: now }) => now !== 'admin' || !binding.administrators.includes(id),
        );
        if (isTakenOver) expect(reason).toBeDefined();
        if (person && person.role === binding.role && !isTakenOver) expect(reason).toBeUndefined();
      }),
      runs(300),
    );
  });

  test('of a machine’s application holds exactly while one of the administrators of then does', () => {
    fc.assert(
      fc.property(founders, events, (roles, happened) => {
        const { members, binding } = begin(roles, 0);
        const after = happened.reduce<readonly LiveMember[]>(follow, members);
        const remains = after.some(
          ({ id, role: now }) => now === 'admin' && binding.administrators.includes(id),
        );
        expect(judgeBinding({ ...binding, membershipId: null, role: null }, after, NOW)).toBe(
          remains ? undefined : 'administration_changed',
        );
      }),
      runs(100),
    );
  });

  test('ends at its instant, not before', () => {
    const { members, binding } = begin(['admin'], 0);
    expect(judgeBinding(binding, members, addSeconds(NEXT_YEAR, -1))).toBeUndefined();
    expect(judgeBinding(binding, members, NEXT_YEAR)).toBe('expired');
  });

  test.each<[Role, Role, string | undefined]>([
    ['admin', 'delegate', 'role_lost'],
    ['delegate', 'admin', undefined],
    ['delegate', 'reviewer', 'role_lost'],
    ['delegate', 'viewer', 'role_lost'],
  ])('of a %s who becomes %s: %s', (before, after, reason) => {
    const { members, binding } = begin(['admin', before], 1);
    const changed = members.map((member, n) => (n === 1 ? { ...member, role: after } : member));
    expect(judgeBinding(binding, changed, NOW)).toBe(reason);
  });
});

describe('guessing codes', () => {
  test('is free three times, and then takes longer each time', () => {
    const waits = Array.from({ length: 12 }, (_, attempts) => codeWaitSeconds(attempts, NOW, NOW));
    expect(waits.slice(0, 6)).toEqual([0, 0, 0, 30, 60, 120]);
    expect(waits.at(-1)).toBe(3600);
  });

  test('waiting ends, and never grows with time', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), fc.nat({ max: 8000 }), fc.nat({ max: 8000 }), (attempts, a, b) => {
        const [sooner, later] = [Math.min(a, b), Math.max(a, b)].map((seconds) =>
          codeWaitSeconds(attempts, NOW, addSeconds(NOW, seconds)),
        ) as [number, number];
        expect(later).toBeLessThanOrEqual(sooner);
        expect(codeWaitSeconds(attempts, NOW, addSeconds(NOW, 3600))).toBe(0);
      }),
      runs(100),
    );
    expect(lookupWaitSeconds(NOW, addSeconds(NOW, 4))).toBe(6);
    expect(lookupWaitSeconds(NOW, addSeconds(NOW, 10))).toBe(0);
    expect(lookupWaitSeconds(null, NOW)).toBe(0);
  });

  test('a code is the same however it is typed', () => {
    const code = fc.string({ unit: fc.constantFrom(...CODE_ALPHABET), minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(code, (text) => {
        const typed = text
          .toLowerCase()
          .replaceAll('0', 'o')
          .replaceAll('1', 'l')
          .replaceAll(/(.{4})/g, '$1 - ');
        expect(normaliseCode(typed)).toBe(text);
      }),
      runs(100),
    );
  });
});

describe('a domain', () => {
  const strict = { allowLoopback: false };
  test.each([
    ['albion.coop', 'coop_registry'],
    ['Albion.COOP', 'coop_registry'],
    ['xn--hsing-kva.coop', 'coop_registry'],
    ['www.albion.org.uk', 'register'],
  ] as const)('%s by %s', (text, listedBy) => {
    expect(judgeDomain(text, listedBy, strict)).toEqual({ domain: text.toLowerCase() });
  });

  test.each([
    ['albion.platform.coop', 'coop_registry'],
    ['albion.example', 'coop_registry'],
    ['coop', 'coop_registry'],
    ['albion.coop.', 'coop_registry'],
    ['albion.coop:8443', 'register'],
    ['user@albion.coop', 'register'],
    ['albion.coop/x', 'register'],
    ['https://albion.coop', 'register'],
    ['127.0.0.1', 'register'],
    ['2130706433', 'register'],
    ['[::1]', 'register'],
    ['localhost', 'register'],
    ['localhost:3000', 'register'],
    ['höusing.coop', 'register'],
    ['a..coop', 'register'],
    ['-a.coop', 'register'],
    [`${'a'.repeat(64)}.coop`, 'register'],
    [`${'a.'.repeat(130)}coop`, 'register'],
    ['albion.coop\n', 'register'],
    ['al bion.coop', 'register'],
  ] as const)('%j by %s is none', (text, listedBy) => {
    expect(judgeDomain(text, listedBy, strict)).toHaveProperty('fault');
  });

  test('on this machine is one only where that is configured', () => {
    expect(judgeDomain('localhost:3000', 'register', { allowLoopback: true })).toEqual({
      domain: 'localhost:3000',
    });
    expect(judgeDomain('localhost:3000', 'coop_registry', { allowLoopback: true })).toHaveProperty('fault');
  });

  test('whatever it is called, it is asked over https at that host and nowhere else', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const judged = judgeDomain(text, 'register', strict);
        if ('fault' in judged) return;
        const { protocol, hostname, port, username } = new URL(placesOf(judged.domain, 'token').url);
        expect([protocol, hostname, port, username]).toEqual(['https:', judged.domain, '', '']);
      }),
      runs(300),
    );
  });

  test('the content does not stand in the address, so an echo proves nothing', () => {
    expect(placesOf('albion.coop', 'path').url).not.toContain(contentOf('content'));
    expect(placesOf('albion.coop', 'path').txtName).toBe('_coop-passport.albion.coop');
  });

  test('counts as a call where the register lists it, as a vouching where only the .coop registry does', () => {
    const methods = (['callback', 'mandate', 'letter'] as const).map((method) => checkMethodOf(method));
    expect(methods).toEqual(['callback', 'document_inspection', 'callback']);
    expect(checkMethodOf('domain', 'register')).toBe('callback');
    expect(checkMethodOf('domain', 'coop_registry')).toBe('vouch');
  });
});
