import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiClient } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectStatus } from '../support/network.js';
import { fillPath, listOperations, populate, sideOf, type Populated } from '../support/operations.js';

/** What a reading route asks the database does not grow with what there is: as many statements for fifty of everything as for one. */
const COPIES = 49;
let t: TestApp;
let world: Populated;
let statements = 0;
let linkToken = '';

beforeAll(async () => {
  t = await startApp({ environment: { VC_API: 'true' }, onQuery: () => void (statements += 1) });
  world = await populate(t);
  const messages = `/v1/applications/${world.ids['applications'] ?? ''}/messages`;
  expectStatus(await world.registrar.api.post(messages, { text: 'Since when?', kind: 'question' }), 201);
  const { grants: grantId = '' } = world.ids;
  const [file] = expectStatus(await world.partner.api.get(`/v1/grants/${grantId}/evidence`), 200).body.items;
  const links = `/v1/grants/${grantId}/evidence-links`;
  const link = expectStatus(await world.partner.api.post(links, { evidenceId: file.id }), 201).body;
  linkToken = new URL(link.url).pathname.split('/').at(-1) ?? '';
}, 60_000);
afterAll(() => t.close());

/** Copies of what there is, with ids of their own; where another one may not stand beside it, there is none. */
async function multiply(): Promise<Record<string, number>> {
  const { rows: tables } = await sql<{ name: string; sealed: string[] | null }>`
    select relname as name,
      (select array_agg(attname::text) from pg_attribute where attrelid = pg_class.oid and attname like 'sealed\_%' and not attnotnull) as sealed
    from pg_class join pg_attribute id on id.attrelid = pg_class.oid and id.attname = 'id' and atttypid = 'uuid'::regtype
    where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`.execute(t.connection.db);
  const copied: Record<string, number> = {};
  for (const { name, sealed } of tables) {
    // What is sealed for one row opens in no other.
    const blank = Object.fromEntries((sealed ?? []).map((column) => [column, null]));
    const { numAffectedRows } = await sql`
      insert into ${sql.id(name)} select copy.* from (select whole as row from ${sql.id(name)} whole order by id desc limit 1) one,
        generate_series(1, ${COPIES}::int) n,
        jsonb_populate_record(one.row, jsonb_build_object('id', gen_random_uuid(), 'n', n) || ${JSON.stringify(blank)}::jsonb) copy
      on conflict do nothing`.execute(t.connection.db);
    copied[name] = Number(numAffectedRows);
  }
  return copied;
}

/** By route and caller. */
async function countAll(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const count = async (name: string, api: ApiClient, path: string) => {
    statements = 0;
    expectStatus(await api.get(path), 200);
    counts[name] = statements;
  };
  const { coop, registrar, partner, operator, ids } = world;
  const sides = { coop: coop.api, registrar: registrar.api, operator, nobody: t.api };
  for (const operation of listOperations(t.app.server)) {
    if (operation.method !== 'GET' || NOT_ASKED.includes(operation.id)) continue;
    const page = operation.queryNames.includes('limit') ? '?limit=100' : '';
    const api = operation.id === 'readGrantedData' ? partner.api : sides[sideOf(operation)];
    await count(operation.id, api, fillPath(operation, { ...ids, linkToken }) + page);
  }
  await count('the queue', registrar.api, '/v1/applications?role=registrar&sort=dueAt&limit=100');
  await count('what was issued', registrar.api, '/v1/credentials?role=issuer&limit=100');
  await count('a review', registrar.api, `/v1/applications/${ids['applications'] ?? ''}`);
  return counts;
}

const LISTED = [
  'accreditations',
  'application_messages',
  'applications',
  'checks',
  'clients',
  'credentials',
  'dossier_holds',
  'evidence',
  'federation_members',
  'issuer_instances',
  'member_import_lines',
  'member_imports',
  'notices',
  'vouch_requests',
];
const NOT_ASKED = [
  // One application after the other, so that not all of them are in memory; asked for once in a while, by an administrator.
  'exportOrganisation',
];

test('every reading route asks as many questions of fifty as of one', { timeout: 60_000 }, async () => {
  await countAll();
  const one = await countAll();
  const copied = await multiply();
  const of49 = Object.keys(copied).filter((table) => copied[table] === COPIES);
  expect(of49).toEqual(expect.arrayContaining(LISTED));
  const many = await countAll();
  const grown = Object.entries(many).filter(([name, count]) => count > (one[name] ?? 0));
  expect(grown.map(([name, count]) => `${name}: ${one[name] ?? 0} became ${count}`)).toEqual([]);
});
