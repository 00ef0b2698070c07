import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { inject } from 'vitest';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  connectEmbedded,
  connectUnconfined,
  type DatabaseConnection,
} from '../../src/adapters/database/connect.js';
import { migrateDatabase } from '../../src/adapters/database/migrate.js';
import type { Executor } from '../../src/adapters/database/schema.js';
import { newId } from '../../src/kernel/ids.js';
import { onPostgres, openTestDatabase } from '../support/database.js';
import { databaseUrl, onServer } from '../support/template.js';

let database: DatabaseConnection;
beforeEach(async () => {
  database = await openTestDatabase({ isOwn: true });
});
afterEach(() => database.close());

async function describeSchema({ db }: Pick<DatabaseConnection, 'db'>): Promise<unknown> {
  const columns = await sql`select table_name, column_name, data_type, is_nullable, column_default
    from information_schema.columns where table_schema = 'public' order by 1, 2`.execute(db);
  const constraints = await sql`select conrelid::regclass::text, pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2`.execute(db);
  const indexes = await sql`select indexdef from pg_indexes where schemaname = 'public' order by 1`.execute(
    db,
  );
  return [columns.rows, constraints.rows, indexes.rows];
}

it('twice is the same as once', async () => {
  const before = await describeSchema(database);
  expect(await migrateDatabase(database.db)).toEqual([]);
  expect(await describeSchema(database)).toEqual(before);
});

it('an older version refuses the database of a newer one and changes nothing', async () => {
  const before = await describeSchema(database);
  await sql`insert into kysely_migration (name, timestamp) values ('9999_from_the_future', '2027')`.execute(
    database.db,
  );
  await expect(migrateDatabase(database.db)).rejects.toThrow('9999_from_the_future');
  expect(await describeSchema(database)).toEqual(before);
});

it.skipIf(!onPostgres)('of two processes at the same time one migrates, and both end well', async () => {
  const { url } = inject('postgresTemplate') ?? { url: '' };
  const name = `coop_passport_migrations_${randomBytes(6).toString('hex')}`;
  await onServer(url, `create database ${name}`);
  const connections = [1, 2, 3].map(() => connectUnconfined(databaseUrl(url, name)));
  try {
    const applied = await Promise.all(connections.map(({ db }) => migrateDatabase(db)));
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    expect(applied.flat()).toContain('0001_accounts');
    const [first] = connections;
    if (first) expect(await describeSchema(first)).toEqual(await describeSchema(database));
  } finally {
    for (const connection of connections) await connection.close();
    await onServer(url, `drop database ${name} with (force)`);
  }
});

async function runFiles(db: Executor, isWanted: (file: string) => boolean): Promise<void> {
  const folder = new URL('../../migrations/', import.meta.url);
  for (const file of (await readdir(folder)).filter(isWanted).sort())
    await sql.raw(await readFile(new URL(file, folder), 'utf8')).execute(db);
}

it('0007 keeps what was issued, what waits to be signed, and every bit', async () => {
  const { unconfined: db, close } = await connectEmbedded({});
  try {
    await runFiles(db, (file) => file < '0007');
    // What it refers to is of no interest here.
    await sql`set session_replication_role = replica`.execute(db);
    const salt = Buffer.alloc(32, 1);
    const payload = '{"credentialSubject":{"jurisdiction":"GB-ENG","legalName":"Zoë"}}';
    const ids = {
      issued: newId<'credential'>(),
      prepared: newId<'credential'>(),
      failed: newId<'credential'>(),
    };
    for (const [state, id] of Object.entries(ids)) {
      const isIssued = state === 'issued';
      await sql`insert into credentials (id, application_id, type, issuer_id, holder_id, subject_keys, state, payload, log_salt, assurance,
          valid_from, valid_until, prepared_at, issued_at, token, signing_input_digest, signed_by)
        values (${id}, ${newId()}, 'CoopStatusCredential', ${newId()}, ${newId()}, '{C1}', ${state}, ${payload}, ${salt}, 'low', now(), now(), now(),
          ${isIssued ? new Date() : null}, ${isIssued ? 'a.b.c' : null}, ${isIssued ? Buffer.alloc(32, 2) : null}, ${isIssued ? newId() : null})`.execute(
        db,
      );
    }
    const listId = newId<'statusList'>();
    await sql`insert into status_lists (id, issuer_id, purpose, size, created_at) values (${listId}, ${newId()}, 'revocation', 131072, now())`.execute(
      db,
    );
    await sql`insert into status_entries values (${listId}, 7, ${ids.issued}, true), (${listId}, 8, ${ids.prepared}, false)`.execute(
      db,
    );
    await sql`insert into status_publications values (${listId}, 0, 'token', ${newId()}, now(), now())`.execute(
      db,
    );

    await runFiles(db, (file) => file.startsWith('0007'));

    const commitment = createHash('sha256').update(salt).update(payload).digest('base64url');
    const rows = await db.selectFrom('credentials').selectAll().execute();
    for (const row of rows) {
      expect(row).toMatchObject({ jurisdiction: 'GB-ENG', commitment });
      const waits = row.id === ids.prepared;
      expect(row.documents).toBe(waits ? `{"vc+jwt":${payload}}` : null);
      expect(row.seed?.length).toBe(waits ? 32 : undefined);
    }
    expect(
      await db.selectFrom('credential_forms').select(['credential_id', 'format', 'secured']).execute(),
    ).toEqual([{ credential_id: ids.issued, format: 'vc+jwt', secured: 'a.b.c' }]);
    expect(
      await db.selectFrom('status_entries').select(['index', 'value']).orderBy('index').execute(),
    ).toEqual([
      { index: 7, value: 1 },
      { index: 8, value: 0 },
    ]);
    expect(await db.selectFrom('status_lists').select('kind').execute()).toEqual([{ kind: 'revocation' }]);
    expect(await db.selectFrom('status_publications').select(['media_type', 'body']).execute()).toEqual([
      { media_type: 'application/vc+jwt', body: 'token' },
    ]);
  } finally {
    await close();
  }
});

it('0021 knows the key of its holder that each credential is bound to', async () => {
  const { unconfined: db, close } = await connectEmbedded({});
  try {
    await sql`create table kysely_migration (name text)`.execute(db);
    await runFiles(db, (file) => file < '0021');
    await sql`set session_replication_role = replica`.execute(db);
    const holder = newId<'organisation'>();
    const keys = [newId<'key'>(), newId<'key'>(), newId<'key'>()];
    await sql`insert into identifiers (did, organisation_id, provider, created_at)
      values ('did:web:a', ${holder}, 'did:web', now())`.execute(db);
    for (const [n, id] of keys.entries())
      await sql`insert into signing_keys (id, did, thumbprint, algorithm, public_jwk, created_at, retired_at)
        values (${id}, 'did:web:a', ${id}, ${n === 2 ? 'EdDSA' : 'ES256'}, '{}', ${`2026-0${n + 1}-01`}, ${n === 0 ? '2026-02-01' : null})`.execute(
        db,
      );
    const insert = async (preparedAt: string, holderId: string) => {
      const id = newId<'credential'>();
      await sql`insert into credentials (id, application_id, type, issuer_id, holder_id, subject_keys, state, log_salt, assurance, valid_from,
          valid_until, prepared_at, issued_at, jurisdiction, commitment)
        values (${id}, ${newId()}, 'CoopStatusCredential', ${newId()}, ${holderId}, '{C1}', 'issued', '', 'low', now(), now(), ${preparedAt},
          now(), 'GB', '')`.execute(db);
      return id;
    };
    const bound = {
      first: await insert('2026-01-15', holder),
      second: await insert('2026-02-01', holder),
      unknown: await insert('2026-02-01', newId()),
    };
    await runFiles(db, (file) => file.startsWith('0021'));
    const rows = await db.selectFrom('credentials').select(['id', 'holder_key']).execute();
    expect(new Map(rows.map((row) => [row.id, row.holder_key]))).toEqual(
      new Map([
        [bound.first, keys[0]],
        [bound.second, keys[1]],
        [bound.unknown, null],
      ]),
    );
    const forced = await sql<{ relname: string }>`select relname from pg_class where relforcerowsecurity
      and relname in ('credentials', 'identifiers', 'signing_keys')`.execute(db);
    expect(forced.rows).toHaveLength(3);
  } finally {
    await close();
  }
});
