import { Command } from 'commander';
import { stderrLogger } from './stderrLogger.js';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description(
      'bring the database up to date and say what was applied; the service does so too, where it may',
    )
    .addHelpText(
      'after',
      `
Reads the same environment as serve. PostgreSQL is migrated as the user of MIGRATION_DATABASE_URL, who owns the database and
may create roles; the user of DATABASE_URL, if it is set, is then let in. Migrations go forward only: take a backup first.

Examples:
  $ coop-passport migrate
  $ MIGRATION_DATABASE_URL=postgres://owner@db/passport DATABASE_URL=postgres://passport@db/passport coop-passport migrate`,
    )
    .action(runMigrate);
}

async function runMigrate(): Promise<void> {
  const { readConfig } = await import('../config.js');
  const { migrateDatabaseOf } = await import('../start.js');
  const applied = await migrateDatabaseOf(readConfig(process.env), stderrLogger);
  const lines =
    applied.length === 0 ? ['The database is up to date.'] : applied.map((name) => `applied ${name}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}
