import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, type OrganisationId } from '../../src/kernel/ids.js';
import { startApp, type TestApp } from '../support/app.js';
import { onPostgres } from '../support/database.js';
import {
  dossierNumbered,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  registerOrganisation,
  rely,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { refusalOf } from '../support/people.js';
import { startPair, type ProcessPair } from '../support/twoProcesses.js';

/** The count of statements is the same in both; the many are told where many are served. */
const MANY = onPostgres ? 10_000 : 300;

async function suspend({ registrar }: Registered, action: string, id: string): Promise<void> {
  expectStatus(await registrar.api.post(`/v1/credentials/${id}/${action}`, { reason: 'A reason' }), 200);
}

const typesFor = async ({ api }: Organisation): Promise<string[]> =>
  expectStatus(await api.get('/v1/events?limit=100'), 200).body.items.map(
    ({ type }: { type: string }) => type,
  );

describe(`a change that concerns ${MANY} partners`, () => {
  let t: TestApp;
  let network: Registered;
  let statements: string[] = [];

  beforeAll(async () => {
    t = await startApp({ onQuery: ({ query }) => void statements.push(query.sql) });
    network = await foundNetwork(t);
  });
  afterAll(() => t.close());

  /** Faster than they could register and verify. */
  async function addPartners(reliance: string, count: number): Promise<void> {
    const copy = (table: string, changes: string) =>
      sql`insert into ${sql.table(table)}
        select (jsonb_populate_record(null::${sql.table(table)}, to_jsonb(one) || ${sql.raw(changes)})).*
        from ${sql.table(table)} one, partners
        where ${sql.ref(table === 'reliances' ? 'one.id' : 'one.reliance_id')} = ${reliance}`;
    const { db } = t.connection;
    await sql`create table partners as
      select gen_random_uuid() as id, gen_random_uuid() as reliance_id, gen_random_uuid() as verification_id
      from generate_series(1, ${sql.lit(count)})`.execute(db);
    await sql`insert into organisations (id, slug, name, jurisdiction, created_at)
      select id, id::text, 'A Partner', 'GB', now() from partners`.execute(db);
    await sql`insert into verifications
      select verification_id, id, 'accepted', '{}', now() from partners`.execute(db);
    const ids = `jsonb_build_object('id', partners.reliance_id, 'organisation_id', partners.id, 'verification_id', partners.verification_id)`;
    await copy('reliances', ids).execute(db);
    await copy(
      'relied_credentials',
      `jsonb_build_object('reliance_id', partners.reliance_id, 'organisation_id', partners.id)`,
    ).execute(db);
    await sql`insert into webhooks (id, organisation_id, url, types, sealed_secret, created_at)
      select id, id, 'https://hooks.example/', '{}', '', now() from partners`.execute(db);
    await sql`drop table partners`.execute(db);
  }

  it(
    'is told to all of them and their webhooks in its transaction, with as many statements as to one',
    { timeout: 120_000 },
    async () => {
      const { coop, registrar, partner } = network;
      const { credentialId, token } = await issueLegalIdentity(coop, registrar, dossierNumbered('MANY 1'));
      const reliance = await rely(partner, token);
      expectStatus(await partner.api.post('/v1/webhooks', { url: 'https://hooks.example/' }), 201);
      const counts: number[] = [];
      for (const count of [0, MANY]) {
        if (count > 0) await addPartners(reliance.id, count);
        await suspend(network, 'suspend', credentialId);
        statements = [];
        await suspend(network, 'reinstate', credentialId);
        counts.push(statements.length);
        const { rows } = await sql<{ told: number; delivered: number }>`
        select count(distinct events.organisation_id)::int as told, count(distinct webhook_id)::int as delivered
        from events left join webhook_deliveries on webhook_deliveries.event_id = events.id
        where type = 'credential.reinstated' and at = (select max(at) from events)`.execute(t.connection.db);
        expect(rows).toEqual([{ told: count + 1, delivered: count + 1 }]);
        t.clock.advance(1);
      }
      expect(counts[1]).toBe(counts[0]);
      expect(await typesFor(partner)).toEqual(
        ['suspended', 'reinstated', 'suspended', 'reinstated'].map((change) => `credential.${change}`),
      );
    },
  );
});

describe.skipIf(!onPostgres)('two processes', () => {
  let pair: ProcessPair;
  let network: Registered;
  let numbered = 0;

  beforeAll(async () => {
    pair = await startPair();
    network = await foundNetwork(pair.one);
  });
  afterAll(() => pair.close());

  async function prepare() {
    numbered += 1;
    const coop = await registerOrganisation(pair.one.api, `Co-operative ${numbered}`);
    const partner = await registerOrganisation(pair.one.api, `Partner ${numbered}`);
    const issued = await issueLegalIdentity(coop, network.registrar, dossierNumbered(`RACE ${numbered}`));
    pair.clock.advance(10);
    const report = await partner.api.post('/v1/verifications', { credential: issued.token });
    pair.clock.advance(10);
    const body = { verificationId: expectStatus(report, 200).body.id, purpose: 'A race' };
    return { coop, partner, ...issued, relyNow: () => partner.api.post('/v1/reliances', body) };
  }

  /** Requests of the registrar's that another process gets. */
  const elsewhere = async () => {
    const { email, password } = network.registrar;
    const { body } = await pair.two.api.post('/v1/sessions', { email, password });
    return pair.two.api.as(body.accessToken);
  };

  const changes: [string, RegExp, (id: string) => Promise<unknown>, string][] = [
    [
      'a revocation',
      /insert into "status_changes"/,
      async (id) => (await elsewhere()).post(`/v1/credentials/${id}/revoke`, { reason: 'A reason' }),
      'credential.revoked',
    ],
    [
      'a revocation of its key',
      /insert into events/,
      async () => {
        const api = await elsewhere();
        const keys = `/v1/organisations/${network.registrar.id}/keys`;
        const { items } = expectStatus(await api.get(keys), 200).body;
        const active = items.find(
          (key: { algorithm: string; state: string }) => key.algorithm === 'ES256' && key.state === 'active',
        );
        const compromisedAt = pair.clock.now().toISOString();
        return api.post(`${keys}/${active.id}/revoke`, { compromisedAt, reason: 'A reason' });
      },
      'credential.key_compromised',
    ],
  ];

  it.each(changes)(
    'that rely during %s get a refusal, since the change is not told to them any more',
    async (_name, late, change) => {
      const { credentialId, relyNow, partner } = await prepare();
      const arrived = pair.wires.two.pauseBefore(late);
      const changing = change(credentialId);
      const resume = await arrived;
      const relying = relyNow();
      await waitsForLock();
      resume();
      expect(await changing).toMatchObject({ status: 200 });
      expect(refusalOf(await relying)).toBe('409 reliances/changed-since');
      expect(await typesFor(partner)).toEqual([]);
    },
  );

  it.each(changes)('that rely before %s is over are told of it', async (_name, _late, change, type) => {
    const { credentialId, relyNow, partner } = await prepare();
    const arrived = pair.wires.one.pauseBefore(/insert into "relied_credentials"/);
    const relying = relyNow();
    const resume = await arrived;
    const changing = change(credentialId);
    await waitsForLock();
    resume();
    expect((await relying).status).toBe(201);
    expect(await changing).toMatchObject({ status: 200 });
    expect(await typesFor(partner)).toEqual([type]);
  });

  /** Somebody is waiting in the database by now. */
  async function waitsForLock(): Promise<void> {
    for (;;) {
      const { rows } = await sql`select from pg_locks join pg_stat_activity using (pid)
        where not granted and datname = current_database()`.execute(pair.database.db);
      if (rows.length > 0) return;
    }
  }

  it('that commit in another order than they began give no reader an order with a gap', async () => {
    const reader = await registerOrganisation(pair.one.api, 'A Reader');
    const { db } = pair.database;
    const insert = (run: typeof db, at: Date) =>
      run
        .insertInto('events')
        .values({
          id: newId<'event'>(),
          organisation_id: reader.id as OrganisationId,
          type: 'credential.revoked',
          at,
          data: '{"relianceIds":[]}',
        })
        .returning('id')
        .executeTakeFirstOrThrow();
    let finish = (): void => undefined;
    const isLate = new Promise<void>((resolve) => (finish = resolve));
    let began = (): void => undefined;
    const hasBegun = new Promise<void>((resolve) => (began = resolve));
    const slow = db.transaction().execute(async (trx) => {
      const { id } = await insert(trx, new Date(0));
      began();
      await isLate;
      return id;
    });
    await hasBegun;
    const fast = await insert(db, new Date(1_000));
    const read = async (after?: string): Promise<string[]> => {
      const answer = await reader.api.get(`/v1/events${after === undefined ? '' : `?after=${after}`}`);
      return expectStatus(answer, 200).body.items.map(({ id }: { id: string }) => id);
    };
    expect(await read()).toEqual([fast.id]);
    finish();
    const late = await slow;
    expect(await read(fast.id)).toEqual([late]);
    expect(await read()).toEqual([fast.id, late]);
  });

  it('that read for the first time at once give the same order', async () => {
    const { partner, credentialId, relyNow } = await prepare();
    expectStatus(await relyNow(), 201);
    for (let round = 0; round < 5; round += 1)
      for (const action of ['suspend', 'reinstate']) await suspend(network, action, credentialId);
    const { body } = await pair.two.api.post('/v1/sessions', {
      email: partner.email,
      password: partner.password,
    });
    const other = pair.two.api.as(body.accessToken);
    const answers = await Promise.all(
      [partner.api, other, partner.api, other].map((api) => api.get('/v1/events')),
    );
    const [first, ...others] = answers.map((answer) => expectStatus(answer, 200).body.items);
    expect(first).toHaveLength(10);
    for (const items of others) expect(items).toEqual(first);
  });
});
