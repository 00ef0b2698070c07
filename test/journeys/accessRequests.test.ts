import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { expectStatus, putDossier, registerOrganisation, type Organisation } from '../support/network.js';
import { POLICY } from '../support/operations.js';
import { createMachine, joinAs, refusalOf } from '../support/people.js';
import {
  approveAs,
  ask,
  asked,
  eventsOf,
  foundSharing,
  issueDossierCredential,
  OFFICERS,
  readData,
  releasedIn,
  SHARED_DOSSIER,
  WISH,
  withdraw,
  type SharingNetwork,
} from '../support/sharing.js';

let t: TestApp;
let network: SharingNetwork;
let credential: { id: string; token: string };

beforeAll(async () => {
  t = await startApp();
  network = await foundSharing(t);
  credential = await issueDossierCredential(network);
});
afterAll(() => t.close());

const partyOf = ({ id, did, name }: Organisation) => ({ id, did, name });
const read = async ({ api }: Pick<Organisation, 'api'>, id: string) =>
  expectStatus(await api.get(`/v1/access-requests/${id}`), 200).body;
const refuse = ({ api }: Pick<Organisation, 'api'>, id: string, reason = 'Not now') =>
  api.post(`/v1/access-requests/${id}/refuse`, { reason });
const takeBack = ({ api }: Pick<Organisation, 'api'>, id: string) =>
  api.post(`/v1/access-requests/${id}/withdraw`, {});

describe('the way from a question to an answer', () => {
  let requestId: string;
  let grantId: string;

  test('a partner asks for names of the board; both see the same, and nobody else anything', async () => {
    const { partner, coop, registrar } = network;
    const policyId = expectStatus(await partner.api.post('/v1/policies', POLICY), 201).body.id;
    const note = 'For the loan that Ada Example applied for';
    const answer = expectStatus(await ask(partner, coop, { policyId, note, grantFor: 'P30D' }), 201);
    requestId = answer.body.id;
    expect(answer.headers['location']).toBe(`/v1/access-requests/${requestId}`);
    const { rules, name } = POLICY;
    const shown = {
      id: requestId,
      partner: partyOf(partner),
      holder: partyOf(coop),
      ...WISH,
      grantFor: 'P30D',
      evidence: false,
      sensitivity: 'personal',
      policy: { id: policyId, version: 1, name, rules },
      note,
      state: 'open',
      createdAt: t.clock.now().toISOString(),
      expiresAt: '2026-12-20T09:00:00.000Z',
    };
    expect(answer.body).toEqual(shown);
    const consent = { ruleVersion: 0, rule: { kind: 'mOfN', m: 2 }, needed: 2, approvals: [] };
    expect(await read(coop, requestId)).toEqual({ ...shown, consent });
    for (const { api } of [registrar, await registerOrganisation(t.api, 'Another Partner')])
      expect(refusalOf(await api.get(`/v1/access-requests/${requestId}`))).toBe('404 resource/not-found');
    const rows = await t.connection.db.selectFrom('access_requests').selectAll().execute();
    expect(JSON.stringify(rows), 'what people write is sealed').not.toContain('Ada');
  });

  test('the co-op is told, its delegates by notice; one approval is not enough', async () => {
    const { coop, partner, delegates } = network;
    const events = await eventsOf(coop);
    expect(events.at(-1)).toMatchObject({
      type: 'access.requested',
      data: { requestId, partner: partner.did },
    });
    const notices = expectStatus(await coop.api.get('/v1/notices'), 200).body.items;
    expect(notices.at(-1)).toMatchObject({ kind: 'access.requested', subjectId: requestId });
    const [first] = delegates;
    const answer = expectStatus(await approveAs(first!, requestId, { minute: 'GM 2026/11, item 4' }), 201);
    expect(answer.body).toMatchObject({
      state: 'open',
      consent: {
        approvals: [{ memberId: first!.id, dossierVersion: 1, minute: 'GM 2026/11, item 4' }],
      },
    });
    const seen = await read(partner, requestId);
    expect(seen, 'who has approved is the co-op’s own affair').not.toHaveProperty('consent');
    expect(refusalOf(await approveAs(first!, requestId))).toBe('409 access-requests/already-approved');
  });

  test('with the second the fields are granted, and both are told', async () => {
    const { coop, partner, delegates } = network;
    const { body } = expectStatus(await approveAs(delegates[1]!, requestId), 201);
    expect(body).toMatchObject({ state: 'granted', settledAt: t.clock.now().toISOString() });
    grantId = body.grantId;
    const grant = {
      id: grantId,
      requestId,
      partner: partyOf(partner),
      holder: partyOf(coop),
      fields: WISH.fields,
      purposes: WISH.purposes,
      evidence: false,
      retention: 'P1Y',
      dossierVersion: 1,
      basis: { kind: 'consent' },
      state: 'live',
      grantedAt: t.clock.now().toISOString(),
      expiresAt: '2026-12-20T09:00:00.000Z',
    };
    for (const who of [coop, partner]) {
      expect(expectStatus(await who.api.get(`/v1/grants/${grantId}`), 200).body).toEqual(grant);
      expect((await eventsOf(who)).at(-1)).toMatchObject({ type: 'access.granted', data: { requestId } });
    }
    expect(refusalOf(await approveAs(delegates[2]!, requestId))).toBe('409 access-requests/settled');
    expect(refusalOf(await refuse(delegates[2]!, requestId))).toBe('409 access-requests/settled');
    expect(refusalOf(await takeBack(partner, requestId))).toBe('409 access-requests/settled');
  });

  test('the partner reads exactly these, and proves them against the credential', async () => {
    const { partner } = network;
    const answer = expectStatus(await readData(partner, grantId), 200);
    expect(answer.headers['cache-control']).toBe('private, no-store');
    expect(releasedIn(answer)).toEqual({
      '/officers/0/fullName': 'Ada Example',
      '/officers/1/fullName': 'Ben Treasurer',
    });
    const { fields, proof } = answer.body;
    expect(proof).toMatchObject({
      credentialId: credential.id,
      credential: credential.token,
      dossierVersion: 1,
    });
    const verify = async (released: object[]) =>
      expectStatus(
        await t.api.post('/v1/verifications', { credential: proof.credential, fields: released }),
        200,
      ).body;
    const report = await verify(fields);
    expect([report.verdict, report.checks.at(-1).code]).toEqual(['accepted', 'dossier/proven']);
    const forged = fields.map((field: object, index: number) =>
      index === 0 ? { ...field, value: 'Mallory' } : field,
    );
    expect((await verify(forged)).verdict).toBe('rejected');
    expect(answer.text).not.toContain('1970-01-01');
  });

  test('the co-op sees each reading, by whom and of what; it does not read as the partner', async () => {
    const { coop, partner, registrar } = network;
    expectStatus(await readData(partner, grantId), 200);
    const machine = await createMachine(t, partner, ['sharing']);
    expectStatus(await machine.get(`/v1/grants/${grantId}/data`), 200);
    const accesses = `/v1/grants/${grantId}/accesses`;
    const { items } = expectStatus(await coop.api.get(accesses), 200).body;
    expect(items).toHaveLength(3);
    for (const item of items) expect(item).toMatchObject({ kind: 'data', fields: WISH.fields });
    expect(items.map((item: { by: { kind: string } }) => item.by.kind)).toEqual([
      'person',
      'person',
      'client',
    ]);
    expect(refusalOf(await readData(coop, grantId))).toBe('403 auth/forbidden');
    for (const path of [`/v1/grants/${grantId}`, `/v1/grants/${grantId}/data`, accesses])
      expect(refusalOf(await registrar.api.get(path)), path).toBe('404 resource/not-found');
    expect(expectStatus(await coop.api.get(accesses), 200).body.items, 'the refused left no trace').toEqual(
      items,
    );
  });

  test('a delegate withdraws it: from the answer on nothing is released, and the record stays', async () => {
    const { coop, partner, delegates } = network;
    const reason = 'Ada Example has objected';
    const { body } = expectStatus(await withdraw(delegates[2]!, grantId, { reason }), 200);
    const ended = { state: 'withdrawn', endedAt: t.clock.now().toISOString(), reason };
    expect(body).toMatchObject(ended);
    expect(refusalOf(await readData(partner, grantId))).toBe('410 grants/over');
    expect(expectStatus(await partner.api.get(`/v1/grants/${grantId}`), 200).body).toMatchObject(ended);
    expect((await eventsOf(partner)).at(-1)).toMatchObject({
      type: 'grant.withdrawn',
      data: { grantId, holder: coop.did },
    });
    expect(expectStatus(await withdraw(coop, grantId), 200).body).toMatchObject(ended);
  });
});

describe('who decides', () => {
  test('delegates of the co-op in person, and nobody else', async () => {
    const { partner, coop, delegates, registrar } = network;
    const id = await asked(partner, coop);
    const reviewer = await joinAs(t, coop, 'reviewer');
    const theirs = await joinAs(t, partner, 'delegate');
    const machine = await createMachine(t, coop, ['sharing']);
    for (const act of [approveAs, refuse]) {
      for (const who of [coop, partner, theirs, reviewer, { api: machine }])
        expect(refusalOf(await act(who, id))).toBe('403 auth/forbidden');
      expect(refusalOf(await act(registrar, id))).toBe('404 resource/not-found');
    }
    for (const { api } of [coop, delegates[0]!])
      expect(refusalOf(await takeBack({ api }, id))).toBe('403 auth/forbidden');
    expect(await read(coop, id)).toMatchObject({ state: 'open', consent: { approvals: [] } });
    expectStatus(await takeBack(partner, id), 200);
    expect((await eventsOf(coop)).at(-1)).toMatchObject({ type: 'access.withdrawn' });
  });

  test('nobody who belongs to the partner as well, then or by the time of the decision', async () => {
    const { partner, coop, delegates } = network;
    const both = await joinAs(t, coop, 'delegate');
    await joinAs(t, partner, 'viewer', both);
    const id = await asked(partner, coop);
    for (const act of [approveAs, refuse])
      expect((await act(both, id)).body.detail).toContain('the organisation that asks as well');
    const later = await joinAs(t, coop, 'delegate');
    expectStatus(await approveAs(later, id), 201);
    await joinAs(t, partner, 'viewer', later);
    expect(expectStatus(await approveAs(delegates[0]!, id), 201).body.state, 'one counts').toBe('open');
    expect(expectStatus(await approveAs(delegates[1]!, id), 201).body.state).toBe('granted');
  });

  test('an approval is void with the role, and stays so when it comes back', async () => {
    const { partner, coop, delegates } = network;
    const gone = await joinAs(t, coop, 'delegate');
    const id = await asked(partner, coop);
    expectStatus(await approveAs(gone, id), 201);
    const member = `/v1/organisations/${coop.id}/members/${gone.id}`;
    expectStatus(await coop.api.patch(member, { role: 'viewer' }), 200);
    expectStatus(await coop.api.patch(member, { role: 'delegate' }), 200);
    const { consent } = await read(coop, id);
    expect(consent.approvals).toMatchObject([{ memberId: gone.id, voidCause: 'left' }]);
    expect(expectStatus(await approveAs(delegates[0]!, id), 201).body.state).toBe('open');
    expect(expectStatus(await approveAs(gone, id), 201).body.state).toBe('granted');
  });

  test('an approval is of what stood there: a change of these fields voids it, another does not', async () => {
    const { partner, coop, delegates } = network;
    const id = await asked(partner, coop);
    expectStatus(await approveAs(delegates[0]!, id), 201);
    const [ada, ben] = OFFICERS;
    await putDossier(coop, { ...SHARED_DOSSIER, capacity: { accountsYear: 2026 } }, '"1"');
    expect((await read(coop, id)).consent.approvals).not.toMatchObject([{ voidCause: 'changed' }]);
    const changed = { ...SHARED_DOSSIER, officers: [{ ...ada, fullName: 'Cleo New' }, ben] };
    await putDossier(coop, changed, '"2"');
    expect((await read(coop, id)).consent.approvals).toMatchObject([{ voidCause: 'changed' }]);
    expect(expectStatus(await approveAs(delegates[1]!, id), 201).body.state).toBe('open');
    const { grantId } = expectStatus(await approveAs(delegates[0]!, id), 201).body;
    const answer = expectStatus(await readData(partner, grantId), 200);
    expect(releasedIn(answer)['/officers/0/fullName']).toBe('Cleo New');
    expect(answer.body, 'the registrar has examined another name').toMatchObject({
      dossierVersion: 3,
      proof: null,
      unprovenBecause: 'other-values',
    });
    for (const field of answer.body.fields) expect(Object.keys(field).sort()).toEqual(['pointer', 'value']);
    await putDossier(coop, SHARED_DOSSIER, '"3"');
  });

  test('one refusal with a reason ends it, which the partner reads', async () => {
    const { partner, coop, delegates } = network;
    const id = await asked(partner, coop);
    expectStatus(await approveAs(delegates[0]!, id), 201);
    const reason = 'Ask Ben Treasurer first';
    expect(expectStatus(await refuse(delegates[1]!, id, reason), 200).body.state).toBe('refused');
    expect(await read(partner, id)).toMatchObject({ state: 'refused', reason });
    expect((await eventsOf(partner)).at(-1)).toMatchObject({
      type: 'access.refused',
      data: { requestId: id, holder: coop.did },
    });
    expect(refusalOf(await approveAs(delegates[2]!, id))).toBe('409 access-requests/settled');
  });

  test('nobody decides on what is not there', async () => {
    const { partner, coop, delegates } = network;
    const id = await asked(partner, coop, { fields: ['/screening', '/officers/7'] });
    expect(refusalOf(await approveAs(delegates[0]!, id))).toBe('409 access-requests/nothing-there');
    expectStatus(await takeBack(partner, id), 200);
  });

  test('in time, or never: both are told once that it has expired', async () => {
    const { partner } = network;
    const other = await foundSharing(t);
    const id = await asked(partner, other.coop);
    t.clock.advance(30 * 86_400 - 1);
    const again = await t.api.post('/v1/sessions', {
      email: other.delegates[0]!.email,
      password: other.delegates[0]!.password,
    });
    const delegate = { api: t.api.as(expectStatus(again, 201).body.accessToken) };
    t.clock.advance(1);
    expect(refusalOf(await approveAs(delegate, id))).toBe('409 access-requests/settled');
    for (let times = 0; times < 2; times += 1) await t.app.tellExpired();
    const told = await t.connection.db
      .selectFrom('events')
      .select(['organisation_id', 'type'])
      .where('type', '=', 'access.expired')
      .execute();
    expect(told.map(({ organisation_id: one }) => one as string).sort()).toEqual(
      [partner.id, other.coop.id].sort(),
    );
  });
});
