import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  registerOrganisation,
  rely,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { joinAs, refusalOf, signInAgain } from '../support/people.js';
import { startReceiver, type Received, type Receiver } from '../support/receiver.js';

const DAY = 86_400;

let t: TestApp;
let network: Registered;
let partner: Organisation;
let credentialId: string;
let token: string;
let receiver: Receiver;
let isSuspended = false;
const resolved = new Map<string, readonly string[]>();

beforeAll(async () => {
  receiver = await startReceiver();
  t = await startApp({
    environment: { ALLOW_LOOPBACK: 'true' },
    resolveHost: async (host) => resolved.get(host) ?? [],
  });
  network = await foundNetwork(t);
  ({ credentialId, token } = await issueLegalIdentity(network.coop, network.registrar));
});
beforeEach(async () => {
  network = { ...network, registrar: await signInAgain(t, network.registrar) };
  if (isSuspended) await change();
  partner = await registerOrganisation(t.api, 'A Partner');
  await rely(partner, token);
});
afterEach(async () => {
  // So that nothing is delivered to anybody but whom a test is about.
  await t.connection.db.deleteFrom('webhooks').execute();
  await t.connection.db.deleteFrom('webhook_deliveries').execute();
  receiver.forget();
  receiver.answer = () => 204;
});
afterAll(async () => {
  await t.close();
  await receiver.close();
});

/** Suspends or reinstates: something to tell, of this type. */
async function change(): Promise<string> {
  const [action, type] = isSuspended ? ['reinstate', 'reinstated'] : ['suspend', 'suspended'];
  isSuspended = !isSuspended;
  const url = `/v1/credentials/${credentialId}/${action}`;
  expectStatus(await network.registrar.api.post(url, { reason: 'A reason' }), 200);
  return `credential.${type}`;
}

interface Hook {
  readonly id: string;
  readonly secret: string;
}

async function create(body: object = {}, by = partner): Promise<Hook> {
  return expectStatus(await by.api.post('/v1/webhooks', { url: receiver.url, ...body }), 201).body;
}

const readHook = async ({ id }: Hook) => expectStatus(await partner.api.get(`/v1/webhooks/${id}`), 200).body;
const deliveriesOf = async ({ id }: Hook, query = '') =>
  expectStatus(await partner.api.get(`/v1/webhooks/${id}/deliveries${query}`), 200).body.items;
const eventsOf = async () => expectStatus(await partner.api.get('/v1/events?limit=100'), 200).body.items;

/** By somebody else's library; throws where it does not hold. It looks at the real time, which the test's is not. */
function verifies({ headers, body }: Received, secret: string): boolean {
  const clock = Date.now;
  Date.now = () => t.clock.now().getTime();
  try {
    new StandardWebhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  } finally {
    Date.now = clock;
  }
}

/** Time passes, and everybody signs in again. */
async function later(seconds: number): Promise<void> {
  t.clock.advance(seconds);
  partner = await signInAgain(t, partner);
  network = { ...network, registrar: await signInAgain(t, network.registrar) };
}

/** What is due is delivered, until nothing is pending any more; returns after how many seconds from now. */
async function deliverToTheEnd(hook: Hook): Promise<number> {
  const start = t.clock.now().getTime();
  for (;;) {
    await t.app.webhooks.deliverDue();
    await later(0);
    const [next] = (await deliveriesOf(hook, '?state=pending')) as { nextAttemptAt: string }[];
    if (!next) return (t.clock.now().getTime() - start) / 1000;
    // The webhook is left alone for some minutes at the most.
    await later(Math.max(300, (Date.parse(next.nextAttemptAt) - t.clock.now().getTime()) / 1000));
  }
}

describe('a webhook', () => {
  test('gets every event as it stands in the list, signed for others’ libraries', async () => {
    const hook = await create();
    expect(hook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const types = [await change(), await change()];
    expect(await t.app.webhooks.deliverDue()).toBe(2);
    const events = await eventsOf();
    expect(events.map(({ type }: { type: string }) => type)).toEqual(types);
    expect(receiver.received.map(({ body }) => JSON.parse(body)).sort(byId)).toEqual([...events].sort(byId));
    for (const received of receiver.received) {
      expect(verifies(received, hook.secret)).toBe(true);
      expect(verifies({ ...received, body: `${received.body} ` }, hook.secret)).toBe(false);
      expect(received.headers).toMatchObject({
        'webhook-id': JSON.parse(received.body).id,
        'content-type': 'application/json',
      });
    }
    expect(await t.app.webhooks.deliverDue()).toBe(0);
    const deliveries = await deliveriesOf(hook);
    expect(deliveries).toMatchObject(
      types.map((type) => ({ type, state: 'delivered', attempts: 1, lastStatus: 204 })),
    );
    expect(deliveries[0]).not.toHaveProperty('nextAttemptAt');
  });

  const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);

  test('gets only the types it is for, and others once that is changed', async () => {
    const hook = await create({ types: ['credential.reinstated'] });
    await change();
    expect(await t.app.webhooks.deliverDue()).toBe(0);
    await change();
    expect(await t.app.webhooks.deliverDue()).toBe(1);
    const changed = await partner.api.patch(`/v1/webhooks/${hook.id}`, { types: [] });
    expect(expectStatus(changed, 200).body).not.toHaveProperty('types');
    await change();
    expect(await t.app.webhooks.deliverDue()).toBe(1);
  });

  test('shows its secret once, and never where it is read, or to whom may only look', async () => {
    const hook = await create();
    const viewer = await joinAs(t, partner, 'viewer');
    for (const api of [partner.api, viewer.api]) {
      const list = await api.get('/v1/webhooks');
      const one = await api.get(`/v1/webhooks/${hook.id}`);
      const exported = await api.get(`/v1/organisations/${partner.id}/export`);
      for (const { text } of [list, one, exported]) expect(text).not.toMatch(/whsec|secret/i);
    }
    expect(refusalOf(await viewer.api.post(`/v1/webhooks/${hook.id}/secret`, {}))).toBe('403 auth/forbidden');
  });

  test('is signed with both secrets for a while after a rotation, or with the new one alone', async () => {
    const hook = await create();
    const rotate = async (body: object): Promise<Hook> =>
      expectStatus(await partner.api.post(`/v1/webhooks/${hook.id}/secret`, body), 200).body;
    const second = await rotate({ previousValidFor: 'PT1H' });
    expect(second.secret).not.toBe(hook.secret);
    const signedBy = async (...secrets: string[]) => {
      receiver.forget();
      await change();
      await t.app.webhooks.deliverDue();
      return secrets.map((secret) => verifies(receiver.received[0]!, secret));
    };
    expect(await signedBy(hook.secret, second.secret)).toEqual([true, true]);
    await later(3_600);
    expect(await signedBy(hook.secret, second.secret)).toEqual([false, true]);
    const third = await rotate({ previousValidFor: 'PT0S' });
    expect(await signedBy(second.secret, third.secret)).toEqual([false, true]);
    const tooLong = await partner.api.post(`/v1/webhooks/${hook.id}/secret`, { previousValidFor: 'P31D' });
    expect(tooLong.body.errors).toMatchObject([{ pointer: '/previousValidFor' }]);
  });

  test('is one of twenty', async () => {
    for (let count = 0; count < 20; count += 1) await create();
    expect(refusalOf(await partner.api.post('/v1/webhooks', { url: receiver.url }))).toBe(
      '409 webhooks/too-many',
    );
  });

  test('is gone with all that waited for it, once it is removed or the account is closed', async () => {
    const [first] = [await create(), await create()];
    await change();
    expectStatus(await partner.api.delete(`/v1/webhooks/${first?.id}`), 204);
    const count = async () => {
      const { rows } = await sql<{ hooks: number; waiting: number }>`select
        (select count(*)::int from webhooks where organisation_id = ${partner.id}) as hooks,
        (select count(*)::int from webhook_deliveries where organisation_id = ${partner.id}) as waiting`.execute(
        t.connection.db,
      );
      return rows[0];
    };
    expect(await count()).toEqual({ hooks: 1, waiting: 1 });
    expectStatus(await partner.api.delete(`/v1/organisations/${partner.id}`), 204);
    expect(await count()).toEqual({ hooks: 0, waiting: 0 });
    expect(await t.app.webhooks.deliverDue()).toBe(0);
  });
});

describe('a delivery that fails', () => {
  test.each<[string, Receiver['answer'], object]>([
    ['the receiver fails', () => 500, { lastStatus: 500 }],
    ['the receiver sends elsewhere', () => 302, { lastStatus: 302 }],
    ['the receiver hangs up', () => undefined, { lastProblem: 'network' }],
  ])('since %s is tried again, and delivered when that is over', async (_name, answer, shown) => {
    const hook = await create();
    await change();
    receiver.answer = answer;
    await t.app.webhooks.deliverDue();
    expect(await deliveriesOf(hook)).toMatchObject([{ state: 'pending', attempts: 1, ...shown }]);
    expect(await t.app.webhooks.deliverDue()).toBe(0);
    receiver.answer = () => 200;
    await later(10);
    await t.app.webhooks.deliverDue();
    expect(await deliveriesOf(hook)).toMatchObject([{ state: 'delivered', attempts: 2, lastStatus: 200 }]);
    expect(receiver.received.map(({ path }) => path)).toEqual(['/', '/']);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  test('all day long is dead, its webhook disabled, and its administrators are told', async () => {
    const hook = await create();
    await change();
    receiver.answer = () => 503;
    const seconds = await deliverToTheEnd(hook);
    expect(seconds).toBeGreaterThan(0.9 * DAY);
    expect(seconds).toBeLessThan(1.2 * DAY);
    expect(await deliveriesOf(hook)).toMatchObject([{ state: 'dead', attempts: 10, lastStatus: 503 }]);
    expect(await readHook(hook)).toMatchObject({ isEnabled: false, disabledBecause: 'failing' });
    const { items } = expectStatus(await partner.api.get('/v1/notices'), 200).body;
    expect(items).toMatchObject([{ kind: 'webhook.disabled', subjectId: hook.id }]);
    receiver.forget();
    await change();
    expect(await t.app.webhooks.deliverDue()).toBe(0);
    expect(refusalOf(await replay(hook))).toBe('409 webhooks/disabled');
  });

  const replay = ({ id }: Hook, body = {}) => partner.api.post(`/v1/webhooks/${id}/replays`, body);

  test('for good can be replayed once the webhook is enabled again: all, or one', async () => {
    const hook = await create();
    await change();
    await change();
    receiver.answer = () => 500;
    await deliverToTheEnd(hook);
    const dead = await deliveriesOf(hook, '?state=dead');
    expect(dead).toHaveLength(2);
    receiver.answer = () => 204;
    receiver.forget();
    const enabled = await partner.api.patch(`/v1/webhooks/${hook.id}`, { isEnabled: true });
    expect(expectStatus(enabled, 200).body).not.toHaveProperty('failingSince');
    expect((await replay(hook, { deliveryId: dead[0].id })).body).toEqual({ count: 1 });
    expect((await replay(hook, { deliveryId: dead[0].id })).body.errors).toMatchObject([
      { pointer: '/deliveryId' },
    ]);
    expect((await replay(hook)).body).toEqual({ count: 1 });
    expect((await replay(hook)).body).toEqual({ count: 0 });
    await t.app.webhooks.deliverDue();
    expect(await deliveriesOf(hook)).toMatchObject([
      { state: 'delivered', attempts: 1 },
      { state: 'delivered', attempts: 1 },
    ]);
  });

  test('to an address that is gone for good disables the webhook at once', async () => {
    const hook = await create();
    receiver.answer = () => 410;
    await change();
    await t.app.webhooks.deliverDue();
    expect(await readHook(hook)).toMatchObject({ isEnabled: false, disabledBecause: 'gone' });
    expect(await deliveriesOf(hook)).toMatchObject([{ state: 'dead', attempts: 1 }]);
  });

  test('of a webhook that is paused waits for a replay', async () => {
    const hook = await create();
    await change();
    const paused = await partner.api.patch(`/v1/webhooks/${hook.id}`, { isEnabled: false });
    expect(expectStatus(paused, 200).body).toMatchObject({ isEnabled: false, disabledBecause: 'paused' });
    expect(await t.app.webhooks.deliverDue()).toBe(0);
    expectStatus(await partner.api.patch(`/v1/webhooks/${hook.id}`, { isEnabled: true }), 200);
    expect((await replay(hook)).body).toEqual({ count: 1 });
    expect(await t.app.webhooks.deliverDue()).toBe(1);
  });

  test('again and again is left alone for a while, and others are not kept waiting', async () => {
    const failing = await create({ url: `${receiver.url}/failing` });
    const sound = await create({ url: `${receiver.url}/sound` });
    receiver.answer = ({ path }) => (path === '/failing' ? 500 : 204);
    for (let count = 0; count < 4; count += 1) await change();
    await t.app.webhooks.deliverDue();
    await later(6);
    await t.app.webhooks.deliverDue();
    const states = async (hook: Hook) =>
      (await deliveriesOf(hook)).map(({ state }: { state: string }) => state);
    expect(await states(sound)).toEqual(Array(4).fill('delivered'));
    expect(await states(failing)).toEqual(Array(4).fill('pending'));
    const tries = () => receiver.received.filter(({ path }) => path === '/failing').length;
    const before = tries();
    await change();
    await t.app.webhooks.deliverDue();
    expect(tries(), 'what is new waits as well').toBe(before);
    receiver.answer = () => 204;
    await later(400);
    await t.app.webhooks.deliverDue();
    expect(await states(failing)).toEqual(Array(5).fill('delivered'));
  });
});

describe('a receiver that does not answer', () => {
  test('keeps nobody else waiting', async () => {
    const silent = await startReceiver();
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    silent.answer = () => released.then(() => 204);
    try {
      const slow = await create({ url: silent.url });
      const sound = await create();
      for (let count = 0; count < 8; count += 1) await change();
      const delivering = t.app.webhooks.deliverDue();
      while (silent.received.length === 0) await sleep(5);
      while ((await deliveriesOf(sound, '?state=pending')).length > 0) await sleep(5);
      expect(await deliveriesOf(slow, '?state=delivered')).toEqual([]);
      expect(receiver.received).toHaveLength(8);
      release();
      await delivering;
    } finally {
      release();
      await silent.close();
    }
  });
});

describe('a trial', () => {
  const tryOut = ({ id }: Hook) => partner.api.post(`/v1/webhooks/${id}/test`, {});

  test('delivers an event about nothing to this webhook alone, at once', async () => {
    const [hook] = [await create({ types: ['credential.revoked'] }), await create()];
    const { body } = expectStatus(await tryOut(hook), 200);
    expect(body).toMatchObject({ type: 'webhook.test', state: 'delivered', attempts: 1, lastStatus: 204 });
    const [received, ...others] = receiver.received;
    expect(others).toEqual([]);
    expect(verifies(received!, hook.secret)).toBe(true);
    expect(JSON.parse(received!.body)).toMatchObject({ id: body.eventId, data: { relianceIds: [] } });
    expect(await t.app.webhooks.deliverDue()).toBe(0);
  });

  test('says why it failed, is not tried again, and is no reason to disable anything', async () => {
    const hook = await create();
    receiver.answer = () => 404;
    expect((await tryOut(hook)).body).toMatchObject({ state: 'dead', lastStatus: 404 });
    receiver.answer = () => undefined;
    expect((await tryOut(hook)).body).toMatchObject({ state: 'dead', lastProblem: 'network' });
    await later(600);
    expect(await t.app.webhooks.deliverDue()).toBe(0);
    expect(await readHook(hook)).toMatchObject({ isEnabled: true });
  });
});

describe('an address', () => {
  test.each([
    'https://10.0.0.1/',
    'https://192.168.1.1/hook',
    'https://169.254.169.254/latest/meta-data',
    'https://[fd00::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://0x0a000001/',
    'https://user:password@hooks.example/',
    'https://hooks.example/\u0009',
    'ftp://hooks.example/',
  ])('%j is refused as it is given', async (url) => {
    const answer = await partner.api.post('/v1/webhooks', { url });
    expect([answer.status, answer.body.errors]).toMatchObject([400, [{ pointer: '/url' }]]);
    const hook = await create();
    expect((await partner.api.patch(`/v1/webhooks/${hook.id}`, { url })).status).toBe(400);
  });

  test.each([
    ['inside a network', ['10.1.2.3']],
    ['of a cloud’s metadata', ['169.254.169.254']],
    ['partly inside', ['93.184.216.34', '192.168.0.1']],
  ])('whose name leads to one %s is not asked', async (_name, addresses) => {
    resolved.set('rebinding.example', addresses);
    const hook = await create({ url: 'https://rebinding.example/hook' });
    await change();
    await t.app.webhooks.deliverDue();
    expect(await deliveriesOf(hook)).toMatchObject([{ state: 'pending', lastProblem: 'forbidden-address' }]);
  });

  test('on this machine is refused where that is not configured', async () => {
    const strict = await startApp();
    try {
      const { partner: other } = await foundNetwork(strict);
      for (const url of [
        receiver.url,
        'https://127.0.0.1/',
        'https://localhost/',
        'https://[::1]/',
        'https://a.localhost/',
        'http://hooks.example/',
      ])
        expect((await other.api.post('/v1/webhooks', { url })).status).toBe(400);
    } finally {
      await strict.close();
    }
  });
});
