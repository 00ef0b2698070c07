import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Joined } from '../../src/features/accounts/wire.js';
import type { PersonId } from '../../src/kernel/ids.js';
import { OPERATOR } from '../support/app.js';
import { PASSWORD, registration, startAccounts, type AccountsProcess } from '../support/accounts.js';

let app: AccountsProcess;
beforeAll(async () => {
  app = await startAccounts();
});
afterAll(() => app.close());

const me = (token: string) => app.api({ method: 'GET', path: '/v1/me', token });
const refresh = (refreshToken: string) =>
  app.api({ method: 'POST', path: '/v1/sessions/refresh', body: { refreshToken } });

async function join(owner: Joined, email: string, role: string): Promise<Joined> {
  const path = `/v1/organisations/${owner.organisation.id}/invitations`;
  const token = owner.session.accessToken;
  const invited = await app.api({ method: 'POST', path, token, body: { email, role } });
  const body = { token: invited.body['token'], name: 'Ben Bevan', password: PASSWORD };
  const accepted = await app.api({ method: 'POST', path: '/v1/invitations/acceptances', body });
  expect(accepted.status).toBe(201);
  return accepted.body as unknown as Joined;
}

describe('registering', () => {
  it('gives organisation, administrator and session in one go', async () => {
    const answer = await app.api({
      method: 'POST',
      path: '/v1/organisations',
      body: registration('Riverside Housing Co-operative', 'ada@riverside.example'),
    });
    expect(answer.status).toBe(201);
    const { organisation, member, session } = answer.body as unknown as Joined;
    expect(answer.headers['location']).toBe(`/v1/organisations/${organisation.id}`);
    expect(organisation).toMatchObject({
      slug: 'riverside-housing-co-operative',
      did: 'did:web:passport.test:orgs:riverside-housing-co-operative',
      jurisdiction: 'GB-ENG',
      registrationNumber: 'C1234',
    });
    expect(member).toMatchObject({ role: 'admin', email: 'ada@riverside.example' });
    const whoAmI = await me(session.accessToken);
    expect(whoAmI.body).toMatchObject({
      person: { email: 'ada@riverside.example' },
      operator: false,
      organisation: { id: organisation.id, did: organisation.did },
      membership: { role: 'admin' },
      memberships: [{ organisationId: organisation.id, role: 'admin' }],
    });
  });

  it('gives a second organisation of the name another slug', async () => {
    const first = await app.register('Twin Co-op', 'one@twin.example');
    const second = await app.register('Twin Co-op', 'two@twin.example');
    expect(first.organisation.slug).toBe('twin-co-op');
    expect(second.organisation.slug).toMatch(/^twin-co-op-[a-z0-9]{5}$/);
  });

  it('refuses an address that has an account, in whatever case', async () => {
    await app.register('Case Co-op', 'case@coop.example');
    const body = registration('Other Co-op', 'CASE@Coop.Example');
    const answer = await app.api({ method: 'POST', path: '/v1/organisations', body });
    expect(answer).toMatchObject({ status: 409, code: 'accounts/address-taken' });
  });

  it.each([
    ['a short password', { admin: { password: 'elevenchars' } }, '/admin/password'],
    ['the address as password', { admin: { password: 'bad@coop.example' } }, '/admin/password'],
    ["the organisation's name as password", { admin: { password: 'bad input co-op' } }, '/admin/password'],
    ['an unknown member', { admin: { role: 'operator' } }, '/admin/role'],
    ['a jurisdiction in words', { organisation: { jurisdiction: 'England' } }, '/organisation/jurisdiction'],
    ['a name with a control character', { organisation: { name: 'a\u0000b' } }, '/organisation/name'],
    [
      'a website that is a script',
      { organisation: { website: 'javascript:alert(1)' } },
      '/organisation/website',
    ],
    ['a number as name', { organisation: { name: 7 } }, '/organisation/name'],
  ])('refuses %s', async (_, change: { organisation?: object; admin?: object }, pointer) => {
    const good = registration('Bad Input Co-op', 'bad@coop.example');
    const body = {
      organisation: { ...good.organisation, ...change.organisation },
      admin: { ...good.admin, ...change.admin },
    };
    const answer = await app.api({ method: 'POST', path: '/v1/organisations', body });
    expect(answer.status).toBe(400);
    expect(answer.body['errors']).toContainEqual(expect.objectContaining({ pointer }));
  });
});

describe('a session', () => {
  it('is started by address and password and ended by signing out', async () => {
    await app.register('Session Co-op', 'ada@session.example');
    const signedIn = await app.signIn('Ada@Session.example');
    expect(signedIn.status).toBe(201);
    const { accessToken, expiresAt } = signedIn.body;
    expect(new Date(expiresAt).getTime()).toBeLessThanOrEqual(app.clock.now().getTime() + 900_000);
    const out = await app.api({ method: 'DELETE', path: '/v1/sessions/current', token: accessToken });
    expect(out.status).toBe(204);
    expect(await me(accessToken)).toMatchObject({ status: 401, code: 'auth/required' });
  });

  it('ends its access token after a quarter of an hour', async () => {
    const { session } = await app.register('Quarter Co-op', 'ada@quarter.example');
    app.clock.advance(899);
    expect((await me(session.accessToken)).status).toBe(200);
    app.clock.advance(1);
    expect((await me(session.accessToken)).status).toBe(401);
    expect((await refresh(session.refreshToken)).status).toBe(200);
  });

  it('gives the answer to a refresh once more when it was lost', async () => {
    const { session } = await app.register('Lost Co-op', 'ada@lost.example');
    const first = await refresh(session.refreshToken);
    app.clock.advance(9);
    expect((await refresh(session.refreshToken)).body).toEqual(first.body);
  });

  it('ends for everybody when a refresh token comes back late', async () => {
    const { session } = await app.register('Theft Co-op', 'ada@theft.example');
    const { body } = await refresh(session.refreshToken);
    app.clock.advance(11);
    const reused = await refresh(session.refreshToken);
    expect(reused).toMatchObject({ status: 401, code: 'accounts/invalid-refresh-token' });
    expect((await refresh(body['refreshToken'] as string)).status).toBe(401);
    expect((await me(body['accessToken'] as string)).status).toBe(401);
  });

  it('lasts for 90 days at most, and for 30 without a refresh', async () => {
    const { session } = await app.register('Long Co-op', 'ada@long.example');
    let { refreshToken } = session as { refreshToken: string };
    for (let days = 29; days < 90; days += 29) {
      app.clock.advance(29 * 86_400);
      refreshToken = (await refresh(refreshToken)).body['refreshToken'] as string;
    }
    app.clock.advance(4 * 86_400);
    expect((await refresh(refreshToken)).status).toBe(401);
    const idle = (await app.signIn('ada@long.example')).body;
    app.clock.advance(30 * 86_400);
    expect((await refresh(idle.refreshToken)).status).toBe(401);
  });

  it("ends when the password is changed elsewhere, and not in one's own hands", async () => {
    const here = await app.register('Change Co-op', 'ada@change.example');
    const there = await app.signIn('ada@change.example');
    const token = here.session.accessToken;
    const path = '/v1/me/password';
    const change = { currentPassword: PASSWORD, newPassword: 'a completely new one' };
    const wrong = await app.api({ method: 'PUT', path, token, body: { ...change, currentPassword: 'no' } });
    expect(wrong).toMatchObject({ status: 401, code: 'accounts/invalid-credentials' });
    expect((await app.api({ method: 'PUT', path, token, body: change })).status).toBe(204);
    expect((await me(token)).status).toBe(200);
    expect((await me(there.body.accessToken)).status).toBe(401);
    expect((await app.signIn('ada@change.example')).status).toBe(401);
    expect((await app.signIn('ada@change.example', change.newPassword)).status).toBe(201);
  });
});

describe('members', () => {
  it('are invited, take a role, and lose it at once', async () => {
    const owner = await app.register('Members Co-op', 'ada@members.example');
    const viewer = await join(owner, 'ben@members.example', 'viewer');
    const members = `/v1/organisations/${owner.organisation.id}/members`;
    const listed = await app.api({ method: 'GET', path: members, token: viewer.session.accessToken });
    expect((listed.body['items'] as unknown[]).length).toBe(2);

    const path = `${members}/${viewer.member.id}`;
    const asViewer = { path, token: viewer.session.accessToken };
    const asAdmin = { path, token: owner.session.accessToken };
    const refused = await app.api({ method: 'PATCH', ...asViewer, body: { role: 'admin' } });
    expect(refused).toMatchObject({ status: 403, code: 'auth/forbidden' });
    const changed = await app.api({ method: 'PATCH', ...asAdmin, body: { role: 'delegate' } });
    expect(changed.body['role']).toBe('delegate');
    expect((await me(asViewer.token)).body['scopes']).toContain('dossier');
    expect((await app.api({ method: 'DELETE', ...asAdmin })).status).toBe(204);
    expect((await me(asViewer.token)).status).toBe(401);
    expect((await app.signIn('ben@members.example')).status).toBe(401);
  });

  it('of another organisation do not exist', async () => {
    const one = await app.register('One Co-op', 'ada@one.example');
    const other = await app.register('Other One Co-op', 'ada@otherone.example');
    const path = `/v1/organisations/${other.organisation.id}/members`;
    const answer = await app.api({ method: 'GET', path, token: one.session.accessToken });
    expect(answer).toMatchObject({ status: 404, code: 'resource/not-found' });
  });

  it('with an account join by their password, and act for one organisation at a time', async () => {
    const first = await app.register('First Co-op', 'ada@first.example');
    const second = await app.register('Second Co-op', 'ben@second.example');
    const invited = await app.api({
      method: 'POST',
      path: `/v1/organisations/${second.organisation.id}/invitations`,
      token: second.session.accessToken,
      body: { email: 'ADA@first.example', role: 'reviewer' },
    });
    const path = '/v1/invitations/acceptances';
    const { token } = invited.body;
    const wrong = await app.api({ method: 'POST', path, body: { token, password: 'not this one' } });
    expect(wrong).toMatchObject({ status: 401, code: 'accounts/invalid-credentials' });
    const joined = await app.api({ method: 'POST', path, body: { token, password: PASSWORD } });
    expect(joined.body).toMatchObject({ member: { personId: first.member.personId, role: 'reviewer' } });
    const again = await app.api({ method: 'POST', path, body: { token, password: PASSWORD } });
    expect(again).toMatchObject({ status: 400, code: 'accounts/token-invalid' });

    const inSecond = await app.api({
      method: 'POST',
      path: '/v1/sessions',
      body: { email: 'ada@first.example', password: PASSWORD, organisationId: second.organisation.id },
    });
    const whoAmI = await me(inSecond.body['accessToken'] as string);
    expect(whoAmI.body).toMatchObject({
      organisation: { id: second.organisation.id },
      membership: { role: 'reviewer' },
    });
    expect(whoAmI.body['memberships']).toHaveLength(2);
  });

  it('are not invited twice, and a withdrawn invitation is void', async () => {
    const owner = await app.register('Invite Co-op', 'ada@invite.example');
    const path = `/v1/organisations/${owner.organisation.id}/invitations`;
    const token = owner.session.accessToken;
    const body = { email: 'ben@invite.example', role: 'viewer' };
    const self = await app.api({
      method: 'POST',
      path,
      token,
      body: { ...body, email: 'ada@invite.example' },
    });
    expect(self).toMatchObject({ status: 409, code: 'accounts/already-member' });
    const replaced = await app.api({ method: 'POST', path, token, body });
    const latest = await app.api({ method: 'POST', path, token, body });
    const list = await app.api({ method: 'GET', path, token });
    expect(list.body['items']).toMatchObject([{ id: latest.body['id'] }]);
    expect(JSON.stringify(list.body)).not.toContain(latest.body['token']);
    const withdrawn = await app.api({
      method: 'DELETE',
      path: `${path}/${String(latest.body['id'])}`,
      token,
    });
    expect(withdrawn.status).toBe(204);
    for (const { body: invitation } of [replaced, latest]) {
      const answer = await app.api({
        method: 'POST',
        path: '/v1/invitations/acceptances',
        body: { token: invitation['token'], name: 'Ben', password: PASSWORD },
      });
      expect(answer.code).toBe('accounts/token-invalid');
    }
  });

  it('include an administrator at all times', async () => {
    const owner = await app.register('Admin Co-op', 'ada@admin.example');
    const token = owner.session.accessToken;
    const path = `/v1/organisations/${owner.organisation.id}/members/${owner.member.id}`;
    const lastAdmin = { status: 409, code: 'accounts/last-admin' };
    expect(await app.api({ method: 'PATCH', path, token, body: { role: 'viewer' } })).toMatchObject(
      lastAdmin,
    );
    expect(await app.api({ method: 'DELETE', path, token })).toMatchObject(lastAdmin);
    expect(await app.api({ method: 'DELETE', path: '/v1/me', token })).toMatchObject(lastAdmin);
  });
});

describe('an organisation', () => {
  it('shows itself, changes its profile and stands in the directory when it wants to', async () => {
    const { organisation, session } = await app.register('Directory 100% Co-op', 'ada@directory.example');
    const path = `/v1/organisations/${organisation.id}`;
    const search = { method: 'GET', path: '/v1/organisations?q=100%25' } as const;
    expect((await app.api(search)).body['items']).toEqual([]);
    const changed = await app.api({
      method: 'PATCH',
      path,
      token: session.accessToken,
      body: { name: 'Directory 100% Co-operative', website: null, listed: true },
    });
    expect(changed.body).toMatchObject({ listed: true, slug: organisation.slug });
    expect(changed.body).not.toHaveProperty('website');
    expect((await app.api(search)).body['items']).toMatchObject([{ name: 'Directory 100% Co-operative' }]);
    expect((await app.api({ method: 'GET', path })).body).toMatchObject({ did: organisation.did });
  });

  it('exports what is stored about it, without secrets', async () => {
    const owner = await app.register('Export Co-op', 'ada@export.example');
    const token = owner.session.accessToken;
    const base = `/v1/organisations/${owner.organisation.id}`;
    const body = { name: 'Import', scopes: ['verify'] };
    const client = await app.api({ method: 'POST', path: `${base}/clients`, token, body });
    const exported = await app.api({ method: 'GET', path: `${base}/export`, token });
    expect(exported.body).toMatchObject({
      organisation: { slug: owner.organisation.slug },
      members: [{ email: 'ada@export.example' }],
      clients: [{ name: 'Import' }],
    });
    expect((exported.body['auditTrail'] as unknown[]).length).toBeGreaterThan(0);
    const text = JSON.stringify(exported.body);
    expect(text).not.toMatch(/argon2|hash/i);
    expect(text).not.toContain(client.body['secret']);
  });

  it('closes: nobody acts for it any more, who belonged to it alone is erased, the DID stays', async () => {
    const owner = await app.register('Closing Co-op', 'ada@closing.example');
    const token = owner.session.accessToken;
    const path = `/v1/organisations/${owner.organisation.id}`;
    await join(owner, 'ben@closing.example', 'viewer');
    expect((await app.api({ method: 'DELETE', path, token })).status).toBe(204);
    expect((await me(token)).status).toBe(401);
    expect((await app.signIn('ada@closing.example')).status).toBe(401);
    const profile = await app.api({ method: 'GET', path });
    expect(profile.body).toMatchObject({
      did: owner.organisation.did,
      closedAt: app.clock.now().toISOString(),
    });
    const people = await app.connection.db
      .selectFrom('people')
      .select(['name', 'email', 'email_key', 'password_hash'])
      .where('erased_at', 'is not', null)
      .execute();
    expect(people).toEqual(Array(2).fill({ name: '', email: '', email_key: null, password_hash: null }));
    const successor = await app.register('Closing Co-op', 'ada@closing.example');
    expect(successor.organisation.slug).not.toBe(owner.organisation.slug);
  });
});

describe('a machine client', () => {
  it('gets tokens for its scopes until it is revoked', async () => {
    const owner = await app.register('Machine Co-op', 'ada@machine.example');
    const token = owner.session.accessToken;
    const base = `/v1/organisations/${owner.organisation.id}/clients`;
    const body = { name: 'Nightly', scopes: ['dossier', 'verify'] };
    const client = await app.api({ method: 'POST', path: base, token, body });
    expect(client.status).toBe(201);
    const { id, secret } = client.body as { id: string; secret: string };
    const basic = { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
    const granted = await app.api({
      method: 'POST',
      path: '/oauth2/token',
      form: 'grant_type=client_credentials&scope=verify',
      headers: basic,
    });
    expect(granted).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: { token_type: 'Bearer', expires_in: 900, scope: 'verify' },
    });
    const clientToken = granted.body['access_token'] as string;
    expect((await me(clientToken)).body).toMatchObject({
      client: { id, name: 'Nightly' },
      organisation: { id: owner.organisation.id },
      scopes: ['verify'],
      memberships: [],
    });
    const members = `/v1/organisations/${owner.organisation.id}/members`;
    expect((await app.api({ method: 'GET', path: members, token: clientToken })).status).toBe(403);
    const list = await app.api({ method: 'GET', path: base, token });
    expect(JSON.stringify(list.body)).not.toContain('secret');
    expect((await app.api({ method: 'DELETE', path: `${base}/${id}`, token })).status).toBe(204);
    expect((await me(clientToken)).status).toBe(401);
  });
});

describe('a person', () => {
  it('leaves for good and is erased', async () => {
    const owner = await app.register('Leaving Co-op', 'ada@leaving.example');
    const { session, member } = await join(owner, 'ben@leaving.example', 'delegate');
    const token = session.accessToken;
    expect((await app.api({ method: 'DELETE', path: '/v1/me', token })).status).toBe(204);
    expect((await me(token)).status).toBe(401);
    const row = await app.connection.db
      .selectFrom('people')
      .select(['name', 'email', 'email_key'])
      .where('id', '=', member.personId as PersonId)
      .execute();
    expect(row).toEqual([{ name: '', email: '', email_key: null }]);
  });
});

describe('the operator', () => {
  it('signs in for no organisation', async () => {
    const { body } = await app.signIn(OPERATOR.email, OPERATOR.password);
    expect((await me(body.accessToken)).body).toMatchObject({ operator: true, memberships: [], scopes: [] });
  });

  it("resets somebody's password, which ends all sessions", async () => {
    const { session } = await app.register('Forgetful Co-op', 'ada@forgetful.example');
    await app.accounts.passwords.resetPasswordByOperator('Ada@forgetful.example', 'given by telephone');
    expect((await me(session.accessToken)).status).toBe(401);
    expect((await app.signIn('ada@forgetful.example', 'given by telephone')).status).toBe(201);
  });
});

it('puts no address, password or token into the log or the audit trail', async () => {
  const { session } = await app.register('Quiet Co-op', 'ada@quiet.example', 'a password for quiet');
  await me(session.accessToken);
  await refresh(session.refreshToken);
  const audit = JSON.stringify(await app.connection.db.selectFrom('audit_entries').selectAll().execute());
  const written = app.logLines.join('\n') + audit;
  for (const secret of [
    '@quiet.example',
    'Ada Admin',
    'a password for quiet',
    ...Object.values(session).slice(0, 2),
  ])
    expect(written).not.toContain(secret);
});
