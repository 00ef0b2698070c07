import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  dossierNumbered,
  expectStatus,
  issueLegalIdentity,
  registerOrganisation,
  type Organisation,
} from '../support/network.js';
import { joinAs, refusalOf, type Colleague } from '../support/people.js';
import { PERSONAL, walkPersonalJourney, type PersonalJourney } from '../support/personalJourney.js';

let t: TestApp;
let network: PersonalJourney;
let identity: string;
let controlPersons: string;
let delegate: Colleague;
const NONCE = 'n-0S6_WzA2Mj';

beforeAll(async () => {
  t = await startApp();
  network = await (await walkPersonalJourney(t)).decide();
  identity = network.credentials['CoopLegalIdentityCredential'] ?? '';
  controlPersons = network.credentials['ControlPersonsCredential'] ?? '';
  delegate = await joinAs(t, network.coop, 'delegate');
});
afterAll(() => t.close());

const present = (body: object, by: Pick<Organisation, 'api'> = delegate) =>
  by.api.post('/v1/presentations', { audience: network.partner.did, nonce: NONCE, ...body });

async function made(body: object) {
  return expectStatus(await present(body), 201).body;
}

async function verify(presentation: string, changes: object = {}) {
  const body = { presentation, audience: network.partner.did, nonce: NONCE, ...changes };
  return expectStatus(await network.partner.api.post('/v1/verifications', body), 200).body;
}

const codesOf = (report: { checks: { code: string }[] }) => report.checks.map(({ code }) => code);

describe('a presentation', () => {
  test('of several credentials is accepted by whom it is for', async () => {
    const answer = expectStatus(await present({ credentialIds: [identity, controlPersons] }), 201);
    expect(answer.headers['cache-control']).toBe('no-store');
    const { presentation, ...record } = answer.body;
    expect(record).toEqual({
      id: expect.any(String),
      format: 'vp+jwt',
      audience: network.partner.did,
      credentials: [
        { id: identity, type: 'CoopLegalIdentityCredential' },
        { id: controlPersons, type: 'ControlPersonsCredential' },
      ],
      createdAt: t.clock.now().toISOString(),
      expiresAt: new Date(t.clock.now().getTime() + 300_000).toISOString(),
    });
    const report = await verify(presentation);
    expect(report.checks.filter(({ outcome }: { outcome: string }) => outcome !== 'pass')).toEqual([]);
    expect(report.verdict).toBe('accepted');
    expect(report.holder).toEqual({ did: network.coop.did });
    expect(report.credentials).toHaveLength(2);
    expect((await network.coop.api.get(answer.headers['location'] as string)).body).toEqual(record);
  });

  test.each([
    ['another audience', () => ({ audience: network.registrar.did }), 'audience/mismatch'],
    ['another nonce', () => ({ nonce: 'another' }), 'nonce/mismatch'],
  ])('is of no use for %s', async (_name, changes, code) => {
    const { presentation } = await made({ credentialIds: [identity] });
    const report = await verify(presentation, changes());
    expect([report.verdict, codesOf(report)]).toEqual(['rejected', expect.arrayContaining([code])]);
  });

  test('is of no use after five minutes', async () => {
    const { presentation } = await made({ credentialIds: [identity] });
    t.clock.advance(300 + 61);
    const report = await verify(presentation);
    expect(report.verdict).toBe('rejected');
    expect(codesOf(report)).toContain('validity/signature-expired');
  });

  test('shows of persons what was chosen, and nothing else', async () => {
    const hidden = await made({ credentialIds: [controlPersons] });
    const shown = await made({
      credentialIds: [controlPersons],
      disclose: [{ credentialId: controlPersons, pointers: ['/statements/0/recordDetails/names'] }],
    });
    const whole = await made({
      credentialIds: [controlPersons],
      disclose: [{ credentialId: controlPersons, pointers: ['/statements'] }],
    });
    expect(namesIn(hidden.presentation)).toEqual({ person: false, record: false });
    expect(namesIn(shown.presentation)).toEqual({ person: true, record: false });
    expect(namesIn(whole.presentation)).toEqual({ person: true, record: true });
    for (const { presentation } of [hidden, shown, whole])
      expect((await verify(presentation)).verdict).toBe('accepted');
    const { body } = await network.coop.api.get(`/v1/presentations/${shown.id}`);
    expect(body.credentials).toEqual([
      {
        id: controlPersons,
        type: 'ControlPersonsCredential',
        disclosed: ['/statements/0/recordDetails/names'],
      },
    ]);
  });

  test('of one SD-JWT is bound to its holder by key', async () => {
    const { presentation } = await made({
      credentialIds: [controlPersons],
      format: 'dc+sd-jwt',
      disclose: [{ credentialId: controlPersons, pointers: ['/statements/0/recordDetails/names'] }],
    });
    expect((await verify(presentation)).verdict).toBe('accepted');
    expect(codesOf(await verify(presentation, { nonce: 'another' }))).toContain('nonce/mismatch');
    const unbound = String(presentation).replace(/[^~]*$/, '');
    const report = await verify(unbound);
    expect(codesOf(report)).toContain('holder/key-binding-missing');
  });

  test('stands on the record of its holder only, oldest first', async () => {
    const { body } = expectStatus(await network.coop.api.get('/v1/presentations?limit=100'), 200);
    const ids = body.items.map(({ id }: { id: string }) => id);
    expect(ids).toEqual([...ids].sort());
    expect(body.items[0]).not.toHaveProperty('presentation');
    for (const stranger of [network.registrar, network.partner])
      expect(refusalOf(await stranger.api.get(`/v1/presentations/${ids[0]}`))).toBe('404 resource/not-found');
  });
});

/** Whether what is disclosed, anywhere in it, names a person or a record. */
function namesIn(presentation: string) {
  const payload = JSON.parse(Buffer.from(presentation.split('.')[1] ?? '', 'base64url').toString());
  const [envelope] = payload.verifiableCredential;
  const [, ...disclosures] = String(envelope.id).split('~');
  const text = disclosures.map((one) => Buffer.from(one, 'base64url').toString()).join('\n');
  return { person: text.includes(PERSONAL.controlPerson), record: text.includes('c359f58d2977') };
}

describe('what is about persons', () => {
  const shown = (...pointers: string[]) => ({
    credentialIds: [controlPersons],
    disclose: [{ credentialId: controlPersons, pointers }],
  });

  test('is shown by a delegate, where one decides alone, and by nobody else', async () => {
    const refusal = '409 presentations/consent-required';
    expect(refusalOf(await present(shown('/statements'), network.coop))).toBe(refusal);
    const clients = `/v1/organisations/${network.coop.id}/clients`;
    const client = { name: 'Machine', scopes: ['sharing'] };
    const made = expectStatus(await network.coop.api.post(clients, client), 201).body;
    const token = await t.api.post('/oauth2/token', undefined, {
      raw: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: made.id,
        client_secret: made.secret,
      }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const machine = { api: t.api.as(expectStatus(token, 200).body.access_token) };
    expect(refusalOf(await present(shown('/statements'), machine))).toBe(refusal);
    expectStatus(await present({ credentialIds: [identity] }, machine), 201);
    expectStatus(await present(shown('/jurisdiction'), machine), 201);
    expectStatus(await present(shown('/statements')), 201);
  });

  test('takes a grant to the partner where several decide, which covers all that is shown', async () => {
    const second = await joinAs(t, network.coop, 'delegate');
    const refusal = '409 presentations/consent-required';
    expect(refusalOf(await present(shown('/statements')))).toBe(refusal);
    const wish = {
      holderId: network.coop.id,
      fields: ['/controlPersons/0'],
      purposes: ['dpv:CustomerSolvencyMonitoring'],
      retention: 'P1Y',
    };
    const { id } = expectStatus(await network.partner.api.post('/v1/access-requests', wish), 201).body;
    const approvals = `/v1/access-requests/${id}/approvals`;
    expectStatus(await delegate.api.post(approvals, {}), 201);
    expect(refusalOf(await present(shown('/statements/0/recordDetails')))).toBe(refusal);
    const { grantId } = expectStatus(await second.api.post(approvals, {}), 201).body;
    expectStatus(await present(shown('/statements/0/recordDetails')), 201);
    expect(refusalOf(await present(shown('/statements')))).toBe(refusal);
    const elsewhere = { ...shown('/statements/0/recordDetails'), audience: network.registrar.did };
    expect(refusalOf(await present(elsewhere))).toBe(refusal);
    expectStatus(await delegate.api.post(`/v1/grants/${grantId}/withdraw`, {}), 200);
    expect(refusalOf(await present(shown('/statements/0/recordDetails')))).toBe(refusal);
    const membership = `/v1/organisations/${network.coop.id}/members/${second.id}`;
    expectStatus(await network.coop.api.delete(membership), 204);
    expectStatus(await present(shown('/statements')), 201);
  });
});

describe('nobody presents', () => {
  const invalidAt = async (body: object, by?: Pick<Organisation, 'api'>) => {
    const answer = await present(body, by);
    return [refusalOf(answer), answer.body.errors?.map(({ pointer }: { pointer: string }) => pointer)];
  };

  test('what somebody else holds, or nobody', async () => {
    const refused = ['400 request/invalid', ['/credentialIds/0']];
    expect(await invalidAt({ credentialIds: [identity] }, network.registrar)).toEqual(refused);
    expect(await invalidAt({ credentialIds: [identity] }, network.partner)).toEqual(refused);
    expect(await invalidAt({ credentialIds: [crypto.randomUUID()] })).toEqual(refused);
  });

  test('what is not in it', async () => {
    const choose = (credentialId: string, ...pointers: string[]) => ({ credentialId, pointers });
    const credentialIds = [controlPersons];
    expect(
      await invalidAt({ credentialIds, disclose: [choose(controlPersons, '/statements', '/nothing')] }),
    ).toEqual(['400 request/invalid', ['/disclose/0/pointers/1']]);
    expect(
      await invalidAt({
        credentialIds,
        disclose: [choose(controlPersons, '/statements'), choose(identity, '/legalName')],
      }),
    ).toEqual(['400 request/invalid', ['/disclose/1/credentialId']]);
    expect(
      await invalidAt({
        credentialIds,
        disclose: [choose(controlPersons, '/statements'), choose(controlPersons, '/jurisdiction')],
      }),
    ).toEqual(['400 request/invalid', ['/disclose/1/credentialId']]);
  });

  test('two credentials in a format that holds one', async () => {
    expect(await invalidAt({ credentialIds: [identity, controlPersons], format: 'dc+sd-jwt' })).toEqual([
      '400 request/invalid',
      ['/credentialIds'],
    ]);
  });

  test('as somebody who only looks, or as a machine without the scope', async () => {
    const { api } = await joinAs(t, network.coop, 'viewer');
    const body = { credentialIds: [identity], audience: 'x', nonce: 'y' };
    expect(refusalOf(await api.post('/v1/presentations', body))).toBe('403 auth/forbidden');
    expect(refusalOf(await t.api.post('/v1/presentations', body))).toBe('401 auth/required');
  });

  test('an SD-JWT that is bound to a key of before, but the same credential in the other format', async () => {
    const keys = `/v1/organisations/${network.coop.id}/keys`;
    expectStatus(await network.coop.api.post(keys, { algorithm: 'ES256' }), 201);
    const wanted = { credentialIds: [controlPersons] };
    expect(refusalOf(await present({ ...wanted, format: 'dc+sd-jwt' }))).toBe(
      '409 presentations/key-replaced',
    );
    expect((await verify((await made(wanted)).presentation)).verdict).toBe('accepted');
  });

  test.each(['suspend', 'revoke'])('what its issuer has taken back: %s', async (action) => {
    const coop = await registerOrganisation(t.api, `Co-operative to ${action}`);
    const dossier = dossierNumbered(`PRESENT ${action}`);
    const { credentialId } = await issueLegalIdentity(coop, network.registrar, dossier);
    const status = `/v1/credentials/${credentialId}/${action}`;
    expectStatus(await network.registrar.api.post(status, { reason: 'A reason' }), 200);
    expect(refusalOf(await present({ credentialIds: [credentialId] }, coop))).toBe(
      '409 presentations/not-valid-now',
    );
  });
});
