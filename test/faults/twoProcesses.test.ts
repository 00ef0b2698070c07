import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import { readConfig } from '../../src/config.js';
import { startService, type RunningService } from '../../src/start.js';
import type { ApiClient } from '../support/api.js';
import { OPERATOR, TEST_KEY_ENCRYPTION_KEY } from '../support/app.js';
import { onPostgres, openTestDatabase } from '../support/database.js';
import { createHttpClient } from '../support/httpApi.js';
import {
  accredit,
  apply,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  putDossier,
  recordChecks,
  registerOrganisation,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { joinAs } from '../support/people.js';
import { findFreePort } from '../support/serviceProcess.js';
import { onServer } from '../support/template.js';

const SEEN = { timeout: 1_000, interval: 20 };

/** Two services with listeners, pools and ports of their own on one database; what is done through one is asked of the other. */
describe.skipIf(!onPostgres)('in another process', { timeout: 60_000 }, () => {
  let database: DatabaseConnection;
  let dataDir: string;
  let services: RunningService[];
  let one: ApiClient;
  let two: ApiClient;
  let network: Registered;

  beforeAll(async () => {
    database = await openTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'coop-passport-two-'));
    const ports = [await findFreePort(), await findFreePort()];
    services = [];
    for (const port of ports) {
      const config = readConfig({
        PORT: String(port),
        HOST: 'localhost',
        PUBLIC_URL: `http://localhost:${ports[0]}`,
        DATABASE_URL: database.connectionString,
        DATA_DIR: dataDir,
        KEY_ENCRYPTION_KEY: TEST_KEY_ENCRYPTION_KEY.toString('base64'),
        OPERATOR_EMAIL: OPERATOR.email,
        OPERATOR_PASSWORD: OPERATOR.password,
        LOG_LEVEL: 'silent',
        RATE_LIMIT_PER_MINUTE: '100000',
      });
      services.push(await startService(config));
    }
    [one, two] = ports.map((port) => createHttpClient(`http://localhost:${port}`)) as [ApiClient, ApiClient];
    network = await foundNetwork({ api: one });
  });
  afterAll(async () => {
    for (const service of services) await service.close();
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  let numbers = 0;
  /** Accepted in the second process, whose caches are warm from then on. */
  async function issueKnownToBoth(registrar = network.registrar) {
    const coop = await registerOrganisation(one, 'Known Housing Co-operative');
    const issued = await issueLegalIdentity(coop, registrar, dossierNumbered(`K${(numbers += 1)}`));
    for (let n = 0; n < 2; n += 1) expect(await verdictIn(two, issued.token)).toBe('accepted');
    return issued;
  }

  async function reportIn(client: ApiClient, credential: string) {
    return expectStatus(await client.post('/v1/verifications', { credential }), 200).body;
  }
  const verdictIn = async (client: ApiClient, token: string): Promise<string> =>
    (await reportIn(client, token)).verdict;
  const codesIn = async (client: ApiClient, token: string): Promise<string[]> =>
    (await reportIn(client, token)).checks.map(({ code }: { code: string }) => code);

  async function change(credentialId: string, action: string): Promise<void> {
    const url = `/v1/credentials/${credentialId}/${action}`;
    expectStatus(await network.registrar.api.post(url, { reason: 'a reason' }), 200);
  }

  it('a suspension, its end and a revocation are seen within a second', async () => {
    const { credentialId, token } = await issueKnownToBoth();
    await change(credentialId, 'suspend');
    await expect.poll(() => codesIn(two, token), SEEN).toContain('status/suspended');
    await change(credentialId, 'reinstate');
    await expect.poll(() => verdictIn(two, token), SEEN).toBe('accepted');
    await change(credentialId, 'revoke');
    await expect.poll(() => codesIn(two, token), SEEN).toContain('status/revoked');
  });

  it('both serve the same bytes of a list', async () => {
    const { credentialId } = await issueKnownToBoth();
    await change(credentialId, 'suspend');
    const lists = await database.db.selectFrom('status_lists').select('id').execute();
    for (const { id } of lists) {
      const read = async (client: ApiClient) => (await client.get(`/status/${id}`)).text;
      await expect.poll(async () => (await read(two)) === (await read(one)), SEEN).toBe(true);
    }
  });

  it('a revocation is seen within a second of a cut listener, again and again', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { credentialId, token } = await issueKnownToBoth();
      expect(await cutListeners()).toBe(2);
      await change(credentialId, 'revoke');
      await expect.poll(() => codesIn(two, token), SEEN).toContain('status/revoked');
      await expect.poll(countListeners, { timeout: 5_000 }).toBe(2);
    }
    const { credentialId, token } = await issueKnownToBoth();
    await change(credentialId, 'revoke');
    await expect.poll(() => codesIn(two, token), SEEN).toContain('status/revoked');
  });

  it('a revocation is seen within a second by a process that cannot listen', async () => {
    const { credentialId, token } = await issueKnownToBoth();
    // Enough connections in each pool, since there will be no new ones.
    for (const client of [one, two]) {
      const partner = await signIn(client, network.partner);
      await Promise.all(Array.from({ length: 20 }, () => partner.get('/v1/applications')));
    }
    await allowConnections(false);
    try {
      expect(await cutListeners()).toBe(2);
      await change(credentialId, 'revoke');
      await expect.poll(() => codesIn(two, token), SEEN).toContain('status/revoked');
      expect(await countListeners()).toBe(0);
    } finally {
      await allowConnections(true);
    }
    await expect.poll(countListeners, { timeout: 5_000 }).toBe(2);
  });

  // From another database, as somebody who may do so to the services' user.
  const { url: server } = inject('postgresTemplate') ?? { url: '' };
  const nameOfDatabase = () => new URL(database.connectionString ?? '').pathname.slice(1);

  async function allowConnections(allowed: boolean): Promise<void> {
    await onServer(server, `alter database ${nameOfDatabase()} with allow_connections ${allowed}`);
  }

  /** The connections that listen: idle since `listen`, or since the heartbeat, which no pool sends. */
  async function findListeners(): Promise<number[]> {
    const { rows } = await onServer(
      server,
      `select pid from pg_stat_activity where datname = '${nameOfDatabase()}'
        and state = 'idle' and (query = 'listen coop_passport_changes' or query = 'select 1')`,
    );
    return (rows as { pid: number }[]).map(({ pid }) => pid);
  }
  const countListeners = async () => (await findListeners()).length;

  async function cutListeners(): Promise<number> {
    const pids = await findListeners();
    for (const pid of pids) await onServer(server, `select pg_terminate_backend(${pid})`);
    return pids.length;
  }

  it('a key that is revoked is trusted no more within a second', async () => {
    const { token } = await issueKnownToBoth();
    const keys = `/v1/organisations/${network.registrar.id}/keys`;
    const { items } = (await network.registrar.api.get(keys)).body;
    const active = items.find(
      (key: Record<string, string>) => key['algorithm'] === 'ES256' && key['state'] === 'active',
    );
    const compromisedAt = active.createdAt;
    const revocation = { compromisedAt, reason: 'stolen' };
    expectStatus(await network.registrar.api.post(`${keys}/${active.id}/revoke`, revocation), 200);
    await expect.poll(() => codesIn(two, token), SEEN).toContain('key/revoked');
    const anew = await issueKnownToBoth();
    expect(await verdictIn(two, anew.token)).toBe('accepted');
  });

  it('an accreditation that ends binds at the next decision, and a new one is known within a second', async () => {
    const registrar = await registerOrganisation(one, 'Fleeting Federation');
    const first = await accredit(network.operator, registrar);
    await issueKnownToBoth(registrar);
    const coop = await registerOrganisation(one, 'Waiting Co-operative');
    await putDossier(coop, dossierNumbered('WAITING'));
    const applicationId = await apply(coop, registrar);
    await recordChecks(registrar, applicationId);
    const elsewhere = await signIn(two, registrar);
    const decide = () =>
      elsewhere.post(`/v1/applications/${applicationId}/decision`, { outcome: 'approved' });
    expectStatus(await network.operator.delete(`/v1/accreditations/${first}`), 204);
    const refused = expectStatus(await decide(), 403);
    expect(refused.body.code).toBe('applications/not-accredited');
    const listed = (await two.get('/v1/registrars')).body.items;
    expect(listed.map(({ organisation }: { organisation: { id: string } }) => organisation.id)).not.toContain(
      registrar.id,
    );
    await accredit(network.operator, registrar);
    expect(expectStatus(await decide(), 200).body.status).toBe('issued');
    await issueKnownToBoth(registrar);
  });

  async function signIn(client: ApiClient, { email, password }: Pick<Organisation, 'email' | 'password'>) {
    const { body } = expectStatus(await client.post('/v1/sessions', { email, password }), 201);
    return client.as(body.accessToken);
  }

  it('a changed role, a removed member and a sign-out bind at the next request', async () => {
    const { registrar } = network;
    const reviewer = await joinAs({ api: one }, registrar, 'reviewer');
    const elsewhere = await signIn(two, reviewer);
    const me = () => elsewhere.get('/v1/me');
    expect((await me()).body).toMatchObject({ membership: { role: 'reviewer' } });
    const member = `/v1/organisations/${registrar.id}/members/${reviewer.id}`;
    expectStatus(await registrar.api.patch(member, { role: 'viewer' }), 200);
    expect((await me()).body).toMatchObject({ membership: { role: 'viewer' } });
    expectStatus(await registrar.api.delete(member), 204);
    expectStatus(await me(), 401);
    const { body } = await one.post('/v1/sessions', {
      email: network.coop.email,
      password: network.coop.password,
    });
    expectStatus(await two.as(body.accessToken).get('/v1/me'), 200);
    expectStatus(await one.as(body.accessToken).delete('/v1/sessions/current'), 204);
    expectStatus(await two.as(body.accessToken).get('/v1/me'), 401);
  });
});
