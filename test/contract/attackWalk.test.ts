import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  callOperation,
  goodBodies,
  listOperations,
  populate,
  sideOf,
  type Operation,
  type Populated,
} from '../support/operations.js';
import { joinAs, refusalOf } from '../support/people.js';

/**
 * Every route that the server describes, for the objects of one network, as somebody of another one that owns one of everything as well, as
 * somebody who may only look, and as nobody. A route with a parameter that this world has no object for fails by its name.
 */
let t: TestApp;
let victims: Populated;
let attackers: Populated;
let operations: Operation[];
let guarded: Operation[];
let bodies: Record<string, object>;
/** What the tables held before anybody attacked. */
let before: Record<string, string>;

beforeAll(async () => {
  t = await startApp({ environment: { VC_API: 'true' } });
  victims = await populate(t);
  attackers = await populate(t, 'C7');
  operations = listOperations(t.app.server);
  guarded = operations.filter(({ isPublic }) => !isPublic);
  bodies = goodBodies(attackers);
  before = await readTables();
});
afterAll(() => t.close());

/** Tables that attempts themselves are counted in. */
const COUNTING = ['sessions', 'refresh_tokens', 'sign_in_failures', 'known_sign_ins'];

async function readTables(): Promise<Record<string, string>> {
  const { db } = t.connection;
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'kysely_%'`.execute(
    db,
  );
  const digests: Record<string, string> = {};
  for (const { name } of rows.filter((row) => !COUNTING.includes(row.name))) {
    const read = await sql<{ digest: string }>`
      select coalesce(md5(string_agg(md5(row::text), '' order by md5(row::text))), '') as digest from ${sql.id(name)} row`.execute(
      db,
    );
    digests[name] = read.rows[0]?.digest ?? '';
  }
  return digests;
}

/** With a link that its owner hands out, whoever has it is meant; what it opens is tested where that is. */
const isByLink = ({ path }: Operation) => /\{(request|link)Code\}/.test(path);
const namesObject = (operation: Operation) => /\{/.test(operation.path) && !isByLink(operation);
const isOperators = (operation: Operation) => sideOf(operation) === 'operator';

/** Ids and words that nobody outside a network may ever be shown. */
function secretsOf({ ids, coop }: Populated): string[] {
  const named = [
    'applications',
    'verifications',
    'memberId',
    'invitationId',
    'clientId',
    'keyId',
    'evidenceId',
    'credentials',
    'reliances',
    'webhooks',
    'presentations',
    'presentation-requests',
    'requestCode',
    'share-links',
    'linkCode',
  ];
  return [...named.flatMap((name) => ids[name] ?? []), coop.email];
}

/** Each operation with what it answered, where that is not what it has to be. */
async function walk(
  concerned: readonly Operation[],
  call: (operation: Operation) => Promise<Answer>,
  expected: (operation: Operation) => string,
): Promise<Record<string, string>> {
  expect(concerned.length).toBeGreaterThan(0);
  const exceptions: Record<string, string> = {};
  for (const operation of concerned) {
    const answer = await call(operation);
    const wanted = expected(operation);
    if (refusalOf(answer) !== wanted) exceptions[operation.id] = `${refusalOf(answer)} instead of ${wanted}`;
    // Its own address comes back in a problem; what it names is known to who asked.
    const { instance: _, ...body } = (answer.body ?? {}) as Record<string, unknown>;
    const shown = answer.status < 400 ? answer.text : JSON.stringify(body);
    const leaked = secretsOf(victims).filter((secret) => shown.includes(secret));
    if (leaked.length > 0) exceptions[operation.id] = `${answer.status} shows ${leaked.join(', ')}`;
  }
  return exceptions;
}

const NOT_FOUND = '404 resource/not-found';
const FORBIDDEN = '403 auth/forbidden';

describe("another organisation's administrator", () => {
  test.each(['coop', 'registrar', 'partner'] as const)(
    'finds none of the objects (a %s)',
    async (side) => {
      const { api } = attackers[side];
      const call = (operation: Operation) => callOperation(api, operation, victims.ids, bodies);
      const expected = (operation: Operation) => (isOperators(operation) ? FORBIDDEN : NOT_FOUND);
      expect(await walk(guarded.filter(namesObject), call, expected)).toEqual({});
    },
    60_000,
  );

  test('finds none below the own address', async () => {
    const below = guarded.filter(({ path }) => /organisations\/\{id\}\/.*\{/.test(path));
    const { coop } = attackers;
    const mixed = { ...victims.ids, organisations: coop.id };
    const call = (operation: Operation) => callOperation(coop.api, operation, mixed, bodies);
    expect(await walk(below, call, () => NOT_FOUND)).toEqual({});
  });

  test('names them in no body with effect', async () => {
    const { coop, registrar, ids } = attackers;
    const application = `/v1/applications/${ids['applications'] ?? ''}`;
    const check = { ...bodies['recordCheck'], field: '/legalIdentity/legalName' };
    const attempts: [string, Promise<Answer>, number][] = [
      [
        "evidence in one's own check",
        registrar.api.post(`${application}/checks`, { ...check, evidenceId: victims.ids['evidenceId'] }),
        400,
      ],
      [
        'a reviewer',
        registrar.api.post(`${application}/assignee`, { memberId: victims.ids['memberId'] }),
        400,
      ],
      [
        'an organisation to sign in to',
        t.api.post('/v1/sessions', {
          email: coop.email,
          password: coop.password,
          organisationId: victims.coop.id,
        }),
        401,
      ],
    ];
    for (const [name, answer, status] of attempts) expect((await answer).status, name).toBe(status);
  });

  test("sees nothing of them in what is one's own, or everybody's", async () => {
    const reading = operations.filter(({ method }) => method === 'GET');
    const leaks: Record<string, string> = {};
    for (const api of [attackers.coop.api, attackers.registrar.api, t.api]) {
      for (const operation of reading) {
        const answer = await callOperation(api, operation, attackers.ids, bodies);
        const leaked = secretsOf(victims).filter((secret) => answer.text.includes(secret));
        if (answer.status >= 500 || leaked.length > 0)
          leaks[operation.id] = `${answer.status} ${leaked.join(', ')}`;
      }
    }
    expect(leaks).toEqual({});
  });

  test('has changed nothing', async () => {
    expect(await readTables()).toEqual(before);
  });
});

describe('nobody', () => {
  test('gets a 401 wherever somebody has to be signed in, and changes nothing', async () => {
    const closed = guarded.filter(({ isForAnyone }) => !isForAnyone);
    const call = (operation: Operation) => callOperation(t.api, operation, victims.ids, bodies);
    expect(await walk(closed, call, () => '401 auth/required')).toEqual({});
    expect(await readTables()).toEqual(before);
  });
});

/** What everybody does with what is one's own; whoever is signed in may. */
const PERSONAL = ['signOut', 'deleteMe', 'changePassword', 'chooseEventDigest'];
/** What is the administrators', in an organisation of which a viewer reads all else. */
const ADMINISTRATORS = ['exportOrganisation', 'listClients', 'listInvitations'];
/** What only the registrar of an application reads. */
const REGISTRARS = ['compareHandedInVersions', 'draftCredentials'];
/** What only the partner reads. */
const PARTNERS = ['readGrantedData'];
const OF_ANOTHER_SIDE = ['placeHold', 'releaseHold', 'holdEvidence', 'liftEvidenceHold', 'recheckVouch'];

describe('a viewer', () => {
  test.each(['coop', 'registrar'] as const)('of the %s changes nothing', async (side) => {
    const { api } = await joinAs(t, victims[side], 'viewer');
    const then = await readTables();
    const writing = guarded.filter(({ id, method, isForAnyone }) => {
      return method !== 'GET' && !isForAnyone && !PERSONAL.includes(id);
    });
    const ids = { ...victims.ids, organisations: victims[side].id };
    const call = (operation: Operation) => callOperation(api, operation, ids, bodies);
    // An object of the other side's, under the own address, is not there.
    const elsewhere = ({ id }: Operation) => OF_ANOTHER_SIDE.includes(id);
    expect(await statuses(writing.filter(elsewhere), call, [403, 404])).toEqual({});
    const others = writing.filter((operation) => !elsewhere(operation));
    expect(await statuses(others, call, [403])).toEqual({});
    expect(await readTables()).toEqual(then);
  });

  test('reads what is the organisation’s, but for what is the administrators’ or the registrar’s', async () => {
    const { api } = await joinAs(t, victims.coop, 'viewer');
    const reading = guarded.filter(({ method }) => method === 'GET');
    const call = (operation: Operation) => callOperation(api, operation, victims.ids, bodies);
    const kept = (operation: Operation) =>
      [...ADMINISTRATORS, ...REGISTRARS, ...PARTNERS].includes(operation.id);
    expect(await statuses(reading.filter(kept), call, [403])).toEqual({});
    expect(
      await statuses(
        reading.filter((operation) => !kept(operation)),
        call,
        [200],
      ),
    ).toEqual({});
  });
});

async function statuses(
  concerned: readonly Operation[],
  call: (operation: Operation) => Promise<Answer>,
  allowed: readonly number[],
): Promise<Record<string, string>> {
  expect(concerned.length).toBeGreaterThan(0);
  const exceptions: Record<string, string> = {};
  for (const operation of concerned) {
    const answer = await call(operation);
    if (!allowed.includes(answer.status)) exceptions[operation.id] = refusalOf(answer);
  }
  return exceptions;
}
