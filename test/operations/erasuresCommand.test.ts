import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { confirmInstallation } from '../../src/adapters/database/settings.js';
import { readConfig } from '../../src/config.js';
import { openInstallation } from '../../src/start.js';
import { createApiClient } from '../support/api.js';
import { seedDataDir } from '../support/dataDirectory.js';
import { PUBLIC_URL, silentLogger } from '../support/app.js';
import { runCommand } from '../support/commandLine.js';
import { expectStatus, registerOrganisation, type Organisation } from '../support/network.js';
import { PERSONAL_BLOCKS } from '../support/personalJourney.js';

// Each command is a process that must first be compiled, which takes long where much else is going on.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** An installation on the embedded database in which a dossier was erased, and its backup from before that. */
let folder: string;
let coop: Organisation;
const inFolder = (name: string) => join(folder, name);
const environmentOf = (name: string) => ({ DATA_DIR: inFolder(name), PUBLIC_URL });

/** As the service does, apart from listening. */
async function inInstallation<T>(
  name: string,
  act: (api: ReturnType<typeof createApiClient>) => Promise<T>,
): Promise<T> {
  const config = readConfig({ ...environmentOf(name), LOG_LEVEL: 'silent' });
  const { app, close } = await openInstallation(config, silentLogger, confirmInstallation);
  try {
    await app.server.ready();
    return await act(createApiClient(app.server));
  } finally {
    await close();
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coop-passport-erasures-'));
  await seedDataDir(inFolder('data'));
  await inInstallation('data', async (api) => {
    coop = await registerOrganisation(api, 'Forgotten Co-op');
    expectStatus(await coop.api.put(`/v1/organisations/${coop.id}/dossier`, PERSONAL_BLOCKS), 200);
  });
  await cp(inFolder('data'), inFolder('backup'), { recursive: true });
  await inInstallation('data', async (api) => {
    const { email, password, id, slug } = coop;
    const { body } = expectStatus(await api.post('/v1/sessions', { email, password }), 201);
    const erasure = `/v1/organisations/${id}/dossier/erasure`;
    expectStatus(await api.as(body.accessToken).post(erasure, { confirm: slug }), 200);
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('coop-passport erasures', () => {
  test('list prints what was erased, a line each, and names nobody', async () => {
    const { code, stdout, stderr } = await runCommand(['erasures', 'list'], {
      environment: environmentOf('data'),
    });
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toEqual([{ organisationId: coop.id, generation: 1, at: expect.any(String) }]);
    await writeFile(inFolder('kept-elsewhere.ndjson'), stdout);
  });

  test('replay tells a database that knows them nothing new', async () => {
    const { code, stdout } = await runCommand(['erasures', 'replay'], { environment: environmentOf('data') });
    expect([code, stdout]).toEqual([0, '1 known, 0 of them were new to this database\n']);
  });

  test('replay with a list from elsewhere erases again what a backup has brought back', async () => {
    const environment = environmentOf('backup');
    const before = await runCommand(['erasures', 'list'], { environment });
    expect([before.code, before.stdout]).toEqual([0, '']);
    const replay = ['erasures', 'replay', '--list', inFolder('kept-elsewhere.ndjson')];
    const { code, stdout } = await runCommand(replay, { environment });
    expect([code, stdout]).toEqual([0, '1 known, 1 of them were new to this database\n']);
    const after = await runCommand(['erasures', 'list'], { environment });
    expect(JSON.parse(after.stdout)).toMatchObject({ organisationId: coop.id, generation: 1 });
    await inInstallation('backup', async (api) => {
      const { email, password, id } = coop;
      const { body: session } = expectStatus(await api.post('/v1/sessions', { email, password }), 201);
      const { body } = await api.as(session.accessToken).get(`/v1/organisations/${id}/dossier`);
      expect(body).toMatchObject({ version: 1, personalErased: true });
      expect(body).not.toHaveProperty('signatories');
    });
  });

  test('replay refuses a list that names no erasure, and a folder without an installation, which it leaves empty', async () => {
    await writeFile(inFolder('other.txt'), 'dear diary');
    const replay = ['erasures', 'replay', '--list', inFolder('other.txt')];
    const wrongList = await runCommand(replay, { environment: environmentOf('data') });
    expect([wrongList.code, wrongList.stdout]).toEqual([1, '']);
    expect(wrongList.stderr).toContain('names no erasure');
    const nowhere = await runCommand(['erasures', 'replay'], { environment: environmentOf('nowhere') });
    expect([nowhere.code, nowhere.stdout]).toEqual([1, '']);
    expect(nowhere.stderr).toContain('There is no installation in');
    await expect(readFile(inFolder('nowhere/database'))).rejects.toThrow('ENOENT');
  });
});
