import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { addEvidence } from '../support/multipart.js';
import {
  accredit,
  apply,
  checkOf,
  dossierNumbered,
  expectStatus,
  IDENTITY_FIELDS,
  putDossier,
  recordChecks,
  registerOrganisation,
  signInOperator,
  type Organisation,
} from '../support/network.js';
import { createMachine, joinAs, refusalOf, signInAgain } from '../support/people.js';

/** That who applies acts for the legal entity: four ways to show it, whom it binds, and when it has to be shown again. */
const records = new Map<string, readonly string[]>();
const looked: string[] = [];
let t: TestApp;
let registrar: Organisation;
let web: Server;
let answer: RequestListener;

beforeAll(async () => {
  t = await startApp({
    environment: { ALLOW_LOOPBACK: 'true' },
    resolveTxt: async (name) => records.get(name) ?? [],
    resolveHost: async (name) => {
      looked.push(name);
      return name === 'localhost' ? ['127.0.0.1'] : ['10.0.0.1'];
    },
  });
  registrar = await registerOrganisation(t.api, 'Housing Federation');
  await accredit(await signInOperator(t.api), registrar);
  web = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => web.close(resolve));
  await t.close();
});

interface Case {
  readonly coop: Organisation;
  readonly id: string;
}

let numbers = 0;
/** Everything is checked but that who applied acts for the co-op. */
async function open(
  by: 'admin' | 'delegate' = 'admin',
): Promise<Case & { applicant: Organisation; memberId: string }> {
  const coop = await registerOrganisation(t.api, 'Represented Co-op');
  await putDossier(coop, dossierNumbered(`R${(numbers += 1)}`));
  const applicant = by === 'admin' ? coop : { ...coop, api: (await joinAs(t, coop, 'delegate')).api };
  const id = await apply(applicant, registrar);
  await recordChecks(registrar, id, IDENTITY_FIELDS.slice(1));
  const { representative } = await read(coop, id);
  return { coop, id, applicant, memberId: representative.memberId };
}

const urlOf = (id: string, action = '') => `/v1/applications/${id}/representation${action && `/${action}`}`;
const act = (who: Organisation, id: string, action: string, body: object = {}) =>
  who.api.post(urlOf(id, action), body);
const read = async (who: Organisation, id: string) => expectStatus(await who.api.get(urlOf(id)), 200).body;
const standingOf = async (who: Organisation, id: string) => (await read(who, id)).standing;
const missingOf = async (id: string) =>
  expectStatus(await registrar.api.get(`/v1/applications/${id}`), 200).body.missingChecks;
const approve = (id: string) =>
  registrar.api.post(`/v1/applications/${id}/decision`, { outcome: 'approved' });
const membersOf = (coop: Organisation, id: string) => `/v1/organisations/${coop.id}/members/${id}`;
const CALL = { register: 'Mutuals Register', contact: '0113 496 0000', result: 'confirmed' };

async function expectIssued(id: string, method: string): Promise<void> {
  expect(await missingOf(id)).toEqual([]);
  const { body } = expectStatus(await approve(id), 200);
  expect(body.status).toBe('issued');
  const check = body.checks.find(({ field }: { field: string }) => field === '/representation');
  expect(check).toMatchObject({ method, result: 'confirmed', current: true });
}

describe('a call to the contact in the register', () => {
  test('binds who submitted, and lets the application be approved', async () => {
    const { coop, id, memberId } = await open();
    expect(await missingOf(id)).toEqual([{ pointer: '/representation', detail: 'needs a confirmed check' }]);
    const { body } = expectStatus(await act(registrar, id, 'callback', CALL), 201);
    expect(body.standing).toMatchObject({ status: 'stands', person: { memberId, role: 'admin' } });
    expect(body.proofs).toMatchObject([
      { method: 'callback', status: 'confirmed', contact: '0113 496 0000' },
    ]);
    // Which number was called is the registrar's to know, and is nowhere in the clear.
    expect((await coop.api.get(urlOf(id))).text).not.toContain('0113');
    const [row] = await t.connection.db.selectFrom('representation_proofs').selectAll().execute();
    expect(row?.sealed_record?.toString('latin1')).not.toContain('0113');
    await expectIssued(id, 'callback');
  });

  test('that nobody confirms blocks', async () => {
    const { id } = await open();
    expectStatus(await act(registrar, id, 'callback', { ...CALL, result: 'refuted' }), 201);
    expect(await missingOf(id)).toEqual([
      { pointer: '/representation', detail: 'the latest check is refuted' },
    ]);
    expect(refusalOf(await approve(id))).toBe('409 applications/checks-missing');
  });
});

describe('a signed mandate', () => {
  test('rests on a piece of evidence, and its signer is known to the registrar alone', async () => {
    const coop = await registerOrganisation(t.api, 'Mandating Co-op');
    await putDossier(coop, dossierNumbered(`R${(numbers += 1)}`));
    const evidenceId = await addEvidence(coop);
    const id = await apply(coop, registrar);
    await recordChecks(registrar, id, IDENTITY_FIELDS.slice(1));
    const mandate = {
      register: 'Mutuals Register',
      evidenceId,
      signedBy: { name: 'Sam Signer', registerRole: 'secretary' },
      result: 'confirmed',
    };
    const foreign = { ...mandate, evidenceId: await addEvidence(await registerOrganisation(t.api, 'Other')) };
    expect(refusalOf(await act(registrar, id, 'mandate', foreign))).toBe('400 request/invalid');
    const { body } = expectStatus(await act(registrar, id, 'mandate', mandate), 201);
    expect(body.proofs[0]).toMatchObject({ evidenceId, signedBy: mandate.signedBy });
    expect((await coop.api.get(urlOf(id))).text).not.toContain('Sam Signer');
    await expectIssued(id, 'document_inspection');
  });
});

describe('a letter with a code', () => {
  const letterFor = async (id: string) =>
    expectStatus(await act(registrar, id, 'letter', { register: 'Mutuals Register' }), 201).body;

  test('binds who enters the code, once', async () => {
    const { coop, id } = await open();
    const { code, expiresAt } = await letterFor(id);
    expect(expiresAt).toBe('2026-12-20T09:00:00.000Z');
    expect((await registrar.api.get(urlOf(id))).text).not.toContain(code);
    const delegate = await joinAs(t, coop, 'delegate');
    const entered = expectStatus(
      await delegate.api.post(urlOf(id, 'code'), { code: code.toLowerCase().replaceAll('-', ' ') }),
      200,
    ).body;
    expect(entered.standing).toMatchObject({ status: 'stands', person: { memberId: delegate.id } });
    expect(refusalOf(await act(coop, id, 'code', { code }))).toBe('409 representation/none-open');
    await expectIssued(id, 'callback');
  });

  test('of another application is a wrong one; a machine and the registrar cannot enter any', async () => {
    const [one, other] = [await open(), await open()];
    const [{ code }] = [await letterFor(one.id), await letterFor(other.id)];
    const machine = await createMachine(t, one.coop, ['applications']);
    expect(refusalOf(await machine.post(urlOf(one.id, 'code'), { code }))).toBe('403 auth/forbidden');
    expect(refusalOf(await act(registrar, one.id, 'code', { code }))).toBe('403 auth/forbidden');
    expect(refusalOf(await act(other.coop, one.id, 'code', { code }))).toBe('404 resource/not-found');
    expect(refusalOf(await act(other.coop, other.id, 'code', { code }))).toBe(
      '400 representation/code-wrong',
    );
    expect(await standingOf(other.coop, other.id)).toEqual({ status: 'not_shown' });
    expectStatus(await act(one.coop, one.id, 'code', { code }), 200);
  });

  test('guessed slows down, is refused even when right, and is void after ten', async () => {
    const { coop, id } = await open();
    const { code } = await letterFor(id);
    const guess = (text = 'AAAA-AAAA-AAAA') => act(coop, id, 'code', { code: text });
    for (let n = 0; n < 3; n += 1) expect(refusalOf(await guess())).toBe('400 representation/code-wrong');
    const throttled = await guess(code);
    expect(refusalOf(throttled)).toBe('429 representation/throttled');
    expect(throttled.headers['retry-after']).toBe('30');
    // The waits add up to more than an hour, so in between people sign in again.
    let again = coop;
    for (let n = 3; n < 10; n += 1) {
      t.clock.advance(3600);
      again = await signInAgain(t, coop);
      expect(refusalOf(await act(again, id, 'code', { code: 'BBBB-BBBB-BBBB' }))).toBe(
        '400 representation/code-wrong',
      );
    }
    t.clock.advance(3600);
    again = await signInAgain(t, coop);
    expect(refusalOf(await act(again, id, 'code', { code }))).toBe('409 representation/none-open');
    registrar = await signInAgain(t, registrar);
    const [proof] = (await read(registrar, id)).proofs;
    expect(proof).toMatchObject({ status: 'exhausted', attempts: 10 });
    const codes = await t.connection.db.selectFrom('representation_proofs').select('code_hash').execute();
    expect(codes.filter(({ code_hash: hash }) => hash?.toString().includes(code))).toEqual([]);
  });

  test('sent again makes the one before void', async () => {
    const { coop, id } = await open();
    const [first, second] = [await letterFor(id), await letterFor(id)];
    expect(refusalOf(await act(coop, id, 'code', { code: first.code }))).toBe(
      '400 representation/code-wrong',
    );
    expectStatus(await act(coop, id, 'code', { code: second.code }), 200);
  });

  test('to one legal entity shows nothing about the next one in the dossier', async () => {
    const { coop, id } = await open();
    const { code } = await letterFor(id);
    const ask = { outcome: 'information_requested', reason: 'Which number?' };
    expectStatus(await registrar.api.post(`/v1/applications/${id}/decision`, ask), 200);
    await putDossier(coop, dossierNumbered('SOMEBODY-ELSE'), '"1"');
    expectStatus(await coop.api.post(`/v1/applications/${id}/resubmit`, {}), 200);
    expect(refusalOf(await act(coop, id, 'code', { code }))).toBe('409 representation/none-open');
  });

  test('has an end', async () => {
    const { coop, id } = await open();
    const { code } = await letterFor(id);
    t.clock.advance(30 * 24 * 3600);
    registrar = await signInAgain(t, registrar);
    const later = await signInAgain(t, coop);
    expect(refusalOf(await act(later, id, 'code', { code }))).toBe('409 representation/none-open');
    expect((await read(later, id)).proofs).toMatchObject([{ status: 'expired' }]);
  });
});

describe('a domain', () => {
  const domainHere = () => `localhost:${(web.address() as AddressInfo).port}`;
  const HERE = () => ({ domain: domainHere(), listedBy: 'register', register: 'Mutuals Register' });
  const start = async (id: string, wanted: object = HERE()) =>
    expectStatus(await act(registrar, id, 'domain', wanted), 201).body.proofs.at(-1).publish as {
      url: string;
      txtName: string;
      content: string;
    };
  const verify = (coop: Organisation, id: string) => act(coop, id, 'domain/verification');
  const details = ({ body }: Answer) => body.errors.map(({ detail }: { detail: string }) => detail);

  test('that the register lists shows it over the web, on a real server', async () => {
    const { coop, id, memberId } = await open();
    const { url, content } = await start(id);
    answer = (request, response) =>
      response.writeHead(url.endsWith(request.url ?? '?') ? 200 : 404).end(`${content}\n`);
    const { body } = expectStatus(await verify(coop, id), 200);
    expect(body.standing).toMatchObject({ status: 'stands', person: { memberId } });
    expect(refusalOf(await verify(coop, id))).toBe('409 representation/none-open');
    await expectIssued(id, 'callback');
  });

  test('below .coop shows it in the DNS, which is the vouching of that registry', async () => {
    const { coop, id } = await open();
    const { txtName, content } = await start(id, { domain: 'Albion.coop', listedBy: 'coop_registry' });
    expect(txtName).toBe('_coop-passport.albion.coop');
    records.set(txtName, ['v=spf1 -all', content]);
    expectStatus(await verify(coop, id), 200);
    await expectIssued(id, 'vouch');
  });

  test('that does not is told where and what, and not looked at again at once', async () => {
    const { coop, id } = await open();
    const { url, txtName, content } = await start(id);
    const attempts: [RequestListener, readonly string[], string, string][] = [
      [
        (_request, response) => response.writeHead(302, { location: url }).end(),
        [],
        'the address redirects, which is not followed',
        'there is no such TXT record',
      ],
      [
        (request, response) => response.end(`You asked for ${request.url}`),
        ['coop-passport=', content.toUpperCase(), `${content} `],
        'the content at the address is another one',
        'there is no such TXT record',
      ],
      [
        (_request, response) => response.end('x'.repeat(5_000)),
        [],
        'the address cannot be reached, or sends too much',
        'there is no such TXT record',
      ],
    ];
    for (const [serve, txt, https, dns] of attempts) {
      answer = serve;
      records.set(txtName, txt);
      const refused = await verify(coop, id);
      expect(refusalOf(refused)).toBe('409 representation/domain-not-proven');
      expect(details(refused)).toEqual([https, dns]);
      expect(refusalOf(await verify(coop, id))).toBe('429 representation/throttled');
      t.clock.advance(10);
    }
    expect(await standingOf(coop, id)).toEqual({ status: 'not_shown' });
  });

  test('whose name leads into a private network is not asked, and nobody is told why', async () => {
    const { coop, id } = await open();
    await start(id, { domain: 'inside.coop', listedBy: 'coop_registry' });
    const refused = await verify(coop, id);
    expect(details(refused)[0]).toBe('the address cannot be reached, or sends too much');
    expect(refused.text).not.toMatch(/10\.|private|forbidden/);
    expect(looked).toContain('inside.coop');
  });

  test.each([
    ['below a platform’s', { domain: 'albion.platform.coop', listedBy: 'coop_registry' }, '/domain'],
    ['of an address', { domain: '10.0.0.1', listedBy: 'register', register: 'R' }, '/domain'],
    ['without its register', { domain: 'albion.org', listedBy: 'register' }, '/register'],
  ])('%s is refused', async (_what, wanted, pointer) => {
    const { id } = await open();
    const refused = await act(registrar, id, 'domain', wanted);
    expect(refusalOf(refused)).toBe('400 request/invalid');
    expect(refused.body.errors[0].pointer).toBe(pointer);
  });
});

describe('what was shown', () => {
  async function shown(by: 'admin' | 'delegate' = 'admin') {
    const found = await open(by);
    expectStatus(
      await registrar.api.post(`/v1/applications/${found.id}/checks`, checkOf('/representation')),
      201,
    );
    expect(await standingOf(found.coop, found.id)).toMatchObject({
      status: 'stands',
      person: { memberId: found.memberId },
    });
    return found;
  }
  async function expectLapsed(id: string, reason: string): Promise<void> {
    const standing = await standingOf(registrar, id);
    expect(standing).toMatchObject({ status: 'lapsed', reason });
    expect(await missingOf(id)).toEqual([{ pointer: '/representation', detail: standing.detail }]);
    const refused = await approve(id);
    expect(refusalOf(refused)).toBe('409 applications/checks-missing');
    expect(refused.body.errors).toEqual([{ pointer: '/representation', detail: standing.detail }]);
  }

  test('lapses when the person is removed by a further administrator, whose coming alone changes nothing', async () => {
    const { coop, id, memberId } = await shown();
    const second = await joinAs(t, coop, 'admin');
    expectStatus(await second.api.get(`/v1/applications/${id}`), 200);
    expect(await standingOf(coop, id)).toMatchObject({ status: 'stands' });
    expectStatus(await second.api.delete(membersOf(coop, memberId)), 204);
    await expectLapsed(id, 'left');
    // It goes on in the name of who takes it over, and has to be shown of that person.
    const taken = expectStatus(await second.api.post(urlOf(id, 'representative'), {}), 200).body;
    expect(taken.representative.memberId).toBe(second.id);
    expectStatus(await act(registrar, id, 'callback', CALL), 201);
    expect(await standingOf(registrar, id)).toMatchObject({
      status: 'stands',
      person: { memberId: second.id },
    });
    await expectIssued(id, 'callback');
  });

  test('lapses when an administrator is made something less, for good', async () => {
    const { coop, id, memberId } = await shown();
    const second = await joinAs(t, coop, 'admin');
    expectStatus(await second.api.patch(membersOf(coop, memberId), { role: 'delegate' }), 200);
    expectStatus(await second.api.patch(membersOf(coop, memberId), { role: 'admin' }), 200);
    await expectLapsed(id, 'role_lost');
  });

  test('of a delegate lapses when nobody administers any more who did', async () => {
    const { coop, id } = await shown('delegate');
    const second = await joinAs(t, coop, 'admin');
    const { items } = (await coop.api.get(`/v1/organisations/${coop.id}/members`)).body;
    const [first] = items;
    expectStatus(await second.api.delete(membersOf(coop, first.id)), 204);
    await expectLapsed(id, 'administration_changed');
  });

  test('lapses when somebody else takes the application over', async () => {
    const { coop, id } = await shown();
    const delegate = await joinAs(t, coop, 'delegate');
    expectStatus(await delegate.api.post(urlOf(id, 'representative'), {}), 200);
    await expectLapsed(id, 'representative_changed');
  });

  test('lapses when the person closes the account', async () => {
    const { coop, id } = await shown();
    await joinAs(t, coop, 'admin');
    expectStatus(await coop.api.delete('/v1/me'), 204);
    await expectLapsed(id, 'left');
  });

  test('lapses with time, at once and in the records when the job has run', async () => {
    const { id, coop } = await shown();
    t.clock.advance(366 * 24 * 3600);
    registrar = await signInAgain(t, registrar);
    await expectLapsed(id, 'expired');
    await t.app.representation.lapseExpired();
    const rows = await t.connection.db.selectFrom('representations').selectAll().execute();
    expect(rows.filter((row) => row.lapsed_at === null && row.expires_at <= t.clock.now())).toEqual([]);
    const trail = await t.connection.db
      .selectFrom('audit_entries')
      .select('detail')
      .where('action', '=', 'representation.lapsed')
      .where('subject_id', '=', id)
      .execute();
    expect(trail).toEqual([{ detail: { reason: 'expired' } }]);
    expect(coop.id).toBeDefined();
  });

  test('of a machine’s application binds the administration, and whoever takes it over', async () => {
    const coop = await registerOrganisation(t.api, 'Automated Co-op');
    await putDossier(coop, dossierNumbered(`R${(numbers += 1)}`));
    const machine = { ...coop, api: await createMachine(t, coop, ['applications']) };
    const id = await apply(machine, registrar);
    expect(await read(coop, id)).not.toHaveProperty('representative');
    expectStatus(await act(registrar, id, 'callback', CALL), 201);
    expect(await standingOf(registrar, id)).toMatchObject({ status: 'stands' });
    expect(await standingOf(registrar, id)).not.toHaveProperty('person');
    expect(refusalOf(await act(machine, id, 'representative'))).toBe('403 auth/forbidden');
    expectStatus(await act(coop, id, 'representative'), 200);
    expect(await standingOf(registrar, id)).toMatchObject({ reason: 'representative_changed' });
  });

  test('is nobody’s to see but the two parties’, and the registrar loses sight of the person with a withdrawal', async () => {
    const { coop, id } = await shown();
    const stranger = await registerOrganisation(t.api, 'Stranger');
    expect(refusalOf(await stranger.api.get(urlOf(id)))).toBe('404 resource/not-found');
    expect((await read(registrar, id)).representative.name).toBe('Ada Admin');
    expectStatus(await coop.api.post(`/v1/applications/${id}/withdraw`, {}), 200);
    expect((await registrar.api.get(urlOf(id))).text).not.toContain('Ada Admin');
  });
});
