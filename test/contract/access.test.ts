import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIdempotencyStore } from '../../src/adapters/database/idempotencyStore.js';
import { readConfig } from '../../src/config.js';
import { buildServer } from '../../src/http/server.js';
import { AppError } from '../../src/kernel/errors.js';
import type { Answer, ApiClient } from '../support/api.js';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.js';
import {
  callOperation,
  fillPath,
  goodBodies,
  listOperations,
  populate,
  sideOf,
  type Operation,
  type Populated,
} from '../support/operations.js';
import { joinAs, refusalOf } from '../support/people.js';
import { putDossier, registerOrganisation, type Organisation } from '../support/network.js';

/** Who is kept out of what, for every operation that the server describes, with real ids and bodies of good form. */
let t: TestApp;
let world: Populated;
let operations: Operation[];
let bodies: Record<string, object>;

beforeAll(async () => {
  t = await startApp({ environment: { VC_API: 'true' } });
  world = await populate(t);
  operations = listOperations(t.app.server);
  bodies = goodBodies(world);
});
afterAll(() => t.close());

const call = (api: ApiClient, operation: Operation): Promise<Answer> =>
  callOperation(api, operation, world.ids, bodies);

/** Each operation with what it answered instead of the expected refusal. */
async function exceptionsTo(
  refusal: string,
  concerned: readonly Operation[],
  api: ApiClient,
): Promise<Record<string, string>> {
  expect(concerned.length).toBeGreaterThan(0);
  const exceptions: Record<string, string> = {};
  for (const operation of concerned) {
    const answered = refusalOf(await call(api, operation));
    if (answered !== refusal) exceptions[operation.id] = answered;
  }
  return exceptions;
}

describe('a route without an access rule', () => {
  test('keeps the app from starting', async () => {
    const server = await buildServer(readConfig({ PUBLIC_URL, LOG_LEVEL: 'silent' }), {
      authenticate: () => () => Promise.reject(new AppError('auth/required', 'Sign in.')),
      onBehalfOf: (_caller, handle) => handle(),
      idempotency: createIdempotencyStore(t.connection.db),
      readiness: { check: () => Promise.resolve() },
      now: () => t.clock.now(),
      version: '0.0.0',
    });
    server.get('/v1/forgotten', () => ({ secrets: 'all' }));
    await expect(server.ready()).rejects.toThrow('GET /v1/forgotten declares no access rule');
    await server.close();
  });
});

describe('without a good token', () => {
  const guarded = () => operations.filter(({ isPublic, isForAnyone }) => !isPublic && !isForAnyone);

  test('there is nothing but a 401', async () => {
    expect(await exceptionsTo('401 auth/required', guarded(), t.api)).toEqual({});
  });

  test('a token of good form under another key is none, also where anybody is served', async () => {
    const forged = `${Buffer.from('{"alg":"HS256","typ":"at+jwt"}').toString('base64url')}.${Buffer.from(
      JSON.stringify({ iss: PUBLIC_URL, aud: PUBLIC_URL, sub: crypto.randomUUID(), exp: 9_999_999_999 }),
    ).toString('base64url')}.${'a'.repeat(43)}`;
    const all = operations.filter(({ isPublic }) => !isPublic);
    expect(await exceptionsTo('401 auth/required', all, t.api.as(forged))).toEqual({});
  });

  test.each([
    'Bearer',
    'Bearer ',
    'Bearer x',
    'Basic YTpi',
    'bearer a.b.c d',
    '',
    'Bearer a.b.c, Bearer d.e.f',
  ])('the header %j is none', async (authorization) => {
    const answer = await t.api.get('/v1/me', { authorization });
    expect(refusalOf(answer)).toBe('401 auth/required');
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });
});

describe("another organisation's objects", () => {
  let stranger: Organisation;
  beforeAll(async () => {
    stranger = await registerOrganisation(t.api, 'Stranger');
    await putDossier(stranger);
  });
  const named = () =>
    operations.filter(
      ({ path, isPublic }) =>
        /^\/(v1|vc-api)\/.*\{/.test(path) && !isPublic && !path.startsWith('/v1/accreditations'),
    );

  test('are not there, for its administrator', async () => {
    expect(await exceptionsTo('404 resource/not-found', named(), stranger.api)).toEqual({});
  });

  test('are not there below its own address either', async () => {
    const below = named().filter(({ path }) => /organisations\/\{id\}\/.*\{/.test(path));
    const exceptions: Record<string, string> = {};
    for (const operation of below) {
      const path = fillPath(operation, { ...world.ids, organisations: stranger.id });
      const answered = refusalOf(await call(stranger.api, { ...operation, path }));
      if (answered !== '404 resource/not-found') exceptions[operation.id] = answered;
    }
    expect(exceptions).toEqual({});
  });

  test("are not there for a machine or a viewer of the stranger's, nor for the operator", async () => {
    const viewer = await joinAs(t, stranger, 'viewer');
    expect(await exceptionsTo('404 resource/not-found', named(), viewer.api)).toEqual(
      // What a viewer may do nowhere is refused before it is looked up.
      Object.fromEntries(
        named()
          .filter(({ path, method }) => method !== 'GET' && !path.startsWith('/v1/organisations'))
          .filter(({ id }) => id !== 'addMessage')
          .map(({ id }) => [id, '403 auth/forbidden']),
      ),
    );
    for (const operation of named()) {
      const { status } = await call(world.operator, operation);
      expect([403, 404], `${operation.id} for the operator`).toContain(status);
    }
  });

  test('are as they were afterwards', async () => {
    const answers = await Promise.all([
      world.coop.api.get(`/v1/organisations/${world.coop.id}/dossier`),
      world.coop.api.get(`/v1/applications/${world.ids['applications']}`),
      world.coop.api.get(`/v1/credentials/${world.ids['credentials']}`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [dossier, application, credential] = answers.map(({ body }) => body);
    expect([dossier.version, application.status, credential.state]).toEqual([2, 'in_review', 'active']);
  });
});

describe('a viewer', () => {
  const writing = () =>
    operations.filter(({ method, isPublic, isForAnyone }) => method !== 'GET' && !isPublic && !isForAnyone);
  /** What everybody does with what is one's own. */
  const PERSONAL = ['signOut', 'deleteMe', 'changePassword', 'chooseEventDigest'];

  test("changes nothing of the organisation's", async () => {
    const viewer = await joinAs(t, world.coop, 'viewer');
    const concerned = writing().filter(
      (operation) => sideOf(operation) !== 'registrar' && !PERSONAL.includes(operation.id),
    );
    expect(await exceptionsTo('403 auth/forbidden', concerned, viewer.api)).toEqual({});
  });

  test('of a registrar decides, checks and revokes nothing', async () => {
    const viewer = await joinAs(t, world.registrar, 'viewer');
    const concerned = writing().filter((operation) => sideOf(operation) === 'registrar');
    expect(await exceptionsTo('403 auth/forbidden', concerned, viewer.api)).toEqual({});
  });

  test('reads what belongs to the organisation, but for what is the administrators’', async () => {
    const viewer = await joinAs(t, world.coop, 'viewer');
    const reading = operations.filter(
      ({ method, isPublic, path }) => method === 'GET' && !isPublic && path.startsWith('/v1/'),
    );
    const refused: string[] = [];
    for (const operation of reading) {
      const { status } = await call(viewer.api, operation);
      if (status !== 200) refused.push(`${operation.id} ${status}`);
    }
    expect(refused.sort()).toEqual([
      'compareHandedInVersions 403',
      'draftCredentials 403',
      'exportOrganisation 403',
      'listClients 403',
      'listInvitations 403',
      'readGrantedData 403',
    ]);
  });
});

describe('only the operator', () => {
  test('accredits and ends accreditations', async () => {
    const concerned = operations.filter(
      ({ path, method }) => path.startsWith('/v1/accreditations') && method !== 'GET',
    );
    for (const { api } of [world.registrar, world.coop])
      expect(await exceptionsTo('403 auth/forbidden', concerned, api)).toEqual({});
  });
});
