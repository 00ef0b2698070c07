import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  registerOrganisation,
  type Registered,
} from '../support/network.js';
import { joinAs, refusalOf } from '../support/people.js';

const PURPOSE = 'Opening a business account';
const LENIENT = {
  name: 'Identity will do',
  rules: [{ rule: 'credentials', anyOf: [['CoopLegalIdentityCredential']] }],
};
const STRICT = { name: 'Nowhere near', rules: [{ rule: 'jurisdictions', anyOf: ['NZ'] }] };

let t: TestApp;
let network: Registered;
let credentialId: string;
let policyId: string;

beforeAll(async () => {
  t = await startApp();
  network = await foundNetwork(t);
  ({ credentialId } = await issueLegalIdentity(network.coop, network.registrar));
  policyId = await makePolicy(LENIENT);
});
afterAll(() => t.close());

async function makePolicy(policy: object): Promise<string> {
  return expectStatus(await network.partner.api.post('/v1/policies', policy), 201).body.id;
}

async function ask(changes: object = {}) {
  const body = { policyId, purpose: PURPOSE, ...changes };
  const made = expectStatus(await network.partner.api.post('/v1/presentation-requests', body), 201).body;
  return { ...made, path: new URL(made.link).pathname };
}

const readRequest = async (id: string) =>
  expectStatus(await network.partner.api.get(`/v1/presentation-requests/${id}`), 200).body;
const answer = (path: string) => network.coop.api.post(path, { credentialIds: [credentialId] });

describe('a partner that asks for a presentation', () => {
  test('gets a link, the co-op answers, and the partner has the report', async () => {
    const { path, link, qrContent, ...request } = await ask();
    expect(qrContent).toBe(link);
    expect(request).toEqual({
      id: expect.any(String),
      status: 'open',
      policy: { id: policyId, version: 1 },
      purpose: PURPOSE,
      createdAt: t.clock.now().toISOString(),
      expiresAt: new Date(t.clock.now().getTime() + 7 * 86_400_000).toISOString(),
    });
    const opened = expectStatus(await t.api.get(path), 200);
    expect(opened.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    expect(opened.body).toEqual({
      id: request.id,
      asker: { did: network.partner.did, name: network.partner.name },
      purpose: PURPOSE,
      policy: LENIENT,
      audience: network.partner.did,
      nonce: expect.any(String),
      expiresAt: request.expiresAt,
    });
    const answeredAt = t.clock.now().toISOString();
    expect(expectStatus(await answer(path), 200).body).toEqual({ id: request.id, answeredAt });
    const { verificationId, ...after } = await readRequest(request.id);
    expect(after).toEqual({ ...request, status: 'answered', answeredAt });
    const report = expectStatus(
      await network.partner.api.get(`/v1/verifications/${verificationId}`),
      200,
    ).body;
    expect(report).toMatchObject({
      verdict: 'accepted',
      policy: { id: policyId, version: 1 },
      holder: { did: network.coop.did },
    });
    const events = expectStatus(await network.partner.api.get('/v1/events'), 200).body.items;
    expect(events.at(-1)).toMatchObject({
      type: 'presentation.received',
      data: { requestId: request.id, verificationId },
    });
    const [presented] = expectStatus(await network.coop.api.get('/v1/presentations'), 200).body.items;
    expect(presented).toMatchObject({ requestId: request.id, audience: network.partner.did });
  });

  test('relies on the answer', async () => {
    const { id, path } = await ask();
    expectStatus(await answer(path), 200);
    const { verificationId } = await readRequest(id);
    const body = { verificationId, purpose: PURPOSE };
    expectStatus(await network.partner.api.post('/v1/reliances', body), 201);
  });

  test('has an answer that its policy rejects, too, and the co-op is not told of the verdict', async () => {
    const strict = await makePolicy(STRICT);
    const { id, path } = await ask({ policyId: strict });
    expect(Object.keys(expectStatus(await answer(path), 200).body)).toEqual(['id', 'answeredAt']);
    const { verificationId } = await readRequest(id);
    const { body } = await network.partner.api.get(`/v1/verifications/${verificationId}`);
    expect(body.verdict).toBe('rejected');
  });

  test('is answered under the version of the policy that it asked with', async () => {
    const own = await makePolicy(LENIENT);
    const { id, path } = await ask({ policyId: own });
    const put = await network.partner.api.put(`/v1/policies/${own}`, STRICT, {
      headers: { 'if-match': '"1"' },
    });
    expectStatus(put, 200);
    expect((await t.api.get(path)).body.policy).toEqual(LENIENT);
    expectStatus(await answer(path), 200);
    const { verificationId } = await readRequest(id);
    const { body } = await network.partner.api.get(`/v1/verifications/${verificationId}`);
    expect([body.verdict, body.policy]).toEqual(['accepted', { id: own, version: 1 }]);
  });

  test('takes one answer, of several at once', async () => {
    const { id, path } = await ask();
    const answers = await Promise.all([answer(path), answer(path), answer(path)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(refusalOf(await answer(path))).toBe('409 presentation-requests/closed');
    const { verificationId } = await readRequest(id);
    const { items } = (await network.partner.api.get('/v1/events?limit=100')).body;
    const told = items.filter(({ data }: { data: { requestId?: string } }) => data.requestId === id);
    expect(told.map(({ data }: { data: { verificationId: string } }) => data.verificationId)).toEqual([
      verificationId,
    ]);
  });

  test('takes it back, and then nobody answers', async () => {
    const { id, path } = await ask();
    for (let times = 0; times < 2; times++)
      expectStatus(await network.partner.api.delete(`/v1/presentation-requests/${id}`), 204);
    expect(await readRequest(id)).toMatchObject({ status: 'cancelled' });
    expect(refusalOf(await t.api.get(path))).toBe('409 presentation-requests/closed');
    expect(refusalOf(await answer(path))).toBe('409 presentation-requests/closed');
  });

  test('waits as long as it said', async () => {
    const { id, path } = await ask({ validFor: 'PT5M' });
    t.clock.advance(300);
    expect(await readRequest(id)).toMatchObject({ status: 'expired' });
    expect(refusalOf(await answer(path))).toBe('409 presentation-requests/closed');
  });

  test.each(['PT0S', 'P91D', 'P2Y'])('cannot ask for %s', async (validFor) => {
    const answered = await network.partner.api.post('/v1/presentation-requests', {
      policyId,
      purpose: PURPOSE,
      validFor,
    });
    expect([refusalOf(answered), answered.body.errors[0].pointer]).toEqual([
      '400 request/invalid',
      '/validFor',
    ]);
  });

  test('asks under a policy of its own, which is not archived', async () => {
    const archived = await makePolicy(LENIENT);
    expectStatus(await network.partner.api.post(`/v1/policies/${archived}/archive`, {}), 200);
    const attempt = (api: typeof network.partner.api, body: object) =>
      api.post('/v1/presentation-requests', { purpose: PURPOSE, ...body });
    expect(refusalOf(await attempt(network.partner.api, { policyId: archived }))).toBe(
      '409 policies/archived',
    );
    const foreign = await attempt(network.coop.api, { policyId });
    expect([refusalOf(foreign), foreign.body.errors[0].pointer]).toEqual([
      '400 request/invalid',
      '/policyId',
    ]);
    const later = await attempt(network.partner.api, { policyId, policyVersion: 9 });
    expect([refusalOf(later), later.body.errors[0].pointer]).toEqual([
      '400 request/invalid',
      '/policyVersion',
    ]);
  });

  test('keeps its requests to itself', async () => {
    const { id } = await ask();
    const url = `/v1/presentation-requests/${id}`;
    for (const stranger of [network.coop, network.registrar]) {
      expect(refusalOf(await stranger.api.get(url))).toBe('404 resource/not-found');
      expect(refusalOf(await stranger.api.delete(url))).toBe('404 resource/not-found');
    }
    const { body } = expectStatus(await network.partner.api.get('/v1/presentation-requests?limit=1'), 200);
    expect([body.items.length, typeof body.next]).toEqual([1, 'string']);
    expect(JSON.stringify(body)).not.toContain('/present/');
  });
});

describe('whoever has the link', () => {
  test('answers with a presentation that was made elsewhere', async () => {
    const { id, path } = await ask();
    const { audience, nonce } = (await t.api.get(path)).body;
    const wanted = { credentialIds: [credentialId], audience, nonce };
    const { presentation } = expectStatus(await network.coop.api.post('/v1/presentations', wanted), 201).body;
    expectStatus(await t.api.post(path, { presentation }), 200);
    expect(await readRequest(id)).toMatchObject({ status: 'answered' });
  });

  test.each([
    ['garbage', async () => 'garbage'],
    ['a bare credential', async () => await readToken()],
    [
      'one for another audience',
      (asked: Addressed) => presentTo({ ...asked, audience: network.registrar.did }),
    ],
    ['one for another request', (asked: Addressed) => presentTo({ ...asked, nonce: 'of another' })],
    [
      'one that is too old',
      async (asked: Addressed) => {
        const presentation = await presentTo(asked);
        t.clock.advance(361);
        return presentation;
      },
    ],
    [
      'one that was changed',
      async (asked: Addressed) => {
        const presentation = await presentTo(asked);
        return `${presentation.slice(0, -2)}${presentation.endsWith('AA') ? 'BB' : 'AA'}`;
      },
    ],
  ])('does not use it up with %s', async (_name, make) => {
    const { id, path } = await ask();
    const presentation = await make((await t.api.get(path)).body);
    const before = await countVerifications();
    expect(refusalOf(await t.api.post(path, { presentation }))).toBe(
      '422 presentation-requests/not-answered',
    );
    expect(await readRequest(id)).toMatchObject({ status: 'open' });
    expect(await countVerifications()).toBe(before);
    expectStatus(await answer(path), 200);
  });

  test('answers with own credentials only, signed in, and with the right to', async () => {
    const { path } = await ask();
    const body = { credentialIds: [credentialId] };
    expect(refusalOf(await t.api.post(path, body))).toBe('401 auth/required');
    expect(refusalOf(await network.operator.post(path, body))).toBe('403 auth/forbidden');
    expect(refusalOf(await network.partner.api.post(path, body))).toBe('403 auth/forbidden');
    const { api } = await joinAs(t, network.coop, 'viewer');
    expect(refusalOf(await api.post(path, body))).toBe('403 auth/forbidden');
    const stranger = await registerOrganisation(t.api, 'A Stranger');
    expect(refusalOf(await stranger.api.post(path, body))).toBe('400 request/invalid');
    expectStatus(await answer(path), 200);
  });

  test('finds nothing under another code', async () => {
    for (const path of ['/present/x', `/present/${'A'.repeat(43)}`]) {
      expect(refusalOf(await t.api.get(path))).toBe('404 resource/not-found');
      expect(refusalOf(await answer(path))).toBe('404 resource/not-found');
    }
  });

  test('sees a page that only text of the asker stands in', async () => {
    const { path } = await ask({ purpose: '<script>alert(1)</script> & "more"' });
    const { text, headers } = expectStatus(await t.api.get(path, { accept: 'text/html' }), 200);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;');
    expect(text).not.toContain('<script');
  });
});

interface Addressed {
  readonly audience: string;
  readonly nonce: string;
}

async function presentTo({ audience, nonce }: Addressed): Promise<string> {
  const wanted = { credentialIds: [credentialId], audience, nonce };
  return expectStatus(await network.coop.api.post('/v1/presentations', wanted), 201).body.presentation;
}

async function readToken() {
  const answered = await network.coop.api.get(`/v1/credentials/${credentialId}`, {
    accept: 'application/vc+jwt',
  });
  return expectStatus(answered, 200).text;
}

async function countVerifications(): Promise<number> {
  return (await t.connection.db.selectFrom('verifications').select('id').execute()).length;
}
