import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { accept, composeRegister, foundFederation, importRegister } from '../support/memberships.js';
import { expectStatus, readToken, type Organisation } from '../support/network.js';
import { refusalOf } from '../support/people.js';

/** A federation's register says another standing than the membership credentials that it has issued. */

const DAY = 86_400;
const PLACE = '/recognition/federations/0';

let t: TestApp;
let federation: Organisation;
let lines: Record<string, string>[];
/** The first two of the register, of whom each has its credential. */
let members: { id: string; record: Record<string, string>; credentialId: string; organisationId: string }[];

beforeAll(async () => {
  t = await startApp();
  ({ federation } = await foundFederation(t.api));
  lines = (await composeRegister(2)).split('\n').map((line) => JSON.parse(line) as Record<string, string>);
  expectStatus(await importRegister(federation, await composeRegister(2)), 201);
  const { body } = expectStatus(await federation.api.post('/v1/member-invitations', {}), 200);
  for (const { token } of body.invitations) expectStatus(await accept(t.api, token), 201);
  const issuance = await federation.api.post('/v1/member-issuances', { sentByOurselves: true });
  expect(expectStatus(issuance, 201).body.counts.issued).toBe(2);
  members = expectStatus(await federation.api.get('/v1/members'), 200).body.items;
});
afterAll(() => t.close());

async function later(days: number): Promise<void> {
  t.clock.advance(days * DAY);
  await signIn();
  await t.app.watchCredentials();
}

async function signIn(): Promise<void> {
  const { email, password } = federation;
  const { body } = expectStatus(await t.api.post('/v1/sessions', { email, password }), 201);
  federation = { ...federation, api: t.api.as(body.accessToken) };
}

/** A later file, of the first of them. */
async function importStanding(standing: string): Promise<void> {
  expectStatus(await importRegister(federation, JSON.stringify({ ...lines[0], standing })), 201);
}

const metadata = async (n = 0) =>
  expectStatus(await federation.api.get(`/v1/credentials/${members[n]?.credentialId}`), 200).body;
const concernsOf = async (n = 0): Promise<string[][]> =>
  (await metadata(n)).concerns.map(({ kind, pointer }: Record<string, string>) => [kind, pointer]);

/** To whom: each party, of the first credential. */
async function kindsTold(): Promise<string[][]> {
  const rows = await t.connection.db
    .selectFrom('notices')
    .select(['organisation_id', 'kind'])
    .where('subject_id', '=', members[0]?.credentialId ?? '')
    .orderBy('id')
    .execute();
  return [federation.id, members[0]?.organisationId].map((party) =>
    rows.filter((row) => row.organisation_id === party).map(({ kind }) => kind),
  );
}

const CHANGED = [['standing_changed', PLACE]];

describe('another standing in a later import', () => {
  test('raises a concern about that credential only, told to both sides', async () => {
    expect(await concernsOf()).toEqual([]);
    await importStanding('suspended');
    expect([await concernsOf(0), await concernsOf(1)]).toEqual([CHANGED, []]);
    await importStanding('expelled');
    expect(await concernsOf(), 'one, however often it changes').toEqual(CHANGED);
    expect(await kindsTold()).toEqual([['credential.lapsing'], ['credential.lapsing']]);
  });

  test('is only tried with a dry run', async () => {
    const line = JSON.stringify({ ...lines[1], standing: 'suspended' });
    expectStatus(await importRegister(federation, line, '?dryRun=true'), 201);
    expect(await concernsOf(1)).toEqual([]);
  });

  test('suspends the credential after its grace, and keeps it so', async () => {
    await later(29);
    expect((await metadata()).state).toBe('active');
    await later(1);
    const { state, statusChanges } = await metadata();
    expect([state, statusChanges.at(-1).reason]).toEqual([
      'suspended',
      `Suspended automatically after the grace period: standing_changed at ${PLACE}`,
    ]);
    const token = await readToken(federation, members[0]?.credentialId ?? '');
    const { body } = await t.api.post('/v1/verifications', { credential: token });
    expect(body.checks.map(({ code }: { code: string }) => code)).toContain('status/suspended');
    const reinstated = await federation.api.post(`/v1/credentials/${members[0]?.credentialId}/reinstate`, {
      reason: 'because',
    });
    expect(refusalOf(reinstated)).toBe('409 credentials/concern-open');
  });

  test('that is what it was again cures it, and the registrar reinstates it', async () => {
    await importStanding('good_standing');
    expect(await concernsOf()).toEqual([]);
    expect((await kindsTold()).map((kinds) => kinds.at(-1))).toEqual(['concern.cured', 'concern.cured']);
    const address = `/v1/credentials/${members[0]?.credentialId}/reinstate`;
    expectStatus(await federation.api.post(address, { reason: 'because' }), 200);
    expect((await metadata()).state).toBe('active');
  });
});

describe('a correction of the register', () => {
  test('is no other case; one that leaves the standing as it is changes nothing', async () => {
    const address = `/v1/members/${members[0]?.id}`;
    expectStatus(await federation.api.patch(address, { email: 'new@coop.test' }), 200);
    expect(await concernsOf()).toEqual([]);
    expectStatus(await federation.api.patch(address, { standing: 'in arrears' }), 200);
    expect(await concernsOf()).toEqual(CHANGED);
    expectStatus(await federation.api.patch(address, { standing: 'good_standing' }), 200);
    expect(await concernsOf()).toEqual([]);
  });

  test('a member that is taken out has no standing, until it is entered again', async () => {
    expectStatus(await federation.api.delete(`/v1/members/${members[0]?.id}`), 204);
    expect(await concernsOf()).toEqual(CHANGED);
    await importStanding('good_standing');
    expect(await concernsOf()).toEqual([]);
  });
});

describe('the register of another federation', () => {
  test('says nothing about this one’s credentials', async () => {
    const other = await foundFederation(t.api, 'Another Federation');
    const standings = ['good_standing', 'expelled'];
    for (const standing of standings)
      expectStatus(await importRegister(other.federation, JSON.stringify({ ...lines[0], standing })), 201);
    expect(await concernsOf()).toEqual([]);
  });
});
