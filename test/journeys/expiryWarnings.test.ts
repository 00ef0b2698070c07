import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  approve,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  recordChecks,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { signInAgain } from '../support/people.js';

const DAY = 86_400;
let t: TestApp;
let network: Registered;
let registrar: Organisation;
let coop: Organisation;
let id: string;

async function later(days: number): Promise<void> {
  t.clock.advance(days * DAY);
  [registrar, coop] = [await signInAgain(t, network.registrar), await signInAgain(t, network.coop)];
  await t.app.representation.lapseExpired();
}

const kindsOf = async (organisation: Organisation, of = id) =>
  expectStatus(await organisation.api.get('/v1/notices?limit=100'), 200)
    .body.items.filter(({ subjectId }: { subjectId: string }) => subjectId === of)
    .map(({ kind }: { kind: string }) => kind);

beforeAll(async () => {
  t = await startApp();
  network = await foundNetwork(t);
  id = (await issueLegalIdentity(network.coop, network.registrar)).credentialId;
});
afterAll(() => t.close());

test('that the proof of who acts for a co-op will be over is told to both sides, once', async () => {
  await later(334);
  expect(await kindsOf(coop)).toEqual([]);
  await later(2);
  await t.app.representation.lapseExpired();
  for (const party of [coop, registrar]) expect(await kindsOf(party)).toEqual(['representation.expiring']);
});

test('a proof that was shown anew does not lapse with the one before', async () => {
  const renewal = await coop.api.post('/v1/applications', {
    registrarId: registrar.id,
    credentialTypes: ['CoopLegalIdentityCredential'],
    renews: [id],
  });
  const applicationId: string = expectStatus(renewal, 201).body.id;
  await recordChecks(registrar, applicationId);
  const [issued] = await approve(registrar, applicationId);
  await later(31);
  const { concerns, state } = expectStatus(await coop.api.get(`/v1/credentials/${issued?.id}`), 200).body;
  expect([state, concerns]).toEqual(['active', []]);
  expect(await kindsOf(coop, issued?.id)).toEqual([]);
});

test('who is asked to vouch is told, and an export holds what was told', async () => {
  const wanted = { voucherId: registrar.id, fields: ['/legalIdentity/legalName'] };
  const request = expectStatus(
    await coop.api.post(`/v1/organisations/${coop.id}/vouch-requests`, wanted),
    201,
  ).body;
  expect(await kindsOf(registrar, request.id)).toEqual(['vouch.requested']);
  const { notices, contests } = expectStatus(
    await coop.api.get(`/v1/organisations/${coop.id}/export`),
    200,
  ).body;
  expect(notices).toContainEqual(expect.objectContaining({ kind: 'representation.expiring', subjectId: id }));
  expect(contests).toEqual([]);
});
