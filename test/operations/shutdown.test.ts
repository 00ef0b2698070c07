import { mkdtemp, rm } from 'node:fs/promises';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { startApp } from '../support/app.js';
import { onPostgres, openTestDatabase } from '../support/database.js';
import { seedDataDir } from '../support/dataDirectory.js';
import { findFreePort, startService, type ServiceProcess } from '../support/serviceProcess.js';
import { onServer } from '../support/template.js';

describe('a process that is told to stop', () => {
  let dataDir: string;
  let service: ServiceProcess;
  let closeDatabase: (() => Promise<void>) | undefined;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'coop-passport-shutdown-'));
    await seedDataDir(dataDir);
    const database = onPostgres ? await openTestDatabase() : undefined;
    closeDatabase = database?.close;
    const url = database?.connectionString;
    service = await startService(await findFreePort(), {
      DATA_DIR: dataDir,
      ...(url === undefined ? {} : { DATABASE_URL: url }),
    });
  });
  afterEach(async () => {
    service?.child.kill('SIGKILL');
    await closeDatabase?.();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('answers what is under way and exits with 0', { timeout: 60_000 }, async () => {
    const requests = await Promise.all([1, 2, 3].map((n) => beginRegistration(`admin${n}@shutdown.test`)));
    const ended = service.end('SIGTERM');
    // It takes no new ones.
    const isReachable = () =>
      service.api.get('/healthz').then(
        () => true,
        () => false,
      );
    await expect.poll(isReachable, { timeout: 10_000 }).toBe(false);
    const answers = await Promise.all(requests.map((finish) => finish()));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201]);
    expect(await ended).toBe(0);
    expect(service.output()).not.toMatch(/error|killed/i);
  });

  /** Half a request, which the server has begun to read; the function sends the rest and waits for the answer. */
  async function beginRegistration(email: string): Promise<() => Promise<IncomingMessage>> {
    const body = JSON.stringify({
      organisation: { name: 'Late Co-operative', jurisdiction: 'GB' },
      admin: { name: 'Ada Admin', email, password: 'a long enough password' },
    });
    const outgoing: ClientRequest = request(`${service.origin}/v1/organisations`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        expect: '100-continue',
      },
    });
    await once(outgoing, 'continue');
    outgoing.write(body.slice(0, 20));
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    answered.catch(() => undefined);
    return async () => {
      outgoing.end(body.slice(20));
      const [answer] = await answered;
      answer.resume();
      return answer;
    };
  }
});

describe.skipIf(!onPostgres)('a database that is gone', () => {
  it('makes the service not ready, and alive all the same, until it is back', async () => {
    const database = await openTestDatabase();
    const t = await startApp({ connection: database });
    const { url } = inject('postgresTemplate') ?? { url: '' };
    const name = new URL(database.connectionString ?? '').pathname.slice(1);
    const readiness = async () => (await t.api.get('/readyz')).status;
    expect(await readiness()).toBe(200);
    await onServer(url, `alter database ${name} with allow_connections false`);
    await onServer(url, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    expect(await readiness()).toBe(503);
    expect((await t.api.get('/healthz')).status).toBe(200);
    await onServer(url, `alter database ${name} with allow_connections true`);
    expect(await readiness()).toBe(200);
    await t.close();
    await database.close();
  });
});
