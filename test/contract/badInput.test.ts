import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Answer, ApiClient, RequestOptions } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  fillPath,
  goodBodies,
  listOperations,
  populate,
  sideOf,
  type Operation,
  type Populated,
} from '../support/operations.js';

// Each of these walks over every route.
vi.setConfig({ testTimeout: 60_000 });

/**
 * Every route, as the server describes it, with everything that somebody may send by mistake or on purpose: always a 4xx that says what
 * is wrong, never a failure of ours, and nothing is written.
 */
let t: TestApp;
let world: Populated;
let operations: Operation[];
let bodies: Record<string, object>;

beforeAll(async () => {
  t = await startApp({ environment: { BODY_MAX_BYTES: '100000', VC_API: 'true' } });
  world = await populate(t);
  operations = listOperations(t.app.server);
  bodies = goodBodies(world);
});
afterAll(() => t.close());

/** What a refused sign-in, or a key that is claimed and released, may touch. */
const MAY_CHANGE = new Set(['sign_in_failures', 'idempotency_keys']);

async function countRows(): Promise<Record<string, number>> {
  const { db } = t.connection;
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(db);
  const counts: Record<string, number> = {};
  for (const { name } of rows.filter((row) => !MAY_CHANGE.has(row.name))) {
    const result = await sql<{ rows: string }>`select count(*) as rows from ${sql.table(name)}`.execute(db);
    counts[name] = Number(result.rows[0]?.rows);
  }
  return counts;
}

/** One theme of bad input, over every operation that it concerns; what is written meanwhile is a failure. */
async function attack(
  concerns: (operation: Operation) => boolean,
  attempts: (operation: Operation) => Iterable<Attempt>,
): Promise<void> {
  const before = await countRows();
  const faults: string[] = [];
  let tried = 0;
  for (const operation of operations.filter(concerns)) {
    for (const attempt of attempts(operation)) {
      tried += 1;
      const fault = await findFault(operation, attempt);
      if (fault !== undefined)
        faults.push(`${operation.method} ${operation.path}, ${attempt.what}: ${fault}`);
    }
  }
  expect(faults).toEqual([]);
  expect(tried).toBeGreaterThan(0);
  expect(await countRows()).toEqual(before);
}

interface Attempt {
  readonly what: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly options?: RequestOptions;
  /** Also fine: the value is one that the route takes. */
  readonly mayPass?: boolean;
}

async function findFault(operation: Operation, attempt: Attempt): Promise<string | undefined> {
  const path = attempt.path ?? fillPath(operation, world.ids);
  const answer = await send(callerOf(operation), operation.method, path, attempt);
  if (attempt.mayPass && answer.status === 200) return undefined;
  if (answer.status < 400 || answer.status >= 500)
    return `answered ${answer.status}: ${answer.text.slice(0, 200)}`;
  return findProblemFault(answer);
}

function callerOf(operation: Operation): ApiClient {
  const side = sideOf(operation);
  // A verification that somebody signed in for is stored, whatever its verdict.
  if (side === 'nobody' || operation.isForAnyone) return t.api;
  return side === 'operator' ? world.operator : world[side].api;
}

async function send(
  api: ApiClient,
  method: Operation['method'],
  path: string,
  attempt: Attempt,
): Promise<Answer> {
  const { body, options } = attempt;
  switch (method) {
    case 'GET':
      return api.get(path, options?.headers);
    case 'DELETE':
      return api.delete(path, options);
    case 'POST':
      return api.post(path, body, options);
    case 'PUT':
      return api.put(path, body, options);
    case 'PATCH':
      return api.patch(path, body, options);
  }
}

/** RFC 9457, with our members; the token route speaks RFC 6749 §5.2, DID resolution has its own errors (DID Resolution 1.0 §11). */
function findProblemFault({ status, headers, body, text }: Answer): string | undefined {
  const type = headers['content-type'] ?? '';
  if (type === 'application/did-resolution' && text.includes('"error":{"type":"https://www.w3.org/ns/did#'))
    return undefined;
  if (type.startsWith('application/json') && typeof body?.error === 'string') return undefined;
  if (!type.startsWith('application/problem+json')) return `is no problem but ${type}`;
  if (body.status !== status) return `says ${body.status} inside`;
  if (body.type !== `${t.config.publicUrl}/errors/${body.code}`) return `has the type ${body.type}`;
  if (body.instance !== `urn:uuid:${headers['x-request-id']}`) return `has the instance ${body.instance}`;
  return undefined;
}

const takesJson = ({ bodyType }: Operation) => bodyType === 'application/json';
/** Whatever stands inside its members is judged and not refused. */
const JUDGING = ['verify', 'verifyCredentialAsApi', 'verifyPresentationAsApi', 'deriveCredential'];
/** Where it is not `credential`. */
const SUBJECTS: Readonly<Record<string, string>> = {
  verifyCredentialAsApi: 'verifiableCredential',
  verifyPresentationAsApi: 'verifiablePresentation',
  deriveCredential: 'verifiableCredential',
};
const judgesAnything = ({ id }: Operation) => JUDGING.includes(id);
const raw = (what: string, content: string | Buffer, contentType = 'application/json'): Attempt => ({
  what,
  options: { raw: content, headers: { 'content-type': contentType } },
});

test('every operation that takes a body has a good one to start from', () => {
  const known = new Set([...Object.keys(bodies), ...JUDGING, 'addEvidence', 'createToken']);
  expect(operations.filter(({ bodyType, id }) => bodyType && !known.has(id)).map(({ id }) => id)).toEqual([]);
});

describe('a body', () => {
  test('that is not JSON', async () => {
    await attack(takesJson, () => [
      raw('empty', ''),
      raw('a brace', '{'),
      raw('two documents', '{}{}'),
      raw('a comment', '{/* */}'),
      raw('single quotes', "{'a':1}"),
      raw('a trailing comma', '{"a":1,}'),
      raw('NaN', '{"a":NaN}'),
      raw('NUL', '\0'),
      raw('a byte order mark', '\ufeff{}'),
      raw('markup', '<a/>'),
    ]);
  });

  test('that is not UTF-8', async () => {
    await attack(takesJson, () => [
      raw('a lone continuation byte', Buffer.from([0x7b, 0x22, 0x80, 0x22, 0x3a, 0x31, 0x7d])),
      raw('Latin-1', Buffer.from('{"name":"Café"}', 'latin1')),
      raw('a surrogate in UTF-8', Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])),
      raw('UTF-16', Buffer.from('{"a":1}', 'utf16le')),
    ]);
  });

  test('of another kind of content', async () => {
    await attack(takesJson, () => [
      raw('text', '{}', 'text/plain'),
      raw('XML', '<a/>', 'application/xml'),
      raw('a form', 'a=1', 'application/x-www-form-urlencoded'),
      raw('parts', '--x--', 'multipart/form-data; boundary=x'),
      raw('nothing that is known', '{}', 'application/x-unknown'),
      raw('no media type', '{}', 'json'),
    ]);
  });

  test('that is larger than is taken', async () => {
    await attack(takesJson, ({ id }) => [
      raw('blanks', ' '.repeat(100_001)),
      { what: 'a long member', body: { ...bodies[id], padding: 'x'.repeat(100_001) } },
      raw('a length that is a lie', JSON.stringify(bodies[id] ?? {}).padEnd(100_001)),
    ]);
  });

  test('of more values than any route takes, before their number costs its square', async () => {
    const credentialTypes = Array.from({ length: 5_000 }, (_, index) => index);
    const answer = await world.coop.api.post('/v1/applications', { credentialTypes });
    expect([answer.status, answer.body.code]).toEqual([413, 'request/too-large']);
  });

  test('that is not an object', async () => {
    await attack(takesJson, () =>
      ['null', '[]', '[{}]', '"text"', '0', 'true'].map((value) => raw(value, value)),
    );
  });

  test('deep enough to exhaust whoever reads it recursively', async () => {
    await attack(takesJson, () => [
      raw('lists', '['.repeat(40_000) + ']'.repeat(40_000)),
      raw('objects', '{"a":'.repeat(15_000) + '1' + '}'.repeat(15_000)),
      raw('lists in a member', `{"name":${'['.repeat(40_000)}${']'.repeat(40_000)}}`),
      raw('lists without an end', '['.repeat(90_000)),
    ]);
  });

  test('with members that nobody has asked for', async () => {
    await attack(takesJson, ({ id }) => {
      const good = JSON.stringify(bodies[id] ?? { credential: 'x' }).slice(1, -1);
      return ['surprise', '__proto__', 'constructor', 'toString', 'a\\u0000b', '\\ud800', '', '$ref'].map(
        (name) => raw(`"${name}"`, `{"${name}":{"x":1}${good && `,${good}`}}`),
      );
    });
  });

  test('with a member of the wrong type', async () => {
    const mutates = (operation: Operation) =>
      takesJson(operation) &&
      !judgesAnything(operation) &&
      Object.keys(bodies[operation.id] ?? {}).length > 0;
    await attack(mutates, ({ id }) => [...mutationsOf(bodies[id] ?? {})]);
  });

  test('for the verification, whose members may be anything, is judged or refused', async () => {
    await attack(judgesAnything, ({ id }) =>
      WRONG.text.map((value) => ({
        what: JSON.stringify(value)?.slice(0, 40) ?? 'undefined',
        body: { [SUBJECTS[id] ?? 'credential']: value },
        mayPass: true,
      })),
    );
  });
});

/** What is surely none of this kind, whatever the schema says more closely. */
const WRONG: Record<'text' | 'number' | 'boolean' | 'list' | 'object', readonly unknown[]> = {
  text: [7, true, {}, [], ['x'], 'a\0b', '\ud800', '', 'x'.repeat(50_000), 1e308],
  number: [null, '7', true, {}, [], 1e308, -1e308, 0.1],
  boolean: [null, 0, 'true', {}, []],
  list: [null, 7, 'x', {}, [null], [{}], [[]], [7], ['\0'], Array(2_000).fill('x')],
  object: [null, 7, 'x', [], true],
};

function kindOf(value: unknown): keyof typeof WRONG {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  return Array.isArray(value) ? 'list' : 'object';
}

/** The good body with one value replaced, at every depth. */
function* mutationsOf(good: object): Generator<Attempt> {
  for (const path of pathsIn(good)) {
    const value = path.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], good);
    for (const wrong of WRONG[kindOf(value)]) {
      yield {
        what: `${JSON.stringify(wrong).slice(0, 40)} at /${path.join('/')}`,
        body: replaceAt(good, path, wrong),
      };
    }
  }
}

function pathsIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([step, child]) => [
    [step],
    ...pathsIn(child).map((rest) => [step, ...rest]),
  ]);
}

function replaceAt(value: unknown, [step, ...rest]: readonly string[], wrong: unknown): unknown {
  if (step === undefined) return wrong;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value)
    ? [...value]
    : { ...(value as object) };
  const members = copy as Record<string, unknown>;
  members[step] = replaceAt(members[step], rest, wrong);
  return copy;
}

const BAD_SEGMENTS = [
  'x',
  '0',
  '-1',
  '00000000-0000-0000-0000-00000000000',
  '01941f29-7c00-7000-8000-000000000001x',
  '%00',
  '%ff',
  '%ED%A0%80',
  '%2e%2e%2f',
  "'%20or%201=1--",
  '%F0%9F%92%A9',
  '__proto__',
  'constructor',
  'x'.repeat(250),
  'x'.repeat(2_000),
];

describe('an address', () => {
  test('with an id that is none', async () => {
    const hasParameters = ({ path }: Operation) => path.includes('{');
    await attack(hasParameters, function* (operation) {
      const names = [...operation.path.matchAll(/([^/]*)\/\{([^}]+)\}/g)].map(([, before = '', name = '']) =>
        name === 'id' ? before : name,
      );
      for (const name of names)
        for (const segment of BAD_SEGMENTS)
          yield {
            what: `${name}=${segment.slice(0, 40)}`,
            path: fillPath(operation, { ...world.ids, [name]: segment }),
            ...(bodies[operation.id] && { body: bodies[operation.id] }),
          };
    });
  });

  test('of what was never there', async () => {
    const hasUuid = ({ path }: Operation) =>
      /\{(id|memberId|invitationId|clientId|keyId|evidenceId|listId|instance|instanceId|instanceListId)\}/.test(
        path,
      );
    await attack(hasUuid, function* (operation) {
      const [, before = '', last = ''] = [...operation.path.matchAll(/([^/]*)\/\{([^}]+)\}/g)].at(-1) ?? [];
      const name = last === 'id' ? before : last;
      yield {
        what: `unknown ${name}`,
        path: fillPath(operation, { ...world.ids, [name]: crypto.randomUUID() }),
        ...(bodies[operation.id] && { body: bodies[operation.id] }),
      };
    });
  });

  test('with a query that is not understood', async () => {
    // An option that DID resolution does not support is a 501 there: see didResolution.test.ts.
    const hasQuery = ({ id, queryNames, method }: Operation) =>
      method === 'GET' && queryNames.length > 0 && id !== 'resolveDid';
    await attack(hasQuery, function* (operation) {
      const path = fillPath(operation, world.ids);
      const wrong = [
        'limit=1&limit=2',
        'limit=0',
        'limit=-1',
        'limit=101',
        'limit=1e9',
        'limit=99999999999999999999999',
        'limit=1.5',
        'limit=',
        'limit=%00',
        'limit=NaN',
        'limit[]=1',
        'after=x',
        'after=%00',
        'after=%ED%A0%80',
        'after=&after=',
        'surprise=1',
        '__proto__=1',
        'constructor=1',
        `after=${'x'.repeat(5_000)}`,
      ];
      for (const query of wrong) yield { what: query.slice(0, 40), path: `${path}?${query}` };
      for (const name of operation.queryNames)
        yield { what: `${name} as NUL`, path: `${path}?${name}=a%00b` };
    });
  });
});

describe('headers', () => {
  test('an Idempotency-Key that is none', async () => {
    const creates = (operation: Operation) =>
      takesJson(operation) && operation.method === 'POST' && !operation.isPublic && !operation.isForAnyone;
    await attack(creates, ({ id }) =>
      ['', 'a b', 'x'.repeat(256), 'é'].map((key) => ({
        what: `key ${JSON.stringify(key).slice(0, 20)}`,
        body: bodies[id],
        options: { headers: { 'idempotency-key': key } },
      })),
    );
  });

  test('an If-Match that is none', async () => {
    const isDossier = ({ id }: Operation) => id === 'putDossier';
    await attack(isDossier, ({ id }) =>
      ['x', '"', '"99999999999999999999"', 'W/"2"', '"2" "1"', 'x'.repeat(201)].map((tag) => ({
        what: tag.slice(0, 20),
        body: bodies[id],
        options: { headers: { 'if-match': tag } },
      })),
    );
  });

  test('a body that is not JSON on a deletion', async () => {
    const deletes = ({ method }: Operation) => method === 'DELETE';
    await attack(deletes, () => [raw('a brace', '{'), raw('XML', '<a/>', 'application/xml')]);
  });
});
