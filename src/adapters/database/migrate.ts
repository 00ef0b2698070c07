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
      return [file.slice(0, -'.sql'.length), { up: async (db) => void (await sql.raw(text).execute(db)) }];
    });
    return Object.fromEntries(await Promise.all(migrations));
  },
};

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
