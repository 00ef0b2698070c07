import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { expectStatus, registerOrganisation, type Organisation } from '../support/network.js';
import { joinAs, refusalOf, type Colleague } from '../support/people.js';
import { ask, foundSharing, readData, WISH, type SharingNetwork } from '../support/sharing.js';

const TERMS = {
  fields: ['officers', '/legalIdentity/legalName'],
  purposes: ['dpv:CustomerSolvencyMonitoring'],
  longestRetention: 'P1Y',
  longestGrant: 'P30D',
};
const CONTENT = {
  title: 'Regional housing co-ops',
  text: 'We tell each other who our officers are.',
  terms: TERMS,
};

let t: TestApp;
let network: SharingNetwork;
let bankDelegate: Colleague;

beforeAll(async () => {
  t = await startApp();
  network = await foundSharing(t);
  bankDelegate = await joinAs(t, network.partner, 'delegate');
});
afterAll(() => t.close());

async function offered(content: object = CONTENT, by: Organisation = network.registrar) {
  return expectStatus(await by.api.post('/v1/agreements', content), 201).body;
}

const accept = ({ api }: Pick<Colleague, 'api'>, id: string, body: object = { version: 1 }) =>
  api.post(`/v1/agreements/${id}/acceptances`, body);
const leave = ({ api }: Pick<Colleague, 'api'>, id: string) => api.post(`/v1/agreements/${id}/leave`, {});
const read = async ({ api }: Pick<Colleague, 'api'>, id: string) =>
  expectStatus(await api.get(`/v1/agreements/${id}`), 200).body;

/** Accepted by both sides: the co-op's rule for what is about persons asks for two. */
async function joined(id: string, version = 1): Promise<void> {
  const { delegates } = network;
  for (const delegate of delegates.slice(0, 2)) expectStatus(await accept(delegate, id, { version }), 201);
  expectStatus(await accept(bankDelegate, id, { version }), 201);
}

async function stateOf(wish: object = {}) {
  const { body } = expectStatus(await ask(network.partner, network.coop, wish), 201);
  // So that the quota of open requests is not in the way.
  if (body.state === 'open') {
    const withdrawal = await network.partner.api.post(`/v1/access-requests/${body.id}/withdraw`, {});
    expectStatus(withdrawal, 200);
  }
  return body;
}

/** One at a time, or one would answer for another. */
async function leaveAll(id: string) {
  for (const one of [network.delegates[0] as Colleague, bankDelegate])
    expectStatus(await leave(one, id), 200);
  // A partner may ask one co-op ten times a day.
  t.clock.advance(86_400);
  await signInAgain();
}

/** Tokens last a quarter of an hour. */
async function signInAgain() {
  for (const one of [network.coop, network.partner, network.registrar, bankDelegate, ...network.delegates]) {
    const { body } = expectStatus(
      await t.api.post('/v1/sessions', { email: one.email, password: one.password }),
      201,
    );
    Object.assign(one, { api: t.api.as(body.accessToken) });
  }
}

describe('an agreement', () => {
  test('is offered in a version, and joined when as many delegates accept as the rule asks for', async () => {
    const { registrar, coop, delegates } = network;
    const agreement = await offered();
    expect(agreement).toMatchObject({
      author: { did: registrar.did },
      version: 1,
      title: CONTENT.title,
      terms: { ...TERMS, fields: ['/legalIdentity/legalName', '/officers'] },
      sensitivity: 'personal',
      members: 0,
      membership: { state: 'none' },
    });
    const [first, second] = delegates as [Colleague, Colleague];
    const waiting = expectStatus(await accept(first, agreement.id), 201).body;
    expect(waiting.membership).toEqual({
      state: 'waiting',
      approvals: { version: 1, given: 1, needed: 2 },
    });
    expect(refusalOf(await accept(first, agreement.id))).toBe('409 agreements/already-approved');
    const since = t.clock.now().toISOString();
    const inForce = expectStatus(await accept(second, agreement.id), 201).body;
    expect([inForce.members, inForce.membership]).toEqual([1, { state: 'in_force', version: 1, since }]);
    expect(refusalOf(await accept(first, agreement.id))).toBe('409 agreements/already-accepted');
    const { items } = expectStatus(await coop.api.get('/v1/agreements?joined=true'), 200).body;
    expect(items.map(({ id }: { id: string }) => id)).toEqual([agreement.id]);
    await leaveAll(agreement.id);
  });

  test('is joined by two who accept at once', async () => {
    const { id } = await offered();
    const [first, second] = network.delegates as [Colleague, Colleague];
    const answers = await Promise.all([accept(first, id), accept(second, id)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect((await read(network.coop, id)).membership).toMatchObject({ state: 'in_force', version: 1 });
    await leaveAll(id);
  });

  test('lets members read what it covers, at once, for as long as it says', async () => {
    const { id } = await offered();
    await joined(id);
    const { state, grantId } = await stateOf({ grantFor: 'P90D' });
    expect(state).toBe('granted');
    const { body } = expectStatus(await readData(network.partner, grantId), 200);
    expect(body.fields.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(WISH.fields);
    const grant = expectStatus(await network.coop.api.get(`/v1/grants/${grantId}`), 200).body;
    expect(Date.parse(grant.expiresAt) - t.clock.now().getTime()).toBe(30 * 86_400_000);
    const accesses = expectStatus(await network.coop.api.get(`/v1/grants/${grantId}/accesses`), 200).body;
    expect(accesses.items).toHaveLength(1);
    await leaveAll(id);
  });

  test.each([
    ['another field', { fields: ['/officers/0/fullName', '/capacity'] }],
    ['another purpose', { purposes: ['dpv:CustomerSolvencyMonitoring', 'dpv:ServiceProvision'] }],
    ['longer retention', { retention: 'P2Y' }],
  ])('leaves to the delegates what asks for %s', async (_name, wish) => {
    const { id } = await offered();
    await joined(id);
    expect((await stateOf(wish)).state).toBe('open');
    await leaveAll(id);
  });

  test('binds nobody who has not joined, or not yet, or on one side only', async () => {
    const { id } = await offered();
    expect((await stateOf()).state).toBe('open');
    expectStatus(await accept(bankDelegate, id), 201);
    expect((await stateOf()).state).toBe('open');
    expectStatus(await accept(network.delegates[0] as Colleague, id), 201);
    expect((await stateOf()).state).toBe('open');
    expectStatus(await accept(network.delegates[1] as Colleague, id), 201);
    expect((await stateOf()).state).toBe('granted');
    await leaveAll(id);
  });

  test('lets only those ask whom it names', async () => {
    const { coop, partner } = network;
    const { id } = await offered({ ...CONTENT, terms: { ...TERMS, mayAsk: [coop.id] } });
    await joined(id);
    expect((await stateOf()).state).toBe('open');
    await leaveAll(id);
    const named = await offered({ ...CONTENT, terms: { ...TERMS, mayAsk: [partner.id] } });
    await joined(named.id);
    expect((await stateOf()).state).toBe('granted');
    await leaveAll(named.id);
  });

  test('is left at once: what it released is over, and it releases nothing more', async () => {
    const { id } = await offered();
    await joined(id);
    const { grantId } = await stateOf();
    expectStatus(await readData(network.partner, grantId), 200);
    expectStatus(await leave(network.delegates[2] as Colleague, id), 200);
    expect(refusalOf(await readData(network.partner, grantId))).toBe('410 grants/over');
    expect((await stateOf()).state).toBe('open');
    expect((await read(network.coop, id)).membership).toEqual({ state: 'none' });
    await leaveAll(id);
  });

  test('is left by who reads as well', async () => {
    const { id } = await offered();
    await joined(id);
    const { grantId } = await stateOf();
    expectStatus(await leave(bankDelegate, id), 200);
    expect(refusalOf(await readData(network.partner, grantId))).toBe('410 grants/over');
    await leaveAll(id);
  });

  test('has a new version only for those who accept it', async () => {
    const { registrar, coop, partner } = network;
    const { id } = await offered();
    await joined(id);
    const wider = { ...CONTENT, terms: { ...TERMS, fields: [...TERMS.fields, 'capacity'] } };
    const headers = { 'if-match': '"1"' };
    const put = await registrar.api.put(`/v1/agreements/${id}`, wider, { headers });
    expect(expectStatus(put, 200).body.version).toBe(2);
    const wish = { fields: ['/capacity'] };
    expect((await stateOf(wish)).state).toBe('open');
    expect((await read(coop, id)).membership).toMatchObject({ state: 'in_force', version: 1 });
    const events = expectStatus(await partner.api.get('/v1/events?limit=100'), 200).body.items;
    expect(events.findLast(({ type }: { type: string }) => type === 'agreement.changed').data).toEqual({
      agreementId: id,
      version: 2,
    });
    // The bank alone cannot widen what the co-op has accepted.
    expectStatus(await accept(bankDelegate, id, { version: 2 }), 201);
    expect((await stateOf(wish)).state).toBe('open');
    expect((await stateOf()).state).toBe('granted');
    for (const delegate of network.delegates.slice(0, 2))
      expectStatus(await accept(delegate, id, { version: 2 }), 201);
    expect((await stateOf(wish)).state).toBe('granted');
    const before = expectStatus(await coop.api.get(`/v1/agreements/${id}/versions/1`), 200).body;
    expect(before.terms.fields).toEqual(['/legalIdentity/legalName', '/officers']);
    await leaveAll(id);
  });

  test('can be accepted in the newest version only, which is changed with its ETag', async () => {
    const { registrar } = network;
    const { id } = await offered();
    const url = `/v1/agreements/${id}`;
    expect(refusalOf(await registrar.api.put(url, CONTENT))).toBe('428 agreements/version-required');
    const etag = { headers: { 'if-match': '"1"' } };
    expectStatus(await registrar.api.put(url, CONTENT, etag), 200);
    expect(refusalOf(await registrar.api.put(url, CONTENT, etag))).toBe('412 agreements/version-stale');
    expect(refusalOf(await accept(bankDelegate, id, { version: 1 }))).toBe('412 agreements/version-stale');
  });

  test('that is closed decides nothing any more', async () => {
    const { registrar } = network;
    const { id } = await offered();
    await joined(id);
    const { grantId } = await stateOf();
    expectStatus(await registrar.api.post(`/v1/agreements/${id}/close`, {}), 200);
    expect((await stateOf()).state).toBe('open');
    expectStatus(await readData(network.partner, grantId), 200);
    const another = await joinAs(t, network.registrar, 'delegate');
    expect(refusalOf(await accept(another, id))).toBe('409 agreements/closed');
    await leaveAll(id);
  });
});

describe('about an agreement decides', () => {
  test('no machine, no administrator, nobody who only looks', async () => {
    const { id } = await offered();
    expect(refusalOf(await accept(network.coop, id))).toBe('403 auth/forbidden');
    expect(refusalOf(await leave(network.coop, id))).toBe('403 auth/forbidden');
    const viewer = await joinAs(t, network.coop, 'viewer');
    expect(refusalOf(await accept(viewer, id))).toBe('403 auth/forbidden');
  });

  test('only its author of what it says', async () => {
    const { id } = await offered();
    const { coop } = network;
    const headers = { 'if-match': '"1"' };
    expect(refusalOf(await coop.api.put(`/v1/agreements/${id}`, CONTENT, { headers }))).toBe(
      '403 auth/forbidden',
    );
    expect(refusalOf(await coop.api.post(`/v1/agreements/${id}/close`, {}))).toBe('403 auth/forbidden');
  });

  test('whoever it is offered to, and nobody else sees it', async () => {
    const { coop, partner } = network;
    const stranger = await registerOrganisation(t.api, 'A Stranger');
    const { id } = await offered({ ...CONTENT, terms: { ...TERMS, parties: [coop.id, partner.id] } });
    expect((await read(coop, id)).id).toBe(id);
    const delegate = await joinAs(t, stranger, 'delegate');
    for (const answer of [
      await stranger.api.get(`/v1/agreements/${id}`),
      await stranger.api.get(`/v1/agreements/${id}/members`),
      await accept(delegate, id),
      await leave(delegate, id),
      await stranger.api.post(`/v1/agreements/${id}/close`, {}),
    ])
      expect(refusalOf(answer)).toBe('404 resource/not-found');
  });

  test('only members and the author see who has joined', async () => {
    const { id } = await offered();
    expectStatus(await accept(bankDelegate, id), 201);
    const members = `/v1/agreements/${id}/members`;
    expect(refusalOf(await network.coop.api.get(members))).toBe('403 auth/forbidden');
    for (const { api } of [network.partner, network.registrar]) {
      const { items } = expectStatus(await api.get(members), 200).body;
      expect(items).toEqual([
        {
          organisation: { id: network.partner.id, did: network.partner.did, name: network.partner.name },
          version: 1,
          since: expect.any(String),
        },
      ]);
    }
    await leaveAll(id);
  });

  test('nobody who was a delegate, and no approval of long ago', async () => {
    const { id } = await offered();
    const [first, second, third] = network.delegates as [Colleague, Colleague, Colleague];
    expectStatus(await accept(first, id), 201);
    t.clock.advance(30 * 86_400);
    await signInAgain();
    expect(expectStatus(await accept(second, id), 201).body.membership.approvals).toEqual({
      version: 1,
      given: 1,
      needed: 2,
    });
    expect(expectStatus(await accept(third, id), 201).body.membership.state).toBe('in_force');
    await leaveAll(id);
  });

  test.each([
    ['/terms/fields/0', { fields: ['nowhere'] }],
    ['/terms/longestRetention', { longestRetention: 'P11Y' }],
    ['/terms/longestGrant', { longestGrant: 'P2Y' }],
    ['/terms/until', { until: '2026-01-01T00:00:00Z' }],
  ])('nothing that makes no sense: %s', async (pointer, changes) => {
    const content = { ...CONTENT, terms: { ...TERMS, ...changes } };
    const answer = await network.registrar.api.post('/v1/agreements', content);
    expect([refusalOf(answer), answer.body.errors[0].pointer]).toEqual(['400 request/invalid', pointer]);
  });
});
