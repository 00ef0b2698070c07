import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'kysely';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { connectEmbedded, connectUnconfined } from '../../src/adapters/database/connect.js';
import { migrateDatabase } from '../../src/adapters/database/migrate.js';
import type { Executor } from '../../src/adapters/database/schema.js';
import { admitServiceUser } from '../../src/adapters/database/serviceUser.js';
import { compileSources } from './compiled.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated embedded database, dumped, that each test opens a copy of. */
    embeddedTemplate: string;
    /** The same as the folder that it lives in; neither exists where TEST_DATABASE_URL is set. */
    embeddedDirectory: string;
    /** The server's address and the migrated database that each test clones, when TEST_DATABASE_URL is set. */
    postgresTemplate: PostgresTemplate | null;
  }
}

/** Who signs in to the server in a test's name. */
export interface TestUser {
  readonly user: string;
  readonly password: string;
}

export interface PostgresTemplate {
  readonly url: string;
  readonly name: string;
  /** Owns the databases and is no superuser, as in a real installation. */
  readonly owner: TestUser;
  /** What the service signs in as. */
  readonly service: TestUser;
}

/** Migrates once; test files open copies, which takes a fraction of the time. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'coop-passport-test-'));
  await compileSources();
  const url = process.env['TEST_DATABASE_URL'];
  const postgres = url ? await migrateTemplate(url) : null;
  const dataDir = join(folder, 'migrated');
  project.provide('embeddedTemplate', url ? '' : await dumpEmbedded(dataDir, join(folder, 'template.tar')));
  project.provide('embeddedDirectory', url ? '' : dataDir);
  project.provide('postgresTemplate', postgres);
  return async () => {
    await rm(folder, { recursive: true, force: true });
    if (postgres) await dropDatabases(postgres.url, postgres.name);
  };
}

async function dumpEmbedded(dataDir: string, file: string): Promise<string> {
  const connection = await connectEmbedded({ dataDir });
  await migrateDatabase(connection.unconfined);
  await connection.close();
  const pglite = await PGlite.create({ dataDir });
  const dump = await pglite.dumpDataDir('none');
  await pglite.close();
  await writeFile(file, Buffer.from(await dump.arrayBuffer()));
  return file;
}

async function migrateTemplate(url: string): Promise<PostgresTemplate> {
  const name = `coop_passport_test_${process.pid}`;
  await dropDatabases(url, name);
  const owner = await makeUser(url, 'coop_passport_test_owner', 'createrole');
  const service = await makeUser(url, 'coop_passport_test_service', 'noinherit');
  await onServer(url, `create database ${name} owner ${owner.user}`);
  const connection = connectUnconfined(databaseUrl(url, name, owner));
  await migrateDatabase(connection.db);
  await admitServiceUser(connection.db, databaseUrl(url, name, service));
  await showTestsEverything(connection.db, owner);
  await connection.close();
  return { url, name, owner, service };
}

/** Policies are forced upon the owner as well, who is no superuser here; a policy of its own lets tests look at what there is. */
async function showTestsEverything(db: Executor, { user }: TestUser): Promise<void> {
  const { rows } = await sql<{ name: string }>`select tablename as name from pg_tables
    where schemaname = 'public' and tablename not like 'kysely_%'`.execute(db);
  for (const { name } of rows) {
    await sql`create policy ${sql.id(TEST_POLICY)} on ${sql.id(name)} to ${sql.id(user)} using (true)`.execute(
      db,
    );
  }
}

export const TEST_POLICY = 'seen_by_tests';

/**
 * Users are the server's and stay, for all runs of tests on it, which may be many at once. What they sign in with is known to who may use the
 * server for tests, and to nobody else.
 */
async function makeUser(url: string, user: string, attributes: string): Promise<TestUser> {
  const password = createHash('sha256').update(`${user} ${url}`).digest('hex');
  await onServer(
    url,
    `do $$ begin
      if not exists (select from pg_roles where rolname = '${user}') then
        create role ${user} login ${attributes} password '${password}';
      end if;
      if not (select rolsuper from pg_roles where rolname = current_user) then grant ${user} to current_user; end if;
    exception when duplicate_object or unique_violation then null;
    end $$`,
  );
  return { user, password };
}

export function databaseUrl(url: string, name: string, { user, password }: Partial<TestUser> = {}): string {
  const result = new URL(url);
  result.pathname = `/${name}`;
  if (user !== undefined) result.username = user;
  if (password !== undefined) result.password = password;
  return result.href;
}

export async function onServer(url: string, statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The template and every copy that a test left behind. */
async function dropDatabases(url: string, prefix: string): Promise<void> {
  const { rows } = await onServer(url, `select datname from pg_database where datname like '${prefix}%'`);
  for (const { datname } of rows as { datname: string }[]) {
    await onServer(url, `drop database if exists ${datname} with (force)`);
  }
}
