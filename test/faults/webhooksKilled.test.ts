import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onPostgres, openTestDatabase, type TestDatabase } from '../support/database.js';
import {
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  rely,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { findFreePort, startService, type ServiceProcess } from '../support/serviceProcess.js';

const KILLS = 10;
const HOOKS = 5;
const CHANGES = 8;
/** Longer than a delivery that a dead process has claimed stays claimed. */
const SETTLED_WITHIN_MS = 60_000;

interface Delivery {
  readonly eventId: string;
  readonly state: string;
  readonly attempts: number;
}

describe.skipIf(!onPostgres)('a process that is killed while it delivers', () => {
  let dataDir: string;
  let database: TestDatabase | undefined;
  let service: ServiceProcess;
  let receiver: Receiver;
  let network: Registered;
  let credentialId: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'coop-passport-webhooks-'));
    database = await openTestDatabase();
    receiver = await startReceiver();
    // Some are always under way.
    receiver.answer = async () => {
      await sleep(Math.random() * 20);
      return 204;
    };
    service = await startService(await findFreePort(), environment());
    network = await foundNetwork(service);
    const issued = await issueLegalIdentity(network.coop, network.registrar);
    ({ credentialId } = issued);
    await rely(network.partner, issued.token);
  });
  afterAll(async () => {
    service?.child.kill('SIGKILL');
    await receiver?.close();
    await database?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  function environment(): Record<string, string> {
    const url = database?.connectionString;
    return {
      DATA_DIR: dataDir,
      ALLOW_LOOPBACK: 'true',
      ...(url === undefined ? {} : { DATABASE_URL: url }),
    };
  }

  it(
    'loses nothing, and what it sends twice is what it was at when it died',
    { timeout: 240_000 },
    async () => {
      const { registrar, partner } = network;
      const hooks: string[] = [];
      for (let hook = 0; hook < HOOKS; hook += 1) {
        const answer = await partner.api.post('/v1/webhooks', { url: `${receiver.url}/${hook}` });
        hooks.push(expectStatus(answer, 201).body.id);
      }
      const port = Number(new URL(service.origin).port);
      for (let kill = 0; kill < KILLS; kill += 1) {
        const before = receiver.received.length;
        const dieAt = before + 1 + Math.floor(Math.random() * HOOKS * (CHANGES - 1));
        for (let change = 0; change < CHANGES; change += 1) {
          const action = change % 2 === 0 ? 'suspend' : 'reinstate';
          const url = `/v1/credentials/${credentialId}/${action}`;
          expectStatus(await registrar.api.post(url, { reason: 'A reason' }), 200);
        }
        while (receiver.received.length < dieAt) await sleep(1);
        expect(await service.end('SIGKILL')).toBeNull();
        service = await startService(port, environment());
      }
      const restartedAt = Date.now();
      const events = await readAll<{ id: string }>(partner, '/v1/events');
      expect(events).toHaveLength(KILLS * CHANGES);
      for (const [index, hook] of hooks.entries()) {
        const deliveries = await settledDeliveries(partner, hook, restartedAt);
        expect(deliveries.map(({ eventId }) => eventId).sort()).toEqual(events.map(({ id }) => id).sort());
        for (const { eventId, state, attempts } of deliveries) {
          const times = receiver.received.filter(
            ({ path, headers }) => path === `/${index}` && headers['webhook-id'] === eventId,
          ).length;
          expect(state).toBe('delivered');
          expect(times).toBeGreaterThanOrEqual(1);
          expect(times).toBeLessThanOrEqual(attempts);
        }
      }
      expect(await service.end('SIGTERM')).toBe(0);
    },
  );

  async function settledDeliveries(
    { api }: Organisation,
    hook: string,
    since: number,
  ): Promise<readonly Delivery[]> {
    for (;;) {
      const all = await readAll<Delivery>({ api }, `/v1/webhooks/${hook}/deliveries`);
      const isSettled = all.every(({ state }) => state !== 'pending');
      if (isSettled || Date.now() > since + SETTLED_WITHIN_MS) return all;
      await sleep(250);
    }
  }

  async function readAll<Item>({ api }: Pick<Organisation, 'api'>, url: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let query: string | undefined = ''; query !== undefined;) {
      const { body } = expectStatus(await api.get(`${url}?limit=100${query}`), 200);
      items.push(...body.items);
      query = body.next === undefined ? undefined : `&after=${body.next}`;
    }
    return items;
  }
});
