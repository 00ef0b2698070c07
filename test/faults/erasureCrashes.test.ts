import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import { keyPlacesIn, startApp, type TestApp } from '../support/app.js';
import { createTestClock } from '../support/clock.js';
import { onPostgres, openTestDatabase } from '../support/database.js';
import { expectStatus, registerOrganisation, type Organisation } from '../support/network.js';
import { addEvidence } from '../support/multipart.js';
import { PERSONAL_BLOCKS } from '../support/personalJourney.js';
import { createCrashingConnection, type CrashingConnection } from '../support/statements.js';

/** One process dies at each statement of an erasure in turn; another one goes on with what it finds. */
let database: DatabaseConnection;
let wire: CrashingConnection;
let doomed: TestApp;
let successor: TestApp;
let coop: Organisation;
let folder: string;

beforeAll(async () => {
  const clock = createTestClock();
  folder = await mkdtemp(join(tmpdir(), 'coop-passport-erasure-'));
  database = await openTestDatabase();
  wire = createCrashingConnection(database);
  const places = { dossierKeys: keyPlacesIn(join(folder, 'keys')), blobFolder: join(folder, 'blobs') };
  doomed = await startApp({ connection: wire, clock, ...places });
  successor = await startApp({ connection: database, clock, ...places });
  coop = await registerOrganisation(successor.api, 'Crashing Co-op');
  expectStatus(await coop.api.put(url(), {}), 200);
});
afterAll(async () => {
  await doomed.close();
  await successor.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const STRIDE = process.env['TEST_DATABASE_URL'] === undefined ? 5 : 1;
const url = () => `/v1/organisations/${coop.id}/dossier`;

const hasKey = (generation: number) =>
  stat(join(folder, 'keys/keys', coop.id.slice(-2), `${coop.id}.${generation}`)).then(
    () => true,
    () => false,
  );
const findErasure = (generation: number) =>
  database.db
    .selectFrom('erasures')
    .select(['started_at', 'completed_at'])
    .where('organisation_id', '=', coop.id as never)
    .where('generation', '=', generation)
    .executeTakeFirst();

it('is not begun or is completed, and never marked while its key lives', { timeout: 240_000 }, async () => {
  const { email, password } = coop;
  const outcomes = new Set<string>();
  let generation = 1;
  for (let round = 0, hasCrashed = true; hasCrashed; round += STRIDE) {
    expectStatus(await coop.api.put(url(), PERSONAL_BLOCKS, { headers: { 'if-match': '*' } }), 200);
    await addEvidence(coop);
    const session = expectStatus(await successor.api.post('/v1/sessions', { email, password }), 201).body;
    const admin = doomed.api.as(session.accessToken);
    wire.crashAfter(round);
    const answer = await admin.post(`${url()}/erasure`, { confirm: coop.slug }).catch(() => undefined);
    ({ hasCrashed } = wire);
    wire.restart();

    const left = await findErasure(generation);
    expect(answer?.status === 200 && (await hasKey(generation))).toBe(false);
    expect(left?.completed_at != null && (await hasKey(generation))).toBe(false);
    await successor.app.erasure.resumeErasures();
    const { body } = expectStatus(await coop.api.get(url()), 200);
    const isErased = left !== undefined;
    outcomes.add(isErased ? 'completed' : 'not begun');
    expect([isErased, await hasKey(generation)], `crash before statement ${round}`).toEqual([
      body.personalErased === true,
      !isErased,
    ]);
    if (isErased) {
      expect((await findErasure(generation))?.completed_at).toBeInstanceOf(Date);
      generation += 1;
    }
  }
  expect([...outcomes].sort()).toEqual(['completed', 'not begun']);
});

it.runIf(onPostgres)(
  'waits for who seals, and what is sealed after it has begun is of the next dossier',
  async () => {
    const { body } = expectStatus(await coop.api.get(url()), 200);
    let version: number = body.version;
    for (let round = 0; round < 10; round += 1) {
      const [saved, erased] = await Promise.all([
        coop.api.put(url(), PERSONAL_BLOCKS, { headers: { 'if-match': `"${version}"` } }),
        coop.api.post(`${url()}/erasure`, { confirm: coop.slug }),
      ]);
      expect([saved.status, erased.status]).toEqual([200, 200]);
      version = saved.body.version;
      const row = await database.db
        .selectFrom('dossier_versions')
        .select(['personal_generation', 'sealed_personal'])
        .where('organisation_id', '=', coop.id as never)
        .where('version', '=', version)
        .executeTakeFirstOrThrow();
      const wasErased = row.personal_generation === erased.body.generation;
      expect(row.sealed_personal === null).toBe(wasErased);
      expect(await hasKey(erased.body.generation)).toBe(false);
      expect((await coop.api.get(url())).body.personalErased === true).toBe(wasErased);
    }
  },
);
