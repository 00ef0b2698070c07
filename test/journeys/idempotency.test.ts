import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, ApiClient } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { encodeMultipart, filePart, metadataPart, upload } from '../support/multipart.js';
import {
  DOSSIER,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  putDossier,
  registerOrganisation,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { joinAs, refusalOf } from '../support/people.js';

let t: TestApp;
let network: Registered;
beforeAll(async () => {
  t = await startApp();
  network = await foundNetwork(t);
});
afterAll(() => t.close());

async function newCoop(): Promise<Organisation> {
  const coop = await registerOrganisation(t.api, 'Repeating Co-op');
  await putDossier(coop);
  return coop;
}
const IDENTITY = ['CoopLegalIdentityCredential'];
const STATUS = ['CoopStatusCredential'];
const submit = (api: ApiClient, key: string, credentialTypes = IDENTITY, registrar = network.registrar) =>
  api.post(
    '/v1/applications',
    { registrarId: registrar.id, credentialTypes },
    { headers: { 'idempotency-key': key } },
  );
const countOf = async (coop: Organisation) => (await coop.api.get('/v1/applications')).body.items.length;

describe('a creating POST with an Idempotency-Key', () => {
  test('sent again with the same body gives the first answer, and creates nothing', async () => {
    const { api, ...coop } = await newCoop();
    const first = expectStatus(await submit(api, 'k1'), 201);
    const again = expectStatus(await submit(api, 'k1'), 201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['location']).toBe(first.headers['location']);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(await countOf({ ...coop, api })).toBe(1);
  });

  test('with the members in another order is the same body', async () => {
    const { api } = await newCoop();
    const members = [['registrarId', network.registrar.id] as const, ['credentialTypes', IDENTITY] as const];
    const send = (order: typeof members) =>
      api.post('/v1/applications', Object.fromEntries(order), { headers: { 'idempotency-key': 'k' } });
    const first = expectStatus(await send(members), 201);
    expect((await send(members.toReversed())).body.id).toBe(first.body.id);
  });

  test('by a client with a token of fewer scopes is not told the answer', async () => {
    const coop = await newCoop();
    const { id } = expectStatus(await submit(coop.api, 'k1'), 201).body;
    const client = expectStatus(
      await coop.api.post(`/v1/organisations/${coop.id}/clients`, {
        name: 'Machine',
        scopes: ['applications', 'verify'],
      }),
      201,
    ).body;
    const say = async (scope: string) => {
      const token = await t.app.server.inject({
        method: 'POST',
        url: '/oauth2/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: client.clientId,
          client_secret: client.secret,
          scope,
        }).toString(),
      });
      const { access_token } = token.json<{ access_token: string }>();
      return t.api
        .as(access_token)
        .post(
          `/v1/applications/${id}/messages`,
          { text: 'Any news?' },
          { headers: { 'idempotency-key': 'k2' } },
        );
    };
    expectStatus(await say('applications'), 201);
    expect(refusalOf(await say('verify'))).toBe('422 idempotency/key-reused');
  });

  test('with another body is a 422', async () => {
    const { api } = await newCoop();
    expectStatus(await submit(api, 'k1'), 201);
    expect(refusalOf(await submit(api, 'k1', STATUS))).toBe('422 idempotency/key-reused');
  });

  test('at the same time creates once; the others wait their turn or get the answer', async () => {
    const coop = await newCoop();
    const answers = await Promise.all(Array.from({ length: 5 }, () => submit(coop.api, 'k1')));
    expect(answers.some(({ status }) => status === 201)).toBe(true);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(refusalOf(answer)).toBe('409 idempotency/in-progress');
      expect(answer.headers['retry-after']).toBe('1');
    }
    expect(await countOf(coop)).toBe(1);
    expectStatus(await submit(coop.api, 'k1'), 201);
  });

  test('after a refusal the key is free, also for another body', async () => {
    const coop = await registerOrganisation(t.api, 'Hasty Co-op');
    expect(refusalOf(await submit(coop.api, 'k1'))).toBe('409 applications/dossier-incomplete');
    await putDossier(coop);
    expectStatus(await submit(coop.api, 'k1', STATUS), 201);
  });

  test('that does not even validate leaves the key free', async () => {
    const { api } = await newCoop();
    expect(refusalOf(await submit(api, 'k1', ['TrustMeCredential']))).toBe('400 request/invalid');
    expectStatus(await submit(api, 'k1'), 201);
  });

  test('is of its caller: a colleague has the same key for something else', async () => {
    const coop = await newCoop();
    const delegate = await joinAs(t, coop, 'delegate');
    const first = expectStatus(await submit(coop.api, 'k1'), 201);
    const other = expectStatus(await submit(delegate.api, 'k1', STATUS), 201);
    expect(other.body.id).not.toBe(first.body.id);
  });

  test('is of its route', async () => {
    const { api } = await newCoop();
    const headers = { 'idempotency-key': 'k1' };
    const { body } = expectStatus(await submit(api, 'k1'), 201);
    const say = () => api.post(`/v1/applications/${body.id}/messages`, { text: 'Hello' }, { headers });
    expect(expectStatus(await say(), 201).body.messages).toHaveLength(1);
    expect((await say()).headers['idempotency-replayed']).toBe('true');
    const { messages } = (await api.get(`/v1/applications/${body.id}`)).body;
    expect(messages).toHaveLength(1);
  });

  test('is forgotten after 24 hours', async () => {
    const world = await startApp();
    try {
      const { coop, registrar } = await foundNetwork(world);
      await putDossier(coop);
      expectStatus(await submit(coop.api, 'k1', IDENTITY, registrar), 201);
      world.clock.advance(24 * 3600 + 1);
      const { accessToken } = expectStatus(
        await world.api.post('/v1/sessions', { email: coop.email, password: coop.password }),
        201,
      ).body;
      const again = await submit(world.api.as(accessToken), 'k1', STATUS, registrar);
      expectStatus(again, 201);
      expect(again.headers).not.toHaveProperty('idempotency-replayed');
    } finally {
      await world.close();
    }
  });

  test('is no matter for reading or for putting', async () => {
    const coop = await newCoop();
    const headers = { 'idempotency-key': 'k1' };
    expectStatus(await coop.api.get('/v1/applications', headers), 200);
    const put = (ifMatch: string) =>
      coop.api.put(`/v1/organisations/${coop.id}/dossier`, DOSSIER, {
        headers: { ...headers, 'if-match': ifMatch },
      });
    expect((await put('"1"')).body.version).toBe(2);
    expect((await put('"2"')).body.version).toBe(3);
  });
});

describe('where a secret is given', () => {
  test('the answer is not kept, and nothing is created twice', async () => {
    const coop = await newCoop();
    const url = `/v1/organisations/${coop.id}/clients`;
    const create = () =>
      coop.api.post(url, { name: 'Machine', scopes: ['verify'] }, { headers: { 'idempotency-key': 'k1' } });
    const { secret } = expectStatus(await create(), 201).body;
    expect(refusalOf(await create())).toBe('409 idempotency/answer-not-kept');
    expect((await coop.api.get(url)).body.items).toHaveLength(1);
    const rows = await t.connection.db.selectFrom('idempotency_keys').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(secret);
  });
});

describe('routes for everybody ignore the key', () => {
  const headers = { 'idempotency-key': 'k1' };
  const expectFresh = (answers: readonly Answer[]) => {
    for (const answer of answers) expect(answer.headers).not.toHaveProperty('idempotency-replayed');
  };

  test('signing in gives another session each time', async () => {
    const { email, password } = network.coop;
    const signIn = () => t.api.post('/v1/sessions', { email, password }, { headers });
    const answers = [expectStatus(await signIn(), 201), expectStatus(await signIn(), 201)];
    expect(answers[0]?.body.accessToken).not.toBe(answers[1]?.body.accessToken);
    expectFresh(answers);
  });

  test('a verification is made each time, also of who is signed in', async () => {
    const { token } = await issueLegalIdentity(network.coop, network.registrar);
    for (const api of [t.api, network.partner.api]) {
      const verify = (credential: string) => api.post('/v1/verifications', { credential }, { headers });
      const answers = [expectStatus(await verify(token), 200), expectStatus(await verify('garbage'), 200)];
      expect(answers.map(({ body }) => body.verdict)).toEqual(['accepted', 'rejected']);
      expectFresh(answers);
    }
  });
});

describe('an upload', () => {
  const headers = { 'idempotency-key': 'k1' };

  test('sent again gives the first answer, and stores nothing', async () => {
    const coop = await newCoop();
    const first = expectStatus(await upload(coop, undefined, headers), 201);
    const again = expectStatus(await upload(coop, undefined, headers), 201);
    expect(again.body).toEqual(first.body);
    expect((await coop.api.get(`/v1/organisations/${coop.id}/evidence`)).body.items).toHaveLength(1);
  });

  test('that was refused may be mended under the same key', async () => {
    const coop = await newCoop();
    const refused = await upload(coop, [metadataPart(), filePart('<html>')], headers);
    expect(refused.status).toBe(415);
    expectStatus(await upload(coop, undefined, headers), 201);
  });

  test('that breaks off leaves the key free', async () => {
    const coop = await newCoop();
    const { contentType, raw } = encodeMultipart([metadataPart(), filePart(Buffer.alloc(20_000, 'a'))]);
    const torn = await coop.api.post(`/v1/organisations/${coop.id}/evidence`, undefined, {
      headers: { ...headers, 'content-type': contentType },
      raw: raw.subarray(0, 10_000),
    });
    expect(torn.status).toBe(400);
    expectStatus(await upload(coop, undefined, headers), 201);
  });
});
