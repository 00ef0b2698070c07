import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Migrator, sql, type Migration, type MigrationProvider } from 'kysely';
import type { Executor } from './schema.js';

const MIGRATIONS = fileURLToPath(new URL('../../../migrations/', import.meta.url));

/** Each `NNNN_name.sql` is one forward migration; there is no way back but a backup. */
const sqlFiles: MigrationProvider = {
  async getMigrations() {
    const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith('.sql')).sort();
    const migrations = files.map(async (file): Promise<[string, Migration]> => {
      const text = await readFile(`${MIGRATIONS}${file}`, 'utf8');
      const up: Migration['up'] = async (db) => {
        // Rows that a policy hides from the owner, too, are an error here, and not simply left as they were.
        await sql`set local row_security = off`.execute(db);
        await sql.raw(text).execute(db);
      };
      return [file.slice(0, -'.sql'.length), { up }];
    });
    return Object.fromEntries(await Promise.all(migrations));
  },
};

/** How the schema differs from that of this version; to be asked by whoever may not mend it. */
export async function compareSchema(db: Executor): Promise<{ pending: string[]; unknown: string[] }> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  const applied = rows.map(({ name }) => name);
  const known = Object.keys(await sqlFiles.getMigrations());
  return {
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

/**
 * Brings the schema up to date and returns the names of what was applied: all or nothing, in one transaction and under an advisory
 * lock, so that several processes may start at once and a second run does nothing.
 */
export async function migrateDatabase(db: Executor): Promise<string[]> {
  const migrator = new Migrator({ db, provider: sqlFiles });
  const { error, results } = await migrator.migrateToLatest();
  if (error) throw error instanceof Error ? error : new Error('a migration failed', { cause: error });
  return (results ?? []).map((result) => result.migrationName);
}
