import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  accredit,
  approve,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  putDossier,
  recordChecks,
  registerOrganisation,
  rely,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { signInAgain } from '../support/people.js';

const DAY = 86_400;
const TYPE = 'CoopLegalIdentityCredential';

interface Told {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

let t: TestApp;
let network: Registered;
let numbered = 0;

beforeAll(async () => {
  t = await startApp();
  network = await foundNetwork(t);
});
beforeEach(async () => void (await later(0)));
afterAll(() => t.close());

async function eventsOf(organisation: Organisation, after?: string): Promise<Told[]> {
  const query = after === undefined ? '' : `&after=${after}`;
  return expectStatus(await organisation.api.get(`/v1/events?limit=100${query}`), 200).body.items;
}

/** A co-op with its credential, on which a new partner relies. */
async function prepare() {
  numbered += 1;
  const dossier = dossierNumbered(`EVENT ${numbered}`);
  const coop = await registerOrganisation(t.api, `Co-operative ${numbered}`);
  const partner = await registerOrganisation(t.api, `Partner ${numbered}`);
  const { credentialId, token } = await issueLegalIdentity(coop, network.registrar, dossier);
  const reliance = await rely(partner, token);
  const about = {
    relianceIds: [reliance.id],
    credential: { id: credentialId, type: TYPE },
    holder: coop.did,
    issuer: network.registrar.did,
  };
  return { coop, partner, credentialId, token, reliance, about, dossier };
}

const changeStatus = async (action: string, id: string) =>
  expectStatus(
    await network.registrar.api.post(`/v1/credentials/${id}/${action}`, { reason: 'A private reason' }),
    200,
  );

/** Time passes, and everybody signs in again. */
async function later(days: number, ...organisations: Organisation[]): Promise<Organisation[]> {
  t.clock.advance(days * DAY);
  const [registrar, ...others] = await Promise.all(
    [network.registrar, ...organisations].map((one) => signInAgain(t, one)),
  );
  network = { ...network, registrar: registrar! };
  return others;
}

const typesOf = (events: readonly Told[]) => events.map(({ type }) => type);

describe('who relies on a credential is told', () => {
  test('of every change of its status, in order, with what it is about and nobody’s words', async () => {
    const { partner, credentialId, about } = await prepare();
    const told: string[] = [];
    for (const action of ['suspend', 'reinstate', 'revoke']) {
      t.clock.advance(60);
      await changeStatus(action, credentialId);
      told.push(t.clock.now().toISOString());
    }
    const events = await eventsOf(partner);
    expect(events.map(({ id: _, ...event }) => event)).toEqual(
      ['suspended', 'reinstated', 'revoked'].map((change, index) => ({
        type: `credential.${change}`,
        timestamp: told[index],
        data: about,
      })),
    );
    expect(new Set(events.map(({ id }) => id)).size).toBe(3);
  });

  test('once, of all its reliances on it', async () => {
    const { partner, credentialId, token, reliance } = await prepare();
    const second = await rely(partner, token);
    await changeStatus('suspend', credentialId);
    const [event, ...others] = await eventsOf(partner);
    expect(others).toEqual([]);
    expect(event?.data['relianceIds']).toEqual([reliance.id, second.id].sort());
  });

  test('no more once it has ended that; the holder of its beginning and end', async () => {
    const { coop, partner, credentialId, reliance } = await prepare();
    expectStatus(await partner.api.delete(`/v1/reliances/${reliance.id}`), 204);
    await changeStatus('revoke', credentialId);
    expect(await eventsOf(partner)).toEqual([]);
    const about = { relianceIds: [reliance.id], partner: partner.did };
    expect((await eventsOf(coop)).map(({ type, data }) => [type, data])).toEqual([
      ['reliance.recorded', about],
      ['reliance.ended', about],
    ]);
  });

  test('of contests, where and how they end, and not of what was said', async () => {
    const { coop, partner, credentialId, about } = await prepare();
    const pointer = '/credentialSubject/legalName';
    const contests = `/v1/credentials/${credentialId}/contests`;
    const open = async () =>
      expectStatus(await coop.api.post(contests, { pointer, statement: 'A private statement' }), 201).body.id;
    const first = await open();
    const resolution = { outcome: 'dismissed', reason: 'A private reason' };
    expectStatus(await network.registrar.api.post(`${contests}/${first}/resolution`, resolution), 200);
    expectStatus(await coop.api.post(`${contests}/${await open()}/withdrawal`, {}), 200);
    const contested = ['credential.contested', { ...about, pointer }];
    expect((await eventsOf(partner)).map(({ type, data }) => [type, data])).toEqual([
      contested,
      ['credential.contest_closed', { ...about, pointer, outcome: 'dismissed' }],
      contested,
      ['credential.contest_closed', { ...about, pointer, outcome: 'withdrawn' }],
    ]);
  });

  test('of a lapse, until when that may be put right, and that it was', async () => {
    const { coop, partner, about, dossier } = await prepare();
    const renamed = { ...dossier, legalIdentity: { ...dossier.legalIdentity, legalName: 'Another Name' } };
    await putDossier(coop, renamed, '"1"');
    const suspendsAt = new Date(t.clock.now().getTime() + 30 * DAY * 1000).toISOString();
    await putDossier(coop, dossier, '"2"');
    expect((await eventsOf(partner)).map(({ type, data }) => [type, data])).toEqual([
      ['credential.lapsing', { ...about, suspendsAt }],
      ['credential.lapse_cured', about],
    ]);
  });

  test('that it was replaced, and not that it was revoked as well', async () => {
    const { coop, partner, credentialId } = await prepare();
    const [holder, reader] = await later(300, coop, partner);
    const body = { registrarId: network.registrar.id, credentialTypes: [TYPE], renews: [credentialId] };
    const applicationId = expectStatus(await holder!.api.post('/v1/applications', body), 201).body.id;
    await recordChecks(network.registrar, applicationId);
    await approve(network.registrar, applicationId);
    expect(typesOf(await eventsOf(reader!))).toEqual(['credential.superseded']);
  });

  test('once that it has expired, and not of what was revoked before', async () => {
    const [kept, revoked] = [await prepare(), await prepare()];
    await changeStatus('revoke', revoked.credentialId);
    const [before] = await later(364, kept.partner);
    await t.app.tellExpired();
    expect(await eventsOf(before!)).toEqual([]);
    const [reader, other] = await later(2, kept.partner, revoked.partner);
    await t.app.tellExpired();
    await t.app.tellExpired();
    expect((await eventsOf(reader!)).map(({ type, data }) => [type, data])).toEqual([
      ['credential.expired', kept.about],
    ]);
    expect(typesOf(await eventsOf(other!))).toEqual(['credential.revoked']);
  });

  test('that an accreditation of the issuer has ended, by a decision or by its term', async () => {
    const { partner, about } = await prepare();
    const { operator, registrar } = { ...network, operator: await operatorAgain() };
    const others = await accredit(operator, registrar, { credentialTypes: ['CoopStatusCredential'] });
    expectStatus(await operator.delete(`/v1/accreditations/${others}`), 204);
    expect(await eventsOf(partner)).toEqual([]);
    const expiresAt = new Date(t.clock.now().getTime() + DAY * 1000).toISOString();
    const first = await accredit(operator, registrar);
    const second = await accredit(operator, registrar, { expiresAt });
    expectStatus(await operator.delete(`/v1/accreditations/${first}`), 204);
    const [reader] = await later(2, partner);
    await t.app.tellExpired();
    await t.app.tellExpired();
    expect((await eventsOf(reader!)).map(({ type, data }) => [type, data])).toEqual(
      [first, second].map((accreditationId) => [
        'credential.accreditation_ended',
        { ...about, accreditationId },
      ]),
    );
  });

  test('that a key was compromised which signed it, and whether it was issued before', async () => {
    const older = await prepare();
    t.clock.advance(200);
    const compromisedAt = t.clock.now().toISOString();
    t.clock.advance(200);
    const newer = await prepare();
    const keys = `/v1/organisations/${network.registrar.id}/keys`;
    const { items } = expectStatus(await network.registrar.api.get(keys), 200).body;
    const { id } = items.find(
      (key: { algorithm: string; state: string }) => key.algorithm === 'ES256' && key.state === 'active',
    );
    t.clock.advance(60);
    const body = { compromisedAt, reason: 'A private reason' };
    expectStatus(await network.registrar.api.post(`${keys}/${id}/revoke`, body), 200);
    for (const [{ partner, about }, isIssuedBefore] of [
      [older, true],
      [newer, false],
    ] as const) {
      expect((await eventsOf(partner)).map(({ type, data }) => [type, data])).toEqual([
        ['credential.key_compromised', { ...about, compromisedAt, isIssuedBefore }],
      ]);
    }
  });

  async function operatorAgain() {
    const body = { email: 'operator@passport.test', password: 'the operator has a long password' };
    return t.api.as(expectStatus(await t.api.post('/v1/sessions', body), 201).body.accessToken);
  }
});

describe('events', () => {
  test('are read a page at a time, and from any of them on', async () => {
    const { partner, credentialId } = await prepare();
    for (let round = 0; round < 3; round += 1)
      for (const action of ['suspend', 'reinstate']) await changeStatus(action, credentialId);
    const all = await eventsOf(partner);
    expect(all).toHaveLength(6);
    const first = expectStatus(await partner.api.get('/v1/events?limit=4'), 200).body;
    expect([first.items, first.next]).toEqual([all.slice(0, 4), all[3]?.id]);
    const last = expectStatus(await partner.api.get(`/v1/events?limit=4&after=${first.next}`), 200).body;
    expect(last).toEqual({ items: all.slice(4) });
    expect(await eventsOf(partner, all[5]?.id)).toEqual([]);
    await changeStatus('revoke', credentialId);
    expect(typesOf(await eventsOf(partner, all[5]?.id))).toEqual(['credential.revoked']);
  });

  test('of others are no place to begin at', async () => {
    const { partner, credentialId } = await prepare();
    await changeStatus('revoke', credentialId);
    const [{ id } = { id: '' }] = await eventsOf(partner);
    for (const after of [id, crypto.randomUUID()]) {
      const answer = await network.registrar.api.get(`/v1/events?after=${after}`);
      expect([answer.status, answer.body.code]).toEqual([410, 'events/cursor-unknown']);
    }
  });

  test('are kept for 90 days', async () => {
    const { partner, credentialId } = await prepare();
    await changeStatus('suspend', credentialId);
    await later(89);
    await changeStatus('revoke', credentialId);
    const [reader] = await later(2, partner);
    const [old] = await eventsOf(reader!);
    await t.app.purgeExpired();
    expect(typesOf(await eventsOf(reader!))).toEqual(['credential.revoked']);
    expect((await reader!.api.get(`/v1/events?after=${old!.id}`)).status).toBe(410);
  });

  test('stand in the export', async () => {
    const { partner, coop, reliance, credentialId } = await prepare();
    await changeStatus('revoke', credentialId);
    const exported = async ({ api, id }: Organisation) =>
      expectStatus(await api.get(`/v1/organisations/${id}/export`), 200).body;
    expect((await exported(partner)).events).toMatchObject([{ type: 'credential.revoked' }]);
    expect((await exported(coop)).reliances).toMatchObject({
      reliances: [],
      reliedOnBy: [{ id: reliance.id, partnerId: partner.id, credentialIds: [credentialId] }],
    });
  });
});
