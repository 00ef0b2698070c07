import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import type { ApiClient } from '../support/api.js';
import { lockRegister } from '../../src/features/memberships/register/store.js';
import type { OrganisationId } from '../../src/kernel/ids.js';
import { onPostgres, openTestDatabase } from '../support/database.js';
import { accept, composeRegister, foundFederation, importRegister } from '../support/memberships.js';
import { expectStatus, type Organisation } from '../support/network.js';
import { findFreePort, startService, type ServiceProcess } from '../support/serviceProcess.js';
import { startPair, type ProcessPair } from '../support/twoProcesses.js';

describe.skipIf(!onPostgres)('a federation at two processes at once', { timeout: 120_000 }, () => {
  let pair: ProcessPair;
  let one: Organisation;
  let two: Organisation;

  beforeAll(async () => {
    pair = await startPair();
    one = (await foundFederation(pair.one.api)).federation;
    const { email, password } = one;
    const session = expectStatus(await pair.two.api.post('/v1/sessions', { email, password }), 201).body;
    two = { ...one, api: pair.two.api.as(session.accessToken) };
  });
  afterAll(() => pair?.close());

  test('imports the same file once', async () => {
    const file = await composeRegister(200);
    const answers = await Promise.all([one, two, one, two].map((each) => importRegister(each, file)));
    await pair.one.app.memberships.resume();
    for (const answer of answers) {
      const path = `/v1/member-imports/${expectStatus(answer, 201).body.id}`;
      const { added, unchanged, failed } = expectStatus(await one.api.get(path), 200).body.counts;
      expect([Number(added) + Number(unchanged), failed]).toEqual([200, 0]);
    }
    const members = await pair.database.db.selectFrom('federation_members').select('id').execute();
    expect(members).toHaveLength(200);
  });

  test('is joined once with one token, and issues once', async () => {
    const page = expectStatus(await one.api.get('/v1/members?limit=5'), 200).body.items;
    const memberIds = page.map(({ id }: { id: string }) => id);
    const invited = await one.api.post('/v1/member-invitations', { memberIds });
    for (const { token } of expectStatus(invited, 200).body.invitations) {
      const apis: ApiClient[] = [pair.one.api, pair.two.api];
      const answers = await Promise.all(apis.map((api) => accept(api, token)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 400]);
    }
    const wanted = { memberIds, sentByOurselves: true };
    const orders = await Promise.all(
      [one, two].map(async ({ api }) => expectStatus(await api.post('/v1/member-issuances', wanted), 201)),
    );
    for (const order of orders) {
      let { body } = order;
      while (body.status !== 'finished') {
        // What one of them found decided by the other is looked at again after its lease.
        pair.clock.advance(50);
        await pair.one.app.issuance.resumeUnfinished();
        await pair.one.app.memberships.resume();
        body = expectStatus(await one.api.get(String(order.headers['location'])), 200).body;
      }
      expect(body.counts).toMatchObject({ issued: 5, failed: 0 });
    }
    const issued = await pair.database.db.selectFrom('credentials').select('id').execute();
    expect(issued).toHaveLength(5);
  });
});

describe.skipIf(!onPostgres)('an import whose process is killed', { timeout: 180_000 }, () => {
  const LINES = 5_000;
  let database: DatabaseConnection;
  let service: ServiceProcess;

  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(async () => {
    service?.child.kill('SIGKILL');
    await database?.close();
  });

  test('goes on in the next one, and takes no line twice', async () => {
    const port = await findFreePort();
    const environment = { DATABASE_URL: database.connectionString ?? '' };
    service = await startService(port, environment);
    const { federation } = await foundFederation(service.api);
    const lines = Array.from({ length: LINES }, (_, n) =>
      JSON.stringify({
        name: `Co-op ${n}`,
        registrationNumber: `N${n}`,
        registrationAuthority: 'Register',
        jurisdiction: 'GB',
        standing: 'good',
      }),
    );
    const answer = importRegister(federation, lines.join('\n')).catch(() => undefined);
    const look = () =>
      database.db.selectFrom('member_imports').select(['status', 'added']).executeTakeFirst();
    while (((await look())?.added ?? 0) === 0) await sleep(5);
    await database.db.transaction().execute(async (trx) => {
      // Its turn comes after the batch that is under way, so that the process surely dies before the last one.
      await lockRegister(trx, federation.id as OrganisationId);
      expect(await service.end('SIGKILL')).toBeNull();
    });
    await answer;
    const { added: before = 0, status } = (await look()) ?? {};
    expect([status, before < LINES]).toEqual(['working', true]);
    service = await startService(port, environment);
    while ((await look())?.status !== 'finished') await sleep(100);
    expect(await look()).toMatchObject({ added: LINES });
    const members = await database.db
      .selectFrom('federation_members')
      .select((select) => select.fn.countAll<string>().as('count'))
      .executeTakeFirst();
    expect(Number(members?.count)).toBe(LINES);
  });
});
