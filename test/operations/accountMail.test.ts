import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Joined } from '../../src/features/accounts/wire.js';
import { PASSWORD, registration, startAccounts, type AccountsProcess } from '../support/accounts.js';
import { startSmtpSink, type SmtpSink } from '../support/smtpSink.js';

let sink: SmtpSink;
let app: AccountsProcess;
beforeEach(async () => {
  sink = await startSmtpSink();
  app = await startAccounts({ smtpUrl: sink.url });
});
afterEach(async () => {
  await app.close();
  await sink.close();
});

const post = (path: string, body: unknown, token?: string) =>
  app.api({ method: 'POST', path, body, ...(token === undefined ? {} : { token }) });

async function latestToken(): Promise<string> {
  await app.mails.deliverDueMails();
  return /#token=([\w-]+)/.exec(sink.mails.at(-1)?.text ?? '')?.[1] ?? '';
}

async function registerByMail(name: string, email: string): Promise<Joined> {
  expect((await post('/v1/organisations', registration(name, email))).status).toBe(202);
  const confirmed = await post('/v1/organisations/confirmations', { token: await latestToken() });
  expect(confirmed.status).toBe(201);
  return confirmed.body as unknown as Joined;
}

describe('where mail is configured', () => {
  it('a registration waits for its confirmation, which works once', async () => {
    const answer = await post('/v1/organisations', registration('Mail Co-op', 'ada@mail.example'));
    expect(answer).toMatchObject({ status: 202, body: { status: 'confirmation_sent' } });
    expect((await app.signIn('ada@mail.example')).status).toBe(401);
    const token = await latestToken();
    expect(sink.mails).toMatchObject([{ to: 'ada@mail.example', subject: 'Confirm your registration' }]);
    const confirmed = await post('/v1/organisations/confirmations', { token });
    expect(confirmed).toMatchObject({ status: 201, body: { organisation: { slug: 'mail-co-op' } } });
    expect((await app.signIn('ada@mail.example')).status).toBe(201);
    const again = await post('/v1/organisations/confirmations', { token });
    expect(again).toMatchObject({ status: 400, code: 'accounts/token-invalid' });
  });

  it('a registration does not tell whether the address has an account: only its owner is told', async () => {
    await registerByMail('Known Co-op', 'ada@known.example');
    const known = await post('/v1/organisations', registration('Again Co-op', 'ADA@known.example'));
    const unknown = await post('/v1/organisations', registration('New Co-op', 'new@known.example'));
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    await app.mails.deliverDueMails();
    const [toKnown] = sink.mails.filter(({ subject }) => subject === 'You have an account already');
    expect(toKnown?.text).not.toContain('token');
  });

  it('a link expires', async () => {
    await post('/v1/organisations', registration('Late Co-op', 'ada@late.example'));
    const token = await latestToken();
    app.clock.advance(24 * 3600);
    expect((await post('/v1/organisations/confirmations', { token })).code).toBe('accounts/token-invalid');
  });

  it('a forgotten password is set anew by a link, which ends all sessions', async () => {
    const { session } = await registerByMail('Forgot Co-op', 'ada@forgot.example');
    const known = await post('/v1/password-resets', { email: 'Ada@forgot.example' });
    const unknown = await post('/v1/password-resets', { email: 'nobody@forgot.example' });
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    const token = await latestToken();
    expect(sink.mails.map(({ to }) => to)).not.toContain('nobody@forgot.example');
    const confirm = (newPassword: string) =>
      post('/v1/password-resets/confirmations', { token, newPassword });
    expect((await confirm('ada@forgot.example')).status).toBe(400);
    expect((await confirm('another long password')).status).toBe(204);
    expect((await confirm('yet another password')).code).toBe('accounts/token-invalid');
    const me = await app.api({ method: 'GET', path: '/v1/me', token: session.accessToken });
    expect(me.status).toBe(401);
    expect((await app.signIn('ada@forgot.example', 'another long password')).status).toBe(201);
  });

  it('a link for one thing does not do another', async () => {
    await registerByMail('Purpose Co-op', 'ada@purpose.example');
    await post('/v1/password-resets', { email: 'ada@purpose.example' });
    const token = await latestToken();
    expect((await post('/v1/organisations/confirmations', { token })).code).toBe('accounts/token-invalid');
  });

  it('an invitation goes to its address and is not shown to who sends it', async () => {
    const owner = await registerByMail('Invite Co-op', 'ada@invite.example');
    const invited = await post(
      `/v1/organisations/${owner.organisation.id}/invitations`,
      { email: 'ben@invite.example', role: 'viewer' },
      owner.session.accessToken,
    );
    expect(invited.status).toBe(201);
    expect(invited.body).not.toHaveProperty('token');
    const token = await latestToken();
    expect(sink.mails.at(-1)?.to).toBe('ben@invite.example');
    const joined = await post('/v1/invitations/acceptances', { token, name: 'Ben', password: PASSWORD });
    expect(joined.status).toBe(201);
  });

  it('nobody gets more than three mails an hour for the asking', async () => {
    for (let i = 0; i < 5; i += 1) {
      const answer = await post(
        '/v1/organisations',
        registration(`Flood ${String(i)}`, 'victim@flood.example'),
      );
      expect(answer.status).toBe(202);
    }
    await app.mails.deliverDueMails();
    expect(sink.mails).toHaveLength(3);
  });
});

describe('the outbox', () => {
  it('holds mails sealed, tries again later, and logs no address', async () => {
    sink.refusing = true;
    await post('/v1/organisations', registration('Retry Co-op', 'ada@retry.example'));
    const row = await app.connection.db.selectFrom('outgoing_mails').selectAll().executeTakeFirstOrThrow();
    expect(row.sealed_mail.toString('latin1')).not.toContain('retry.example');
    expect(await app.mails.deliverDueMails()).toBe(0);
    sink.refusing = false;
    expect(await app.mails.deliverDueMails()).toBe(0);
    app.clock.advance(60);
    expect(await app.mails.deliverDueMails()).toBe(1);
    expect(app.logLines.join()).toContain('a mail was not sent');
    expect(app.logLines.join()).not.toContain('retry.example');
  });

  it('sends each mail once, however many processes look', async () => {
    const other = await startAccounts({ smtpUrl: sink.url, connection: app.connection, clock: app.clock });
    for (let i = 0; i < 6; i += 1) {
      await post('/v1/organisations', registration(`Once ${String(i)}`, `ada${String(i)}@once.example`));
    }
    await Promise.all([app, other, app, other].map(({ mails }) => mails.deliverDueMails()));
    expect(sink.mails.map(({ to }) => to).sort()).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => `ada${String(i)}@once.example`),
    );
    await other.close();
  });

  it('gives up after twelve tries', async () => {
    sink.refusing = true;
    await post('/v1/organisations', registration('Hopeless Co-op', 'ada@hopeless.example'));
    for (let i = 0; i < 12; i += 1) {
      await app.mails.deliverDueMails();
      app.clock.advance(3600);
    }
    sink.refusing = false;
    expect(await app.mails.deliverDueMails()).toBe(0);
    app.clock.advance(8 * 86_400);
    await app.purgeExpired();
    expect(await app.connection.db.selectFrom('outgoing_mails').select('id').execute()).toEqual([]);
  });
});

it('where mail is not configured a reset is the operator’s command', async () => {
  const without = await startAccounts();
  const path = '/v1/password-resets';
  const answer = await without.api({ method: 'POST', path, body: { email: 'ada@mail.example' } });
  expect(answer).toMatchObject({ status: 409, code: 'accounts/mail-not-configured' });
  await without.close();
});
