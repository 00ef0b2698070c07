import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { addEvidence, filePart, metadataPart, PDF_FILE } from '../support/multipart.js';
import { expectStatus, registerOrganisation, type Organisation } from '../support/network.js';
import { refusalOf, signInAgain, type Colleague } from '../support/people.js';
import {
  approveAs,
  asked,
  eventsOf,
  foundSharing,
  granted,
  issueDossierCredential,
  withdraw,
  type SharingNetwork,
} from '../support/sharing.js';

const DAY = 86_400;
let t: TestApp;
const lines: string[] = [];

beforeAll(async () => {
  t = await startApp({ logStream: { write: (line) => void lines.push(line) } });
});
afterAll(() => t.close());

const handIn = (coop: Organisation, ...fields: string[]) =>
  addEvidence(coop, [
    metadataPart({
      type: 'document',
      title: 'Passport of Ada Example',
      ...(fields.length > 0 ? { fields } : {}),
    }),
    filePart(),
  ]);
const filesOf = async ({ api }: Pick<Organisation, 'api'>, grantId: string) =>
  expectStatus(await api.get(`/v1/grants/${grantId}/evidence`), 200).body.items;
const link = ({ api }: Pick<Organisation, 'api'>, grantId: string, evidenceId: string) =>
  api.post(`/v1/grants/${grantId}/evidence-links`, { evidenceId });
const pathOf = ({ body }: Answer): string => new URL(body.url).pathname;
const FILES = { fields: ['officers'], evidence: true };

describe('files under a grant', () => {
  let network: SharingNetwork;
  let ofOfficers: string;
  let ofBoth: string;
  let ofNothing: string;
  let grantId: string;

  beforeAll(async () => {
    network = await foundSharing(t, 2);
    const { coop } = network;
    ofOfficers = await handIn(coop, '/officers/0/fullName', '/officers/1');
    ofBoth = await handIn(coop, '/officers', '/legalIdentity');
    ofNothing = await handIn(coop);
    grantId = await granted(network, FILES);
  });

  test('are those that were handed in for granted fields and nothing else, before', async () => {
    const { coop, partner } = network;
    t.clock.advance(1);
    const later = await handIn(coop, '/officers');
    for (const who of [coop, partner]) {
      const [file, ...others] = await filesOf(who, grantId);
      expect(others).toEqual([]);
      expect(file).toMatchObject({ id: ofOfficers, mediaType: 'application/pdf', size: PDF_FILE.length });
      expect(JSON.stringify(file)).not.toContain('Ada');
    }
    for (const id of [ofBoth, ofNothing, later, crypto.randomUUID()])
      expect(refusalOf(await link(partner, grantId, id))).toBe('404 resource/not-found');
  });

  test('are none where only fields were granted', async () => {
    const { partner } = network;
    const plain = await granted(network, { ...FILES, evidence: false });
    expect(await filesOf(partner, plain)).toEqual([]);
    expect(refusalOf(await link(partner, plain, ofOfficers))).toBe('404 resource/not-found');
  });

  test('come by a link that anybody can follow for five minutes, each time on record', async () => {
    const { coop, partner } = network;
    const made = expectStatus(await link(partner, grantId, ofOfficers), 201);
    expect(made.headers['cache-control']).toBe('no-store');
    const path = pathOf(made);
    t.clock.advance(299);
    for (let times = 0; times < 2; times += 1) {
      const answer = await t.app.server.inject({ method: 'GET', url: path });
      expect([answer.statusCode, answer.rawPayload.equals(PDF_FILE)]).toEqual([200, true]);
      expect(answer.headers['cache-control']).toBe('private, no-store');
      expect(answer.headers['content-disposition']).toBe('attachment; filename="document.pdf"');
    }
    const accesses = (await coop.api.get(`/v1/grants/${grantId}/accesses`)).body.items;
    expect(accesses).toMatchObject([
      { kind: 'evidence', evidenceId: ofOfficers, by: { kind: 'person' } },
      { kind: 'evidence', evidenceId: ofOfficers },
    ]);
    t.clock.advance(1);
    expect(refusalOf(await t.api.get(path))).toBe('404 resource/not-found');
    const token = path.slice(path.lastIndexOf('/') + 1);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join(''), 'no log has it').not.toContain(token);
    const stored = await t.connection.db.selectFrom('evidence_links').selectAll().execute();
    expect(JSON.stringify(stored), 'and no table').not.toContain(token);
    await t.app.purgeExpired();
    expect(await t.connection.db.selectFrom('evidence_links').select('id').execute()).toEqual([]);
  });

  test('a link is over with its grant, and of no use with another', async () => {
    const { coop, partner } = network;
    const other = await granted(network, FILES);
    const [first, second] = [
      pathOf(expectStatus(await link(partner, grantId, ofOfficers), 201)),
      pathOf(expectStatus(await link(partner, other, ofOfficers), 201)),
    ];
    expectStatus(await withdraw(coop, grantId), 200);
    expect(refusalOf(await t.api.get(first))).toBe('404 resource/not-found');
    expect((await t.app.server.inject({ method: 'GET', url: second })).statusCode).toBe(200);
    expect(refusalOf(await link(partner, grantId, ofOfficers))).toBe('410 grants/over');
    for (const token of ['x', 'A'.repeat(43), second.slice(second.lastIndexOf('/') + 1, -1)])
      expect(refusalOf(await t.api.get(`/v1/evidence-links/${token}`))).toBe('404 resource/not-found');
  });

  test('are for the partner only: neither the co-op nor anybody else makes a link', async () => {
    const { coop } = network;
    const own = await granted(network, FILES);
    expect(refusalOf(await link(coop, own, ofOfficers))).toBe('403 auth/forbidden');
    const stranger = await registerOrganisation(t.api, 'Stranger');
    expect(refusalOf(await link(stranger, own, ofOfficers))).toBe('404 resource/not-found');
    expect(refusalOf(await stranger.api.get(`/v1/grants/${own}/evidence`))).toBe('404 resource/not-found');
  });

  test('a link is never kept for a repetition', async () => {
    const { partner } = network;
    const own = await granted(network, FILES);
    const send = () =>
      partner.api.post(
        `/v1/grants/${own}/evidence-links`,
        { evidenceId: ofOfficers },
        { headers: { 'idempotency-key': 'link' } },
      );
    expectStatus(await send(), 201);
    expect(refusalOf(await send())).toBe('409 idempotency/answer-not-kept');
  });
});

describe('documents on request', () => {
  const want = (partner: Organisation, body: object) =>
    partner.api.post('/v1/document-requests', {
      pointer: '/officers',
      reason: 'Our auditor Zoe asks',
      ...body,
    });
  const answer = ({ api }: Pick<Organisation, 'api'>, id: string, evidenceId: string) =>
    api.post(`/v1/document-requests/${id}/answer`, { evidenceId });
  const refuse = ({ api }: Pick<Organisation, 'api'>, id: string) =>
    api.post(`/v1/document-requests/${id}/refuse`, { reason: 'Zoe has seen it' });
  const listed = async ({ api }: Pick<Organisation, 'api'>, role: string) =>
    expectStatus(await api.get(`/v1/document-requests?role=${role}`), 200).body.items;

  test('the co-op answers with a file, under a grant that releases files', async () => {
    const network = await foundSharing(t, 2);
    const { coop, partner, delegates, registrar } = network;
    const grantId = await granted(network, FILES);
    const { body } = expectStatus(await want(partner, { grantId }), 201);
    const { id } = body;
    expect(body).toMatchObject({ state: 'open', grantId, responder: { id: coop.id } });
    expect(body.dueAt).toBe(new Date(t.clock.now().getTime() + 5 * DAY * 1000).toISOString());
    expect((await eventsOf(coop)).at(-1)).toMatchObject({
      type: 'document.requested',
      data: { documentRequestId: id, partner: partner.did },
    });
    expect(refusalOf(await registrar.api.get(`/v1/document-requests/${id}`))).toBe('404 resource/not-found');
    t.clock.advance(1);
    const file = await handIn(coop, '/officers/1');
    const other = await handIn(coop, '/capacity');
    expect(refusalOf(await answer(coop, id, file)), 'a delegate answers').toBe('403 auth/forbidden');
    expect(refusalOf(await answer(partner, id, file))).toBe('403 auth/forbidden');
    expect(refusalOf(await answer(delegates[0]!, id, crypto.randomUUID()))).toBe('400 request/invalid');
    expect(refusalOf(await answer(delegates[0]!, id, other))).toBe('409 document-requests/consent-needed');
    const answered = expectStatus(await answer(delegates[0]!, id, file), 200).body;
    expect(answered).toMatchObject({ state: 'answered', answer: { grantId, evidenceId: file } });
    expect(answered).not.toHaveProperty('lateBy');
    expect((await eventsOf(partner)).at(-1)).toMatchObject({ type: 'document.answered' });
    expect((await filesOf(partner, grantId)).map((one: { id: string }) => one.id)).toEqual([file]);
    const path = pathOf(expectStatus(await link(partner, grantId, file), 201));
    expect((await t.app.server.inject({ method: 'GET', url: path })).statusCode).toBe(200);
    expect(refusalOf(await answer(delegates[1]!, id, file))).toBe('409 document-requests/settled');
    expect(refusalOf(await refuse(delegates[1]!, id))).toBe('409 document-requests/settled');
    const rows = await t.connection.db.selectFrom('document_requests').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain('Zoe');
  });

  test('no single delegate hands out what the rule of the co-op wants two for', async () => {
    const network = await foundSharing(t, 2);
    const { coop, partner, delegates } = network;
    const file = await handIn(coop, '/officers');
    const grantId = await granted(network, { fields: ['officers'] });
    const { id } = expectStatus(await want(partner, { grantId }), 201).body;
    expect(refusalOf(await answer(delegates[0]!, id, file))).toBe('409 document-requests/consent-needed');
    const wish = await asked(partner, coop, FILES);
    expectStatus(await approveAs(delegates[0]!, wish), 201);
    expect(refusalOf(await answer(delegates[0]!, id, file))).toBe('409 document-requests/consent-needed');
    const { grantId: release } = expectStatus(await approveAs(delegates[1]!, wish), 201).body;
    const { body } = expectStatus(await answer(delegates[0]!, id, file), 200);
    expect(body.answer).toEqual({ grantId: release, evidenceId: file });
    expectStatus(await withdraw(coop, release), 200);
    expect(refusalOf(await link(partner, release, file))).toBe('410 grants/over');
  });

  test('what is late shows, also after the answer, and is told once', async () => {
    const network = await foundSharing(t, 2);
    const { coop } = network;
    const rules = { rules: {}, documentsWithin: 'P2D' };
    expectStatus(await coop.api.put(`/v1/organisations/${coop.id}/consent-rules`, rules), 200);
    const grantId = await granted(network, FILES);
    const { id } = expectStatus(await want(network.partner, { grantId }), 201).body;
    t.clock.advance(2 * DAY);
    const signedIn = async (who: Organisation) => signInAgain(t, who);
    let partner = await signedIn(network.partner);
    await t.app.tellExpired();
    expect((await listed(partner, 'partner'))[0]).not.toHaveProperty('lateBy');
    t.clock.advance(3600);
    partner = await signedIn(network.partner);
    for (let times = 0; times < 2; times += 1) await t.app.tellExpired();
    expect(await listed(partner, 'partner')).toMatchObject([{ id, state: 'open', lateBy: 3600 }]);
    for (const who of [partner, await signedIn(coop)])
      expect((await eventsOf(who)).filter(({ type }) => type === 'document.late')).toHaveLength(1);
    const { email, password } = network.delegates[0] as Colleague;
    const { accessToken } = expectStatus(await t.api.post('/v1/sessions', { email, password }), 201).body;
    expectStatus(await refuse({ api: t.api.as(accessToken) }, id), 200);
    t.clock.advance(600);
    expect(await listed(partner, 'partner')).toMatchObject([
      { id, state: 'refused', lateBy: 3600, refusal: 'Zoe has seen it' },
    ]);
    expect(await listed(await signedIn(coop), 'responder')).toMatchObject([{ id, lateBy: 3600 }]);
  });

  test('of a verified credential the registrar is asked, and hands out only what the co-op has granted', async () => {
    const network = await foundSharing(t, 2);
    const { coop, partner, registrar } = network;
    const file = await handIn(coop, '/officers');
    const { token } = await issueDossierCredential(network);
    const later = await handIn(coop, '/officers');
    const report = expectStatus(await partner.api.post('/v1/verifications', { credential: token }), 200).body;
    const verificationId = report.id;
    const { body } = expectStatus(await want(partner, { verificationId, to: 'registrar' }), 201);
    const { id } = body;
    expect(body).toMatchObject({ verificationId, holder: { id: coop.id }, responder: { id: registrar.id } });
    const seen = (await listed(coop, 'holder'))[0];
    expect(seen, 'the co-op sees it').toMatchObject({ id, responder: { id: registrar.id } });
    expect(seen).not.toHaveProperty('verificationId');
    expect(refusalOf(await answer(registrar, id, file))).toBe('409 document-requests/consent-needed');
    const grantId = await granted(network, FILES);
    t.clock.advance(1);
    const newest = await handIn(coop, '/officers');
    expect(refusalOf(await answer(registrar, id, newest)), 'was never handed in to it').toBe(
      '400 request/invalid',
    );
    expectStatus(await answer(registrar, id, file), 200);
    expect((await filesOf(partner, grantId)).map((one: { id: string }) => one.id).sort()).toEqual(
      [file, later].sort(),
    );
  });

  test.each([
    ['nothing that it rests on', {}, ''],
    ['both', { grantId: crypto.randomUUID(), verificationId: crypto.randomUUID() }, ''],
    ['a grant of nobody', { grantId: crypto.randomUUID() }, '/grantId'],
    ['a verification of nobody', { verificationId: crypto.randomUUID() }, '/verificationId'],
    ['a place that no dossier has', { grantId: crypto.randomUUID(), pointer: '/secrets' }, '/pointer'],
  ])('with %s is refused', async (_name, body, pointer) => {
    const partner = await registerOrganisation(t.api, 'Asking Partner');
    const refused = await want(partner, body);
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, pointer]);
  });

  test('of one organisation at most ten wait, and none rests on a grant that is over or of somebody else', async () => {
    const network = await foundSharing(t, 2);
    const { coop, partner } = network;
    const grantId = await granted(network, FILES);
    for (let n = 0; n < 10; n += 1) expectStatus(await want(partner, { grantId }), 201);
    expect(refusalOf(await want(partner, { grantId }))).toBe('409 document-requests/too-many-open');
    expect(refusalOf(await want(coop, { grantId }))).toBe('400 request/invalid');
    expectStatus(await withdraw(coop, grantId), 200);
    expect(refusalOf(await want(partner, { grantId }))).toBe('410 grants/over');
  });
});
