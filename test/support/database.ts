import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { PostgresPool } from 'kysely';
import { inject } from 'vitest';
import {
  connectOver,
  connectPostgres,
  connectUnconfined,
  openEmbedded,
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

async function openCopy(): Promise<PostgresPool> {
  dump ??= readFile(inject('embeddedTemplate')).then((bytes) => new Blob([bytes]));
  return openEmbedded({ loadDataDir: await dump });
}

export interface TestDatabaseOptions extends ConnectOptions {
  /** For tests that change more than rows. */
  readonly isOwn?: boolean;
}

/** A fresh migrated database: a clone on the server when TEST_DATABASE_URL is set, else an embedded one in memory. */
export async function openTestDatabase({
  isOwn = false,
  ...options
}: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const postgres = inject('postgresTemplate');
  if (!postgres) {
    const service = connectOver(isOwn ? await openCopy() : await lend(), options);
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

/** Embedded databases that were given back, empty: opening one takes longer than most tests. */
const emptied: PostgresPool[] = [];

/** Until it is ended; then nobody gets in any more, and whoever is in comes to an end before it is emptied. */
async function lend(): Promise<PostgresPool> {
  const pool = emptied.pop() ?? (await openCopy());
  let end: Promise<void> | undefined;
  return {
    async connect() {
      if (end) throw new Error('the test has closed this database');
      return pool.connect();
    },
    end: () => (end ??= empty(pool).then(() => void emptied.push(pool))),
  };
}

async function empty(pool: PostgresPool): Promise<void> {
  const client = await pool.connect();
  const { rows } = await client.query<{ names: string | null }>(
    `select string_agg(quote_ident(relname), ', ') as names from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'kysely_%'
       and pg_relation_size(oid) > 0`,
    [],
  );
  const [{ names } = { names: null }] = rows;
  if (names !== null) await client.query(`truncate ${names} restart identity cascade`, []);
  await client.query('discard all', []);
  client.release();
}
