import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repeatWork, type PeriodicWork } from '../../src/adapters/periodicWork.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger, startApp, type TestApp } from '../support/app.js';
import { runCommand } from '../support/commandLine.js';
import { createHttpClient } from '../support/httpApi.js';
import { accept, foundFederation } from '../support/memberships.js';
import { expectStatus, readToken, type Organisation } from '../support/network.js';

/** All of them with ALL_MEMBERS=1, which `.ci/run` sets; else as many as there is time for. */
const REGISTER = fileURLToPath(new URL('../../src/demo/data/england-registered.csv', import.meta.url));
const REGISTERED = 208;
const JOINING = process.env['ALL_MEMBERS'] ? REGISTERED : 4;

let t: TestApp;
let origin: string;
let federation: Organisation;
let folder: string;
let environment: NodeJS.ProcessEnv;
/** As `start.ts` runs it, with a clock that leases go by. */
let work: PeriodicWork;

beforeAll(async () => {
  t = await startApp();
  const resume = async () => {
    t.clock.advance(1);
    await t.app.memberships.resume();
  };
  work = repeatWork('resume memberships', 500, resume, silentLogger);
  origin = await t.app.server.listen({ port: 0, host: '127.0.0.1' });
  ({ federation } = await foundFederation(createHttpClient(origin)));
  folder = await mkdtemp(join(tmpdir(), 'coop-passport-members-'));
  const { body } = expectStatus(
    await federation.api.post(`/v1/organisations/${federation.id}/clients`, {
      name: 'Members',
      scopes: ['review'],
    }),
    201,
  );
  environment = {
    COOP_PASSPORT_URL: origin,
    COOP_PASSPORT_CLIENT_SECRET: body.secret,
    CLIENT_ID: body.clientId,
  };
});
afterAll(async () => {
  await work?.stop();
  await t?.close();
  await rm(folder, { recursive: true, force: true });
});

function run(file: string, ...options: string[]) {
  const client = ['--client-id', String(environment['CLIENT_ID'])];
  return runCommand(['members', 'import', file, ...client, ...options], { environment });
}

describe('the 208 real co-ops', { timeout: 600_000 }, () => {
  test('go through in one command: run it to import and invite, and again to issue', async () => {
    const file = join(folder, 'invitations.ndjson');
    const command = [
      ...['--layout', 'regulator-of-social-housing', '--set', 'standing=good_standing'],
      ...['--invite', '--issue', '--sent-by-ourselves', '--invitations-file', file, '--json'],
    ];
    const first = await run(REGISTER, ...command);
    expect([first.code, first.stderr.includes('rror')]).toEqual([0, false]);
    expect(JSON.parse(first.stdout)).toMatchObject({
      import: { lines: REGISTERED, added: REGISTERED, failed: 0 },
      invitations: { invited: REGISTERED, handed: REGISTERED },
      issuance: { issued: 0, notJoined: REGISTERED },
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const invitations = (await readFile(file, 'utf8')).trim().split('\n');
    expect(invitations).toHaveLength(REGISTERED);

    const api = createHttpClient(origin);
    const coops: Organisation[] = [];
    for (const line of invitations.slice(0, JOINING)) {
      const { token, memberId } = JSON.parse(line);
      const { body } = expectStatus(await accept(api, token, { email: `${memberId}@coop.test` }), 201);
      coops.push({ ...federation, ...body.organisation, api: api.as(body.session.accessToken) });
    }
    const startedAt = performance.now();
    const second = await run(REGISTER, ...command);
    const seconds = (performance.now() - startedAt) / 1000;
    expect(JSON.parse(second.stdout)).toMatchObject({
      import: { lines: REGISTERED, unchanged: REGISTERED },
      invitations: { invited: 0 },
      issuance: { issued: JOINING, notReady: 0, failed: 0, notJoined: REGISTERED - JOINING },
    });
    expect(second.code).toBe(0);
    process.stderr.write(
      `${JOINING} membership credentials in ${seconds.toFixed(1)} s: ${(JOINING / seconds).toFixed(1)} a second\n`,
    );
    const subjects = new Set<string>();
    for (const coop of coops) {
      const { body } = expectStatus(await coop.api.get('/v1/credentials?role=holder'), 200);
      expect(body.items).toMatchObject([{ type: 'FederationMembershipCredential', state: 'active' }]);
      const credential = await readToken(coop, body.items[0].id);
      const report = expectStatus(await api.post('/v1/verifications', { credential }), 200).body;
      expect(report.verdict).toBe('accepted');
      subjects.add(report.credential.subject.did);
    }
    expect(subjects.size).toBe(JOINING);
  });
});

describe('what is wrong', () => {
  test('with a file is told line by line, by the file’s own names, and with an exit status of its own', async () => {
    const file = join(folder, 'faulty.csv');
    await writeFile(file, 'coop,no\nFine,1\n=Bad,2\n');
    const constants = ['registrationAuthority=Register', 'jurisdiction=GB', 'standing=good'];
    const options = constants.flatMap((one) => ['--set', one]);
    const map = ['--map', 'name=coop', '--map', 'registrationNumber=no'];
    const { code, stdout, stderr } = await run(file, ...map, ...options, '--dry-run');
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toContain('2 lines, tried only: 1 new, 0 changed, 0 unchanged, 1 with something wrong.');
    expect(stderr).toContain('  line 3: coop begins with a character that spreadsheets take for a formula');
  });

  test.each([
    [['--map', 'nothing'], 2, 'a name and a value'],
    [['--dry-run', '--issue'], 2, '--dry-run does nothing'],
    [['--url', 'http://passport.example'], 2, 'https only'],
    [['--set', 'jurisdiction=GB'], 1, '/header/0 is none of'],
    [['--url', 'http://127.0.0.1:9'], 1, 'cannot be reached'],
  ])('with %j is told in words', async (options, status, words) => {
    const { code, stdout, stderr } = await run(REGISTER, ...options);
    expect([code, stdout]).toEqual([status, '']);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain(String(environment['COOP_PASSPORT_CLIENT_SECRET']));
  });
});
