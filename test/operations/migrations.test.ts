import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectPostgres, type DatabaseConnection } from '../../src/adapters/database/connect.js';
import { migrateDatabase } from '../../src/adapters/database/migrate.js';
import { onPostgres, openTestDatabase } from '../support/database.js';
import { databaseUrl, onServer } from '../support/template.js';

let database: DatabaseConnection;
beforeEach(async () => {
  database = await openTestDatabase();
});
afterEach(() => database.close());

async function describeSchema({ db }: DatabaseConnection): Promise<unknown> {
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
  const connections = [1, 2, 3].map(() => connectPostgres(databaseUrl(url, name)));
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
