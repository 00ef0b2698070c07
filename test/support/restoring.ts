import { sql } from 'kysely';
import { inject } from 'vitest';
import { connectUnconfined, type DatabaseConnection } from '../../src/adapters/database/connect.js';
import { openTestDatabase } from './database.js';
import { databaseUrl } from './template.js';

/** Every row of every table, as a backup holds them. */
export type DatabaseBackup = Readonly<Record<string, readonly object[]>>;

async function listTables(db: DatabaseConnection['db']): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables
    where schemaname = 'public' and tablename not like 'kysely_%' order by tablename`.execute(db);
  return rows.map(({ name }) => name);
}

export async function backUp({ db }: DatabaseConnection): Promise<DatabaseBackup> {
  const backup: Record<string, readonly object[]> = {};
  for (const table of await listTables(db)) {
    const { rows } = await sql<{ row: object }>`select to_json(t) as row from ${sql.table(table)} t`.execute(
      db,
    );
    backup[table] = rows.map(({ row }) => row);
  }
  return backup;
}

/** A database of its own with what the backup holds and nothing else. */
export async function restore(backup: DatabaseBackup): Promise<DatabaseConnection> {
  const connection = await openTestDatabase();
  // A backup is restored by somebody whom references do not stop, as the owner of the tables is not.
  const postgres = inject('postgresTemplate');
  const admin =
    postgres && connection.ownerUrl !== undefined
      ? connectUnconfined(databaseUrl(postgres.url, new URL(connection.ownerUrl).pathname.slice(1)), {
          poolSize: 1,
        })
      : undefined;
  await (admin?.db ?? connection.db).transaction().execute(async (trx) => {
    // References are whole in the end; in between they are not.
    await sql`set local session_replication_role = replica`.execute(trx);
    for (const [table, rows] of Object.entries(backup)) {
      await sql`delete from ${sql.table(table)}`.execute(trx);
      await sql`insert into ${sql.table(table)} overriding system value
        select * from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)`.execute(
        trx,
      );
    }
    await sql`select setval(pg_get_serial_sequence('log_entries', 'position'),
      (select coalesce(max(position), 1) from log_entries))`.execute(trx);
  });
  await admin?.close();
  return connection;
}

/** All that the database holds, as text; bytes in hexadecimal. */
export async function readEverything({ db }: DatabaseConnection): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const table of await listTables(db)) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.table(table)} t`.execute(db);
    contents[table] = rows.map(({ row }) => row).join('\n');
  }
  return contents;
}
