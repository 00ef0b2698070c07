import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROBLEMS } from '../../src/http/problem.js';
import { startApp, type TestApp } from '../support/app.js';
import { addEvidence } from '../support/multipart.js';
import { expectStatus, foundNetwork, issueLegalIdentity, type Registered } from '../support/network.js';
import { createMachine, joinAs } from '../support/people.js';
import type { Logger } from '../../src/kernel/ports.js';

let t: TestApp;
let network: Registered;
const logLines: string[] = [];

beforeAll(async () => {
  const log = (fields: object, message: string) => void logLines.push(JSON.stringify({ fields, message }));
  const logger: Logger = { info: log, warn: log, error: log };
  t = await startApp({
    // The API description is of everything that an operator may switch on.
    environment: { VC_API: 'true' },
    logger,
    logStream: { write: (line) => void logLines.push(line) },
  });
  network = await foundNetwork(t);
});
afterAll(() => t.close());

const CODES = Object.keys(PROBLEMS);

describe('every error code', () => {
  test.each([...CODES, 'internal'])('%s has its page, for programs and for people', async (code) => {
    const json = expectStatus(await t.api.get(`/errors/${code}`), 200);
    expect(json.headers['content-type']).toContain('application/json');
    expect(json.body).toEqual({
      code,
      status: code === 'internal' ? 500 : PROBLEMS[code as keyof typeof PROBLEMS].status,
      title: expect.stringMatching(/\S/),
      remedy: expect.stringMatching(/\S/),
    });
    const html = expectStatus(await t.api.get(`/errors/${code}`, { accept: 'text/html' }), 200);
    expect(html.headers['content-type']).toContain('text/html');
    expect(html.text).toContain(`<code>${code}</code>`);
    expect(html.headers['vary']).toMatch(/accept/i);
  });

  test('has a status that clients can act upon', () => {
    const statuses = new Set(Object.values(PROBLEMS).map(({ status }) => status));
    for (const status of statuses) expect(status === 503 || (status >= 400 && status < 500)).toBe(true);
  });

  test.each(['/errors/no/such', '/errors/constructor', '/errors/request', '/errors/request/invalid/more'])(
    '%s has none',
    async (path) => {
      expect((await t.api.get(path)).status).toBe(404);
    },
  );
});

describe('a problem', () => {
  test('leads to its page', async () => {
    const { body } = await t.api.get('/v1/me');
    expect(body).toMatchObject({ code: 'auth/required', status: 401 });
    const url = new URL(body.type);
    expect(url.origin).toBe(t.config.publicUrl);
    const page = expectStatus(await t.api.get(url.pathname), 200);
    expect(page.body).toMatchObject({ code: body.code, title: body.title });
  });

  test('names the request by which the logs can be searched', async () => {
    const { headers, body } = await t.api.get('/v1/me');
    expect(body.instance).toBe(`urn:uuid:${headers['x-request-id']}`);
    expect(logLines.some((line) => line.includes(headers['x-request-id'] ?? 'none'))).toBe(true);
  });

  test('never says what was submitted', async () => {
    const secret = 'hunter2-hunter2';
    const answers = [
      await t.api.post('/v1/sessions', { email: secret, password: secret, organisationId: secret }),
      await t.api.post('/v1/sessions', undefined, {
        raw: `{"password":"${secret}`,
        headers: { 'content-type': 'application/json' },
      }),
      await t.api.get(`/v1/organisations/${secret}`),
      await t.api.get(`/${secret}`),
      await t.api.get(`/v1/organisations/%ff${secret}`),
      await t.api.get(`/v1/organisations?q=${secret}&limit=${secret}`),
    ];
    for (const { status, text } of answers) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(text).not.toContain(secret);
    }
  });

  test.each([
    ['GET', '/v2/organisations'],
    ['GET', '/v1/nothing'],
    ['DELETE', '/v1/organisations'],
    ['PUT', '/v1/sessions'],
    ['GET', '/.env'],
    ['GET', '/docs/../../etc/passwd'],
    ['POST', '/healthz'],
  ] as const)('%s %s is no route', async (method, url) => {
    const answer = await t.app.server.inject({ method, url });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'request/no-such-route' });
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  test('an address that cannot be decoded is one too', async () => {
    const answer = await t.app.server.inject({ method: 'GET', url: '/v1/organisations/%ff' });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'request/failed' });
    expect(answer.headers['x-request-id']).toBeTypeOf('string');
  });
});

describe('every answer', () => {
  const paths = ['/healthz', '/v1/me', '/nothing', '/errors/auth/required', '/v1/registrars'];

  test.each(paths)('%s comes with the security headers', async (path) => {
    const { headers } = await t.api.get(path);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'strict-transport-security': expect.stringContaining('max-age='),
      'referrer-policy': 'no-referrer',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('server');
  });

  test('may be read by any page, and never with cookies', async () => {
    const { headers } = await t.api.get('/v1/registrars', { origin: 'https://bank.example' });
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
    expect(headers['access-control-expose-headers']).toMatch(/etag/i);
    expect(headers).not.toHaveProperty('set-cookie');
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'POST'])('a page may ask whether it may %s', async (method) => {
    const answer = await t.app.server.inject({
      method: 'OPTIONS',
      url: `/v1/organisations/${network.coop.id}/dossier`,
      headers: {
        origin: 'https://portal.example',
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization, content-type, if-match, idempotency-key',
      },
    });
    expect(answer.statusCode).toBe(204);
    expect(String(answer.headers['access-control-allow-methods'])).toContain(method);
    expect(String(answer.headers['access-control-allow-headers'])).toMatch(/if-match/i);
  });
});

describe('operations', () => {
  test.each(['/healthz', '/readyz'])('%s says ok', async (path) => {
    expect(expectStatus(await t.api.get(path), 200).body).toEqual({ status: 'ok' });
  });

  test('the API reference is there, and runs nothing from elsewhere', async () => {
    const page = await t.app.server.inject({ method: 'GET', url: '/docs/' });
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/https?:\/\/(?!validator\.swagger\.io)/);
  });

  test('openapi.yaml is what is committed', async () => {
    const { body, headers } = await t.app.server.inject({ method: 'GET', url: '/openapi.yaml' });
    expect(headers['content-type']).toContain('application/yaml');
    expect(body).toBe(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8'));
  });
});

describe('after a whole journey', () => {
  const secrets: string[] = [];
  const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

  beforeAll(async () => {
    const { coop, registrar, partner } = network;
    const { token, credentialId } = await issueLegalIdentity(coop, registrar);
    await addEvidence(coop);
    await joinAs(t, coop, 'delegate');
    await createMachine(t, coop, ['verify']);
    await t.api.post('/v1/verifications', { credential: token });
    await partner.api.post('/v1/verifications', { credential: `${token}x` });
    await registrar.api.post(`/v1/credentials/${credentialId}/revoke`, { reason: 'A very private reason' });
    const session = expectStatus(
      await t.api.post('/v1/sessions', { email: coop.email, password: coop.password }),
      201,
    ).body;
    await t.api.post('/v1/sessions', { email: coop.email, password: 'a wrong long password' });
    await t.api.get(`/v1/organisations?q=very-private-query`);
    await t.api.get(`/very-private-path?token=${session.accessToken}`);
    await t.api.post('/v1/sessions/refresh', { refreshToken: session.refreshToken });
    secrets.push(
      token,
      token.split('.')[2] ?? '',
      session.accessToken,
      session.refreshToken,
      coop.email,
      coop.password,
      'a wrong long password',
      'very-private',
      'A very private reason',
      'Ada Admin',
      'Albion',
      'C3719',
      'Bearer',
      'eyJ',
    );
  });

  test('the logs hold no secret, no person and nothing submitted', () => {
    const log = logLines.join('\n');
    expect(logLines.length).toBeGreaterThan(20);
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
    expect(log).not.toMatch(/@organisation\.test/);
  });

  test('the logs tell a request by its route, not by its address', () => {
    const urls = logLines.map((line) => JSON.parse(line)).filter(({ req }) => req !== undefined);
    expect(urls.length).toBeGreaterThan(0);
    for (const { req } of urls) expect(req.route).not.toMatch(UUID);
  });

  test('the figures have no label that names anybody or anything', async () => {
    const { text } = expectStatus(await t.api.get('/metrics'), 200);
    expect(text).toContain('route="/v1/credentials/:id/revoke"');
    expect(text).not.toMatch(UUID);
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });
});
