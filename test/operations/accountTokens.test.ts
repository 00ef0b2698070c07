import { createHmac, generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEnvelope } from '../../src/adapters/envelope.js';
import type { Joined } from '../../src/features/accounts/wire.js';
import { PUBLIC_URL } from '../support/app.js';
import { startAccounts, type AccountsProcess } from '../support/accounts.js';

const SECRET = createEnvelope(Buffer.alloc(32, 7)).deriveSecret('access-token');

let app: AccountsProcess;
let joined: Joined;
beforeAll(async () => {
  app = await startAccounts();
  joined = await app.register('Token Co-op', 'ada@token.example');
});
afterAll(() => app.close());

type Json = Record<string, unknown>;

function claims(): Json {
  const payload = joined.session.accessToken.split('.')[1] ?? '';
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Json;
}

/** Any header and any payload, rightly signed by our own secret. */
function sign(payload: unknown, header: Json = { alg: 'HS256', typ: 'at+jwt' }, secret = SECRET): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

async function statusFor(authorization: string): Promise<number> {
  const { status } = await app.api({ method: 'GET', path: '/v1/me', headers: { authorization } });
  return status;
}

describe('an access token', () => {
  it('carries the claims that identify it, and no personal data', () => {
    expect(Object.keys(claims()).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
    expect(claims()).toMatchObject({ iss: PUBLIC_URL, aud: PUBLIC_URL });
    expect((claims()['exp'] as number) - (claims()['iat'] as number)).toBe(900);
  });

  it('made by hand with our secret and the same claims is accepted (so the refusals below mean something)', async () => {
    expect(await statusFor(`Bearer ${sign(claims())}`)).toBe(200);
  });

  it.each(['iss', 'aud', 'sub', 'jti', 'iat', 'exp', 'sid'])('without %s is refused', async (claim) => {
    const rest = Object.fromEntries(Object.entries(claims()).filter(([name]) => name !== claim));
    expect(await statusFor(`Bearer ${sign(rest)}`)).toBe(401);
  });

  it.each([
    ['another issuer', { iss: 'https://other.example' }],
    ['another audience', { aud: 'https://other.example' }],
    ['a list of audiences', { aud: [PUBLIC_URL, 'https://other.example'] }],
    ['an expiry in words', { exp: 'never' }],
    ['an expiry that is null', { exp: null }],
    ['an expiry that is a fraction', { exp: 99_999_999_999.5 }],
    ['an expiry years ahead', { exp: 4_000_000_000 }],
    ['a beginning in the future', { iat: 4_000_000_000, exp: 4_000_000_100 }],
    ['a subject that is no id', { sub: "' or 1=1" }],
    ['a number as session', { sid: 7 }],
    ['a session and a client', { cid: 'x' }],
    ["another person's session", { sub: '01939c2e-0000-7000-8000-000000000000' }],
  ])('with %s is refused', async (_, change) => {
    expect(await statusFor(`Bearer ${sign({ ...claims(), ...change })}`)).toBe(401);
  });

  it.each([
    ['alg none', { alg: 'none', typ: 'at+jwt' }],
    ['alg HS512', { alg: 'HS512', typ: 'at+jwt' }],
    ['alg hs256', { alg: 'hs256', typ: 'at+jwt' }],
    ['another type', { alg: 'HS256', typ: 'vc+jwt' }],
    ['no type', { alg: 'HS256' }],
    ['a critical extension', { alg: 'HS256', typ: 'at+jwt', crit: ['b64'], b64: false }],
  ])('with %s is refused', async (_, header) => {
    expect(await statusFor(`Bearer ${sign(claims(), header)}`)).toBe(401);
  });

  it('without a signature is refused', async () => {
    const [header = '', payload = ''] = sign(claims(), { alg: 'none', typ: 'at+jwt' }).split('.');
    expect(await statusFor(`Bearer ${header}.${payload}.`)).toBe(401);
  });

  it('signed by another secret, or with a public key in its header, is refused', async () => {
    expect(await statusFor(`Bearer ${sign(claims(), undefined, Buffer.alloc(32, 1))}`)).toBe(401);
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    const token = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', jwk })
      .sign(privateKey);
    expect(await statusFor(`Bearer ${token}`)).toBe(401);
  });

  it.each([
    '',
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    'Bearer a.b.c',
    'Bearer a.b.c.d',
    `Bearer ${'a'.repeat(9000)}`,
  ])('in the header %j is none', async (authorization) => {
    expect(await statusFor(authorization)).toBe(401);
  });

  it('with one character changed anywhere in its signature is refused', async () => {
    const token = joined.session.accessToken;
    const start = token.lastIndexOf('.') + 1;
    for (let at = start; at < token.length - 1; at += 7) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(await statusFor(`Bearer ${token.slice(0, at)}${other}${token.slice(at + 1)}`)).toBe(401);
    }
  });

  it('takes one query to find out whose it is', async () => {
    let queries = 0;
    const counted = await startAccounts({ onQuery: () => void (queries += 1) });
    const { session } = await counted.register('Counted Co-op', 'ada@counted.example');
    // Of another organisation, so that the request ends once it is known whose it is.
    const path = `/v1/organisations/${joined.organisation.id}/members`;
    queries = 0;
    const answer = await counted.api({ method: 'GET', path, token: session.accessToken });
    expect([answer.status, queries]).toEqual([404, 1]);
    await counted.close();
  });
});

describe('POST /oauth2/token', () => {
  let client: { id: string; secret: string };
  beforeAll(async () => {
    const { body } = await app.api({
      method: 'POST',
      path: `/v1/organisations/${joined.organisation.id}/clients`,
      token: joined.session.accessToken,
      body: { name: 'Machine', scopes: ['verify', 'dossier'] },
    });
    client = body as unknown as typeof client;
  });

  const ask = (form: string, headers: Record<string, string> = {}) =>
    app.api({ method: 'POST', path: '/oauth2/token', form, headers });
  const inBody = () => `client_id=${client.id}&client_secret=${client.secret}`;
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

  it('takes the credentials in the body, and gives all scopes when none are asked for', async () => {
    const answer = await ask(`grant_type=client_credentials&${inBody()}`);
    expect(answer).toMatchObject({ status: 200, body: { scope: 'dossier verify' } });
  });

  it('takes form-encoded credentials in HTTP Basic, and ignores parameters it does not know', async () => {
    const encoded = `%${client.id.charCodeAt(0).toString(16)}${client.id.slice(1)}:${client.secret}`;
    const answer = await ask('grant_type=client_credentials&resource=x', basic(encoded));
    expect(answer.status).toBe(200);
  });

  it.each([
    ['a wrong secret', () => `grant_type=client_credentials&client_id=${client.id}&client_secret=wrong`],
    ['an unknown client', () => `grant_type=client_credentials&client_id=nobody&client_secret=wrong`],
    ['no credentials', () => 'grant_type=client_credentials'],
    ['an empty secret', () => `grant_type=client_credentials&client_id=${client.id}&client_secret=`],
  ])('answers invalid_client to %s', async (_, form) => {
    const answer = await ask(form());
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(answer.headers['www-authenticate']).toMatch(/^Basic /);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each([
    ['invalid_request', () => `grant_type=client_credentials&grant_type=password&${inBody()}`],
    ['invalid_request', () => inBody()],
    ['invalid_request', () => `grant_type=client_credentials&${inBody()}&scope=${'x'.repeat(1001)}`],
    ['unsupported_grant_type', () => `grant_type=password&${inBody()}`],
    ['invalid_scope', () => `grant_type=client_credentials&${inBody()}&scope=review`],
    ['invalid_scope', () => `grant_type=client_credentials&${inBody()}&scope=verify++dossier`],
  ])('answers %s', async (error, form) => {
    expect(await ask(form())).toMatchObject({ status: 400, body: { error } });
  });

  it('refuses credentials that are stated twice, and a body of another kind', async () => {
    const twice = await ask(
      `grant_type=client_credentials&${inBody()}`,
      basic(`${client.id}:${client.secret}`),
    );
    expect(twice).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const json = await app.api({
      method: 'POST',
      path: '/oauth2/token',
      body: { grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret },
    });
    expect(json).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('does not take form-encoded bodies elsewhere', async () => {
    const answer = await app.api({ method: 'POST', path: '/v1/sessions', form: 'email=a&password=b' });
    expect(answer.status).toBe(415);
  });
});
