import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { inject } from 'vitest';
import {
  connectEmbedded,
  connectPostgres,
  type ConnectOptions,
  type DatabaseConnection,
} from '../../src/adapters/database/connect.js';
import { databaseUrl, onServer } from './template.js';

/** True where the suite runs on a PostgreSQL server, which tests of concurrency and of several processes need. */
export const onPostgres = inject('postgresTemplate') !== null;

/** Of the embedded database, read once: it takes 40 MB. */
let dump: Promise<Blob> | undefined;

/** A fresh migrated database: a clone on the server when TEST_DATABASE_URL is set, else an embedded one in memory. */
export async function openTestDatabase(options: ConnectOptions = {}): Promise<DatabaseConnection> {
  const postgres = inject('postgresTemplate');
  if (!postgres) {
    dump ??= readFile(inject('embeddedTemplate')).then((bytes) => new Blob([bytes]));
    return connectEmbedded({ loadDataDir: await dump }, options);
  }
  const name = `${postgres.name}_${randomBytes(6).toString('hex')}`;
  await onServer(postgres.url, `create database ${name} template ${postgres.name}`);
  const connection = connectPostgres(databaseUrl(postgres.url, name), options);
  return {
    ...connection,
    async close() {
      await connection.close();
      await onServer(postgres.url, `drop database if exists ${name} with (force)`);
    },
  };
}

/** Those that were given back, empty. */
const emptied: DatabaseConnection[] = [];

/**
 * A database as `openTestDatabase` gives it, for tests whose every statement has come to its end when they close what they started. Where it is
 * embedded it is not closed but emptied and used again, since opening one takes longer than most tests.
 */
export async function borrowTestDatabase(): Promise<DatabaseConnection> {
  if (onPostgres) return openTestDatabase();
  const connection = emptied.pop() ?? (await openTestDatabase());
  return { ...connection, close: () => giveBack(connection) };
}

async function giveBack(connection: DatabaseConnection): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select quote_ident(tablename) as name from pg_tables
    where schemaname = 'public' and tablename not like 'kysely_%'`.execute(connection.db);
  const names = sql.raw(rows.map(({ name }) => name).join(', '));
  await sql`truncate ${names} restart identity cascade`.execute(connection.db);
  emptied.push(connection);
}
