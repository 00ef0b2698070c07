import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPasswords } from '../../src/adapters/passwords.js';
import { createEnvelope } from '../../src/adapters/envelope.js';
import { createSessions } from '../../src/features/accounts/sessions/service.js';
import { createThrottle } from '../../src/features/accounts/sessions/throttle.js';
import { createSessionTokens } from '../../src/features/accounts/sessions/tokens.js';
import { PASSWORD, startAccounts, type AccountsProcess } from '../support/accounts.js';

const OWNER = 'ada@throttle.example';
const [HOME, ELSEWHERE] = ['198.51.100.7', '203.0.113.9'];

let app: AccountsProcess;
beforeEach(async () => {
  app = await startAccounts();
  await app.register('Throttle Co-op', OWNER);
});
afterEach(() => app.close());

async function fail(times: number, email = OWNER, from = ELSEWHERE): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    expect((await app.signIn(email, 'a wrong password', from)).status).toBe(401);
  }
}

const throttled = { status: 429, code: 'accounts/throttled' };

describe('signing in', () => {
  it('answers alike for an unknown account and a wrong password', async () => {
    const known = await app.signIn(OWNER, 'a wrong password');
    const unknown = await app.signIn('nobody@throttle.example', 'a wrong password');
    expect(unknown.status).toBe(401);
    expect({ ...unknown.body, instance: '' }).toEqual({ ...known.body, instance: '' });
  });

  it.each([
    ['a known account', OWNER],
    ['an unknown account', 'nobody@throttle.example'],
  ])('waits after five failures of %s, and the wait doubles', async (_, email) => {
    await fail(5, email);
    const refused = await app.signIn(email, 'a wrong password', ELSEWHERE);
    expect(refused).toMatchObject({ ...throttled, headers: { 'retry-after': '1' } });
    app.clock.advance(1);
    await fail(1, email);
    expect((await app.signIn(email, 'a wrong password', ELSEWHERE)).headers['retry-after']).toBe('2');
  });

  it('does not count a refused attempt', async () => {
    await fail(5);
    for (let i = 0; i < 10; i += 1) {
      expect(await app.signIn(OWNER, undefined, ELSEWHERE)).toMatchObject(throttled);
    }
    app.clock.advance(1);
    expect((await app.signIn(OWNER, undefined, ELSEWHERE)).status).toBe(201);
  });

  it('hashes for an unknown account as for a known one, and not for a refused attempt', async () => {
    const looks: (string | null)[] = [];
    const passwords = createPasswords();
    const sessions = createSessions({
      db: app.connection.db,
      clock: app.clock,
      throttle: createThrottle(Buffer.alloc(32, 1)),
      tokens: createSessionTokens({
        accessTokens: { issue: () => 'not looked at here' },
        secrets: createEnvelope(Buffer.alloc(32, 7)),
      }),
      passwords: {
        hash: (password) => passwords.hash(password),
        verify(passwordHash, password) {
          looks.push(passwordHash);
          return passwords.verify(passwordHash, password);
        },
      },
    });
    const attempt = { email: 'nobody@throttle.example', password: 'a wrong password' };
    for (let i = 0; i < 5; i += 1) {
      await expect(sessions.signIn(attempt, HOME)).rejects.toThrow('accounts/invalid-credentials');
    }
    await expect(sessions.signIn(attempt, HOME)).rejects.toThrow('accounts/throttled');
    await sessions.signIn({ email: OWNER, password: PASSWORD }, HOME);
    expect(looks).toEqual([null, null, null, null, null, expect.stringMatching(/^\$argon2id\$/)]);
  });

  it('keeps nobody out from where they signed in before', async () => {
    expect((await app.signIn(OWNER, undefined, HOME)).status).toBe(201);
    await fail(5);
    expect(await app.signIn(OWNER, undefined, ELSEWHERE)).toMatchObject(throttled);
    expect((await app.signIn(OWNER, undefined, HOME)).status).toBe(201);
    expect(await app.signIn(OWNER, undefined, ELSEWHERE)).toMatchObject(throttled);
  });

  it('slows guessing down also from where the owner signed in before', async () => {
    await app.signIn(OWNER, undefined, HOME);
    await fail(5, OWNER, HOME);
    expect(await app.signIn(OWNER, undefined, HOME)).toMatchObject(throttled);
  });

  it('waits after twenty failures from one network, which a success does not forget', async () => {
    for (let i = 0; i < 19; i += 1) await fail(1, `guess${String(i)}@throttle.example`, '2001:db8::1');
    expect((await app.signIn(OWNER, undefined, '2001:db8::2')).status).toBe(201);
    await fail(1, 'guess@throttle.example', '2001:db8::3');
    expect(await app.signIn('other@throttle.example', 'guess', '2001:db8::4')).toMatchObject(throttled);
    expect((await app.signIn('other@throttle.example', 'guess', '2001:db8:0:1::4')).status).toBe(401);
  });

  it('tells no more to many attempts at once than to one after the other', async () => {
    const guesses = Array.from({ length: 12 }, () => app.signIn(OWNER, 'a wrong password', ELSEWHERE));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(7);
  });

  it('lets many right ones in at once', async () => {
    const attempts = Array.from({ length: 12 }, () => app.signIn(OWNER, undefined, ELSEWHERE));
    for (const { status } of await Promise.all(attempts)) expect(status).toBe(201);
  });

  it('forgets after a quarter of an hour, and leaves no names behind', async () => {
    await fail(5);
    app.clock.advance(900);
    await fail(1);
    app.clock.advance(3601);
    await app.purgeExpired();
    const { db } = app.connection;
    expect(await db.selectFrom('sign_in_failures').selectAll().execute()).toEqual([]);
  });
});

describe('hashing passwords', () => {
  it('refuses what would wait for too long', async () => {
    const passwords = createPasswords({ concurrency: 1, maxWaiting: 1 });
    const outcomes = await Promise.allSettled(['one', 'two', 'three'].map((text) => passwords.hash(text)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(outcomes[2]).toMatchObject({ reason: { code: 'request/unavailable' } });
    expect(await passwords.hash('four')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('takes a password typed on another keyboard for the same', async () => {
    const passwords = createPasswords();
    const hash = await passwords.hash('caf\u00e9 caf\u00e9 caf\u00e9');
    expect(await passwords.verify(hash, 'cafe\u0301 cafe\u0301 cafe\u0301')).toBe(true);
    expect(await passwords.verify(null, 'nobody has this password')).toBe(false);
  });
});
