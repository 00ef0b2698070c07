import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judgeFailure,
  judgeOutcome,
  nextAttemptAt,
  type Health,
} from '../../src/features/notifications/webhooks/rules.js';
import { newSecret, signMessage } from '../../src/features/notifications/webhooks/signature.js';
import { SEND_PROBLEMS } from '../../src/kernel/ports.js';

const NOW = new Date('2026-11-20T09:00:00.000Z');
const HOUR = 3_600;
const random = fc.double({ min: 0, max: 1, noNaN: true });
const secondsFrom = (start: Date, end: Date) => (end.getTime() - start.getTime()) / 1000;

describe('an answer', () => {
  test('means that it was delivered between 200 and 299, gone with 410, and nothing else does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), (status) => {
        const expected = status >= 200 && status <= 299 ? 'delivered' : status === 410 ? 'gone' : 'failed';
        expect(judgeOutcome({ status })).toBe(expected);
      }),
    );
    for (const problem of SEND_PROBLEMS) expect(judgeOutcome({ problem })).toBe('failed');
  });
});

describe('the waits between tries', () => {
  test('become longer, end after the tenth try, and fill a day, whatever chance adds to them', () => {
    fc.assert(
      fc.property(fc.array(random, { minLength: 9, maxLength: 9 }), (chances) => {
        let at = NOW;
        let before = 0;
        for (const [index, chance] of chances.entries()) {
          const next = nextAttemptAt(index + 1, at, chance);
          const wait = secondsFrom(at, next ?? at);
          expect(wait).toBeGreaterThan(before);
          [at, before] = [next ?? at, wait];
        }
        expect(nextAttemptAt(10, at, 0)).toBeUndefined();
        expect(secondsFrom(NOW, at)).toBeGreaterThan(23 * HOUR);
        expect(secondsFrom(NOW, at)).toBeLessThan(29 * HOUR);
      }),
    );
  });

  test('scatter what failed at once by a tenth', () => {
    expect(nextAttemptAt(3, NOW, 0)).toEqual(new Date('2026-11-20T09:05:00.000Z'));
    expect(nextAttemptAt(3, NOW, 1)).toEqual(new Date('2026-11-20T09:05:30.000Z'));
  });
});

describe('an address that fails', () => {
  const NEW: Health = { failures: 0, failingSince: null };

  test('is left alone for a while from the third time on, never for more than five minutes', () => {
    fc.assert(
      fc.property(fc.nat(100_000), (failures) => {
        const { resumesAt } = judgeFailure(
          { failures, failingSince: NOW },
          { verdict: 'failed', tries: 1 },
          NOW,
        );
        if (failures + 1 < 3) expect(resumesAt).toBeNull();
        else {
          const pause = secondsFrom(NOW, resumesAt ?? NOW);
          expect(pause).toBeGreaterThanOrEqual(5);
          expect(pause).toBeLessThanOrEqual(300);
        }
      }),
    );
  });

  test('is left alone at once where several fail together', () => {
    const together = judgeFailure(NEW, { verdict: 'failed', tries: 4 }, NOW);
    expect(together).toMatchObject({ failures: 4, resumesAt: new Date('2026-11-20T09:00:10.000Z') });
  });

  test('is disabled once it has failed for 23 hours and no earlier, however often', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(48 * HOUR), (failures, seconds) => {
        const now = new Date(NOW.getTime() + seconds * 1000);
        const { disabledBecause, failingSince } = judgeFailure(
          { failures, failingSince: NOW },
          { verdict: 'failed', tries: 1 },
          now,
        );
        expect(disabledBecause).toBe(seconds >= 23 * HOUR ? 'failing' : undefined);
        expect(failingSince).toEqual(NOW);
      }),
    );
    const first = judgeFailure(NEW, { verdict: 'failed', tries: 1 }, NOW);
    expect(first).toEqual({ failures: 1, failingSince: NOW, resumesAt: null });
  });

  test('is disabled at once where it is gone', () => {
    expect(judgeFailure(NEW, { verdict: 'gone', tries: 1 }, NOW)).toMatchObject({ disabledBecause: 'gone' });
  });
});

describe('a signature', () => {
  test('is the one of the Standard Webhooks specification’s example', () => {
    const message = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      sentAt: new Date(1_614_265_330_000),
      body: '{"test": 2432232314}',
    };
    const signed = signMessage(message, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']);
    expect(signed).toEqual({
      'webhook-id': message.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('is given with each of the secrets, in their order, and no two secrets are the same', () => {
    const secrets = [newSecret(), newSecret()];
    const message = { id: 'x', sentAt: NOW, body: '{}' };
    const alone = secrets.map((secret) => signMessage(message, [secret])['webhook-signature']);
    expect(signMessage(message, secrets)['webhook-signature']).toBe(alone.join(' '));
    expect(new Set(alone).size).toBe(2);
  });
});
