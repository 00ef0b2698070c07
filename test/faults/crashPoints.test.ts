import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import { startApp, type TestApp } from '../support/app.js';
import { createTestClock } from '../support/clock.js';
import { openTestDatabase } from '../support/database.js';
import {
  copyApplication,
  expectOneStory,
  expectPlacesDistinct,
  readState,
} from '../support/issuanceRecords.js';
import {
  ALL_TYPES,
  apply,
  expectStatus,
  foundNetwork,
  IDENTITY_FIELDS,
  putDossier,
  recordChecks,
  STATUS_FIELDS,
  type Registered,
} from '../support/network.js';
import { createCrashingConnection, type CrashingConnection } from '../support/statements.js';

/** More than the claim of a process that died holds. */
const CLAIM_IS_OVER_SECONDS = 16;

/** One process dies, at each statement in turn, for as long as there are statements; another one goes on with what it finds. */
let database: DatabaseConnection;
let wire: CrashingConnection;
let doomed: TestApp;
let successor: TestApp;
let network: Registered;
let template: string;

beforeAll(async () => {
  const clock = createTestClock();
  database = await openTestDatabase();
  wire = createCrashingConnection(database);
  doomed = await startApp({ connection: wire, clock });
  successor = await startApp({ connection: database, clock });
  network = await foundNetwork(successor);
  await putDossier(network.coop);
  template = await apply(network.coop, network.registrar, ALL_TYPES);
  await recordChecks(network.registrar, template, [...new Set([...IDENTITY_FIELDS, ...STATUS_FIELDS])]);
});
afterAll(async () => {
  await doomed.close();
  await successor.close();
  await database.close();
});

/** On PostgreSQL, as in `.ci/run`, before every statement; where `npm test` is to stay short before every fifth. */
const STRIDE = process.env['TEST_DATABASE_URL'] === undefined ? 5 : 1;

/** Lets a process die after 0, 1, 2… statements of what it does, until it comes through. */
async function atEveryStatement(
  prepare: (round: number) => Promise<() => Promise<unknown>>,
  look: (round: number) => Promise<void>,
): Promise<number> {
  for (let round = 0; ; round += STRIDE) {
    const act = await prepare(round);
    wire.crashAfter(round);
    await act().catch(() => undefined);
    const { hasCrashed } = wire;
    wire.restart();
    await look(round);
    if (!hasCrashed) return round;
  }
}

async function asRegistrar(app: TestApp) {
  const { email, password } = network.registrar;
  const answer = await successor.api.post('/v1/sessions', { email, password });
  return app.api.as(expectStatus(answer, 201).body.accessToken);
}

async function resume(): Promise<void> {
  await successor.app.issuance.resumeUnfinished();
  successor.clock.advance(CLAIM_IS_OVER_SECONDS);
  await successor.app.issuance.resumeUnfinished();
}

describe('a process that dies before any statement of', () => {
  it('a decision leaves both credentials issued once, or nothing', { timeout: 240_000 }, async () => {
    let applicationId = await copyApplication(database.db, template, 'first');
    const outcomes = new Set<string>();
    const rounds = await atEveryStatement(
      async () => {
        const registrar = await asRegistrar(doomed);
        return () => registrar.post(`/v1/applications/${applicationId}/decision`, { outcome: 'approved' });
      },
      async (round) => {
        const before = (await readState(database.db, applicationId)).status;
        await expectOneStory(database.db, applicationId);
        await resume();
        const { status } = await readState(database.db, applicationId);
        outcomes.add(`${before} → ${status}`);
        await expectOneStory(database.db, applicationId);
        expect(status).toBe(before === 'in_review' ? 'in_review' : 'issued');
        if (status === 'issued') {
          applicationId = await copyApplication(database.db, template, `after round ${round}`);
        }
      },
    );
    await expectPlacesDistinct(database.db);
    expect([...outcomes].sort()).toEqual(['approved → issued', 'in_review → in_review', 'issued → issued']);
    expect(rounds).toBeGreaterThan(50);
  });

  it('a resumption leaves what the next one completes', { timeout: 240_000 }, async () => {
    const prepare = async (name: string) => {
      const id = await copyApplication(database.db, template, name);
      const registrar = await asRegistrar(doomed);
      await prepareOnly(registrar, id);
      successor.clock.advance(CLAIM_IS_OVER_SECONDS);
      return id;
    };
    let applicationId = await prepare('prepared first');
    const rounds = await atEveryStatement(
      async () => () => doomed.app.issuance.resumeUnfinished(),
      async (round) => {
        await expectOneStory(database.db, applicationId);
        await resume();
        expect((await readState(database.db, applicationId)).status).toBe('issued');
        await expectOneStory(database.db, applicationId);
        applicationId = await prepare(`prepared in round ${round}`);
      },
    );
    await resume();
    await expectPlacesDistinct(database.db);
    expect(rounds).toBeGreaterThan(30);
  });

  it('a suspension leaves the credential suspended or not, with list, history and log in step', async () => {
    const id = await copyApplication(database.db, template, 'to be suspended');
    const registrar = await asRegistrar(successor);
    const decided = await registrar.post(`/v1/applications/${id}/decision`, { outcome: 'approved' });
    const credentialId: string = expectStatus(decided, 200).body.credentials[0].id;
    const outcomes = new Set<string>();
    await atEveryStatement(
      async () => {
        const client = await asRegistrar(doomed);
        return () => client.post(`/v1/credentials/${credentialId}/suspend`, { reason: 'fees overdue' });
      },
      async () => {
        forgetAll(successor);
        const client = await asRegistrar(successor);
        const { state, statusChanges } = (await client.get(`/v1/credentials/${credentialId}`)).body;
        outcomes.add(state);
        const isSuspended = state === 'suspended';
        expect(statusChanges.length % 2).toBe(isSuspended ? 1 : 0);
        expect(await statusCodeOf(credentialId)).toBe(isSuspended ? 'status/suspended' : 'status/clear');
        if (isSuspended) {
          const back = await client.post(`/v1/credentials/${credentialId}/reinstate`, { reason: 'paid' });
          expectStatus(back, 200);
        }
      },
    );
    expect([...outcomes].sort()).toEqual(['active', 'suspended']);
    const kinds = await database.db
      .selectFrom('log_entries')
      .select(({ fn }) => ['kind', fn.countAll<number>().as('count')])
      .where('kind', 'in', ['credential.suspended', 'credential.reinstated'])
      .groupBy('kind')
      .execute();
    expect(new Set(kinds.map(({ count }) => count)).size).toBe(1);
  });
});

/** Approves in a process that dies as soon as the decision is stored. */
async function prepareOnly(registrar: Awaited<ReturnType<typeof asRegistrar>>, id: string): Promise<void> {
  wire.crashAfterCommit();
  await registrar.post(`/v1/applications/${id}/decision`, { outcome: 'approved' });
  wire.restart();
  expect((await readState(database.db, id)).status).toBe('approved');
}

async function statusCodeOf(credentialId: string): Promise<string> {
  const { secured: token } = await database.db
    .selectFrom('credential_forms')
    .select('secured')
    .where('credential_id', '=', credentialId as never)
    .where('format', '=', 'vc+jwt')
    .executeTakeFirstOrThrow();
  const { body } = await successor.api.post('/v1/verifications', { credential: token });
  return body.checks.find(({ check }: { check: string }) => check === 'status').code;
}

/** What a process knows that has just started. */
function forgetAll({ app }: TestApp): void {
  app.changes.onLost();
  app.changes.onRestored();
}
