import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PASSWORD, registration, startAccounts, type AccountsProcess } from '../support/accounts.js';
import type { Joined } from '../../src/features/accounts/wire.js';

/** Two processes on one database; on the embedded one, two that take turns. */
let one: AccountsProcess;
let two: AccountsProcess;
beforeEach(async () => {
  one = await startAccounts();
  two = await startAccounts({ connection: one.connection, clock: one.clock });
});
afterEach(async () => {
  await two.close();
  await one.close();
});

const bothTimes = <T>(act: (app: AccountsProcess, index: number) => Promise<T>, times = 8): Promise<T[]> =>
  Promise.all(Array.from({ length: times }, (_, index) => act(index % 2 === 0 ? one : two, index)));

async function joinAsAdmin(owner: Joined, email: string): Promise<Joined> {
  const path = `/v1/organisations/${owner.organisation.id}/invitations`;
  const token = owner.session.accessToken;
  const { body } = await one.api({ method: 'POST', path, token, body: { email, role: 'admin' } });
  const acceptance = { token: body['token'], name: 'Ben', password: PASSWORD };
  const joined = await one.api({ method: 'POST', path: '/v1/invitations/acceptances', body: acceptance });
  return joined.body as unknown as Joined;
}

describe('at the same moment', () => {
  it('one refresh token gives one successor, whoever asks', async () => {
    const { session } = await one.register('Refresh Co-op', 'ada@refresh.example');
    const body = { refreshToken: session.refreshToken };
    const answers = await bothTimes((app) => app.api({ method: 'POST', path: '/v1/sessions/refresh', body }));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
    const { db } = one.connection;
    expect(await db.selectFrom('refresh_tokens').select('id').execute()).toHaveLength(2);
  });

  it('two administrators who demote each other leave one', async () => {
    const ada = await one.register('Demote Co-op', 'ada@demote.example');
    const ben = await joinAsAdmin(ada, 'ben@demote.example');
    const members = `/v1/organisations/${ada.organisation.id}/members`;
    const body = { role: 'viewer' };
    const answers = await Promise.all([
      one.api({ method: 'PATCH', path: `${members}/${ben.member.id}`, token: ada.session.accessToken, body }),
      two.api({ method: 'PATCH', path: `${members}/${ada.member.id}`, token: ben.session.accessToken, body }),
    ]);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    const admins = await one.connection.db
      .selectFrom('memberships')
      .select('id')
      .where('role', '=', 'admin')
      .where('ended_at', 'is', null)
      .execute();
    expect(admins).toHaveLength(1);
  });

  it('two administrators who leave for good leave one', async () => {
    const ada = await one.register('Leave Co-op', 'ada@leave.example');
    const ben = await joinAsAdmin(ada, 'ben@leave.example');
    const answers = await Promise.all([
      one.api({ method: 'DELETE', path: '/v1/me', token: ada.session.accessToken }),
      two.api({ method: 'DELETE', path: '/v1/me', token: ben.session.accessToken }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  });

  it('one address gets one account, and one name many slugs', async () => {
    const sameAddress = await bothTimes((app, index) =>
      app.api({
        method: 'POST',
        path: '/v1/organisations',
        body: registration(`Co-op ${String(index)}`, 'a@b.example'),
      }),
    );
    expect(sameAddress.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(sameAddress.filter(({ code }) => code === 'accounts/address-taken')).toHaveLength(7);
    const sameName = await bothTimes((app, index) =>
      app.register('Same Name', `p${String(index)}@b.example`),
    );
    expect(new Set(sameName.map(({ organisation }) => organisation.slug)).size).toBe(8);
    const { db } = one.connection;
    expect(await db.selectFrom('organisations').select('id').execute()).toHaveLength(9);
  });

  it('one invitation makes one member', async () => {
    const ada = await one.register('Accept Co-op', 'ada@accept.example');
    const { body } = await one.api({
      method: 'POST',
      path: `/v1/organisations/${ada.organisation.id}/invitations`,
      token: ada.session.accessToken,
      body: { email: 'ben@accept.example', role: 'viewer' },
    });
    const acceptance = { token: body['token'], name: 'Ben', password: PASSWORD };
    const answers = await bothTimes(
      (app) => app.api({ method: 'POST', path: '/v1/invitations/acceptances', body: acceptance }),
      4,
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const { status } of answers) expect(status).toBeLessThan(500);
  });

  it('one Idempotency-Key does a thing once', async () => {
    const ada = await one.register('Key Co-op', 'ada@key.example');
    const path = `/v1/organisations/${ada.organisation.id}/clients`;
    const headers = { 'idempotency-key': 'the-same' };
    const token = ada.session.accessToken;
    const create = (app: AccountsProcess, name = 'Machine') =>
      app.api({ method: 'POST', path, token, headers, body: { name, scopes: ['verify'] } });
    const answers = await bothTimes((app) => create(app));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
    expect(await one.connection.db.selectFrom('clients').select('id').execute()).toHaveLength(1);
    expect((await create(two, 'Other machine')).code).toBe('idempotency/key-reused');
    const { body } = await one.connection.db
      .selectFrom('idempotency_keys')
      .select('body')
      .executeTakeFirstOrThrow();
    expect(body).toBeNull();
  });

  it('two processes that start create one operator', async () => {
    await one.connection.db.deleteFrom('people').execute();
    const outcomes = await bothTimes((app) =>
      app.accounts.people.ensureOperator({ email: 'operator@localhost' }),
    );
    expect(outcomes.filter(({ created }) => created)).toHaveLength(1);
    const [password = ''] = outcomes.flatMap(({ generatedPassword }) => generatedPassword ?? []);
    expect((await two.signIn('operator@localhost', password)).status).toBe(201);
    expect(await one.accounts.people.ensureOperator({ email: 'other@localhost' })).toEqual({
      created: false,
    });
  });
});

describe('in another process', () => {
  it('a removed member, a changed role and a sign-out bind at the next request', async () => {
    const ada = await one.register('Binding Co-op', 'ada@binding.example');
    const ben = await joinAsAdmin(ada, 'ben@binding.example');
    const whoAmI = (token: string) => two.api({ method: 'GET', path: '/v1/me', token });
    const path = `/v1/organisations/${ada.organisation.id}/members/${ben.member.id}`;
    const token = ada.session.accessToken;
    await one.api({ method: 'PATCH', path, token, body: { role: 'viewer' } });
    expect((await whoAmI(ben.session.accessToken)).body).toMatchObject({ membership: { role: 'viewer' } });
    await one.api({ method: 'DELETE', path, token });
    expect((await whoAmI(ben.session.accessToken)).status).toBe(401);
    await one.api({ method: 'DELETE', path: '/v1/sessions/current', token });
    expect((await whoAmI(token)).status).toBe(401);
  });
});
