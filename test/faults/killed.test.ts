import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectEmbedded, type DatabaseConnection } from '../../src/adapters/database/connect.js';
import { onPostgres, openTestDatabase } from '../support/database.js';
import { seedDataDir } from '../support/dataDirectory.js';
import { expectOneStory, expectPlacesDistinct } from '../support/issuanceRecords.js';
import {
  ALL_TYPES,
  apply,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  IDENTITY_FIELDS,
  putDossier,
  readToken,
  recordChecks,
  registerOrganisation,
  STATUS_FIELDS,
  type Organisation,
  type Registered,
} from '../support/network.js';
import {
  findFreePort,
  startProcess,
  startService,
  type ServiceEnd,
  type ServiceProcess,
} from '../support/serviceProcess.js';

const KILLS = onPostgres ? 5 : 2;
/** How long after the decisions were sent; a decision takes some 50 ms. */
const LONGEST_LIFE_MS = 120;
const SETTLED_WITHIN_MS = 30_000;

interface Case {
  readonly coop: Organisation;
  readonly applicationId: string;
  /** What the registrar was told before the process died. */
  acknowledged?: { status: string; credentials: { id: string; type: string }[] };
}

/** One installation, a process after the other. */
describe(`a process that is killed (${onPostgres ? 'PostgreSQL' : 'embedded database'})`, () => {
  let dataDir: string;
  let database: DatabaseConnection | undefined;
  let port: number;
  let service: ServiceProcess;
  let network: Registered;
  let environment: Record<string, string>;
  const cases: Case[] = [];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'coop-passport-killed-'));
    if (onPostgres) database = await openTestDatabase();
    await seedDataDir(dataDir);
    const url = database?.connectionString;
    environment = { DATA_DIR: dataDir, ...(url === undefined ? {} : { DATABASE_URL: url }) };
    port = await findFreePort();
    service = await startService(port, environment);
    network = await foundNetwork(service);
  });
  afterAll(async () => {
    service?.child.kill('SIGKILL');
    await database?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it(
    'keeps what it acknowledged; its successor, which bears no other beside it, settles the rest',
    { timeout: 150_000 },
    async () => {
      for (let kill = 0; kill < KILLS; kill += 1) {
        const round = [await prepareCase(`${kill} A`), await prepareCase(`${kill} B`)];
        cases.push(...round);
        const decisions = round.map(decide);
        await sleep(Math.random() * LONGEST_LIFE_MS);
        expect(await service.end('SIGKILL')).toBeNull();
        await Promise.all(decisions);
        service = await startService(port, environment);
      }
      const restartedAt = Date.now();
      const [second, ...statuses] = await Promise.all([
        onPostgres ? undefined : startProcess(port, environment),
        ...cases.map((one) => settledStatus(one, restartedAt)),
      ]);
      if (second) expectRefusal(second, /^Another process is using .* DATA_DIR of its own\.\n$/);
      for (const [index, { acknowledged }] of cases.entries()) {
        if (acknowledged) expect(statuses[index]).toBe('issued');
        expect(['in_review', 'issued']).toContain(statuses[index]);
      }
      for (const { coop, acknowledged } of cases) {
        for (const { id } of acknowledged?.credentials ?? []) {
          const token = await readToken(coop, id);
          const { body } = await service.api.post('/v1/verifications', { credential: token });
          expect(body.verdict).toBe('accepted');
        }
      }
      const undecided = cases.filter((_, index) => statuses[index] === 'in_review');
      for (const one of undecided) {
        await decide(one);
        expect(one.acknowledged?.status).toBe('issued');
      }
      expect(await service.end('SIGTERM')).toBe(0);
      await inDatabase(async ({ db }) => {
        await expectPlacesDistinct(db);
        for (const { applicationId } of cases) await expectOneStory(db, applicationId);
      });
    },
  );

  it('leaves an installation that starts only as what it was', { timeout: 60_000 }, async () => {
    const moved = await startProcess(await findFreePort(), environment);
    expectRefusal(moved, /^PUBLIC_URL is http:.* was first started as /);
    const otherKey = Buffer.alloc(32, 8).toString('base64');
    const locked = await startProcess(port, { ...environment, KEY_ENCRYPTION_KEY: otherKey });
    expectRefusal(locked, /^KEY_ENCRYPTION_KEY is not the one/);
  });

  /** In words, and only words. */
  function expectRefusal(start: ServiceProcess | ServiceEnd, words: RegExp): void {
    if (!('code' in start)) start.child.kill('SIGKILL');
    expect(start).toMatchObject({ code: 1, output: expect.stringMatching(words) });
  }

  async function prepareCase(number: string): Promise<Case> {
    const coop = await registerOrganisation(service.api, `Co-operative ${number}`);
    await putDossier(coop, dossierNumbered(`C${number}`));
    const applicationId = await apply(coop, network.registrar, ALL_TYPES);
    const fields = [...new Set([...IDENTITY_FIELDS, ...STATUS_FIELDS])];
    await recordChecks(network.registrar, applicationId, fields);
    return { coop, applicationId };
  }

  /** The connection breaks when the process dies; what was answered before counts. */
  async function decide(one: Case): Promise<void> {
    const url = `/v1/applications/${one.applicationId}/decision`;
    const answer = await network.registrar.api.post(url, { outcome: 'approved' }).catch(() => undefined);
    if (answer) one.acknowledged = expectStatus(answer, 200).body;
  }

  async function settledStatus({ applicationId }: Case, since: number): Promise<string> {
    for (;;) {
      const answer = await network.registrar.api.get(`/v1/applications/${applicationId}`);
      const { status } = expectStatus(answer, 200).body;
      if (status !== 'approved') return status;
      if (Date.now() > since + SETTLED_WITHIN_MS) return 'not settled in time';
      await sleep(250);
    }
  }

  async function inDatabase(look: (connection: DatabaseConnection) => Promise<void>): Promise<void> {
    if (database) return look(database);
    const { unconfined, close } = await connectEmbedded({ dataDir: join(dataDir, 'database') });
    await look({ db: unconfined, close });
    await close();
  }
});
