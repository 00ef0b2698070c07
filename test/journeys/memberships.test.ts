import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Mail } from '../../src/kernel/ports.js';
import { startApp, type TestApp } from '../support/app.js';
import { accept, composeRegister, foundFederation, importRegister, tokenIn } from '../support/memberships.js';
import { expectStatus, readToken, registerOrganisation, type Organisation } from '../support/network.js';
import { createMachine, joinAs, refusalOf } from '../support/people.js';

/** A federation's members from its register to their credentials, by mail. */
const MEMBERS = 7;
const mails: Mail[] = [];
let silent: TestApp;
let t: TestApp;
let federation: Organisation;
/** The same, before the app that sends no mail. */
let unmailed: Organisation;
let importId: string;
/** As a page, by name: 20-20, Abeona, Albion, … */
let members: { id: string; state: string; record: Record<string, string>; organisationId?: string }[];

beforeAll(async () => {
  // One that sends no mail, where accounts are opened at once, and one beside it that does.
  silent = await startApp();
  const { connection, clock } = silent;
  t = await startApp({ connection, clock, mailer: { send: async (mail) => void mails.push(mail) } });
  ({ federation } = await foundFederation(silent.api));
  await signIn();
  const imported = expectStatus(await importRegister(federation, await composeRegister(MEMBERS)), 201);
  importId = imported.body.id;
});
afterAll(async () => {
  await t?.close();
  await silent?.close();
});

/** Signed in anew: the clock outlives sessions. */
async function signIn(): Promise<void> {
  const { email, password } = federation;
  const { body } = expectStatus(await t.api.post('/v1/sessions', { email, password }), 201);
  federation = { ...federation, api: t.api.as(body.accessToken) };
  unmailed = { ...federation, api: silent.api.as(body.accessToken) };
}
const invite = async (wanted: object = {}) =>
  expectStatus(await federation.api.post('/v1/member-invitations', wanted), 200).body;
/** However slow the machine is that day. */
async function issue(wanted: object = {}, by = federation.api) {
  const answer = expectStatus(await by.post('/v1/member-issuances', wanted), 201);
  let { body } = answer;
  while (body.status !== 'finished') {
    silent.clock.advance(50);
    await t.app.issuance.resumeUnfinished();
    await t.app.memberships.resume();
    body = expectStatus(await by.get(String(answer.headers['location'])), 200).body;
  }
  return body;
}
const readMembers = async () => expectStatus(await federation.api.get('/v1/members'), 200).body.items;
const itemsOf = async (issuance: { id: string }) =>
  new Map<string, { outcome: string; reason?: string; detail?: string; credentialId?: string }>(
    expectStatus(
      await federation.api.get(`/v1/member-issuances/${issuance.id}/items?limit=100`),
      200,
    ).body.items.map((item: { memberId: string }) => [item.memberId, item]),
  );
async function nextMails(): Promise<Map<string, string>> {
  mails.length = 0;
  while ((await t.app.mails?.deliverDueMails()) ?? 0) continue;
  // Notices are mailed as well, and carry no token.
  const invitations = mails.filter(({ text }) => text.includes('#token='));
  return new Map(invitations.map((mail) => [mail.to, tokenIn(mail)]));
}
let tokens: Map<string, string>;
const tokenOf = (index: number) => tokens.get(members[index]?.record['email'] ?? '') ?? 'none';

describe('an invitation', () => {
  test('goes to the address in the register, once, and its token to nobody else', async () => {
    expect(await invite({ importId })).toEqual({
      invited: MEMBERS,
      remaining: 0,
      withoutAddress: 0,
      invitations: [],
    });
    expect(await invite()).toMatchObject({ invited: 0 });
    expect(await invite({ again: true })).toMatchObject({ invited: 0 });
    tokens = await nextMails();
    members = await readMembers();
    expect([...tokens.keys()].sort()).toEqual(members.map(({ record }) => record['email']).sort());
    const stored = await t.connection.db.selectFrom('member_invitations').selectAll().execute();
    expect(JSON.stringify(stored)).not.toContain(tokenOf(0));
  });

  test('is mailed for an accredited registrar only: nobody else sends strangers what it likes', async () => {
    const spammer = await registerOrganisation(silent.api, 'Cheap pills: https://pills.example');
    const { email, password } = spammer;
    const { body } = expectStatus(await t.api.post('/v1/sessions', { email, password }), 201);
    const api = t.api.as(body.accessToken);
    expectStatus(await importRegister({ ...spammer, api }, await composeRegister(2)), 201);
    expect(refusalOf(await api.post('/v1/member-invitations', {}))).toBe('403 applications/not-accredited');
    expect(await nextMails()).toEqual(new Map());
    // Where no mail goes out, whom it invites is its own affair.
    const handed = await silent.api.as(body.accessToken).post('/v1/member-invitations', {});
    expect(expectStatus(handed, 200).body).toMatchObject({ invited: 2 });
  });

  test('says what the register says, before anything is agreed to', async () => {
    const { body } = expectStatus(
      await t.api.post('/v1/member-invitations/lookups', { token: tokenOf(0) }),
      200,
    );
    expect(body).toMatchObject({
      federation: { did: federation.did, name: federation.name },
      dossier: {
        legalIdentity: { legalName: members[0]?.record['name'], jurisdiction: 'GB-ENG' },
        recognition: { federations: [{ did: federation.did, standing: 'good_standing' }] },
      },
      needsAddress: false,
    });
    expect(JSON.stringify(body)).not.toContain('@coop.test');
  });

  test('is void once another took its place, the address has changed, or its time is over', async () => {
    const [old, moved] = [tokenOf(6), tokenOf(5)];
    silent.clock.advance(3700);
    await signIn();
    expect(await invite({ memberIds: [members[6]?.id], again: true })).toMatchObject({ invited: 1 });
    const resent = await nextMails();
    const change = { email: 'moved@coop.test' };
    expectStatus(await federation.api.patch(`/v1/members/${members[5]?.id}`, change), 200);
    for (const token of [old, moved, 'x'.repeat(43)])
      expect(refusalOf(await accept(t.api, token))).toBe('400 accounts/token-invalid');
    expect(await invite()).toMatchObject({ invited: 1 });
    tokens = new Map([...tokens, ...resent, ...(await nextMails())]);
    members = await readMembers();
  });
});

describe('a co-op', () => {
  test('accepts with the account of that address, gets its dossier, and applies unless it says no', async () => {
    const token = tokenOf(0);
    expect(refusalOf(await accept(t.api, token, { email: 'thief@coop.test' }))).toBe('400 request/invalid');
    const answers = await Promise.all([accept(t.api, token), accept(t.api, token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400]);
    const { body } = answers.find(({ status }) => status === 201) ?? expect.fail();
    expect(body).toMatchObject({
      organisation: { name: members[0]?.record['name'] },
      applicationId: expect.any(String),
      stillNeeded: [],
    });
    const coop = t.api.as(body.session.accessToken);
    const me = expectStatus(await coop.get('/v1/me'), 200).body;
    expect(JSON.stringify(me)).toContain(members[0]?.record['email']);
    const dossier = expectStatus(
      await coop.get(`/v1/organisations/${body.organisation.id}/dossier`),
      200,
    ).body;
    expect(dossier).toMatchObject({
      version: 1,
      recognition: { federations: [{ body: federation.name, memberNumber: '1000' }] },
    });
    const joined = expectStatus(await accept(t.api, tokenOf(1), { applyForMembership: false }), 201).body;
    expect(joined).not.toHaveProperty('applicationId');
  });

  test('that has an account joins with it; its dossier stays its own, and it stands for one member only', async () => {
    const coop = await registerOrganisation(silent.api, 'Albion Housing Co-operative');
    const path = `/v1/organisations/${coop.id}/memberships`;
    const delegate = await joinAs(silent, coop, 'delegate');
    expect(refusalOf(await delegate.api.post(path, { token: tokenOf(2) }))).toBe('403 auth/forbidden');
    const written = { recognition: { coopDomain: 'albion.coop' } };
    const put = await coop.api.put(`/v1/organisations/${coop.id}/dossier`, written);
    expectStatus(put, 200);
    const accepted = expectStatus(await coop.api.post(path, { token: tokenOf(2) }), 200).body;
    expect(accepted.stillNeeded).toEqual([
      { pointer: '/recognition/federations', detail: expect.stringContaining('DID') },
    ]);
    expect(refusalOf(await coop.api.post(path, { token: tokenOf(3) }))).toBe('409 members/already-joined');
    const own = `/v1/organisations/${federation.id}/memberships`;
    expect(refusalOf(await federation.api.post(own, { token: tokenOf(3) }))).toBe(
      '403 applications/own-organisation',
    );
    // Neither used it up.
    expectStatus(await accept(t.api, tokenOf(3)), 201);
  });
});

describe('credentials for all', () => {
  test('go to who has joined, asked, and says what the register says; the rest is reported', async () => {
    for (const index of [4, 5, 6]) expectStatus(await accept(t.api, tokenOf(index)), 201);
    members = await readMembers();
    // One whom the register sees otherwise now, one whose application a reviewer has doubts about.
    const suspended = { standing: 'suspended' };
    expectStatus(await federation.api.patch(`/v1/members/${members[4]?.id}`, suspended), 200);
    const open = expectStatus(await federation.api.get('/v1/applications?role=registrar&limit=100'), 200).body
      .items;
    const doubted = open.find(
      ({ applicant }: { applicant: { id: string } }) => applicant.id === members[5]?.organisationId,
    );
    const doubt = {
      field: '/representation',
      method: 'interview',
      result: 'inconclusive',
      evidence: { type: 'vouch' },
    };
    expectStatus(await federation.api.post(`/v1/applications/${doubted.id}/checks`, doubt), 201);

    const issuance = await issue({ importId });
    expect(issuance).toMatchObject({
      status: 'finished',
      counts: { notJoined: 0, waiting: 0, issued: 3, proposed: 0, notReady: 4, failed: 0 },
    });
    const items = await itemsOf(issuance);
    expect(members.map(({ id }) => items.get(id)?.reason ?? items.get(id)?.outcome)).toEqual([
      'issued',
      'not_applied',
      'not_applied',
      'issued',
      'differs',
      'examined_otherwise',
      'issued',
    ]);
    expect(items.get(members[4]?.id ?? '')?.detail).toContain('/recognition/federations/0/standing');
    expect((await readMembers()).map(({ state }: { state: string }) => state)).toEqual([
      'issued',
      'joined',
      'joined',
      'issued',
      'joined',
      'joined',
      'issued',
    ]);
  });

  test('say what was checked and how, are accepted by anybody, and are issued once', async () => {
    const again = await issue();
    expect(again.counts).toMatchObject({ issued: 3, notReady: 4 });
    const { credentialId } = (await itemsOf(again)).get(members[0]?.id ?? '') ?? expect.fail();
    const all = expectStatus(await federation.api.get('/v1/credentials?role=issuer'), 200).body.items;
    expect(all).toHaveLength(3);
    const token = await readToken(federation, credentialId ?? '');
    const report = expectStatus(await t.api.post('/v1/verifications', { credential: token }), 200).body;
    expect(report).toMatchObject({ verdict: 'accepted' });
    const said = JSON.stringify(report.credential);
    expect(said).toContain('member_register');
    expect(said).not.toMatch(/@coop\.test|Ada Admin|invitation/);
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(payload.credentialSubject.memberships).toEqual([
      {
        body: federation.name,
        did: federation.did,
        memberNumber: '1000',
        memberSince: '2001-05-01',
        standing: 'good_standing',
      },
    ]);
  });

  test('are decided by who may decide: no machine where somebody belongs to both, nobody for the own co-op', async () => {
    expect(refusalOf(await t.api.post('/v1/member-issuances', {}))).toBe('401 auth/required');
    const delegate = await joinAs(silent, unmailed, 'delegate');
    expect(refusalOf(await delegate.api.post('/v1/member-issuances', {}))).toBe('403 auth/forbidden');
    const machine = await createMachine(silent, unmailed, ['review']);
    const fresh = JSON.parse((await composeRegister(9)).split('\n')[8] ?? '{}');
    const imported = expectStatus(await importRegister(federation, JSON.stringify(fresh)), 201).body;
    await invite({ importId: imported.id });
    const [token = ''] = (await nextMails()).values();
    const { body } = expectStatus(await accept(t.api, token), 201);
    const coop = { ...federation, id: body.organisation.id, api: silent.api.as(body.session.accessToken) };
    await joinAs(silent, coop, 'viewer', { email: delegate.email, password: delegate.password });
    const refused = await issue({ importId: imported.id }, machine);
    expect(refused.counts).toMatchObject({ issued: 0, failed: 1 });
    expect([...(await itemsOf(refused)).values()]).toMatchObject([
      { reason: 'applications/own-organisation' },
    ]);
    const byPerson = await issue({ importId: imported.id });
    expect(byPerson.counts).toMatchObject({ issued: 1, failed: 0 });
  });

  test('are only proposed in bulk where two persons must approve, whoever orders them', async () => {
    const { federation: other } = await foundFederation(silent.api, 'Federation of Two');
    const settings = { fourEyes: ['FederationMembershipCredential'] };
    expectStatus(await other.api.put(`/v1/organisations/${other.id}/review-settings`, settings), 200);
    const member = (await composeRegister(11)).split('\n')[10] ?? '{}';
    expectStatus(await importRegister(other, member), 201);
    const invited = expectStatus(await other.api.post('/v1/member-invitations', {}), 200).body;
    const [{ token }] = invited.invitations;
    expectStatus(await accept(silent.api, token), 201);
    const second = await joinAs(silent, other, 'reviewer');
    const order = { sentByOurselves: true };
    for (const by of [other.api, other.api, second.api])
      expect((await issue(order, by)).counts).toMatchObject({ issued: 0, proposed: 1, failed: 0 });
    const [{ id }] = expectStatus(await second.api.get('/v1/applications?role=registrar'), 200).body.items;
    const { proposal } = expectStatus(await second.api.get(`/v1/applications/${id}`), 200).body;
    const confirmation = { proposalId: proposal.id };
    expectStatus(await second.api.post(`/v1/applications/${id}/decision/confirmation`, confirmation), 200);
    expect((await issue(order, other.api)).counts).toMatchObject({ issued: 1, proposed: 0 });
  });

  test('are not decided on the word of somebody who may not decide any more by the time it is their turn', async () => {
    const reviewer = await joinAs(silent, unmailed, 'reviewer');
    const ordered = await issue({ importId }, reviewer.api);
    expect((await itemsOf(ordered)).size).toBeGreaterThan(0);
    const { db } = silent.connection;
    const { body: people } = await federation.api.get(`/v1/organisations/${federation.id}/members`);
    const { id } = people.items.find((one: { email: string }) => one.email === reviewer.email);
    expectStatus(await federation.api.delete(`/v1/organisations/${federation.id}/members/${id}`), 204);
    // As a process leaves it that dies before it has begun.
    await db
      .updateTable('member_issuances')
      .set({ status: 'working', finished_at: null })
      .where('id', '=', ordered.id)
      .execute();
    await db
      .updateTable('member_issuance_items')
      .set({ outcome: null, reason: null, detail: null, claimed_until: null })
      .where('issuance_id', '=', ordered.id)
      .execute();
    await t.app.memberships.resume();
    const { body } = await federation.api.get(`/v1/member-issuances/${ordered.id}`);
    expect(body).toMatchObject({
      status: 'finished',
      counts: { issued: 0, failed: (await itemsOf(ordered)).size },
    });
    for (const item of (await itemsOf(ordered)).values())
      expect(item).toMatchObject({ outcome: 'failed', reason: 'order_void' });
  });

  test('are another federation’s business not at all', async () => {
    const stranger = await registerOrganisation(silent.api, 'Another Federation');
    for (const wanted of [{ importId }, {}]) {
      const invited = await stranger.api.post('/v1/member-invitations', wanted);
      const issued = await stranger.api.post('/v1/member-issuances', wanted);
      if ('importId' in wanted)
        expect([refusalOf(invited), refusalOf(issued)]).toEqual([
          '404 resource/not-found',
          '404 resource/not-found',
        ]);
      else expect([invited.body.invited, issued.body.counts.notJoined]).toEqual([0, 0]);
    }
    const byId = await stranger.api.post('/v1/member-issuances', { memberIds: [members[0]?.id] });
    expect(byId.body.counts).toMatchObject({ notJoined: 0, issued: 0, waiting: 0 });
  });

  test('need a word of who sent the tokens, where this installation sent no mail', async () => {
    const { federation: other } = await foundFederation(silent.api, 'Federation without Mail');
    const nameless = JSON.parse((await composeRegister(12)).split('\n')[11] ?? '{}');
    const { email: _email, ...unreachable } = nameless;
    expectStatus(await importRegister(other, JSON.stringify(unreachable)), 201);
    const invited = expectStatus(await other.api.post('/v1/member-invitations', {}), 200).body;
    expect(invited).toMatchObject({ invited: 1, remaining: 0 });
    const [{ token }] = invited.invitations;
    expect(refusalOf(await accept(silent.api, token))).toBe('400 request/invalid');
    expectStatus(await accept(silent.api, token, { email: 'letter@coop.test' }), 201);
    expect((await issue({}, other.api)).counts).toMatchObject({ notReady: 1 });
    const { counts } = await issue({ sentByOurselves: true, validFor: 'P6M' }, other.api);
    expect(counts).toMatchObject({ issued: 1, notReady: 0 });
  });
});
