import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SECURING_FORMATS } from '../../src/credentials/securing/formats.js';
import { DC_SD_JWT_PROFILE } from '../../src/credentials/securing/dcSdJwt.js';
import { presentSdJwt } from '../../src/credentials/securing/sdJwt/present.js';
import { startApp, type TestApp } from '../support/app.js';
import { borrowKey } from '../support/forgery.js';
import { payloadOf, placesIn } from '../support/issuanceRecords.js';
import {
  dossierNumbered,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  registerOrganisation,
  type Organisation,
  type Registered,
} from '../support/network.js';

/** A credential in all its formats, from the approval to the revocation, over HTTP. */
let t: TestApp;
let network: Registered;
let queries = 0;
let coop: Organisation;
let id: string;
let forms: Readonly<Record<string, string>>;

beforeAll(async () => {
  t = await startApp({ onQuery: () => void (queries += 1) });
  network = await foundNetwork(t);
  await issueAnew();
});
afterAll(() => t.close());

let numbers = 0;
/** Also for the tests that come after one that has changed it. */
async function issueAnew(): Promise<void> {
  coop = await registerOrganisation(t.api, 'Many-sided Co-op');
  const issued = await issueLegalIdentity(coop, network.registrar, dossierNumbered(`F${(numbers += 1)}`));
  id = issued.credentialId;
  forms = Object.fromEntries(
    await Promise.all(
      SECURING_FORMATS.map(async (format) => [format, (await fetchForm(format)).text] as const),
    ),
  );
}

async function fetchForm(format: string) {
  const answer = await coop.api.get(`/v1/credentials/${id}`, { accept: `application/${format}` });
  expect(expectStatus(answer, 200).headers['content-type']).toBe(`application/${format}`);
  return answer;
}

const formOf = (format: string): string => forms[format] ?? '';

/** As a partner would send it: a token as text, a document as JSON. */
async function verify(secured: string) {
  const credential: unknown = secured.startsWith('{') ? JSON.parse(secured) : secured;
  const { body } = expectStatus(await t.api.post('/v1/verifications', { credential }), 200);
  const status = body.checks.find(({ check }: { check: string }) => check === 'status');
  return { body, outcome: `${body.verdict} ${status.code}` };
}

async function change(action: string) {
  const answer = await network.registrar.api.post(`/v1/credentials/${id}/${action}`, { reason: 'r' });
  expectStatus(answer, 200);
}

async function outcomes(): Promise<Record<string, string>> {
  const entries = SECURING_FORMATS.map(
    async (format) => [format, (await verify(formOf(format))).outcome] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
const all = (outcome: string) => Object.fromEntries(SECURING_FORMATS.map((format) => [format, outcome]));

test('every form is accepted, and says the same', async () => {
  for (const format of SECURING_FORMATS) {
    const { body, outcome } = await verify(formOf(format));
    expect(outcome, format).toBe('accepted status/clear');
    expect(body.credential, format).toMatchObject({
      id: `${t.config.publicUrl}/v1/credentials/${id}`,
      issuer: { did: network.registrar.did, name: network.registrar.name },
      subject: { did: coop.did },
      assurance: 'substantial',
    });
  }
});

test.each(SECURING_FORMATS)('%s is not accepted once a character of it is another', async (format) => {
  const form = formOf(format);
  // Inside what is signed: a claim of a document, the payload of a token.
  const place = form.startsWith('{') ? form.indexOf('"legalName"') + 14 : form.indexOf('.') + 40;
  const changed = `${form.slice(0, place)}${form[place] === 'A' ? 'B' : 'A'}${form.slice(place + 1)}`;
  expect((await verify(changed)).body.verdict).toBe('rejected');
});

test('a document in which a member stands twice is not accepted, whichever of the two was signed', async () => {
  const doubled = formOf('vc').replace(/"assuranceLevel":"\w+"/, '$&,"assuranceLevel":"high"');
  for (const credential of [doubled, JSON.stringify(doubled)]) {
    const headers = { 'content-type': 'application/json' };
    const raw = `{"credential":${credential}}`;
    const { body } = expectStatus(await t.api.post('/v1/verifications', undefined, { headers, raw }), 200);
    expect(body).toMatchObject({
      verdict: 'rejected',
      checks: [{ code: 'format/malformed' }, {}, {}, {}, {}, {}, {}, {}],
    });
  }
});

test('each has status entries of its own, at indexes that no other has', async () => {
  const places = SECURING_FORMATS.map((format) => placesIn(JSON.parse(payloadOf(formOf(format)))));
  expect(places.map((own) => own.length)).toEqual(
    SECURING_FORMATS.map((format) => (format === 'dc+sd-jwt' ? 1 : 2)),
  );
  expect(new Set(places.flat()).size).toBe(places.flat().length);
});

test('suspending, reinstating and revoking changes all of them at once', async () => {
  await issueAnew();
  await change('suspend');
  expect(await outcomes()).toEqual(all('rejected status/suspended'));
  await change('reinstate');
  expect(await outcomes()).toEqual(all('accepted status/clear'));
  await change('suspend');
  await change('revoke');
  expect(await outcomes()).toEqual(all('rejected status/revoked'));
  await issueAnew();
});

test.each(SECURING_FORMATS)('a warm verification of %s asks the database nothing', async (format) => {
  for (let n = 0; n < 2; n += 1) await verify(formOf(format));
  const before = queries;
  await verify(formOf(format));
  expect(queries - before).toBe(0);
});

test('the holder presents dc+sd-jwt with its own key, and nobody else does', async () => {
  const reply = { audience: 'https://partner.test', nonce: 'n-1', issuedAt: t.clock.now() };
  const presentBy = async (organisation: Organisation) => {
    const keyBinding = { ...reply, ...(await borrowKey(t, organisation)) };
    return presentSdJwt(formOf('dc+sd-jwt'), DC_SD_JWT_PROFILE, { disclose: ['/legalName'], keyBinding });
  };
  const presented = await presentBy(coop);
  if ('problem' in presented) throw new Error(presented.problem);
  const { audience, nonce } = reply;
  const body = { presentation: presented.presentation, audience, nonce };
  const report = expectStatus(await t.api.post('/v1/verifications', body), 200).body;
  expect(report.verdict).toBe('accepted');
  await expect(presentBy(network.partner)).rejects.toThrow(TypeError);
});

test('the export holds all forms', async () => {
  const { body } = expectStatus(await coop.api.get(`/v1/organisations/${coop.id}/export`), 200);
  expect(body.credentials).toMatchObject([{ id, state: 'issued', forms }]);
});

describe('after the Ed25519 key was revoked', () => {
  test('what it signed before is told by our record, and the lists are signed anew', async () => {
    const { registrar } = network;
    t.clock.advance(10);
    const keys = `/v1/organisations/${registrar.id}/keys`;
    const { items } = (await registrar.api.get(keys)).body;
    const active = items.find(
      (key: { algorithm: string; state: string }) => key.algorithm === 'EdDSA' && key.state === 'active',
    );
    const listId = placesIn(JSON.parse(payloadOf(formOf('vc'))))[0]?.split('#')[0] ?? '';
    const readList = async (): Promise<string> =>
      (await t.api.get(`/status/${listId}`, { accept: 'application/vc' })).text;
    const methodOf = (list: string): string => JSON.parse(list).proof.verificationMethod;
    const before = await readList();
    const revocation = { compromisedAt: t.clock.now().toISOString(), reason: 'stolen' };
    expectStatus(await registrar.api.post(`${keys}/${active.id}/revoke`, revocation), 200);
    expect(methodOf(await readList())).not.toBe(methodOf(before));
    expect(await outcomes()).toEqual(all('accepted status/clear'));
    const codes = (await verify(formOf('vc'))).body.checks.map(({ code }: { code: string }) => code);
    expect(codes).toContain('key/issued-before-revocation');
  });
});

describe('a list', () => {
  const listOf = (format: string, nth = 0) =>
    `/status/${placesIn(JSON.parse(payloadOf(formOf(format))))[nth]?.split('#')[0] ?? ''}`;
  const BITSTRING = [
    [undefined, 'application/vc+jwt'],
    ['*/*', 'application/vc+jwt'],
    ['application/vc+jwt', 'application/vc+jwt'],
    ['application/vc', 'application/vc'],
    ['application/vc+jwt;q=0.1, application/vc', 'application/vc'],
  ] as const;
  const TOKEN = [
    [undefined, 'application/statuslist+jwt'],
    ['*/*', 'application/statuslist+jwt'],
    ['application/statuslist+jwt', 'application/statuslist+jwt'],
  ] as const;

  test.each([
    ...BITSTRING.map(([accept, type]) => ['vc', accept, type] as const),
    ...TOKEN.map(([accept, type]) => ['dc+sd-jwt', accept, type] as const),
  ])('of %s, Accept: %s gives %s', async (format, accept, type) => {
    const answer = await t.api.get(listOf(format), accept === undefined ? {} : { accept });
    const { headers } = expectStatus(answer, 200);
    expect(headers).toMatchObject({ 'content-type': type, 'cache-control': 'public, max-age=60' });
    expect(headers['vary']).toMatch(/accept/i);
  });

  test.each([
    ['vc', 'application/statuslist+jwt'],
    ['vc', 'text/html'],
    ['dc+sd-jwt', 'application/vc'],
    ['dc+sd-jwt', 'application/vc+jwt'],
    ['dc+sd-jwt', 'application/statuslist+cwt'],
  ])('of %s, Accept: %s is a 406', async (format, accept) => {
    const answer = await t.api.get(listOf(format), { accept });
    expect(`${answer.status} ${answer.body.code}`).toBe('406 request/not-acceptable');
  });

  test('has a tag for each of its forms, which all change with an entry', async () => {
    const tagOf = async (accept: string) => (await t.api.get(listOf('vc'), { accept })).headers['etag'] ?? '';
    const tags = async () => [await tagOf('application/vc+jwt'), await tagOf('application/vc')];
    const before = await tags();
    expect(new Set(before).size).toBe(2);
    const known = await t.api.get(listOf('vc'), {
      accept: 'application/vc',
      'if-none-match': before[1] ?? '',
    });
    expect([known.status, known.text]).toEqual([304, '']);
    await change('revoke');
    expect(new Set([...before, ...(await tags())]).size).toBe(4);
    await issueAnew();
  });

  test('of tokens names its issuer and how long it may be kept', async () => {
    const { text } = await t.api.get(listOf('dc+sd-jwt'));
    expect(JSON.parse(payloadOf(text))).toMatchObject({
      sub: `${t.config.publicUrl}${listOf('dc+sd-jwt')}`,
      iss: `${t.config.publicUrl}/orgs/${network.registrar.slug}`,
      ttl: 60,
      status_list: { bits: 2 },
    });
  });
});
