import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  approve,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  putDossier,
  recordChecks,
  type Organisation,
} from '../support/network.js';
import { signInAgain } from '../support/people.js';

/** A credential from before it was recorded what credentials rest on (migration 0013): watched by its end only. */

const DAY = 86_400;
const LEGAL_NAME = '/legalIdentity/legalName';
const dossier = dossierNumbered('EARLY 1');
const renamed = {
  ...dossier,
  legalIdentity: { ...dossier.legalIdentity, legalName: 'Albion Homes Limited' },
};

let t: TestApp;
let coop: Organisation;
let registrar: Organisation;
let id: string;

beforeAll(async () => {
  t = await startApp();
  ({ coop, registrar } = await foundNetwork(t));
  ({ credentialId: id } = await issueLegalIdentity(coop, registrar, dossier));
  await t.connection.db
    .deleteFrom('credential_grounds')
    .where('credential_id', '=', id as never)
    .execute();
});
afterAll(() => t.close());

async function later(days: number): Promise<void> {
  t.clock.advance(days * DAY);
  [coop, registrar] = [await signInAgain(t, coop), await signInAgain(t, registrar)];
  await t.app.watchCredentials();
}
const metadata = async (of = id) => expectStatus(await coop.api.get(`/v1/credentials/${of}`), 200).body;

test('another value in the dossier is no concern, and suspends nothing', async () => {
  await putDossier(coop, renamed, '"1"');
  await later(60);
  expect(await metadata()).toMatchObject({ state: 'active', concerns: [] });
});

test('what its type says is contested like that of every other', async () => {
  const contest = (pointer: string) =>
    coop.api.post(`/v1/credentials/${id}/contests`, { pointer, statement: 'Not so' });
  expectStatus(await contest('/credentialSubject/legalName'), 201);
  expect((await contest('/credentialSubject/memberCount')).body.errors[0].pointer).toBe('/pointer');
  expect((await contest('/issuer')).body.errors[0].pointer).toBe('/pointer');
});

test('its holder is told when it may be renewed, and the renewal is watched', async () => {
  const { renewableFrom } = await metadata();
  await later((new Date(renewableFrom).getTime() - t.clock.now().getTime()) / 1000 / DAY);
  const { items } = expectStatus(await coop.api.get('/v1/notices'), 200).body;
  expect(items.map(({ kind }: { kind: string }) => kind)).toContain('credential.expiring');
  const wanted = { registrarId: registrar.id, credentialTypes: ['CoopLegalIdentityCredential'] };
  const renewal = await coop.api.post('/v1/applications', { ...wanted, renews: [id] });
  const { body } = expectStatus(renewal, 201);
  expect(body.missingChecks.map(({ pointer }: { pointer: string }) => pointer)).toEqual([LEGAL_NAME]);
  await recordChecks(registrar, body.id, [LEGAL_NAME]);
  const [renewed] = await approve(registrar, body.id);
  await putDossier(coop, dossier, '"2"');
  expect((await metadata(renewed?.id)).concerns).toMatchObject([
    { kind: 'field_changed', pointer: LEGAL_NAME },
  ]);
});
