import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { Answer } from '../support/api.js';
import { borrowKey, present } from '../support/forgery.js';
import {
  accredit,
  apply,
  approve,
  DOSSIER,
  expectStatus,
  foundNetwork,
  putDossier,
  readToken,
  recordChecks,
  IDENTITY_FIELDS,
  STATUS_FIELDS,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { createMachine, joinAs, refusalOf } from '../support/people.js';

/** A partner's own policy, over HTTP, on credentials that a registrar really issued. */
let t: TestApp;
let network: Registered;
let partner: Organisation;
let registrar: Organisation;
let coop: Organisation;
/** By credential type. */
let tokens: Record<string, string>;

const FULL_DOSSIER = {
  ...DOSSIER,
  legalIdentity: { ...DOSSIER.legalIdentity, legalForm: 'XLZV', status: 'active' },
  democraticControl: {
    ...DOSSIER.democraticControl,
    largestVoteShare: 2.4,
    lastGeneralMeetingOn: '2026-06-01',
  },
};

beforeAll(async () => {
  t = await startApp();
  network = await foundNetwork(t);
  ({ partner, registrar, coop } = network);
  await putDossier(coop, FULL_DOSSIER);
  const types = ['CoopLegalIdentityCredential', 'CoopStatusCredential'];
  const application = await apply(coop, registrar, types);
  await recordChecks(registrar, application, [
    ...new Set([...IDENTITY_FIELDS, ...STATUS_FIELDS, '/legalIdentity/legalForm', '/legalIdentity/status']),
    '/democraticControl/largestVoteShare',
    '/democraticControl/lastGeneralMeetingOn',
  ]);
  const issued = await approve(registrar, application);
  tokens = Object.fromEntries(
    await Promise.all(issued.map(async ({ id, type }) => [type, await readToken(coop, id)] as const)),
  );
});
afterAll(() => t.close());

const IDENTITY = 'CoopLegalIdentityCredential';
const STATUS = 'CoopStatusCredential';
const RULES = [
  { rule: 'credentials', anyOf: [[IDENTITY, STATUS]] },
  { rule: 'assurance', minimum: 'substantial' },
  { rule: 'jurisdictions', anyOf: ['GB'] },
  { rule: 'legalForms', anyOf: ['XLZV'] },
  { rule: 'legalStatus', anyOf: ['active'] },
  { rule: 'registrars', accreditation: { stillHeld: true } },
  {
    rule: 'checks',
    fields: ['/legalIdentity/legalName', '/democraticControl/votingRule'],
    provenance: 'official_register',
    evidenceTypes: ['electronic_record'],
    maximumAge: 'P30D',
  },
  { rule: 'coopTest', test: 'oneMemberOneVote' },
  { rule: 'coopTest', test: 'voteConcentration', atMost: 10 },
  { rule: 'uncontested' },
  { rule: 'recognition', maximumHops: 0 },
];

const createPolicy = async (rules: object[] = RULES, by = partner): Promise<string> =>
  expectStatus(await by.api.post('/v1/policies', { name: 'Ours', rules }), 201).body.id;
const AUDIENCE = 'https://partner.example';
const NONCE = 'n-0S6_WzA2Mj';
async function verifyTogether(types: readonly string[], more: object, api = partner.api): Promise<Answer> {
  const issuedAt = t.clock.now();
  const presentation = await present(await borrowKey(t, coop), {
    audience: AUDIENCE,
    nonce: NONCE,
    credentials: types.map((type) => tokens[type] ?? ''),
    issuedAt,
    expiresAt: new Date(issuedAt.getTime() + 300_000),
  });
  return api.post('/v1/verifications', { presentation, audience: AUDIENCE, nonce: NONCE, ...more });
}
const policyChecks = ({ body }: Answer) =>
  body.checks.filter(({ check }: { check: string }) => check === 'policy');

describe('a presentation under a policy', () => {
  test('that it meets: a check for each rule, with what was demanded and what was found', async () => {
    const policyId = await createPolicy();
    const answer = expectStatus(await verifyTogether([IDENTITY, STATUS], { policyId }), 200);
    expect(answer.body).toMatchObject({ verdict: 'accepted', policy: { id: policyId, version: 1 } });
    expect(policyChecks(answer)).toHaveLength(RULES.length);
    expect(policyChecks(answer)[6]).toEqual({
      check: 'policy',
      outcome: 'pass',
      code: 'policy/met',
      detail: 'What this rule of the acceptance policy demands was found.',
      rule: 'checks',
      pointer: '/rules/6',
      demanded:
        'A check of each of /legalIdentity/legalName, /democraticControl/votingRule, of tier official_register at least, against electronic_record, not longer ago than P30D.',
      found: expect.stringContaining(
        '/legalIdentity/legalName: official_register, register_lookup, electronic_record, 20',
      ),
    });
    expect(policyChecks(answer)[8]).toMatchObject({ found: 'The member with most votes holds 2.4 %.' });
  });

  test('that it does not meet is rejected, by the rules that it does not meet and no others', async () => {
    const policyId = await createPolicy([...RULES, { rule: 'jurisdictions', anyOf: ['FR'] }]);
    const answer = expectStatus(await verifyTogether([IDENTITY, STATUS], { policyId }), 200);
    expect(answer.body.verdict).toBe('rejected');
    expect(
      policyChecks(answer).filter(({ outcome }: { outcome: string }) => outcome !== 'pass'),
    ).toMatchObject([
      {
        rule: 'jurisdictions',
        pointer: `/rules/${RULES.length}`,
        demanded: 'The jurisdiction is FR.',
        found: 'GB-ENG.',
      },
    ]);
    expect(answer.body.credentials.map(({ verdict }: { verdict: string }) => verdict)).toEqual([
      'accepted',
      'accepted',
    ]);
  });

  test('of which a part is missing is rejected, and what the missing part would say is undetermined', async () => {
    const policyId = await createPolicy();
    const answer = expectStatus(await verifyTogether([IDENTITY], { policyId }), 200);
    expect(answer.body.verdict).toBe('rejected');
    const codes = Object.fromEntries(
      policyChecks(answer).map(({ pointer, code }: { pointer: string; code: string }) => [pointer, code]),
    );
    expect(codes).toMatchObject({
      '/rules/0': 'policy/not-met',
      '/rules/7': 'policy/not-shown',
      '/rules/1': 'policy/met',
    });
  });

  test('what cannot be told leaves it undetermined', async () => {
    const policyId = await createPolicy([{ rule: 'coopTest', test: 'investorInfluence' }]);
    const answer = expectStatus(await verifyTogether([IDENTITY, STATUS], { policyId }), 200);
    expect(answer.body.verdict).toBe('undetermined');
    expect(policyChecks(answer)).toMatchObject([{ code: 'policy/not-shown' }]);
  });

  test('made for somebody else is rejected whatever the policy says', async () => {
    const policyId = await createPolicy();
    const answer = await verifyTogether([IDENTITY, STATUS], { policyId, nonce: 'another' });
    expect(answer.body.verdict).toBe('rejected');
    expect(policyChecks(answer).every(({ outcome }: { outcome: string }) => outcome === 'pass')).toBe(true);
  });
});

describe('a single credential under a policy', () => {
  const verify = (more: object, api = partner.api) =>
    api.post('/v1/verifications', { credential: tokens[IDENTITY], ...more });

  test('is decided by it, and the stored report says so', async () => {
    const policyId = await createPolicy([{ rule: 'credentials', anyOf: [[IDENTITY]] }]);
    const { body } = expectStatus(await verify({ policyId }), 200);
    expect(body).toMatchObject({ verdict: 'accepted', policy: { id: policyId, version: 1 } });
    expect(expectStatus(await partner.api.get(`/v1/verifications/${body.id}`), 200).body).toEqual(body);
  });

  test('is not saved by it', async () => {
    const policyId = await createPolicy([{ rule: 'credentials', anyOf: [[IDENTITY]] }]);
    const { body } = expectStatus(
      await partner.api.post('/v1/verifications', { credential: 'garbage', policyId }),
      200,
    );
    expect(body.verdict).toBe('rejected');
    expect(body.checks.at(-1)).toMatchObject({ code: 'policy/not-met', found: 'None of these.' });
  });

  test('in a form that keeps things back is undetermined where they matter', async () => {
    const policyId = await createPolicy([{ rule: 'coopTest', test: 'oneMemberOneVote' }]);
    const list = expectStatus(await coop.api.get('/v1/credentials?role=holder'), 200).body.items;
    const { id } = list.find(({ type }: { type: string }) => type === STATUS);
    const verdictOf = async (accept: string) => {
      const { text } = expectStatus(await coop.api.get(`/v1/credentials/${id}`, { accept }), 200);
      return (await partner.api.post('/v1/verifications', { credential: text, policyId })).body.verdict;
    };
    expect(await verdictOf('application/vc+jwt')).toBe('accepted');
    expect(await verdictOf('application/dc+sd-jwt')).toBe('undetermined');
  });

  test('only with a policy of one’s own, in an organisation', async () => {
    const policyId = await createPolicy();
    expect(refusalOf(await verify({ policyId }, t.api))).toBe('401 auth/required');
    expect(refusalOf(await verify({ policyId }, network.operator))).toBe('403 auth/forbidden');
    expect(refusalOf(await verify({ policyId }, coop.api))).toBe('404 resource/not-found');
    expect(refusalOf(await verify({ policyId: crypto.randomUUID() }))).toBe('404 resource/not-found');
    expect(refusalOf(await verify({ policyId, policyVersion: 2 }))).toBe('404 resource/not-found');
    const loose = await verify({ policyVersion: 1 });
    expect(loose.body.errors).toMatchObject([{ pointer: '/policyVersion' }]);
  });

  test('by a machine that may verify, which need not be able to change policies', async () => {
    const policyId = await createPolicy([{ rule: 'credentials', anyOf: [[IDENTITY]] }]);
    const machine = await createMachine(t, partner, ['verify']);
    expect((await verify({ policyId }, machine)).body.verdict).toBe('accepted');
    expectStatus(await machine.get(`/v1/policies/${policyId}`), 200);
    const body = { name: 'Theirs', rules: RULES };
    expect(refusalOf(await machine.post('/v1/policies', body))).toBe('403 auth/forbidden');
    expect(refusalOf(await machine.put(`/v1/policies/${policyId}`, body))).toBe('403 auth/forbidden');
  });
});

describe('versions', () => {
  const mild = [{ rule: 'credentials', anyOf: [[IDENTITY]] }];
  const harsh = [...mild, { rule: 'jurisdictions', anyOf: ['FR'] }];

  test('are made by PUT, never changed, and each is what was decided by', async () => {
    const id = await createPolicy(mild);
    const url = `/v1/policies/${id}`;
    const first = expectStatus(await partner.api.get(url), 200);
    expect(first.headers['etag']).toBe('"1"');
    t.clock.advance(60);
    const put = await partner.api.put(
      url,
      { name: 'Harsher', rules: harsh },
      { headers: { 'if-match': '"1"' } },
    );
    expect(expectStatus(put, 200)).toMatchObject({
      headers: { etag: '"2"' },
      body: { id, version: 2, name: 'Harsher', rules: harsh, createdAt: first.body.createdAt },
    });
    expect(put.body.versionedAt > first.body.versionedAt).toBe(true);
    expect(expectStatus(await partner.api.get(`${url}/versions/1`), 200).body).toEqual(first.body);
    expect(expectStatus(await partner.api.get(`${url}/versions/2`), 200).body).toEqual(put.body);
    expect(refusalOf(await partner.api.get(`${url}/versions/3`))).toBe('404 resource/not-found');
    const under = async (more: object) =>
      (await partner.api.post('/v1/verifications', { credential: tokens[IDENTITY], policyId: id, ...more }))
        .body;
    expect(await under({})).toMatchObject({ verdict: 'rejected', policy: { version: 2 } });
    expect(await under({ policyVersion: 1 })).toMatchObject({ verdict: 'accepted', policy: { version: 1 } });
  });

  test('need the newest ETag', async () => {
    const url = `/v1/policies/${await createPolicy(mild)}`;
    const body = { name: 'Other', rules: harsh };
    const put = (ifMatch?: string) =>
      partner.api.put(url, body, ifMatch === undefined ? {} : { headers: { 'if-match': ifMatch } });
    expect(refusalOf(await put())).toBe('428 policies/version-required');
    expect(refusalOf(await put('"2"'))).toBe('412 policies/version-stale');
    const answers = await Promise.all([put('"1"'), put('"1"'), put('"1"')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    expect(expectStatus(await partner.api.get(url), 200).body.version).toBe(2);
  });

  test('of an archived policy are readable, and nothing is decided under them', async () => {
    const id = await createPolicy(mild);
    const url = `/v1/policies/${id}`;
    const archived = expectStatus(await partner.api.post(`${url}/archive`, {}), 200).body;
    expect(archived.archivedAt).toBeTypeOf('string');
    expect(expectStatus(await partner.api.post(`${url}/archive`, {}), 200).body).toEqual(archived);
    expect(expectStatus(await partner.api.get(url), 200).body).toEqual(archived);
    const verification = { credential: tokens[IDENTITY], policyId: id };
    expect(refusalOf(await partner.api.post('/v1/verifications', verification))).toBe(
      '409 policies/archived',
    );
    expect(
      refusalOf(await partner.api.put(url, { name: 'New', rules: mild }, { headers: { 'if-match': '*' } })),
    ).toBe('409 policies/archived');
  });
});

describe('policies', () => {
  test('are listed, a page at a time, to their own organisation only', async () => {
    const other = await createPolicy(RULES, registrar);
    const ids = [await createPolicy(), await createPolicy()];
    const seen: string[] = [];
    let after = '';
    do {
      const { items, next } = expectStatus(await partner.api.get(`/v1/policies?limit=3${after}`), 200).body;
      seen.push(...items.map(({ id }: { id: string }) => id));
      after = next === undefined ? '' : `&after=${next}`;
    } while (after !== '');
    expect(seen).toEqual(expect.arrayContaining(ids));
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).not.toContain(other);
    expect(refusalOf(await partner.api.get(`/v1/policies/${other}`))).toBe('404 resource/not-found');
  });

  test('are made by administrators and delegates, and read by everybody in the organisation', async () => {
    const body = { name: 'Ours', rules: RULES };
    const delegate = await joinAs(t, partner, 'delegate');
    const { id } = expectStatus(await delegate.api.post('/v1/policies', body), 201).body;
    for (const role of ['viewer', 'reviewer'] as const) {
      const { api } = await joinAs(t, partner, role);
      expect(refusalOf(await api.post('/v1/policies', body))).toBe('403 auth/forbidden');
      expect(refusalOf(await api.post(`/v1/policies/${id}/archive`, {}))).toBe('403 auth/forbidden');
      expectStatus(await api.get(`/v1/policies/${id}`), 200);
    }
  });

  test.each<[string, object, string]>([
    ['a rule that is none', { rule: 'everything' }, '/rules/0/rule'],
    ['a member of another rule', { rule: 'uncontested', minimum: 'low' }, '/rules/0/minimum'],
    [
      'a type that is none',
      { rule: 'credentials', anyOf: [['CoopLegalIdentiyCredential']] },
      '/rules/0/anyOf/0/0',
    ],
    ['nobody as registrar', { rule: 'registrars' }, '/rules/0'],
    ['a form that is none', { rule: 'legalForms', anyOf: ['XLZV', '0000'] }, '/rules/0/anyOf/1'],
    [
      'a field that is none',
      { rule: 'checks', fields: ['/legalIdentity/legalName', '/legalName'] },
      '/rules/0/fields/1',
    ],
    [
      'no time at all',
      { rule: 'checks', fields: ['/representation'], maximumAge: 'P0D' },
      '/rules/0/maximumAge',
    ],
    [
      'a limit of another test',
      { rule: 'coopTest', test: 'voteConcentration', atLeast: 5 },
      '/rules/0/atLeast',
    ],
    ['a limit where there is none', { rule: 'coopTest', test: 'assetLock', atMost: 5 }, '/rules/0/atMost'],
    ['more than all', { rule: 'coopTest', test: 'sixtyPercentTest', atLeast: 101 }, '/rules/0/atLeast'],
  ])('with %s are refused, and told where', async (_what, rule, pointer) => {
    const answer = await partner.api.post('/v1/policies', { name: 'Wrong', rules: [rule] });
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  test('without rules, or with too many, are refused', async () => {
    for (const rules of [[], Array.from({ length: 101 }, () => ({ rule: 'uncontested' }))])
      expect(refusalOf(await partner.api.post('/v1/policies', { name: 'Wrong', rules }))).toBe(
        '400 request/invalid',
      );
  });

  test('stand in the export of the organisation, and who made them in its trail', async () => {
    const id = await createPolicy();
    const { body } = expectStatus(await partner.api.get(`/v1/organisations/${partner.id}/export`), 200);
    expect(JSON.stringify(body.policies)).toContain(id);
    const trail = await t.connection.db
      .selectFrom('audit_entries')
      .select(['action', 'actor_kind'])
      .where('subject_id', '=', id)
      .execute();
    expect(trail).toEqual([{ action: 'policy.created', actor_kind: 'person' }]);
  });
});

describe('ready-made policies', () => {
  test('are there for everybody, and may be copied as they are', async () => {
    const { body } = expectStatus(await t.api.get('/v1/policies/templates'), 200);
    expect(body.items.map(({ key }: { key: string }) => key)).toEqual([
      'simpleTrade',
      'creditOrHousingPartner',
      'regulatedEntity',
      'federationEligibility',
    ]);
    for (const { policy } of body.items) {
      const copy = expectStatus(await partner.api.post('/v1/policies', policy), 201).body;
      expect(copy).toMatchObject(policy);
    }
  });

  test('the one for simple trade accepts this co-op', async () => {
    const { body } = await t.api.get('/v1/policies/templates');
    const { id } = expectStatus(await partner.api.post('/v1/policies', body.items[0].policy), 201).body;
    const answer = await verifyTogether([IDENTITY, STATUS], { policyId: id });
    expect(answer.body.verdict).toBe('accepted');
  });
});

test('an accreditation that is withdrawn later is found by a policy that asks for it', async () => {
  const policyId = await createPolicy([{ rule: 'registrars', accreditation: { stillHeld: true } }]);
  const second = await accredit(network.operator, registrar, { credentialTypes: ['CoopStatusCredential'] });
  expectStatus(await network.operator.delete(`/v1/accreditations/${second}`), 204);
  const verify = async () =>
    (await partner.api.post('/v1/verifications', { credential: tokens[IDENTITY], policyId })).body;
  expect((await verify()).verdict).toBe('accepted');
  const { items } = expectStatus(await t.api.get('/v1/registrars'), 200).body;
  const own = items.find(
    ({ organisation }: { organisation: { id: string } }) => organisation.id === registrar.id,
  );
  for (const { id } of own.accreditations)
    expectStatus(await network.operator.delete(`/v1/accreditations/${id}`), 204);
  const after = await verify();
  expect(after.verdict).toBe('rejected');
  expect(after.checks.at(-1)).toMatchObject({ found: expect.stringContaining('not held any more') });
});
