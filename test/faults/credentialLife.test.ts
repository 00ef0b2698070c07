import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import type { CredentialId } from '../../src/kernel/ids.js';
import { startApp, type TestApp } from '../support/app.js';
import { createTestClock } from '../support/clock.js';
import { onPostgres, openTestDatabase } from '../support/database.js';
import { copyApplication } from '../support/issuanceRecords.js';
import {
  apply,
  approve,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  putDossier,
  recordChecks,
  registerOrganisation,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { signInAgain } from '../support/people.js';
import { createCrashingConnection, type CrashingConnection } from '../support/statements.js';
import { startPair, type ProcessPair } from '../support/twoProcesses.js';

const DAY = 86_400;
const GRACE = 30 * DAY;
type Db = DatabaseConnection['db'];

/** The check behind one ground of each of these is over in an hour. */
async function letLapse(db: Db, ids: readonly string[], now: Date): Promise<void> {
  await db
    .updateTable('credential_grounds')
    .set({ expires_at: new Date(now.getTime() + 3_600_000), lapsed_at: null })
    .where('credential_id', 'in', ids as CredentialId[])
    .where('pointer', '=', '/legalIdentity/legalName')
    .execute();
}

/** More of the same credential, with grounds and places of their own, faster than they could be issued. */
async function copyCredential(db: Db, id: string, count: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    insert into credentials
    select (jsonb_populate_record(null::credentials, to_jsonb(c) || jsonb_build_object('id', gen_random_uuid()))).*
    from credentials c, generate_series(1, ${count}) where c.id = ${id}
    returning id`.execute(db);
  const ids = rows.map((row) => row.id);
  await sql`insert into credential_grounds
    select (jsonb_populate_record(null::credential_grounds, to_jsonb(g) || jsonb_build_object('credential_id', copy))).*
    from credential_grounds g, unnest(${ids}::uuid[]) copy where credential_id = ${id}`.execute(db);
  await sql`
    with copies as (
      select list_id, copy, row_number() over (partition by list_id) as nth
      from status_entries, unnest(${ids}::uuid[]) copy where credential_id = ${id}
    ), free as (
      select list_id, place, row_number() over (partition by list_id) as nth
      from (select distinct list_id from copies) lists, generate_series(0, 9999) place
      where not exists (select from status_entries taken where taken.list_id = lists.list_id and taken.index = place)
    )
    insert into status_entries (list_id, index, credential_id)
    select list_id, place, copy from copies join free using (list_id, nth)`.execute(db);
  return ids;
}

/** Each of them has one concern, was suspended once, by the list as well, and both parties were told of both. */
async function expectSuspendedOnce(db: Db, ids: readonly string[]): Promise<void> {
  const counted = async (from: string, key: string) =>
    (
      await sql<{ count: number }>`select count(*)::int as count from ${sql.table(from)}
        where ${sql.ref(key)} = any(${ids}::uuid[]) group by ${sql.ref(key)}`.execute(db)
    ).rows.map(({ count }) => count);
  const each = (count: number) => ids.map(() => count);
  expect(await counted('credential_concerns', 'credential_id')).toEqual(each(1));
  expect(await counted('status_changes', 'credential_id')).toEqual(each(1));
  expect(await counted('notices', 'subject_id'), 'two kinds for two parties').toEqual(each(4));
  const { rows } = await sql<{ id: string }>`select id from credentials c where id = any(${ids}::uuid[])
    and suspended_at is not null and exists (select from status_entries e join status_lists l on l.id = e.list_id
      where credential_id = c.id and kind = 'suspension' and value = 1)`.execute(db);
  expect(rows).toHaveLength(ids.length);
}

describe.skipIf(!onPostgres)('a process that dies while it watches credentials', () => {
  let database: DatabaseConnection;
  let wire: CrashingConnection;
  let doomed: TestApp;
  let successor: TestApp;
  let id: string;

  beforeAll(async () => {
    const clock = createTestClock();
    database = await openTestDatabase();
    wire = createCrashingConnection(database);
    doomed = await startApp({ connection: wire, clock });
    successor = await startApp({ connection: database, clock });
    const network = await foundNetwork(successor);
    id = (await issueLegalIdentity(network.coop, network.registrar)).credentialId;
  });
  afterAll(async () => {
    await doomed.close();
    await successor.close();
    await database.close();
  });

  it('leaves each step done or not, and the next one completes it', { timeout: 240_000 }, async () => {
    const { db } = database;
    let rounds = 0;
    for (let left = 0, hasCrashed = true; hasCrashed; left += 1, rounds += 1) {
      const [copy] = await copyCredential(db, id, 1);
      if (copy === undefined) throw new Error('nothing was copied');
      await letLapse(db, [copy], successor.clock.now());
      for (const seconds of [3_601, GRACE]) {
        successor.clock.advance(seconds);
        wire.crashAfter(left);
        await doomed.app.watchCredentials().catch(() => undefined);
        ({ hasCrashed } = wire);
        wire.restart();
        await successor.app.watchCredentials();
      }
      await expectSuspendedOnce(db, [copy]);
      // Out of the way of the next one's status places.
      await sql`delete from status_entries where credential_id = ${copy}`.execute(db);
      successor.clock.advance(-(GRACE + 3_601));
    }
    expect(rounds).toBeGreaterThan(20);
  });
});

describe.skipIf(!onPostgres)('at the same moment', { timeout: 240_000 }, () => {
  let pair: ProcessPair;
  let network: Registered;
  let coop: Organisation;
  let id: string;
  let round = 0;

  beforeAll(async () => {
    pair = await startPair();
    network = await foundNetwork(pair.one);
  });
  afterAll(() => pair.close());
  beforeEach(async () => {
    coop = await registerOrganisation(pair.one.api, 'Racing Co-operative');
    const registrar = await signInAgain(pair.one, network.registrar);
    network = { ...network, registrar };
    const issued = await issueLegalIdentity(coop, registrar, dossierNumbered(`RACE ${(round += 1)}`));
    id = issued.credentialId;
  });
  const both = <T>(act: (app: TestApp) => Promise<T>) => Promise.all([pair.one, pair.two, pair.one].map(act));

  it('three that watch 208 credentials lapse and suspend each of them once', async () => {
    const { db } = pair.database;
    const ids = await copyCredential(db, id, 208);
    await letLapse(db, ids, pair.clock.now());
    pair.clock.advance(3_601);
    await both(({ app }) => app.watchCredentials());
    pair.clock.advance(GRACE);
    await both(({ app }) => app.watchCredentials());
    await pair.one.app.watchCredentials();
    // Time stays there: before the signature of a status list that stands now, our own verifier would release nothing.
    await expectSuspendedOnce(db, ids);
  });

  it('two renewals of one credential are decided: one takes its place', async () => {
    const { db } = pair.database;
    await letLapse(db, [id], pair.clock.now());
    pair.clock.advance(3_601);
    await pair.one.app.watchCredentials();
    const [registrar, holder] = [
      await signInAgain(pair.one, network.registrar),
      await signInAgain(pair.one, coop),
    ];
    const renewal = await holder.api.post('/v1/applications', {
      registrarId: registrar.id,
      credentialTypes: ['CoopLegalIdentityCredential'],
      renews: [id],
    });
    const first: string = expectStatus(renewal, 201).body.id;
    await recordChecks(registrar, first, ['/legalIdentity/legalName']);
    const second = await copyApplication(db, first, `RACE ${round} under another number`);
    const { email, password } = registrar;
    const other = await pair.two.api.post('/v1/sessions', { email, password });
    const elsewhere = pair.two.api.as(expectStatus(other, 201).body.accessToken);
    const approval = { outcome: 'approved' };
    const answers = await Promise.all([
      registrar.api.post(`/v1/applications/${first}/decision`, approval),
      elsewhere.post(`/v1/applications/${second}/decision`, approval),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('credentials/duplicate');
    const successors = await db
      .selectFrom('credentials')
      .select(['id', 'state'])
      .where('supersedes', '=', id as CredentialId)
      .execute();
    const { superseded_by: by, revoked_at: revokedAt } = await db
      .selectFrom('credentials')
      .select(['superseded_by', 'revoked_at'])
      .where('id', '=', id as CredentialId)
      .executeTakeFirstOrThrow();
    expect(successors).toEqual([{ id: by, state: 'issued' }]);
    expect(revokedAt).not.toBeNull();
  });

  it('a field changes and the credential is issued: whichever is first, the change is noticed', async () => {
    for (let n = 0; n < 4; n += 1) {
      const late = await registerOrganisation(pair.two.api, 'Late Co-operative');
      const dossier = dossierNumbered(`RACE ${round} LATE ${n}`);
      await putDossier(late, dossier);
      const examined = await apply(late, network.registrar);
      await recordChecks(network.registrar, examined);
      const changed = { ...dossier, legalIdentity: { ...dossier.legalIdentity, legalName: 'Changed' } };
      const [[issued]] = await Promise.all([
        approve(network.registrar, examined),
        new Promise((done) => setTimeout(done, 20 * n)).then(() => putDossier(late, changed, '"1"')),
      ]);
      const { body } = expectStatus(await late.api.get(`/v1/credentials/${issued?.id}`), 200);
      expect(body.concerns.map(({ kind }: { kind: string }) => kind)).toEqual(['field_changed']);
    }
  });
});
