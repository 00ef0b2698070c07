import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  accredit,
  dossierNumbered,
  expectStatus,
  issueLegalIdentity,
  registerOrganisation,
  rely,
  signInOperator,
  type Organisation,
} from '../support/network.js';
import { signInAgain } from '../support/people.js';

const DAY = 86_400;
let t: TestApp;
let registrar: Organisation;
let partners: Organisation[] = [];
const coops: Organisation[] = [];
const tokens: string[] = [];

beforeAll(async () => {
  t = await startApp();
  registrar = await registerOrganisation(t.api, 'The Registrar');
  await accredit(await signInOperator(t.api), registrar);
  for (let number = 0; number < 5; number += 1) {
    const coop = await registerOrganisation(t.api, `Co-op number ${number}`);
    const issued = await issueLegalIdentity(coop, registrar, dossierNumbered(`N${number}`));
    coops.push(coop);
    tokens.push(issued.token);
    partners.push(await registerOrganisation(t.api, `Partner number ${number}`));
  }
});
afterAll(() => t.close());

/** What is published once the day is over, and everybody signed in again. */
async function nextDay() {
  t.clock.advance(DAY);
  partners = await Promise.all(partners.map((partner) => signInAgain(t, partner)));
  registrar = await signInAgain(t, registrar);
  await t.app.statistics.refreshStatistics();
  return read();
}

async function read() {
  const answer = expectStatus(await t.api.get('/v1/network/statistics'), 200);
  for (const { id, name, did, slug } of [registrar, ...partners, ...coops])
    for (const secret of [id, name, did, slug]) expect(answer.text).not.toContain(secret);
  return answer.body;
}

/** Partners with co-ops, by their numbers. */
async function relyOn(...pairs: readonly (readonly [number, number])[]): Promise<void> {
  for (const [partner, coop] of pairs) await rely(partners[partner]!, tokens[coop]!);
}

const reject = async (partner: number) =>
  expectStatus(await partners[partner]!.api.post('/v1/verifications', { credential: 'garbage' }), 200);

test('the first figures are there when they are asked for first, and say how they are made', async () => {
  const answer = await t.api.get('/v1/network/statistics');
  expect(answer.headers['cache-control']).toBe('public, max-age=3600');
  expect(answer.body).toMatchObject({
    asOf: '2026-11-20T00:00:00.000Z',
    since: '2025-11-20T00:00:00.000Z',
    minimumCell: 5,
    verifications: { byVerdict: {} },
    examinationsAvoided: { method: expect.stringContaining('Each stands for one examination') },
  });
  for (const part of ['verifications', 'reliances', 'examinationsAvoided'])
    expect(answer.body[part]).not.toHaveProperty('atLeast');
  expect(answer.body.timeToPassport).not.toHaveProperty('median');
});

test('of four organisations nothing is said, however much they do, and today’s is not in it', async () => {
  await relyOn([0, 0], [1, 1], [2, 2], [3, 3], [0, 1], [0, 2], [1, 0]);
  await sql`update applications set created_at = created_at - interval '10 days'`.execute(t.connection.db);
  await t.app.statistics.refreshStatistics();
  expect((await read()).timeToPassport).not.toHaveProperty('median');
  const { asOf, verifications, reliances, examinationsAvoided, timeToPassport } = await nextDay();
  expect(asOf).toBe('2026-11-21T00:00:00.000Z');
  expect(verifications).toEqual({ byVerdict: {}, method: expect.any(String) });
  for (const part of [reliances, examinationsAvoided]) expect(part).not.toHaveProperty('atLeast');
  expect(timeToPassport.median, 'of five co-ops').toBe('P10D');
});

test('of five it is, to the next five below, and what is hidden adds to nothing', async () => {
  await relyOn([4, 4]);
  for (const partner of [0, 1, 2, 3]) await reject(partner);
  const { verifications, reliances, examinationsAvoided } = await nextDay();
  // Eight accepted, four rejected; eight pairs.
  expect(verifications).toMatchObject({ atLeast: 5, byVerdict: { accepted: 5 } });
  expect(verifications.byVerdict).not.toHaveProperty('rejected');
  expect(reliances.atLeast).toBe(5);
  expect(examinationsAvoided.atLeast).toBe(5);
});

test('an examination is avoided once for a pair, and not by who made it', async () => {
  await relyOn([4, 3], [4, 4]);
  await rely(registrar, tokens[0]!);
  await reject(4);
  const { verifications, reliances, examinationsAvoided } = await nextDay();
  // Eleven accepted, five rejected, eleven reliances; nine pairs without the registrar's.
  expect(verifications).toMatchObject({ atLeast: 15, byVerdict: { accepted: 10, rejected: 5 } });
  expect(reliances.atLeast).toBe(10);
  expect(examinationsAvoided.atLeast).toBe(5);
});

test('a reliance that has ended counts no more, but the examination was avoided', async () => {
  for (const partner of [0, 1, 2]) {
    const { api, id } = partners[partner]!;
    const { items } = expectStatus(await api.get('/v1/reliances?role=partner'), 200).body;
    for (const reliance of items.filter((one: { partner: { id: string } }) => one.partner.id === id))
      expectStatus(await api.delete(`/v1/reliances/${reliance.id}`), 204);
  }
  const { reliances, examinationsAvoided } = await nextDay();
  expect(reliances, 'of two partners and the registrar').not.toHaveProperty('atLeast');
  expect(examinationsAvoided.atLeast).toBe(5);
});

test('a year later what was verified has left the figures', async () => {
  t.clock.advance(365 * DAY);
  const { verifications, timeToPassport } = await nextDay();
  expect(verifications).not.toHaveProperty('atLeast');
  expect(timeToPassport).not.toHaveProperty('median');
});

test('every day is counted once, whoever asks how often', async () => {
  const days = async () =>
    (await t.connection.db.selectFrom('network_statistics').select('day').orderBy('day').execute()).map(
      ({ day }) => day,
    );
  const before = await days();
  expect(before.slice(0, 5)).toEqual(['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23', '2026-11-24']);
  await Promise.all(Array.from({ length: 5 }, () => t.app.statistics.refreshStatistics()));
  t.clock.advance(DAY);
  await Promise.all(Array.from({ length: 5 }, () => t.app.statistics.refreshStatistics()));
  expect(await days()).toHaveLength(before.length + 1);
});
