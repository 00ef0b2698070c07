import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { addEvidence } from '../support/multipart.js';
import type { OrganisationId } from '../../src/kernel/ids.js';
import {
  accredit,
  ALL_TYPES,
  apply,
  checkOf,
  DOSSIER,
  expectStatus,
  putDossier,
  recordChecks,
  registerOrganisation,
  signInOperator,
  type Organisation,
} from '../support/network.js';
import { createMachine, joinAs, refusalOf } from '../support/people.js';

const queries: string[] = [];
let t: TestApp;
let registrar: Organisation;

beforeAll(async () => {
  t = await startApp({ onQuery: ({ query }) => void queries.push(query.sql) });
  registrar = await registerOrganisation(t.api, 'Federation');
  await accredit(await signInOperator(t.api), registrar);
});
afterAll(() => t.close());

const newCoop = () => registerOrganisation(t.api, 'Dossier Co-op');
const urlOf = ({ id }: Organisation) => `/v1/organisations/${id}/dossier`;
const put = (coop: Organisation, dossier: object, ifMatch?: string) =>
  coop.api.put(urlOf(coop), dossier, { headers: ifMatch === undefined ? {} : { 'if-match': ifMatch } });
const renamed = (legalName: string) => ({
  ...DOSSIER,
  legalIdentity: { ...DOSSIER.legalIdentity, legalName },
});

describe('versions', () => {
  test('before the first version the dossier is empty and is version 0', async () => {
    const coop = await newCoop();
    const { body, headers } = expectStatus(await coop.api.get(urlOf(coop)), 200);
    expect(body).toEqual({ version: 0, provenance: {} });
    expect(headers['etag']).toBe('"0"');
  });

  test('the first version needs no If-Match, and what is read is what was put', async () => {
    const coop = await newCoop();
    const saved = expectStatus(await put(coop, DOSSIER), 200);
    const read = expectStatus(await coop.api.get(urlOf(coop)), 200);
    expect(read.body).toEqual(saved.body);
    expect(read.body).toMatchObject({ ...DOSSIER, version: 1 });
    expect(read.headers['etag']).toBe(saved.headers['etag']);
  });

  test('the ETag of the newest version lets the next one in, which replaces all blocks', async () => {
    const coop = await newCoop();
    const first = await putDossier(coop);
    const { addresses: _left, ...rest } = DOSSIER;
    const second = expectStatus(await put(coop, rest, first.headers['etag']), 200);
    expect(second.body.version).toBe(2);
    expect(second.body).not.toHaveProperty('addresses');
    expect(second.headers['etag']).not.toBe(first.headers['etag']);
  });

  test('without If-Match a later version is 428', async () => {
    const coop = await newCoop();
    await putDossier(coop);
    expect(refusalOf(await put(coop, DOSSIER))).toBe('428 dossiers/version-required');
  });

  test.each([
    ['an older one', '"0"'],
    ['a weak one', 'W/"1"'],
    ['one without quotes', '1'],
    ['an empty one', ''],
  ])('an If-Match that is not the newest ETag is 412: %s', async (_what, ifMatch) => {
    const coop = await newCoop();
    await putDossier(coop);
    expect(refusalOf(await put(coop, DOSSIER, ifMatch))).toBe('412 dossiers/version-stale');
    expect((await coop.api.get(urlOf(coop))).body.version).toBe(1);
  });

  test('If-Match: * means whichever version there is', async () => {
    const coop = await newCoop();
    expect(refusalOf(await put(coop, DOSSIER, '*'))).toBe('412 dossiers/version-stale');
    await putDossier(coop);
    expect((await put(coop, DOSSIER, '*')).body.version).toBe(2);
    expect((await put(coop, DOSSIER, '"1", "2"')).body.version).toBe(3);
  });

  test('of two who change the same version at once one wins', async () => {
    const coop = await newCoop();
    const { headers } = await putDossier(coop);
    const answers = await Promise.all(
      ['One', 'Two', 'Three'].map((name) => put(coop, renamed(name), headers['etag'])),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    const winner = answers.find(({ status }) => status === 200);
    expect((await coop.api.get(urlOf(coop))).body).toEqual(winner?.body);
  });

  test('of two first versions at once one wins', async () => {
    const coop = await newCoop();
    const answers = await Promise.all(['One', 'Two'].map((name) => put(coop, renamed(name))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await coop.api.get(urlOf(coop))).body.version).toBe(1);
  });

  test('every version is kept, and the export gives all of them', async () => {
    const coop = await newCoop();
    await putDossier(coop, renamed('Before'));
    await putDossier(coop, renamed('After'), '"1"');
    const { body } = expectStatus(await coop.api.get(`/v1/organisations/${coop.id}/export`), 200);
    const names = body.dossier.versions.map(
      ({ blocks }: { blocks: typeof DOSSIER }) => blocks.legalIdentity.legalName,
    );
    expect(names).toEqual(['Before', 'After']);
  });
});

describe('provenance', () => {
  const tierAt = async (coop: Organisation, pointer: string) =>
    (await coop.api.get(urlOf(coop))).body.provenance[pointer]?.tier;

  async function examined(checks: readonly object[]): Promise<Organisation> {
    const coop = await newCoop();
    await putDossier(coop);
    const id = await apply(coop, registrar);
    for (const check of checks)
      expectStatus(await registrar.api.post(`/v1/applications/${id}/checks`, check), 201);
    return coop;
  }

  test('of what nobody has checked is self_declared, for every field', async () => {
    const coop = await newCoop();
    const { body } = await putDossier(coop);
    const declared = { tier: 'self_declared', asOf: t.clock.now().toISOString() };
    expect(body.provenance['/legalIdentity/registrationAuthority/name']).toEqual(declared);
    expect(body.provenance['/addresses/0/street']).toEqual(declared);
    expect(new Set(Object.values(body.provenance).map((entry) => JSON.stringify(entry))).size).toBe(1);
  });

  test.each([
    ['register_lookup', 'official_register'],
    ['document_inspection', 'verified'],
    ['interview', 'third_party'],
  ])('of a field confirmed by %s is %s', async (method, tier) => {
    const coop = await examined([checkOf('/legalIdentity/legalName', { method })]);
    expect(await tierAt(coop, '/legalIdentity/legalName')).toBe(tier);
    expect(await tierAt(coop, '/legalIdentity/registrationNumber')).toBe('self_declared');
  });

  test('a check of a block covers all fields in it', async () => {
    const coop = await examined([checkOf('/addresses')]);
    expect(await tierAt(coop, '/addresses/0/postalCode')).toBe('official_register');
  });

  test.each(['refuted', 'inconclusive'])('a %s check gives nothing', async (result) => {
    const coop = await examined([checkOf('/legalIdentity/legalName', { result })]);
    expect(await tierAt(coop, '/legalIdentity/legalName')).toBe('self_declared');
  });

  test('a later refutation takes it away', async () => {
    const field = '/legalIdentity/legalName';
    const coop = await examined([checkOf(field), checkOf(field, { result: 'refuted' })]);
    expect(await tierAt(coop, field)).toBe('self_declared');
  });

  test('is lost where the value changes and comes back with it', async () => {
    const coop = await examined([
      checkOf('/legalIdentity/legalName'),
      checkOf('/legalIdentity/jurisdiction'),
    ]);
    const changed = await putDossier(coop, renamed('Another Name Limited'), '"1"');
    expect(changed.body.provenance['/legalIdentity/legalName'].tier).toBe('self_declared');
    expect(changed.body.provenance['/legalIdentity/jurisdiction'].tier).toBe('official_register');
    const restored = await putDossier(coop, DOSSIER, '"2"');
    expect(restored.body.provenance['/legalIdentity/legalName'].tier).toBe('official_register');
  });

  test('says since when a value is what it is, and when and on what it was confirmed', async () => {
    const coop = await newCoop();
    const evidenceId = await addEvidence(coop);
    await putDossier(coop);
    const [saved, field] = [t.clock.now().toISOString(), '/legalIdentity/legalName'];
    const id = await apply(coop, registrar);
    t.clock.advance(60);
    const check = checkOf(field, { method: 'document_inspection', evidenceId });
    expectStatus(await registrar.api.post(`/v1/applications/${id}/checks`, check), 201);
    const checked = t.clock.now().toISOString();
    t.clock.advance(60);
    const changed = { ...DOSSIER, addresses: [{ ...DOSSIER.addresses[0], street: '2 Mill Lane' }] };
    const { provenance } = (await putDossier(coop, changed, '"1"')).body;
    expect(provenance[field]).toEqual({ tier: 'verified', asOf: checked, evidence: [evidenceId] });
    expect(provenance['/legalIdentity/jurisdiction']).toEqual({ tier: 'self_declared', asOf: saved });
    expect(provenance['/addresses/0/street'].asOf).toBe(t.clock.now().toISOString());
    expect(provenance['/addresses/0/locality'].asOf).toBe(saved);
  });

  test('cannot be typed in', async () => {
    const coop = await newCoop();
    const answer = await put(coop, { ...DOSSIER, provenance: { '/legalIdentity': { tier: 'verified' } } });
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(answer.body.errors).toContainEqual({ pointer: '/provenance', detail: 'is not a known member' });
  });

  test('cannot be given to oneself by applying to oneself', async () => {
    const coop = await newCoop();
    await putDossier(coop);
    const submitted = await coop.api.post('/v1/applications', {
      registrarId: coop.id,
      credentialTypes: ['CoopLegalIdentityCredential'],
    });
    if (submitted.status === 201) {
      await coop.api.post(
        `/v1/applications/${submitted.body.id}/checks`,
        checkOf('/legalIdentity/legalName'),
      );
    }
    expect(await tierAt(coop, '/legalIdentity/legalName')).toBe('self_declared');
  });

  test('cannot be given by whom nobody has accredited', async () => {
    const friend = await registerOrganisation(t.api, 'A Friend');
    const coop = await newCoop();
    await putDossier(coop);
    await recordChecks(friend, await apply(coop, friend));
    expect(await tierAt(coop, '/legalIdentity/legalName')).toBe('self_declared');
  });
});

describe('the limits', () => {
  const large = (changes: object = {}) => ({
    ...DOSSIER,
    addresses: Array.from({ length: 50 }, (_, n) => ({
      ...DOSSIER.addresses[0],
      region: `Region ${n}`,
    })),
    identifiers: Array.from({ length: 50 }, (_, n) => ({
      scheme: 'Supplier number',
      id: `GB${n}`,
      uri: `https://coop.example/${n}`,
    })),
    democraticControl: {
      ...DOSSIER.democraticControl,
      memberClasses: Array.from({ length: 50 }, (_, n) => ({
        name: `Class ${n}`,
        memberCount: 1,
        votesPerMember: 1,
        isTransacting: true,
      })),
    },
    officers: Array.from({ length: 120 }, (_, n) => ({
      fullName: `Officer ${n}`,
      role: 'director',
      appointedOn: '2020-01-01',
    })),
    ...changes,
  });

  test('a dossier of 1,000 fields is saved in one transaction, by as many statements as a small one', async () => {
    const coop = await newCoop();
    const counted = async (dossier: object, ifMatch?: string) => {
      queries.length = 0;
      const { body } = await putDossier(coop, dossier, ifMatch);
      const transactions = queries.filter((text) => /^begin/i.test(text));
      return { body, statements: queries.length, transactions: transactions.length };
    };
    const small = await counted(DOSSIER);
    const whole = await counted(large(), '"1"');
    expect(Object.keys(whole.body.provenance).length).toBeGreaterThanOrEqual(1_000);
    expect([whole.statements, whole.transactions]).toEqual([small.statements, small.transactions]);
  });

  test('of 500 versions the newest is read by as many statements as of two, and none of the others is', async () => {
    const coop = await newCoop();
    await putDossier(coop);
    const id = coop.id as OrganisationId;
    const rows = Array.from({ length: 498 }, (_, n) => ({
      organisation_id: id,
      version: n + 2,
      blocks: JSON.stringify(DOSSIER),
      created_at: t.clock.now(),
    }));
    await t.connection.db.insertInto('dossier_versions').values(rows).execute();
    // As those versions would have left it, had each been put.
    await t.connection.db
      .updateTable('dossier_field_versions')
      .set({ version: 499 })
      .where('organisation_id', '=', id)
      .execute();
    t.clock.advance(60);
    const saved = await putDossier(coop, renamed('The 500th Name'), '"499"');
    expect(saved.body.version).toBe(500);
    queries.length = 0;
    const { body } = expectStatus(await coop.api.get(urlOf(coop)), 200);
    expect(body.provenance['/legalIdentity/legalName'].asOf).toBe(t.clock.now().toISOString());
    expect(Date.parse(body.provenance['/legalIdentity/jurisdiction'].asOf)).toBe(
      t.clock.now().getTime() - 60_000,
    );
    expect(queries.filter((text) => text.includes('"blocks"'))).toHaveLength(1);
    expect(queries.length).toBeLessThan(12);
  });
});

describe('what is still needed', () => {
  const ask = (coop: Organisation, query = '') => coop.api.get(`${urlOf(coop)}/completeness${query}`);

  test('is told for all credential types, or for those that are wanted', async () => {
    const coop = await newCoop();
    await putDossier(coop, { legalIdentity: DOSSIER.legalIdentity });
    const all = expectStatus(await ask(coop), 200).body;
    expect(all.credentials.length).toBeGreaterThanOrEqual(ALL_TYPES.length);
    const wanted = ALL_TYPES.map((type) => `credentialType=${type}`).join('&');
    const { body } = expectStatus(await ask(coop, `?${wanted}`), 200);
    expect(body.credentials.map((entry: { isReady: boolean }) => entry.isReady)).toEqual([true, false]);
    expect(body.next.text).toMatch(/^To get a CoopStatusCredential you still need/);
    const one = expectStatus(await ask(coop, `?credentialType=${ALL_TYPES[0]}`), 200).body;
    expect(one).toMatchObject({ version: 1, next: { action: 'apply' } });
    expect(refusalOf(await ask(coop, '?credentialType=Passport'))).toBe('400 request/invalid');
  });

  test('fits what an application is refused for', async () => {
    const coop = await newCoop();
    const { missing } = (await ask(coop, '?credentialType=CoopStatusCredential')).body.credentials[0];
    const refused = await coop.api.post('/v1/applications', {
      registrarId: registrar.id,
      credentialTypes: ['CoopStatusCredential'],
    });
    const pointers = (list: { pointer: string }[]) => list.map(({ pointer }) => pointer).sort();
    expect(pointers(missing)).toEqual(pointers(refused.body.errors));
  });
});

test('the tests of a genuine co-op stand in its dossier and before the registrar', async () => {
  const coop = await newCoop();
  expect((await coop.api.get(urlOf(coop))).body).not.toHaveProperty('coopTests');
  const democraticControl = { ...DOSSIER.democraticControl, transactingVoteShare: 59 };
  const { body } = await putDossier(coop, { ...DOSSIER, democraticControl });
  const outcomeOf = (tests: { test: string; outcome: string }[]) =>
    Object.fromEntries(tests.map((result) => [result.test, result.outcome]));
  expect(outcomeOf(body.coopTests)).toMatchObject({
    oneMemberOneVote: 'met',
    sixtyPercentTest: 'not_met',
    assetLock: 'undetermined',
  });
  const id = await apply(coop, registrar);
  const application = expectStatus(await registrar.api.get(`/v1/applications/${id}`), 200).body;
  expect(application.coopTests).toEqual(body.coopTests);
});

test('the schema of each block is listed and served, to be kept for good', async () => {
  const { items } = expectStatus(await t.api.get('/schemas/dossier'), 200).body;
  expect(items.length).toBeGreaterThanOrEqual(11);
  for (const { url, block } of items as { url: string; block: string }[]) {
    const answer = expectStatus(await t.api.get(new URL(url).pathname), 200);
    expect(answer.body.$id).toBe(url);
    expect(answer.headers['cache-control'], block).toBe('public, max-age=31536000, immutable');
  }
  expect(refusalOf(await t.api.get('/schemas/dossier/legalIdentity/v999'))).toBe('404 resource/not-found');
});

describe('what is not a dossier is a 400 with pointers', () => {
  let coop: Organisation;
  beforeAll(async () => {
    coop = await newCoop();
  });
  const identity = (changes: object) => ({ legalIdentity: { ...DOSSIER.legalIdentity, ...changes } });
  const control = (changes: object) => ({
    democraticControl: { ...DOSSIER.democraticControl, ...changes },
  });

  test.each<[string, object, string]>([
    ['an unknown block', { blocks: {} }, '/blocks'],
    ['an unknown member', identity({ nickname: 'Al' }), '/legalIdentity/nickname'],
    ['a missing member', { legalIdentity: { legalName: 'x' } }, '/legalIdentity/registrationNumber'],
    ['a number for text', identity({ legalName: 7 }), '/legalIdentity/legalName'],
    ['text for a number', control({ memberCount: '42' }), '/democraticControl/memberCount'],
    ['half a member', control({ memberCount: 41.5 }), '/democraticControl/memberCount'],
    ['fewer than no members', control({ memberCount: -1 }), '/democraticControl/memberCount'],
    [
      'more than all votes',
      control({ transactingVoteShare: 100.1 }),
      '/democraticControl/transactingVoteShare',
    ],
    ['the 30th of February', identity({ incorporatedOn: '1987-02-30' }), '/legalIdentity/incorporatedOn'],
    ['blank text', identity({ legalName: ' \t' }), '/legalIdentity/legalName'],
    ['null', identity({ legalForm: null }), '/legalIdentity/legalForm'],
    ['a country in words', identity({ jurisdiction: 'England' }), '/legalIdentity/jurisdiction'],
    ['an object for a list', { addresses: {} }, '/addresses'],
    [
      'an address of no kind',
      { addresses: [{ ...DOSSIER.addresses[0], type: 'secret' }] },
      '/addresses/0/type',
    ],
    ['too many addresses', { addresses: Array(51).fill(DOSSIER.addresses[0]) }, '/addresses'],
    ['no URI', { identifiers: [{ scheme: 'LEI', id: '1', uri: 'not a uri' }] }, '/identifiers/0/uri'],
    [
      'a URI of no address',
      { identifiers: [{ scheme: 'LEI', id: '1', uri: 'https://a:99999/' }] },
      '/identifiers/0/uri',
    ],
  ])('%s', async (_what, dossier, pointer) => {
    const answer = await put(coop, dossier);
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    expect((await coop.api.get(urlOf(coop))).body.version).toBe(0);
  });
});

describe('who may', () => {
  let coop: Organisation;
  beforeAll(async () => {
    coop = await newCoop();
    await putDossier(coop);
  });

  test('another organisation sees nothing, not even that it is there', async () => {
    const other = await newCoop();
    const answers = [
      await other.api.get(urlOf(coop)),
      await other.api.put(urlOf(coop), DOSSIER, { headers: { 'if-match': '*' } }),
    ];
    expect(answers.map(refusalOf)).toEqual(Array(2).fill('404 resource/not-found'));
  });

  test('a registrar reads the version in the application, not the dossier', async () => {
    expect(refusalOf(await registrar.api.get(urlOf(coop)))).toBe('404 resource/not-found');
  });

  test('nobody without a token', async () => {
    expect(refusalOf(await t.api.get(urlOf(coop)))).toBe('401 auth/required');
  });

  test.each(['viewer', 'reviewer'] as const)('a %s reads and does not write', async (role) => {
    const { api } = await joinAs(t, coop, role);
    expectStatus(await api.get(urlOf(coop)), 200);
    const written = await api.put(urlOf(coop), DOSSIER, { headers: { 'if-match': '*' } });
    expect(refusalOf(written)).toBe('403 auth/forbidden');
  });

  test('a delegate writes', async () => {
    const { api } = await joinAs(t, coop, 'delegate');
    expectStatus(await api.put(urlOf(coop), DOSSIER, { headers: { 'if-match': '*' } }), 200);
  });

  test('a machine needs the scope "dossier", for reading too', async () => {
    const without = await createMachine(t, coop, ['applications', 'credentials']);
    expect(refusalOf(await without.get(urlOf(coop)))).toBe('403 auth/forbidden');
    const withScope = await createMachine(t, coop, ['dossier']);
    expectStatus(await withScope.get(urlOf(coop)), 200);
    expectStatus(await withScope.put(urlOf(coop), DOSSIER, { headers: { 'if-match': '*' } }), 200);
  });
});
