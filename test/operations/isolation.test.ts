import { sql, type Transaction } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asWork, inWork, onBehalfOf, type DatabaseContext } from '../../src/adapters/database/context.js';
import type { Executor, Tables } from '../../src/adapters/database/schema.js';
import type { Caller, MemberCaller } from '../../src/kernel/caller.js';
import { newId, type OrganisationId, type PersonId } from '../../src/kernel/ids.js';
import { startApp, type TestApp } from '../support/app.js';
import { onPostgres, serviceOf } from '../support/database.js';
import { putDossier, registerOrganisation, type Organisation } from '../support/network.js';
import { populate, type Populated } from '../support/operations.js';
import { TEST_POLICY } from '../support/template.js';

/** What row-level security keeps from whom, by raw SQL through the app's own connections: no `where` of ours is in the way. */
let t: TestApp;
let world: Populated;
let stranger: Organisation;
let db: Executor;
let tables: readonly string[];
let asStranger: MemberCaller;
let asCoop: MemberCaller;

/** Not under row-level security, each for a reason. */
const OPEN_TABLES: Readonly<Record<string, string>> = {
  kysely_migration: 'names of migrations; the service may read them and nobody but the owner writes them',
  kysely_migration_lock: "the migrator's own",
};

/** What anybody may read, of every organisation. */
const PUBLIC_ROWS: Readonly<Record<string, string>> = {
  settings: 'the names of the settings; their values are read by the first start alone',
  organisations: 'profiles are public',
  identifiers: 'DIDs are public',
  signing_keys: 'public keys; what signs and why it was revoked are columns that nobody may read',
  accreditations: 'who may issue what is public',
  log_entries: 'the public log, which names nobody',
  network_statistics: 'counts as they are published',
};

/** Anybody acting for an organisation adds to these, with nothing in them that says for which. */
const ADDED_BY_ALL = ['outgoing_mails', 'log_entries'];

beforeAll(async () => {
  t = await startApp({ environment: { VC_API: 'true' } });
  world = await populate(t);
  stranger = await registerOrganisation(t.api, 'Stranger');
  await putDossier(stranger);
  db = serviceOf(t.connection).db;
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`.execute(t.connection.db);
  tables = rows.map(({ name }) => name).filter((name) => !(name in OPEN_TABLES));
  await fillWhatIsEmpty();
  asStranger = await callerFor(stranger);
  asCoop = await callerFor(world.coop);
});
afterAll(() => t.close());

/** A row in each of the tables that nothing of the above leaves one in. */
async function fillWhatIsEmpty(): Promise<void> {
  const owner = t.connection.db;
  const hash = Buffer.alloc(32, 1);
  const at = t.clock.now();
  await world.coop.api.post('/v1/sessions', { email: world.coop.email, password: 'wrong on purpose' });
  await world.coop.api.post(`/v1/applications/${world.ids['applications']}/messages`, { text: 'Private' });
  const revocation = { reason: 'A private reason' };
  await world.registrar.api.post(`/v1/credentials/${world.ids['credentials']}/suspend`, revocation);
  await owner
    .insertInto('idempotency_keys')
    .values({ caller: 'member:x', route: 'POST /x', key: 'k', request_digest: hash, started_at: at })
    .execute();
  await owner
    .insertInto('mailed_tokens')
    .values({
      id: newId<'mailedToken'>(),
      purpose: 'password_reset',
      token_hash: hash,
      recipient_hash: hash,
      created_at: at,
      expires_at: at,
    })
    .execute();
  await owner
    .insertInto('outgoing_mails')
    .values({ id: newId<'mail'>(), sealed_mail: hash, created_at: at, next_attempt_at: at })
    .execute();
  const { coop, registrar, ids } = world;
  const application = ids['applications'] ?? '';
  const evidence = ids['evidenceId'] ?? '';
  // What takes a longer way than this world goes.
  await sql`insert into check_files select checks.id, ${evidence}, application_id from checks where application_id = ${application} limit 1`.execute(
    owner,
  );
  await sql`insert into message_attachments
    select id, ${evidence}, application_id from application_messages where application_id = ${application} limit 1`.execute(
    owner,
  );
  await sql`insert into evidence_holds values (${evidence}, ${coop.id}, ${at}, 'A private reason', ${at})`.execute(
    owner,
  );
  await sql`insert into vouches values
    (${evidence}, ${coop.id}, 'did:example:x', ${registrar.id}, 'Private', '[]', 1, ${at}, ${at}, 'pass', 'ok', ${at})`.execute(
    owner,
  );
  await sql`insert into review_settings values (${registrar.id}, 1, '{}', ${at})`.execute(owner);
  await sql`insert into decision_proposals
    select ${newId()}, ${application}, ${registrar.id}, '{}', 'x', 1, id, person_id, ${at} from memberships
    where organisation_id = ${registrar.id} limit 1`.execute(owner);
  await sql`insert into erasures values (${coop.id}, 99, ${at}, '{}', 'request', ${at})`.execute(owner);
  await sql`insert into member_invitations values (${newId()}, ${coop.id}, ${ids['members']}, ${hash}, 'mail', ${at}, ${at})`.execute(
    owner,
  );
  await sql`insert into member_issuance_items (id, issuance_id, organisation_id, member_id)
    values (${newId()}, ${ids['member-issuances']}, ${coop.id}, ${ids['members']})`.execute(owner);
  await sql`insert into representation_proofs (id, application_id, applicant_id, registrar_id, method, register, entity_digest, started_by, started_at)
    values (${newId()}, ${application}, ${coop.id}, ${registrar.id}, 'callback', 'The register', ${hash}, '{}', ${at})`.execute(
    owner,
  );
  await sql`insert into archived_bodies values (${hash}, ${hash}, ${coop.id}, ${at})`.execute(owner);
  await sql`insert into archived_answers values (${hash}, ${at}, 'https://private.example', 200, ${hash}, ${coop.id})`.execute(
    owner,
  );
  await owner.insertInto('settings').values({ name: 'public_url', value: 'https://passport.test' }).execute();
}

async function callerFor({ id }: Organisation): Promise<MemberCaller> {
  const membership = await t.connection.db
    .selectFrom('memberships')
    .select(['id', 'person_id'])
    .where('organisation_id', '=', id as OrganisationId)
    .where('role', '=', 'admin')
    .executeTakeFirstOrThrow();
  return {
    kind: 'member',
    personId: membership.person_id,
    sessionId: newId<'session'>(),
    membershipId: membership.id,
    organisationId: id as OrganisationId,
    role: 'admin',
  };
}

class Undone extends Error {}

/** What a statement does to how many rows in a context; 0 where it is refused. It is undone. */
async function affects(caller: Caller | null, text: string): Promise<number> {
  let count = 0;
  const attempt = onBehalfOf(caller, () =>
    db.transaction().execute(async (trx) => {
      const { numAffectedRows } = await sql.raw(text).execute(trx);
      count = Number(numAffectedRows ?? 0);
      throw new Undone();
    }),
  );
  await attempt.catch(refusal);
  return count;
}

const POLICY = '42501';

/** Lets pass what was refused, and what was undone. */
function refusal(error: unknown): void {
  if (!(error instanceof Undone) && (error as { code?: string }).code !== POLICY) throw error;
}

async function countIn(run: Executor, table: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.id(table)}`.execute(run);
  return rows[0]?.n ?? 0;
}

const visibleTo = (caller: Caller | null, table: string): Promise<number> =>
  onBehalfOf(caller, () => countIn(db, table)).catch((error: unknown) => {
    refusal(error);
    return 0;
  });

/** How many of a table's rows are the stranger's own. */
async function countOwn(table: string): Promise<number> {
  const { organisationId, personId } = asStranger;
  const whose: Readonly<Record<string, ReturnType<typeof sql>>> = {
    people: sql`id = ${personId}`,
    sessions: sql`person_id = ${personId}`,
    memberships: sql`organisation_id = ${organisationId}`,
    dossier_versions: sql`organisation_id = ${organisationId}`,
    dossier_field_versions: sql`organisation_id = ${organisationId}`,
    dossier_keys: sql`organisation_id = ${organisationId}`,
    audit_entries: sql`organisation_id = ${organisationId}`,
    organisations: sql`id = ${organisationId}`,
    identifiers: sql`organisation_id = ${organisationId}`,
    signing_keys: sql`did = ${stranger.did}`,
  };
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from ${sql.id(table)} where ${whose[table] ?? sql`false`}`.execute(
    t.connection.db,
  );
  return rows[0]?.n ?? 0;
}

const OPERATOR: Caller = {
  kind: 'operator',
  personId: newId<'person'>(),
  sessionId: newId<'session'>(),
};

describe('every table', () => {
  test('is under row-level security, also for its owner, or is named with a reason', async () => {
    const { rows } = await sql<{ name: string; isForced: boolean; policies: string[] }>`
      select relname as name, relrowsecurity and relforcerowsecurity as "isForced",
        array(select polname::text from pg_policy where polrelid = pg_class.oid and polname <> ${TEST_POLICY}) as policies
      from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`.execute(
      t.connection.db,
    );
    const open = rows.filter(({ isForced, policies }) => !isForced || policies.length === 0);
    expect(open.map(({ name }) => name).sort()).toEqual(Object.keys(OPEN_TABLES).sort());
  });

  test('has a row of somebody else in this world, so that the tests below say something of it', async () => {
    const empty = [];
    for (const table of tables) if ((await countIn(t.connection.db, table)) === 0) empty.push(table);
    expect(empty).toEqual([]);
  });

  test('has no policy for everybody who signs in to the database, but for named roles', async () => {
    const { rows } =
      await sql`select polrelid::regclass::text, polname from pg_policy where 0 = any (polroles)`.execute(
        t.connection.db,
      );
    expect(rows).toEqual([]);
  });
});

describe("a function that answers with its owner's rights", () => {
  test('looks names up in fixed places, is not for everybody, and its owner is not that of the tables', async () => {
    const { rows } = await sql<{ name: string; settings: string[] | null; isForAll: boolean; owner: string }>`
      select proname as name, proconfig as settings, proowner::regrole::text as owner,
        has_function_privilege('public', pg_proc.oid, 'execute') as "isForAll"
      from pg_proc where pronamespace = 'public'::regnamespace and prosecdef order by 1`.execute(
      t.connection.db,
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row, row.name).toMatchObject({
        settings: ['search_path=pg_catalog, public, pg_temp'],
        isForAll: false,
        owner: 'coop_passport_facts',
      });
    }
  });
});

describe('by raw SQL, somebody else', () => {
  test('sees the rows of the own organisation, and of others those that are public', async () => {
    const seen: Record<string, number> = {};
    const expected: Record<string, number> = {};
    for (const table of tables) {
      seen[table] = await visibleTo(asStranger, table);
      expected[table] = table in PUBLIC_ROWS ? await countIn(t.connection.db, table) : await countOwn(table);
    }
    expect(seen).toEqual(expected);
  });

  test.each([
    ['nobody', null],
    ['the operator', OPERATOR],
    [
      'an organisation that is not there',
      { kind: 'client', clientId: newId<'client'>(), organisationId: newId<'organisation'>(), scopes: [] },
    ],
  ] as const)('who is %s sees what is public', async (_name, caller) => {
    const seen: string[] = [];
    for (const table of tables) if ((await visibleTo(caller, table)) > 0) seen.push(table);
    expect(seen).toEqual(Object.keys(PUBLIC_ROWS).sort());
  });

  test('outside every context is nobody', async () => {
    expect(await countIn(db, 'organisations')).toBeGreaterThan(0);
    await expect(countIn(db, 'dossier_versions')).rejects.toMatchObject({ code: POLICY });
  });

  test('changes and deletes no row of another', async () => {
    const { rows: columns } = await sql<{ table: string; column: string }>`
      select relname as table, attname as column from pg_class join pg_attribute on attrelid = pg_class.oid
      where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
        and has_column_privilege('coop_passport_member', pg_class.oid, attnum, 'update')`.execute(
      t.connection.db,
    );
    expect(columns.length).toBeGreaterThan(0);
    const reached: string[] = [];
    for (const { table, column } of columns) {
      // Without a filter: everything that can be reached is.
      const count = await affects(asStranger, `update "${table}" set "${column}" = null where true`).catch(
        // Not null, or another constraint: then the row was reached.
        () => Infinity,
      );
      const own = await countOwn(table);
      if (count > own && own === 0) reached.push(`update ${table}.${column}: ${count}`);
    }
    for (const table of tables) {
      const count = await affects(asStranger, `delete from "${table}"`).catch(() => Infinity);
      if (count > 0) reached.push(`delete ${table}: ${count}`);
    }
    expect(reached).toEqual([]);
  });

  test("changes no other's row where its own stands beside it", async () => {
    const id = world.coop.id;
    const personId = asCoop.personId;
    const attempts = [
      `update organisations set name = 'x' where id = '${id}'`,
      `update memberships set role = 'viewer' where organisation_id = '${id}'`,
      `update memberships set ended_at = now() where person_id = '${personId}'`,
      `update sessions set ended_at = now()`,
      `update signing_keys set retired_at = now() where did = '${world.coop.did}'`,
      `update accreditations set ended_at = null`,
      `update applications set registrar_id = '${stranger.id}'`,
      `update credentials set holder_id = '${stranger.id}'`,
    ];
    const own = await countOwn('sessions');
    for (const attempt of attempts)
      expect(await affects(asStranger, attempt), attempt).toBe(attempt.includes('sessions') ? own : 0);
  });

  test('makes no row of another its own, not even as a party of it', async () => {
    const { rows } = await sql<{ table: string; column: string }>`
      select conrelid::regclass::text as table, attname as column
      from pg_constraint join pg_attribute on attrelid = conrelid and attnum = any (conkey)
      where confrelid = 'organisations'::regclass and contype = 'f'`.execute(t.connection.db);
    expect(rows.length).toBeGreaterThan(20);
    const taken: string[] = [];
    for (const caller of [asStranger, asCoop, await callerFor(world.registrar)]) {
      const own = caller.organisationId;
      for (const { table, column } of rows) {
        const change = `update "${table}" set "${column}" = '${own}'`;
        const named = await sql<{ n: number }>`select count(*)::int as n from ${sql.id(table)} one
          where to_jsonb(one)::text like ${`%${own}%`}`.execute(t.connection.db);
        // Without a filter, policies for reading are not asked.
        const all = await affects(caller, change).catch(() => Infinity);
        const others = await affects(caller, `${change} where "${column}" <> '${own}'`).catch(() => Infinity);
        if (all > (named.rows[0]?.n ?? 0) || others > 0) taken.push(`${table}.${column}`);
      }
    }
    expect(taken).toEqual([]);
  });

  test("shows another's file to nobody, and holds no dossier that was not handed in to it", async () => {
    const { id: theirs } = stranger;
    const { ids, registrar } = world;
    const later = newId();
    await sql`insert into evidence (id, organisation_id, type, title, media_type, size_bytes, digest, wrapped_key, key_generation, created_at)
      select ${later}, ${registrar.id}, type, title, media_type, size_bytes, digest, wrapped_key, key_generation, created_at
      from evidence where id = ${ids['evidenceId']}`.execute(t.connection.db);
    const attach = `insert into message_attachments select id, '${later}', application_id from application_messages
      where application_id = '${ids['applications']}' limit 1`;
    expect(await affects(asCoop, attach)).toBe(0);
    expect(await affects(await callerFor(registrar), attach)).toBe(1);
    const hold = (by: string) => `insert into dossier_holds
      (id, organisation_id, registrar_id, until, legal_basis, created_at, created_by)
      values ('${newId()}', '${world.coop.id}', '${by}', now(), 'None', now(), '{}')`;
    expect(await affects(asStranger, hold(theirs))).toBe(0);
    expect(await affects(await callerFor(registrar), hold(registrar.id))).toBe(1);
  });

  test("inserts no row in another's name", async () => {
    const inserted: string[] = [];
    for (const table of tables.filter((name) => !ADDED_BY_ALL.includes(name))) {
      const { rows } = await sql<{ row: Record<string, unknown> }>`
        select to_jsonb(victim) as row from ${sql.id(table)} victim where to_jsonb(victim)::text not like all (${[`%${stranger.id}%`, `%${stranger.did}%`, `%${asStranger.personId}%`]}::text[]) limit 1`.execute(
        t.connection.db,
      );
      const copy = JSON.stringify({
        ...rows[0]?.row,
        ...(rows[0]?.row['id'] === undefined ? {} : { id: newId() }),
      });
      // A policy is asked before any constraint, so whatever else would be wrong with the copy is not reached.
      const text = `insert into "${table}" select * from jsonb_populate_record(null::"${table}", '${copy.replaceAll("'", "''")}')`;
      const outcome = await onBehalfOf(asStranger, () =>
        db.transaction().execute(async (trx) => {
          await sql.raw(text).execute(trx);
          throw new Undone();
        }),
      ).catch((error: unknown) => (error as { code?: string }).code ?? 'inserted');
      if (outcome !== POLICY) inserted.push(`${table}: ${outcome}`);
    }
    expect(inserted).toEqual([]);
  });

  /** Of what is private and none of its business; a kind of work that goes wrong, or is led astray, must not reach it. */
  test.each([
    ['sealing', ['dossier_versions', 'evidence', 'credential_forms', 'people', 'checks']],
    ['watch', ['evidence', 'checks', 'application_messages', 'applications', 'dossier_keys', 'sessions']],
    ['retention', ['people', 'memberships', 'sessions', 'notices', 'federation_members', 'verifications']],
    ['registers', ['people', 'evidence', 'checks', 'credentials', 'dossier_keys', 'representations']],
    ['counterpart', ['credentials', 'dossier_keys', 'sessions', 'federation_members', 'verifications']],
    ['telling', ['dossier_versions', 'evidence', 'applications', 'people', 'verifications']],
    ['digests', ['dossier_versions', 'evidence', 'applications', 'credentials', 'verifications', 'sessions']],
    [
      'statistics',
      ['people', 'dossier_versions', 'evidence', 'sessions', 'events', 'webhooks', 'memberships'],
    ],
    ['upkeep', ['people', 'dossier_versions', 'evidence', 'applications', 'credentials']],
    ['issuance', ['dossier_versions', 'evidence', 'people', 'sessions', 'dossier_keys']],
    ['accounts', ['dossier_versions', 'evidence', 'applications', 'credentials', 'dossier_keys']],
  ] as const)('the work of %s reads none of %j', async (work, others) => {
    for (const table of others)
      await expect(
        inWork(work, () => countIn(db, table)),
        table,
      ).rejects.toMatchObject({ code: POLICY });
  });

  test('of what is counted, statistics read no report, no purpose and no application', async () => {
    for (const [table, column] of [
      ['verifications', 'report'],
      ['reliances', 'purpose'],
      ['reliances', 'verification_id'],
      ['credentials', 'subject_keys'],
      ['applications', 'applicant_id'],
    ] as const) {
      const read = inWork('statistics', () =>
        sql`select ${sql.id(column)} from ${sql.id(table)}`.execute(db),
      );
      await expect(read, `${table}.${column}`).rejects.toMatchObject({ code: POLICY });
    }
    const mail = inWork('digests', () => sql`select data from events`.execute(db));
    await expect(mail).rejects.toMatchObject({ code: POLICY });
  });

  test('gets no private key, no reason of a revocation and no record by way of the functions', async () => {
    const key = await t.connection.db
      .selectFrom('signing_keys')
      .select(['id', 'did', 'thumbprint'])
      .where('did', '=', world.coop.did)
      .executeTakeFirstOrThrow();
    const sealed = (run: Executor) =>
      sql`select * from coop_passport_sealed_key(${key.did}, ${key.thumbprint})`.execute(run);
    expect((await onBehalfOf(asCoop, () => sealed(db))).rows).toHaveLength(1);
    expect((await inWork('issuance', () => sealed(db))).rows).toHaveLength(1);
    expect((await onBehalfOf(asStranger, () => sealed(db))).rows).toEqual([]);
    for (const caller of [null, OPERATOR])
      await expect(onBehalfOf(caller, () => sealed(db))).rejects.toMatchObject({ code: POLICY });
    for (const column of ['sealed_private_key', 'revocation_reason']) {
      const read = onBehalfOf(asCoop, () => sql`select ${sql.id(column)} from signing_keys`.execute(db));
      await expect(read, column).rejects.toMatchObject({ code: POLICY });
    }
  });

  test('reads no hash of a password, a secret or a token, not even the own', async () => {
    for (const [table, column] of [
      ['people', 'password_hash'],
      ['clients', 'secret_hash'],
      ['invitations', 'token_hash'],
      ['refresh_tokens', 'token_hash'],
    ] as const) {
      const read = onBehalfOf(asCoop, () => sql`select ${sql.id(column)} from ${sql.id(table)}`.execute(db));
      await expect(read, `${table}.${column}`).rejects.toMatchObject({ code: POLICY });
    }
  });

  test('a registrar sees the dossier that was handed in, up to the version under review, and no evidence from later', async () => {
    const asRegistrar = await callerFor(world.registrar);
    const versions = () =>
      onBehalfOf(asRegistrar, () =>
        db
          .selectFrom('dossier_versions')
          .select('version')
          .where('organisation_id', '=', world.coop.id as OrganisationId)
          .orderBy('version')
          .execute(),
      );
    const before = await versions();
    expect(before.length).toBeGreaterThan(0);
    const last = before.at(-1)?.version ?? 0;
    await putDossier(world.coop, undefined, `"${last}"`);
    expect(await versions()).toEqual(before);
  });
});

describe('a connection', () => {
  const standing = async (run: Executor) => {
    const { rows } = await sql<{ role: string; organisation: string; person: string }>`
      select current_user as role, current_setting('coop_passport.organisation', true) as organisation,
        current_setting('coop_passport.person', true) as person`.execute(run);
    return rows[0];
  };
  const member = (): Pick<DatabaseContext, 'role'> & { organisation: string; person: PersonId } => ({
    role: 'coop_passport_member',
    organisation: asStranger.organisationId,
    person: asStranger.personId,
  });
  const nobody = { role: 'coop_passport_public', organisation: '', person: '' };

  test('takes up the context in a statement, a transaction and a savepoint, in every isolation level', async () => {
    await onBehalfOf(asStranger, async () => {
      expect(await standing(db)).toEqual(member());
      expect(await db.transaction().execute(standing)).toEqual(member());
      const strict = db.transaction().setIsolationLevel('repeatable read');
      expect(await strict.execute(standing)).toEqual(member());
      const trx = await db.startTransaction().execute();
      const saved = await trx.savepoint('here').execute();
      await sql`select 1 / 0`.execute(saved).catch(() => undefined);
      await saved.rollbackToSavepoint('here').execute();
      expect(await standing(trx)).toEqual(member());
      await trx.rollback().execute();
    });
  });

  test('comes back clean, however the transaction ended', async () => {
    const endings: Record<string, () => Promise<unknown>> = {
      'a statement': () => standing(db),
      'a statement that fails': () => sql`select 1 / 0`.execute(db),
      'a commit': () => db.transaction().execute(standing),
      'a rollback': () =>
        db.transaction().execute(async (trx) => {
          await standing(trx);
          throw new Undone();
        }),
      'a failure in the middle': () => db.transaction().execute((trx) => sql`select 1 / 0`.execute(trx)),
      'a connection that is given back in the middle of a transaction': () =>
        db.connection().execute(async (held) => {
          await sql.raw('begin').execute(held);
          await standing(held);
        }),
    };
    for (const [name, ending] of Object.entries(endings)) {
      await onBehalfOf(asStranger, () =>
        Promise.all(Array.from({ length: 12 }, () => ending().catch(() => undefined))),
      );
      // As many as there are connections.
      const after = await Promise.all(Array.from({ length: 12 }, () => standing(db)));
      expect(new Set(after.map((row) => JSON.stringify(row))), name).toEqual(
        new Set([JSON.stringify(nobody)]),
      );
      if (!onPostgres) {
        const { rows } = await sql`select current_setting('role') as role`.execute(t.connection.db);
        expect(rows, name).toEqual([{ role: 'none' }]);
      }
    }
  });

  test('keeps the context of a transaction through work of another kind outside of it, and through steps of it', async () => {
    await onBehalfOf(asStranger, () =>
      db.transaction().execute(async (trx: Transaction<Tables>) => {
        expect(await inWork('issuance', () => standing(trx))).toEqual(member());
        const during = await asWork(trx, 'accounts', () => standing(trx));
        expect(during).toEqual({ ...member(), role: 'coop_passport_accounts' });
        expect(await standing(trx)).toEqual(member());
      }),
    );
  });

  test('lets nothing into a context that is not an id', async () => {
    const forged = { ...asStranger, organisationId: "x', true); reset role; --" as OrganisationId };
    await expect(onBehalfOf(forged, () => standing(db))).rejects.toThrow('an id that is none');
    expect(await standing(db)).toEqual(nobody);
  });
});
