import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { inject } from 'vitest';
import {
  connectEmbedded,
  connectPostgres,
  connectUnconfined,
  type ConnectOptions,
  type DatabaseConnection,
} from '../../src/adapters/database/connect.js';
import { databaseUrl, onServer } from './template.js';

/** True where the suite runs on a PostgreSQL server, which tests of concurrency and of several processes need. */
export const onPostgres = inject('postgresTemplate') !== null;

/** Tests read and write `db` as its owner, whom nothing confines; the app gets `service`. */
export interface TestDatabase extends DatabaseConnection {
  readonly service: DatabaseConnection;
  /** The owner's address; `connectionString` is the service's. */
  readonly ownerUrl?: string;
}

/** What the app uses of a database that a test has open. */
export function serviceOf(connection: DatabaseConnection): DatabaseConnection {
  return (connection as Partial<TestDatabase>).service ?? connection;
}

/** Of the embedded database, read once: it takes 40 MB. */
let dump: Promise<Blob> | undefined;

/** A fresh migrated database: a clone on the server when TEST_DATABASE_URL is set, else an embedded one in memory. */
export async function openTestDatabase(options: ConnectOptions = {}): Promise<TestDatabase> {
  const postgres = inject('postgresTemplate');
  if (!postgres) {
    dump ??= readFile(inject('embeddedTemplate')).then((bytes) => new Blob([bytes]));
    const service = await connectEmbedded({ loadDataDir: await dump }, options);
    return { db: service.unconfined, service, close: service.close };
  }
  const name = `${postgres.name}_${randomBytes(6).toString('hex')}`;
  await onServer(
    postgres.url,
    `create database ${name} template ${postgres.name} owner ${postgres.owner.user}`,
  );
  const ownerUrl = databaseUrl(postgres.url, name, postgres.owner);
  const connectionString = databaseUrl(postgres.url, name, postgres.service);
  const service = connectPostgres(connectionString, options);
  const { db, close } = connectUnconfined(ownerUrl, { poolSize: 5 });
  return {
    db,
    service,
    ownerUrl,
    connectionString,
    async close() {
      await Promise.all([service.close(), close()]);
      await onServer(postgres.url, `drop database if exists ${name} with (force)`);
    },
  };
}

/** Those that were given back, empty. */
const emptied: TestDatabase[] = [];

/**
 * A database as `openTestDatabase` gives it, for tests whose every statement has come to its end when they close what they started. Where it is
 * embedded it is not closed but emptied and used again, since opening one takes longer than most tests.
 */
export async function borrowTestDatabase(): Promise<TestDatabase> {
  if (onPostgres) return openTestDatabase();
  const connection = emptied.pop() ?? (await openTestDatabase());
  return { ...connection, close: () => giveBack(connection) };
}

async function giveBack(connection: TestDatabase): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select quote_ident(tablename) as name from pg_tables
    where schemaname = 'public' and tablename not like 'kysely_%'`.execute(connection.db);
  const names = sql.raw(rows.map(({ name }) => name).join(', '));
  await sql`truncate ${names} restart identity cascade`.execute(connection.db);
  emptied.push(connection);
}
