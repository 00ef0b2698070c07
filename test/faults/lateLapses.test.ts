import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import { startApp, type TestApp } from '../support/app.js';
import { createTestClock } from '../support/clock.js';
import { openTestDatabase } from '../support/database.js';
import {
  apply,
  checkOf,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  putDossier,
  recordChecks,
  registerOrganisation,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { joinAs, signInAgain } from '../support/people.js';
import { interceptStatements } from '../support/statements.js';

/** A credential is approved, and something that it rests on lapses before a process gets to sign it. */

const DAY = 86_400;
const LEGAL_NAME = '/legalIdentity/legalName';

let database: DatabaseConnection;
let t: TestApp;
let network: Registered;
let isCut = false;
let numbers = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  const wire = interceptStatements(database, (sql) => {
    if (isCut && sql.startsWith('update "credentials" set "claimed_until"'))
      throw new Error('the process died before it signed');
  });
  t = await startApp({ connection: wire, clock: createTestClock() });
  network = await foundNetwork(t);
});
afterAll(async () => {
  await t.close();
  await database.close();
});

/** Approved and not issued. */
async function approveOnly(checks: readonly object[] = []): Promise<{ coop: Organisation; id: string }> {
  const registrar = await signInAgain(t, network.registrar);
  const coop = await registerOrganisation(t.api, 'Late Co-operative');
  await putDossier(coop, dossierNumbered(`LATE ${(numbers += 1)}`));
  const applicationId = await apply(coop, registrar);
  await recordChecks(registrar, applicationId);
  const address = `/v1/applications/${applicationId}`;
  for (const check of checks) expectStatus(await registrar.api.post(`${address}/checks`, check), 201);
  isCut = true;
  expectStatus(await registrar.api.post(`${address}/decision`, { outcome: 'approved' }), 500);
  isCut = false;
  const { body } = expectStatus(await coop.api.get(address), 200);
  expect([body.status, body.credentials[0].state]).toEqual(['approved', 'prepared']);
  return { coop, id: body.credentials[0].id };
}

/** What is told of it, without the job that watches credentials. */
async function issue(organisation: Organisation, id: string) {
  await t.app.issuance.resumeUnfinished();
  const coop = await signInAgain(t, organisation);
  const { state, concerns } = expectStatus(await coop.api.get(`/v1/credentials/${id}`), 200).body;
  const { items } = expectStatus(await coop.api.get('/v1/notices'), 200).body;
  const kinds = items
    .filter(({ subjectId }: { subjectId: string }) => subjectId === id)
    .map(({ kind }: { kind: string }) => kind);
  const places = concerns.map(({ kind, pointer }: Record<string, string>) => [kind, pointer]);
  return { state, places, kinds };
}

describe('between the approval and the issuance', () => {
  test('nothing has lapsed: nothing is told', async () => {
    const { coop, id } = await approveOnly();
    expect(await issue(coop, id)).toEqual({ state: 'active', places: [], kinds: [] });
  });

  test('evidence runs out', async () => {
    const record = { type: 'company_register', date_of_expiry: '2026-11-20' };
    const check = checkOf(LEGAL_NAME, { evidence: { type: 'electronic_record', record } });
    const { coop, id } = await approveOnly([check]);
    t.clock.advance(DAY);
    expect(await issue(coop, id)).toEqual({
      state: 'active',
      places: [['evidence_lapsed', LEGAL_NAME]],
      kinds: ['credential.lapsing'],
    });
    await t.app.watchCredentials();
    expect((await issue(coop, id)).kinds, 'once').toEqual(['credential.lapsing']);
  });

  test('a field of the dossier changes', async () => {
    const { coop, id } = await approveOnly();
    const dossier = dossierNumbered(`LATE ${numbers}`);
    const legalIdentity = { ...dossier.legalIdentity, legalName: 'Changed' };
    await putDossier(coop, { ...dossier, legalIdentity }, '"1"');
    expect((await issue(coop, id)).places).toEqual([['field_changed', LEGAL_NAME]]);
  });

  test('who was shown to act for it leaves', async () => {
    const { coop, id } = await approveOnly();
    const successor = await joinAs(t, coop, 'admin');
    const { body } = expectStatus(await coop.api.get(`/v1/organisations/${coop.id}/members`), 200);
    const former = body.items.find(({ email }: { email: string }) => email === coop.email);
    const members = `/v1/organisations/${coop.id}/members/${former.id}`;
    expectStatus(await successor.api.delete(members), 204);
    expect(await issue({ ...coop, ...successor, id: coop.id }, id)).toEqual({
      state: 'active',
      places: [['representation_lapsed', '/representation']],
      kinds: ['credential.lapsing'],
    });
  });
});
