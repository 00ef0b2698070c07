import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPostgres, type DatabaseConnection } from '../../src/adapters/database/connect.js';
import { inWork } from '../../src/adapters/database/context.js';
import type { Executor } from '../../src/adapters/database/schema.js';
import {
  claimDue,
  settleDeliveries,
  type ClaimedDelivery,
  type Settlement,
} from '../../src/features/notifications/webhooks/queue.js';
import type { DeliveryId } from '../../src/kernel/ids.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { startApp, type TestApp } from '../support/app.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { onPostgres, openTestDatabase, serviceOf } from '../support/database.js';
import { expectStatus, foundNetwork, issueLegalIdentity, rely, type Registered } from '../support/network.js';
import { startReceiver, type Receiver } from '../support/receiver.js';

const HOOKS = 12;
const CHANGES = 10;
const LEASE_SECONDS = 20;

/** Two workers on one database: of two processes on PostgreSQL, of one on the embedded database. */
describe(`two workers (${onPostgres ? 'PostgreSQL' : 'embedded database'})`, () => {
  let database: DatabaseConnection;
  let second: DatabaseConnection;
  let clock: TestClock;
  let one: TestApp;
  let two: TestApp;
  let receiver: Receiver;
  let network: Registered;
  let credentialId: string;

  beforeAll(async () => {
    receiver = await startReceiver();
    database = await openTestDatabase();
    const { connectionString } = database;
    second = connectionString === undefined ? database : connectPostgres(connectionString);
    clock = createTestClock();
    const environment = { ALLOW_LOOPBACK: 'true' };
    one = await startApp({ connection: database, clock, environment });
    two = await startApp({ connection: second, clock, environment });
    network = await foundNetwork(one);
    const issued = await issueLegalIdentity(network.coop, network.registrar);
    ({ credentialId } = issued);
    await rely(network.partner, issued.token);
    for (let hook = 0; hook < HOOKS; hook += 1) {
      const answer = await network.partner.api.post('/v1/webhooks', { url: `${receiver.url}/${hook}` });
      expectStatus(answer, 201);
    }
  });
  afterAll(async () => {
    await two.close();
    await one.close();
    if (second !== database) await second.close();
    await database.close();
    await receiver.close();
  });

  /** Something to deliver to each of the webhooks, so many times. */
  async function change(times: number): Promise<void> {
    for (let count = 0; count < times; count += 1) {
      const action = count % 2 === 0 ? 'suspend' : 'reinstate';
      const url = `/v1/credentials/${credentialId}/${action}`;
      expectStatus(await network.registrar.api.post(url, { reason: 'A reason' }), 200);
    }
  }

  const claim = (by: Executor, now: Date, limit: number): Promise<ClaimedDelivery[]> =>
    inWork('upkeep', () =>
      claimDue(by, {
        now,
        until: addSeconds(now, LEASE_SECONDS),
        limit,
        limitPerWebhook: 3,
        busy: [],
        after: undefined,
      }),
    );
  const idsOf = (claimed: readonly ClaimedDelivery[]) => claimed.map(({ id }) => id).sort();

  it('deliver from one queue, each its part, and nothing twice', async () => {
    await change(CHANGES);
    // A process has no more than four connections to a host: with eight, both are at it.
    receiver.answer = async () => {
      while (receiver.received.length < 8) await sleep(1);
      return 204;
    };
    const tries = await Promise.all([one.app.webhooks.deliverDue(), two.app.webhooks.deliverDue()]);
    expect(tries[0]).toBeGreaterThan(0);
    expect(tries[1]).toBeGreaterThan(0);
    expect(tries[0] + tries[1]).toBe(HOOKS * CHANGES);
    const sent = receiver.received.map(({ path, headers }) => `${path} ${String(headers['webhook-id'])}`);
    expect(sent).toHaveLength(HOOKS * CHANGES);
    expect(new Set(sent).size).toBe(HOOKS * CHANGES);
  });

  it('never take the same while its lease lives, and all of it again once that is over', async () => {
    const [first, other] = [serviceOf(database).db, serviceOf(second).db];
    for (let round = 0; round < 5; round += 1) {
      await change(2);
      const now = clock.now();
      const claims = await Promise.all([first, other, first, other].map((by) => claim(by, now, 9)));
      const claimed = [...claims.flat(), ...(await claim(first, now, 1_000))];
      expect(claimed).toHaveLength(HOOKS * 2);
      expect(new Set(idsOf(claimed)).size).toBe(HOOKS * 2);
      for (const seconds of [0, LEASE_SECONDS - 1])
        expect(await claim(other, addSeconds(now, seconds), 1_000)).toEqual([]);
      const again = await claim(other, addSeconds(now, LEASE_SECONDS), 1_000);
      expect(idsOf(again)).toEqual(idsOf(claimed));
      await settle(again.map((one) => outcomeOf(one, 'delivered')));
    }
  });

  const settle = (settlements: Settlement[]) =>
    inWork('upkeep', () => settleDeliveries(serviceOf(database).db, settlements));

  function outcomeOf({ id, attempts }: ClaimedDelivery, state: Settlement['state']): Settlement {
    const status = state === 'delivered' ? 204 : 500;
    return { id, attempt: attempts, state, nextAttemptAt: clock.now(), status, problem: null };
  }

  const rowOf = (id: DeliveryId) =>
    database.db
      .selectFrom('webhook_deliveries')
      .select(['state', 'attempts', 'next_attempt_at'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow();

  it('who took longer than its lease does not undo what another is at, but what it delivered is delivered', async () => {
    await change(2);
    const { db } = serviceOf(database);
    const now = clock.now();
    const slow = (await claim(db, now, 1_000))[0]!;
    const later = addSeconds(now, LEASE_SECONDS);
    await claim(serviceOf(second).db, later, 1_000);
    const taken = { state: 'pending', attempts: 2, next_attempt_at: addSeconds(later, LEASE_SECONDS) };
    await settle([outcomeOf(slow, 'pending'), outcomeOf(slow, 'dead')]);
    expect(await rowOf(slow.id)).toEqual(taken);
    await settle([outcomeOf(slow, 'delivered')]);
    expect(await rowOf(slow.id)).toMatchObject({ state: 'delivered' });
    await settle([outcomeOf({ ...slow, attempts: 2 }, 'pending')]);
    expect(await rowOf(slow.id)).toMatchObject({ state: 'delivered' });
  });
});
