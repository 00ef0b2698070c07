import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { connectEmbedded, connectPostgres } from '../../src/adapters/database/connect.js';
import { migrateDatabase } from '../../src/adapters/database/migrate.js';
import { compileSources } from './compiled.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated embedded database, dumped, that each test opens a copy of. */
    embeddedTemplate: string;
    /** The server's address and the migrated database that each test clones, when TEST_DATABASE_URL is set. */
    postgresTemplate: { url: string; name: string } | null;
  }
}

/** Migrates once; test files open copies, which takes a fraction of the time. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'coop-passport-test-'));
  await compileSources();
  const url = process.env['TEST_DATABASE_URL'];
  const postgres = url ? await migrateTemplate(url) : null;
  project.provide('embeddedTemplate', url ? '' : await dumpEmbedded(folder));
  project.provide('postgresTemplate', postgres);
  return async () => {
    await rm(folder, { recursive: true, force: true });
    if (postgres) await dropDatabases(postgres.url, postgres.name);
  };
}

async function dumpEmbedded(folder: string): Promise<string> {
  const dataDir = join(folder, 'migrated');
  const connection = await connectEmbedded({ dataDir });
  await migrateDatabase(connection.db);
  await connection.close();
  const pglite = await PGlite.create({ dataDir });
  const dump = await pglite.dumpDataDir('none');
  await pglite.close();
  const file = join(folder, 'template.tar');
  await writeFile(file, Buffer.from(await dump.arrayBuffer()));
  return file;
}

async function migrateTemplate(url: string): Promise<{ url: string; name: string }> {
  const name = `coop_passport_test_${process.pid}`;
  await dropDatabases(url, name);
  await onServer(url, `create database ${name}`);
  const connection = connectPostgres(databaseUrl(url, name));
  await migrateDatabase(connection.db);
  await connection.close();
  return { url, name };
}

export function databaseUrl(url: string, name: string): string {
  const result = new URL(url);
  result.pathname = `/${name}`;
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
