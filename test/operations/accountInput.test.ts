import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Joined } from '../../src/features/accounts/wire.js';
import { PASSWORD, registration, startAccounts, type AccountsProcess } from '../support/accounts.js';
import { runs } from '../support/properties.js';

let app: AccountsProcess;
let joined: Joined;
beforeAll(async () => {
  app = await startAccounts();
  joined = await app.register('Input Co-op', 'ada@input.example');
});
afterAll(() => app.close());

const HOSTILE = [
  '',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202eevil',
  '%00',
  "'; drop table people; --",
  'é'.repeat(500),
];
const value = fc.oneof(
  fc.constantFrom<unknown>(...HOSTILE, null, -1, 1e308, true, [], {}, [[]], 'ada@input.example', PASSWORD),
  fc.string({ unit: 'binary' }),
  fc.uuid(),
);

/** Good bodies, of which one member at a time is replaced by something hostile. */
const BODIES: Record<string, () => Record<string, unknown>> = {
  '/v1/organisations': () => registration('Fuzz Co-op', 'ada@input.example'),
  '/v1/organisations/confirmations': () => ({ token: 'x' }),
  '/v1/sessions': () => ({
    email: 'ada@input.example',
    password: 'x',
    organisationId: joined.organisation.id,
  }),
  '/v1/sessions/refresh': () => ({ refreshToken: 'x' }),
  '/v1/password-resets': () => ({ email: 'ada@input.example' }),
  '/v1/password-resets/confirmations': () => ({ token: 'x', newPassword: PASSWORD }),
  '/v1/invitations/acceptances': () => ({ token: 'x', name: 'Ben', password: PASSWORD }),
};

describe('nothing that is submitted is a failure of ours', () => {
  it.each(Object.keys(BODIES))('at POST %s', async (path) => {
    const good = BODIES[path]?.() ?? {};
    const member = fc.constantFrom(...Object.keys(good), 'unknown', '__proto__');
    await fc.assert(
      fc.asyncProperty(member, value, async (name, hostile) => {
        // With her own password she would rightly be let in.
        fc.pre(path !== '/v1/sessions' || hostile !== PASSWORD);
        const body = Object.fromEntries([...Object.entries(good), [name, hostile]]);
        const { status } = await app.api({ method: 'POST', path, body, from: '2001:db8::1' });
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
      }),
      runs(25),
    );
  });

  it.each(['', '{', '[]', 'null', '"text"', '{"a":1}trailing', '\u0000'])(
    'with the body %j',
    async (payload) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await app.server.inject({ method: 'POST', url: '/v1/sessions', headers, payload });
      expect(answer.statusCode).toBe(400);
    },
  );

  it.each(['', 'a=%zz', 'grant_type=%00', '&&&', 'x='.repeat(9000)])('with the form %j', async (form) => {
    const { status } = await app.api({ method: 'POST', path: '/oauth2/token', form });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  it.each([
    '/v1/organisations?q=%00',
    '/v1/organisations?limit=0',
    '/v1/organisations?after=1',
    '/v1/organisations/1',
  ])('at GET %s', async (path) => {
    expect((await app.api({ method: 'GET', path })).status).toBe(400);
  });

  it('and leaves nothing half-written', async () => {
    const { db } = app.connection;
    expect(await db.selectFrom('organisations').select('id').execute()).toHaveLength(1);
    // The operator and the one who registered.
    expect(await db.selectFrom('people').select('id').execute()).toHaveLength(2);
  });
});

it('describes all of its routes in the API reference', async () => {
  const yaml = (await app.server.inject({ method: 'GET', url: '/openapi.yaml' })).body;
  for (const path of [...Object.keys(BODIES), '/oauth2/token', '/v1/me', '/v1/organisations/{id}/members']) {
    expect(yaml).toContain(`${path}:`);
  }
});
