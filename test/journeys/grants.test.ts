import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Mail } from '../../src/kernel/ports.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectStatus, putDossier, registerOrganisation, type Organisation } from '../support/network.js';
import { joinAs, refusalOf, signInAgain } from '../support/people.js';
import {
  approveAs,
  ask,
  asked,
  eventsOf,
  foundSharing,
  granted,
  issueDossierCredential,
  OFFICERS,
  readData,
  releasedIn,
  SHARED_DOSSIER,
  withdraw,
  type SharingNetwork,
} from '../support/sharing.js';

let t: TestApp;
const mails: Mail[] = [];

beforeAll(async () => {
  t = await startApp();
});
afterAll(() => t.close());

const rulesOf = ({ id }: Organisation) => `/v1/organisations/${id}/consent-rules`;
const settle = (coop: Organisation, rules: object, version?: number) =>
  coop.api.put(rulesOf(coop), rules, {
    headers: version === undefined ? {} : { 'if-match': `"${version}"` },
  });
const read = async ({ api }: Pick<Organisation, 'api'>, id: string) =>
  expectStatus(await api.get(`/v1/access-requests/${id}`), 200).body;

describe('the co-op’s own rule', () => {
  let network: SharingNetwork;
  beforeAll(async () => {
    network = await foundSharing(t, 2);
  });

  test('by default any delegate decides, and two about persons', async () => {
    const { coop } = network;
    const one = { kind: 'anyDelegate' };
    expect(expectStatus(await coop.api.get(rulesOf(coop)), 200).body).toEqual({
      version: 0,
      delegates: 2,
      rules: { public: one, internal: one, personal: { kind: 'mOfN', m: 2 } },
      documentsWithin: 'P5D',
    });
  });

  test.each([
    ['legalIdentity', 'public', 1],
    ['/capacity/turnoverBand', 'internal', 1],
    ['/officers', 'personal', 2],
  ])('a request for %s is %s and needs %i', async (field, sensitivity, needed) => {
    const { partner, coop, delegates } = network;
    const id = await asked(partner, coop, { fields: [field] });
    expect(await read(coop, id)).toMatchObject({ sensitivity, consent: { needed } });
    for (const [index, delegate] of delegates.slice(0, needed).entries()) {
      const state = index + 1 === needed ? 'granted' : 'open';
      expect(expectStatus(await approveAs(delegate, id), 201).body.state).toBe(state);
    }
  });

  test('the most sensitive field decides about all', async () => {
    const { partner, coop, delegates } = network;
    const id = await asked(partner, coop, { fields: ['legalIdentity', '/officers/0/role'] });
    expect(await read(coop, id)).toMatchObject({ sensitivity: 'personal', consent: { needed: 2 } });
    expectStatus(await delegates[0]!.api.post(`/v1/access-requests/${id}/refuse`, { reason: 'No' }), 200);
  });

  test('a lower one is for later requests only, is on record, and its delegates are told', async () => {
    const { partner, coop, delegates } = network;
    const before = await asked(partner, coop);
    const body = { rules: { personal: { kind: 'anyDelegate' } } };
    expect(refusalOf(await settle({ ...coop, api: delegates[0]!.api }, body))).toBe('403 auth/forbidden');
    const settled = expectStatus(await settle(coop, body), 200);
    expect(settled.body).toMatchObject({ version: 1, rules: { personal: { kind: 'anyDelegate' } } });
    expect(settled.headers['etag']).toBe('"1"');
    expect(await read(coop, before)).toMatchObject({ consent: { ruleVersion: 0, needed: 2 } });
    expect(expectStatus(await approveAs(delegates[0]!, before), 201).body.state).toBe('open');
    const after = await asked(partner, coop);
    expect(expectStatus(await approveAs(delegates[0]!, after), 201).body.state).toBe('granted');
    const notices = expectStatus(await delegates[0]!.api.get('/v1/notices'), 200).body.items;
    expect(notices).toContainEqual(
      expect.objectContaining({ kind: 'consent-rules.changed', subjectId: coop.id }),
    );
    const audit = await t.connection.db
      .selectFrom('audit_entries')
      .select(['actor_kind', 'detail'])
      .where('action', '=', 'consentRules.saved')
      .where('organisation_id', '=', coop.id as never)
      .execute();
    expect(audit).toMatchObject([{ actor_kind: 'person', detail: { version: 1, to: body } }]);
    expectStatus(await partner.api.post(`/v1/access-requests/${before}/withdraw`, {}), 200);
  });

  test('names the version that it changes', async () => {
    const { coop } = network;
    const body = { rules: {} };
    expect(refusalOf(await settle(coop, body))).toBe('428 consent-rules/version-required');
    expect(refusalOf(await settle(coop, body, 7))).toBe('412 consent-rules/version-stale');
    for (const documentsWithin of ['PT59M', 'P91D', 'P0D'])
      expect(refusalOf(await settle(coop, { ...body, documentsWithin }, 1))).toBe('400 request/invalid');
  });

  test('may demand a minute, and more delegates than there are: then nothing is granted', async () => {
    const { partner, coop, delegates } = network;
    const personal = { kind: 'mOfN', m: 3, requireMinute: true };
    expectStatus(await settle(coop, { rules: { personal } }, 1), 200);
    const id = await asked(partner, coop);
    const refused = await approveAs(delegates[0]!, id);
    expect(refused.body.errors).toMatchObject([{ pointer: '/minute' }]);
    for (const delegate of delegates)
      expect(expectStatus(await approveAs(delegate, id, { minute: 'GM 4' }), 201).body.state).toBe('open');
    const third = await joinAs(t, coop, 'delegate');
    expect(expectStatus(await approveAs(third, id, { minute: 'GM 4' }), 201).body.state).toBe('granted');
  });
});

describe('a request', () => {
  let network: SharingNetwork;
  beforeAll(async () => {
    network = await foundSharing(t, 2);
  });

  test.each([
    ['a field that no dossier has', { fields: ['/officers/0/shoeSize'] }, '/fields/0'],
    ['a block that there is not', { fields: ['legalIdentity', 'secrets'] }, '/fields/1'],
    ['what a BODS statement may call as it likes', { fields: ['/controlPersons/0/Ada'] }, '/fields/0'],
    ['a member of JavaScript’s', { fields: ['/officers/length'] }, '/fields/0'],
    ['the whole dossier', { fields: ['/'] }, '/fields/0'],
    ['a purpose of nobody’s', { purposes: ['dpv:Curiosity'] }, '/purposes/0'],
    ['a purpose without its prefix', { purposes: ['ServiceProvision'] }, '/purposes/0'],
    ['a retention without end', { retention: 'P11Y' }, '/retention'],
    ['a retention of nothing', { retention: 'P0D' }, '/retention'],
    ['a grant for longer than a year', { grantFor: 'P1Y1D' }, '/grantFor'],
    ['a policy of somebody else', { policyId: crypto.randomUUID() }, '/policyId'],
    ['nobody', { holderId: crypto.randomUUID() }, '/holderId'],
  ])('for %s is refused', async (_name, wish, pointer) => {
    const { partner, coop } = network;
    const { status, body } = await ask(partner, coop, wish);
    expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
  });

  test('is of somebody else, and not of the own organisation', async () => {
    const { coop } = network;
    expect((await ask(coop, coop)).body.errors).toMatchObject([{ pointer: '/holderId' }]);
  });

  test('names each place once, a block by its name or its pointer', async () => {
    const { partner, coop } = network;
    const fields = ['/officers/1/role', 'officers', '/legalIdentity/legalName', '/officers'];
    const { body } = expectStatus(await ask(partner, coop, { fields }), 201);
    expect(body.fields).toEqual(['/legalIdentity/legalName', '/officers']);
    expectStatus(await partner.api.post(`/v1/access-requests/${body.id}/withdraw`, {}), 200);
  });

  test('is made once for one Idempotency-Key, and what is kept of it is sealed', async () => {
    const { partner, coop } = network;
    const body = {
      holderId: coop.id,
      fields: ['capacity'],
      purposes: ['dpv:Verification'],
      retention: 'P1D',
    };
    const send = () =>
      partner.api.post(
        '/v1/access-requests',
        { ...body, note: 'Zephyrine said so' },
        { headers: { 'idempotency-key': 'once' } },
      );
    const [first, second] = [expectStatus(await send(), 201), expectStatus(await send(), 201)];
    expect(second.body).toEqual(first.body);
    const kept = await t.connection.db.selectFrom('idempotency_keys').selectAll().execute();
    expect(kept.map(({ dossier_id }) => dossier_id)).toContain(coop.id);
    expect(JSON.stringify(kept)).not.toContain('Zephyrine');
    expectStatus(await partner.api.post(`/v1/access-requests/${first.body.id}/withdraw`, {}), 200);
  });

  test('waits with four others of the same partner at most, and comes ten times a day at most', async () => {
    const { partner } = network;
    const { coop } = await foundSharing(t, 1);
    const other = await registerOrganisation(t.api, 'Another Partner');
    const ids = [];
    for (let n = 0; n < 5; n += 1) ids.push(await asked(partner, coop));
    expect(refusalOf(await ask(partner, coop))).toBe('409 access-requests/too-many-open');
    await asked(other, coop);
    for (const id of ids) {
      expectStatus(await partner.api.post(`/v1/access-requests/${id}/withdraw`, {}), 200);
      await asked(partner, coop);
    }
    const [open] = expectStatus(await partner.api.get('/v1/access-requests?open=true&limit=100'), 200).body
      .items;
    expectStatus(await partner.api.post(`/v1/access-requests/${open.id}/withdraw`, {}), 200);
    const refused = await ask(partner, coop);
    expect(refusalOf(refused)).toBe('429 access-requests/asked-too-often');
    expect(refused.headers['retry-after']).toBe('86400');
  });

  test('stands in the lists of the two, and of nobody else', async () => {
    const { partner, coop, registrar } = network;
    const id = await asked(partner, coop);
    const listed = async ({ api }: Organisation, query: string) =>
      expectStatus(await api.get(`/v1/access-requests?${query}`), 200).body.items.map(
        (item: { id: string }) => item.id,
      );
    expect(await listed(partner, 'open=true&limit=100')).toContain(id);
    expect(await listed(coop, 'role=holder&open=true')).toEqual([id]);
    expect(await listed(coop, '')).toEqual([]);
    for (const query of ['', 'role=holder']) expect(await listed(registrar, query)).toEqual([]);
  });
});

describe('a grant', () => {
  let network: SharingNetwork;
  beforeAll(async () => {
    network = await foundSharing(t, 2);
  });

  test('is of no use to another partner, whatever it has been granted itself', async () => {
    const { delegates, partner } = network;
    const other = await registerOrganisation(t.api, 'Other Partner');
    const theirs = await granted(network);
    const own = await granted({ ...network, partner: other }, { fields: ['capacity'] }, 1);
    for (const path of ['', '/data', '/accesses']) {
      expect(refusalOf(await other.api.get(`/v1/grants/${theirs}${path}`))).toBe('404 resource/not-found');
      expect(refusalOf(await partner.api.get(`/v1/grants/${own}${path}`))).toBe('404 resource/not-found');
    }
    expect(refusalOf(await withdraw(other, theirs))).toBe('404 resource/not-found');
    expect(Object.keys(releasedIn(await readData(other, own))).sort()).toEqual([
      '/capacity/accountsYear',
      '/capacity/turnoverBand',
    ]);
    const person = await joinAs(t, other, 'delegate', delegates[0]);
    expect(refusalOf(await readData(person, theirs)), 'as a member of the other').toBe(
      '404 resource/not-found',
    );
  });

  test('is for its purposes: another one needs another request', async () => {
    const { partner } = network;
    const purposes = ['dpv:Verification', 'dpv:LegalCompliance'];
    const grantId = await granted(
      { ...network, delegates: [await joinAs(t, network.coop, 'delegate')] },
      { fields: ['capacity'], purposes },
      1,
    );
    const readFor = (purpose: string) => partner.api.get(`/v1/grants/${grantId}/data?purpose=${purpose}`);
    expect(refusalOf(await readFor('dpv:CustomerManagement'))).toBe('403 grants/other-purpose');
    expect(refusalOf(await readFor('curiosity'))).toBe('400 request/invalid');
    expectStatus(await readFor('dpv:Verification'), 200);
    expectStatus(await readData(partner, grantId), 200);
    const { items } = (await network.coop.api.get(`/v1/grants/${grantId}/accesses`)).body;
    expect(items.map((item: { purposes: string[] }) => item.purposes)).toEqual([
      ['dpv:Verification'],
      purposes,
    ]);
  });

  test('says how long a list is, and nothing of what was not asked for', async () => {
    const { partner, delegates, coop } = network;
    const fresh = await joinAs(t, coop, 'delegate');
    const grantId = await granted(
      { ...network, delegates: [delegates[1]!, fresh] },
      { fields: ['/officers/0'] },
    );
    expect(releasedIn(await readData(partner, grantId))).toEqual({
      '/officers/0/fullName': 'Ada Example',
      '/officers/0/role': 'secretary',
      '/officers/0/birthDate': '1970-01-01',
    });
    const all = await granted({ ...network, delegates: [delegates[1]!, fresh] }, { fields: ['officers'] });
    const released = releasedIn(await readData(partner, all));
    expect(released['/officers']).toEqual({ length: 2 });
    expect(Object.keys(released)).toHaveLength(7);
  });

  test('is of the version that was decided on, and a covered field that changes is told', async () => {
    const { partner, coop, delegates } = network;
    const grantId = await granted({ ...network, delegates: [delegates[1]!] }, { fields: ['capacity'] }, 1);
    const before = releasedIn(await readData(partner, grantId));
    const [ada] = OFFICERS;
    await putDossier(coop, { ...SHARED_DOSSIER, officers: [ada] }, '"1"');
    const ofGrant = async () =>
      (await eventsOf(partner)).filter(
        ({ type, data }) => type === 'grant.field_changed' && data['grantId'] === grantId,
      );
    expect(await ofGrant(), 'another field').toEqual([]);
    const capacity = { accountsYear: 2025, turnoverBand: '1m_to_10m' };
    await putDossier(coop, { ...SHARED_DOSSIER, capacity }, '"2"');
    const told = await ofGrant();
    expect(told).toMatchObject([
      { data: { grantId, holder: coop.did, fields: ['/capacity'], dossierVersion: 3 } },
    ]);
    expect(JSON.stringify(told)).not.toContain('1m_to_10m');
    expect(releasedIn(await readData(partner, grantId))).toEqual(before);
    expectStatus(await withdraw(coop, grantId), 200);
    await putDossier(coop, SHARED_DOSSIER, '"3"');
    expect(await ofGrant(), 'nothing more once it is over').toHaveLength(1);
  });

  test('is proven by a credential over another version where the fields say the same', async () => {
    const own = await foundSharing(t, 2);
    const { partner, coop } = own;
    const grantId = await granted(own);
    const unproven = expectStatus(await readData(partner, grantId), 200).body;
    expect(unproven).toMatchObject({ proof: null, unprovenBecause: 'no-credential' });
    await putDossier(
      coop,
      {
        ...SHARED_DOSSIER,
        legalIdentity: { ...SHARED_DOSSIER.legalIdentity, registrationNumber: 'PROVEN' },
      },
      '"1"',
    );
    const { id, token } = await issueDossierCredential(own);
    const { fields, proof } = expectStatus(await readData(partner, grantId), 200).body;
    expect(proof).toMatchObject({ credentialId: id, dossierVersion: 2 });
    const report = await t.api.post('/v1/verifications', { credential: token, fields });
    expect(report.body.verdict).toBe('accepted');
    expectStatus(await own.registrar.api.post(`/v1/credentials/${id}/suspend`, { reason: 'Doubts' }), 200);
    expect((await readData(partner, grantId)).body.unprovenBecause).toBe('no-credential');
  });

  test('can be given back', async () => {
    const { partner, coop, delegates } = network;
    const grantId = await granted({ ...network, delegates: [delegates[1]!] }, { fields: ['capacity'] }, 1);
    expect(expectStatus(await withdraw(partner, grantId), 200).body.state).toBe('given_back');
    expect((await eventsOf(coop)).at(-1)).toMatchObject({
      type: 'grant.given_back',
      data: { grantId, partner: partner.did },
    });
    expect(refusalOf(await readData(partner, grantId))).toBe('410 grants/over');
  });

  test('ends at its last instant by itself, and both are told once', async () => {
    const own = await foundSharing(t, 2);
    const grantId = await granted(own, { grantFor: 'P10D' });
    t.clock.advance(10 * 86_400 - 1);
    const partner = await signInAgain(t, own.partner);
    expectStatus(await readData(partner, grantId), 200);
    t.clock.advance(1);
    expect(refusalOf(await readData(partner, grantId))).toBe('410 grants/over');
    expect((await partner.api.get(`/v1/grants/${grantId}`)).body.state).toBe('expired');
    for (let times = 0; times < 2; times += 1) await t.app.tellExpired();
    for (const who of [partner, await signInAgain(t, own.coop)]) {
      const told = (await eventsOf(who)).filter(({ data }) => data['grantId'] === grantId);
      expect(told.filter(({ type }) => type === 'grant.expired')).toHaveLength(1);
    }
  });

  test('ends with the dossier, of which nothing is left to read, and neither are the words', async () => {
    const own = await foundSharing(t, 2);
    const { partner, coop } = own;
    const grantId = await granted(own, { note: 'A word' });
    const open = await asked(partner, coop, { note: 'Another word' });
    expectStatus(await approveAs(own.delegates[0]!, open, { minute: 'GM 9' }), 201);
    const path = `/v1/organisations/${coop.id}/dossier/erasure`;
    expectStatus(await coop.api.post(path, { confirm: coop.slug, ground: 'request' }), 200);
    expect(refusalOf(await readData(partner, grantId))).toBe('410 grants/over');
    expect((await partner.api.get(`/v1/grants/${grantId}`)).body.state).toBe('erased');
    expect((await eventsOf(partner)).at(-1)).toMatchObject({
      type: 'grant.ended',
      data: { ending: 'erased' },
    });
    const shown = await read(coop, open);
    expect(shown).not.toHaveProperty('note');
    expect(shown.consent.approvals).toMatchObject([{ voidCause: 'erased' }]);
    const rows = await t.connection.db
      .selectFrom('access_requests')
      .select(['sealed_note', 'sealed_reason'])
      .where('holder_id', '=', coop.id as never)
      .execute();
    expect(rows.every((row) => row.sealed_note === null)).toBe(true);
    expect(refusalOf(await approveAs(own.delegates[1]!, open))).toBe('409 access-requests/nothing-there');
  });

  test.each(['coop', 'partner'] as const)(
    'ends with the account of the %s, and so do requests',
    async (side) => {
      const own = await foundSharing(t, 2);
      const grantId = await granted(own);
      const open = await asked(own.partner, own.coop);
      const other = side === 'coop' ? own.partner : own.coop;
      expectStatus(await own[side].api.delete(`/v1/organisations/${own[side].id}`), 204);
      expect((await other.api.get(`/v1/grants/${grantId}`)).body.state).toBe('organisation_closed');
      expect((await read(other, open)).state).toBe('closed');
      if (side === 'coop') {
        expect(refusalOf(await readData(own.partner, grantId))).toBe('410 grants/over');
        expect(refusalOf(await ask(own.partner, own.coop))).toBe('400 request/invalid');
      } else {
        expect(refusalOf(await approveAs(own.delegates[0]!, open))).toBe('409 access-requests/settled');
      }
    },
  );

  test('stands in the export of both', async () => {
    const own = await foundSharing(t, 2);
    const grantId = await granted(own, { note: 'Exported note' });
    expectStatus(await readData(own.partner, grantId), 200);
    for (const [who, part] of [
      [own.coop, 'askedOfUs'],
      [own.partner, 'askedByUs'],
    ] as const) {
      const { sharing } = expectStatus(await who.api.get(`/v1/organisations/${who.id}/export`), 200).body;
      expect(sharing[part]).toMatchObject([{ grantId, note: 'Exported note' }]);
      expect(sharing.grants).toMatchObject([{ id: grantId }]);
      expect(sharing.accesses).toMatchObject([{ grantId, kind: 'data' }]);
    }
  });
});

test('delegates get a mail that a request waits, with nothing of it; of a changed rule each time', async () => {
  const network = await foundSharing(t, 2);
  const { connection, clock } = t;
  const mailed = await startApp({
    connection,
    clock,
    mailer: { send: async (mail) => void mails.push(mail) },
  });
  const as = async ({ email, password }: Organisation) =>
    mailed.api.as(
      expectStatus(await mailed.api.post('/v1/sessions', { email, password }), 201).body.accessToken,
    );
  const partner = { ...network.partner, api: await as(network.partner) };
  const coop = { ...network.coop, api: await as(network.coop) };
  for (let n = 0; n < 2; n += 1) expectStatus(await ask(partner, coop, { note: 'A private note' }), 201);
  expectStatus(await settle(coop, { rules: {} }), 200);
  expectStatus(await settle(coop, { rules: {} }, 1), 200);
  await mailed.app.mails?.deliverDueMails();
  const written = mails.map(({ to, subject }) => `${to} ${subject}`).sort();
  const people = [coop.email, ...network.delegates.map(({ email }) => email)];
  expect(written).toEqual(
    people
      .flatMap((to) => [
        `${to} Coop Passport: access.requested`,
        ...Array.from({ length: 2 }, () => `${to} Coop Passport: consent-rules.changed`),
      ])
      .sort(),
  );
  expect(JSON.stringify(mails)).not.toContain('private');
  await mailed.close();
});
