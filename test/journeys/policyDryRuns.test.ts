import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VerificationId } from '../../src/kernel/ids.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  dossierNumbered,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  registerOrganisation,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { createMachine, refusalOf, signInAgain } from '../support/people.js';

/** What a partner's changed policy would have made of what it verified before. */
let t: TestApp;
let network: Registered;
let partner: Organisation;
let policyId: string;
let english: string;
let start: string;
let end: string;
/** By what they are, the latest last. */
const verified: Record<string, string> = {};

const IDENTITY = 'CoopLegalIdentityCredential';
const MILD = [{ rule: 'credentials', anyOf: [[IDENTITY]] }];
const FRESH = [...MILD, { rule: 'checks', fields: ['/legalIdentity/legalName'], maximumAge: 'P1D' }];
const ENGLISH = [...MILD, { rule: 'jurisdictions', anyOf: ['GB-ENG'] }];
const DAY = 86_400;

async function verify(name: string, body: object, by = partner): Promise<void> {
  t.clock.advance(1);
  verified[name] = expectStatus(await by.api.post('/v1/verifications', body), 200).body.id;
}

beforeAll(async () => {
  t = await startApp();
  network = await foundNetwork(t);
  ({ partner } = network);
  const { registrar, coop } = network;
  const scottish = await registerOrganisation(t.api, 'Scottish Co-op');
  const dossier = dossierNumbered('SC1');
  english = (await issueLegalIdentity(coop, registrar)).token;
  const northern = await issueLegalIdentity(scottish, registrar, {
    ...dossier,
    legalIdentity: { ...dossier.legalIdentity, jurisdiction: 'GB-SCT' },
  });
  policyId = expectStatus(await partner.api.post('/v1/policies', { name: 'Ours', rules: MILD }), 201).body.id;
  start = t.clock.now().toISOString();
  await verify('garbage', { credential: 'garbage' });
  await verify('english', { credential: english });
  await verify('scottish under the policy', { credential: northern.token, policyId });
  await verify('of somebody else', { credential: northern.token }, registrar);
  t.clock.advance(3 * DAY);
  partner = await signInAgain(t, partner);
  await verify('english, three days old, under the policy', { credential: english, policyId });
  await verify('from before facts were kept', { credential: english });
  const id = verified['from before facts were kept'] as VerificationId;
  const { report } = await t.connection.db
    .selectFrom('verifications')
    .select('report')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const older = JSON.parse(report);
  delete older.credential.facts;
  await t.connection.db
    .updateTable('verifications')
    .set({ report: JSON.stringify(older) })
    .where('id', '=', id)
    .execute();
  t.clock.advance(1);
  end = t.clock.now().toISOString();
  const french = { name: 'French only', rules: [{ rule: 'jurisdictions', anyOf: ['FR'] }] };
  const { id: frenchId } = expectStatus(await partner.api.post('/v1/policies', french), 201).body;
  await verify('english under a policy for the French', { credential: english, policyId: frenchId });
});
afterAll(() => t.close());

const tryOn = async (body: object, query = '', api = partner.api) =>
  api.post(`/v1/policies/${policyId}/dry-runs${query}`, { from: start, ...body });
const changes = async (body: object, query = '') => {
  const { body: run } = expectStatus(await tryOn(body, query), 200);
  const names = run.items.map(({ verificationId }: { verificationId: string }) =>
    Object.keys(verified).find((name) => verified[name] === verificationId),
  );
  return { run, names };
};

describe('a dry run', () => {
  test('counts what a draft would have decided, and names what it would have decided differently', async () => {
    const { run, names } = await changes({ rules: ENGLISH, until: end });
    expect(run).toMatchObject({
      examined: 5,
      notComparable: 1,
      changed: 1,
      before: { accepted: 3, rejected: 1, undetermined: 0 },
      after: { accepted: 2, rejected: 2, undetermined: 0 },
    });
    expect(names).toEqual(['scottish under the policy']);
    expect(run.items).toEqual([
      {
        verificationId: verified['scottish under the policy'],
        verifiedAt: expect.any(String),
        before: { verdict: 'accepted', policy: { id: policyId, version: 1 } },
        after: { verdict: 'rejected' },
        refusing: [
          {
            rule: 'jurisdictions',
            pointer: '/rules/1',
            outcome: 'fail',
            demanded: 'The jurisdiction is GB-ENG.',
            found: 'GB-SCT.',
          },
        ],
      },
    ]);
    expect(run).not.toHaveProperty('next');
  });

  test('judges ages as of then', async () => {
    const { names } = await changes({ rules: FRESH, until: end });
    expect(names).toEqual(['english, three days old, under the policy']);
    t.clock.advance(5 * DAY);
    partner = await signInAgain(t, partner);
    expect((await changes({ rules: FRESH, until: end })).names).toEqual(names);
  });

  test('of the version that decided changes nothing', async () => {
    const { run } = await changes({ version: 1, decidedUnder: 'this' });
    expect(run).toMatchObject({
      examined: 2,
      changed: 0,
      items: [],
      before: { accepted: 2 },
      after: { accepted: 2 },
    });
    expect((await changes({ decidedUnder: 'this' })).run).toEqual(run);
  });

  test('of a newer version says what has become of the decisions before', async () => {
    const put = await partner.api.put(
      `/v1/policies/${policyId}`,
      { name: 'Ours', rules: ENGLISH },
      { headers: { 'if-match': '"1"' } },
    );
    expectStatus(put, 200);
    expect((await changes({ decidedUnder: 'this' })).names).toEqual(['scottish under the policy']);
    expect((await changes({ decidedUnder: 'this', version: 1 })).names).toEqual([]);
  });

  test('may accept what was rejected', async () => {
    const { run, names } = await changes({ rules: MILD, from: end });
    expect(names).toEqual(['english under a policy for the French']);
    expect(run.items[0]).toMatchObject({
      before: { verdict: 'rejected' },
      after: { verdict: 'accepted' },
      refusing: [],
    });
  });

  test('looks at the time that it is told to', async () => {
    const { verifiedAt } = (await partner.api.get(`/v1/verifications/${verified['english']}`)).body;
    expect((await changes({ rules: MILD, until: verifiedAt })).run.examined).toBe(1);
    expect((await changes({ rules: MILD, from: verifiedAt, until: end })).run.examined).toBe(4);
    expect((await changes({ rules: MILD, from: verifiedAt, until: verifiedAt })).run.examined).toBe(0);
  });

  test('goes through any number, a bounded part at a time', async () => {
    const whole = (await changes({ rules: ENGLISH, until: end })).run;
    const seen: unknown[] = [];
    let examined = 0;
    let calls = 0;
    let after = '';
    do {
      const { run } = await changes({ rules: ENGLISH, until: end }, `?limit=2${after}`);
      expect(run.examined).toBeLessThanOrEqual(2);
      seen.push(...run.items);
      examined += Number(run.examined);
      calls += 1;
      after = run.next === undefined ? '' : `&after=${run.next}`;
    } while (after !== '');
    expect({ examined, seen, calls }).toEqual({ examined: whole.examined, seen: whole.items, calls: 3 });
  });

  test('ends its call where the reports are large', async () => {
    const id = verified['english'] as VerificationId;
    const { report } = await t.connection.db
      .selectFrom('verifications')
      .select('report')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const large = { ...JSON.parse(report), padding: 'x'.repeat(900_000) };
    const at = new Date('2026-01-01T00:00:00Z');
    for (let number = 0; number < 45; number++)
      await t.connection.db
        .insertInto('verifications')
        .values({
          id: crypto.randomUUID() as VerificationId,
          organisation_id: partner.id as never,
          verdict: 'accepted',
          report: JSON.stringify(large),
          verified_at: at,
        })
        .execute();
    const window = { rules: MILD, from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' };
    const first = (await changes(window, '?limit=500')).run;
    expect(first.examined).toBeLessThan(45);
    const second = (await changes(window, `?limit=500&after=${first.next}`)).run;
    const third = (await changes(window, `?limit=500&after=${second.next}`)).run;
    const parts = [first, second, third].map(({ examined }) => Number(examined));
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(45);
    expect(third).not.toHaveProperty('next');
  });

  test('stores nothing', async () => {
    const count = async () =>
      (await t.connection.db.selectFrom('policy_versions').selectAll().execute()).length +
      (await t.connection.db.selectFrom('verifications').select('id').execute()).length;
    const before = await count();
    await changes({ rules: ENGLISH, until: end });
    expect(await count()).toBe(before);
  });
});

describe('is refused', () => {
  test.each<[string, object, string]>([
    ['with a draft and a version', { rules: MILD, version: 1 }, '/version'],
    ['for a time that ends before it begins', { rules: MILD, until: '2020-01-01T00:00:00Z' }, '/from'],
    ['with a rule that can never be meant', { rules: [{ rule: 'registrars' }] }, '/rules/0'],
    ['with a time that is none', { rules: MILD, from: 'yesterday' }, '/from'],
  ])('%s', async (_what, body, pointer) => {
    const answer = await tryOn(body);
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  test("from another's verification on, of another's policy, or of a version that is not there", async () => {
    const foreign = `?after=${verified['of somebody else']}`;
    expect((await tryOn({ rules: MILD }, foreign)).body.errors).toMatchObject([
      { pointer: '/querystring/after' },
    ]);
    expect(refusalOf(await tryOn({ rules: MILD }, '', network.registrar.api))).toBe('401 auth/required');
    const registrar = await signInAgain(t, network.registrar);
    expect(refusalOf(await tryOn({ rules: MILD }, '', registrar.api))).toBe('404 resource/not-found');
    expect(refusalOf(await tryOn({ version: 9 }))).toBe('404 resource/not-found');
  });

  test('to a machine that may change policies and not see verifications', async () => {
    const machine = await createMachine(t, partner, ['sharing']);
    expect(refusalOf(await tryOn({ rules: MILD }, '', machine))).toBe('403 auth/forbidden');
    const both = await createMachine(t, partner, ['sharing', 'verify']);
    expectStatus(await tryOn({ rules: MILD }, '', both), 200);
  });
});
