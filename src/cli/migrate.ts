import { Command } from 'commander';
import { stderrLogger } from './stderrLogger.js';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description(
      'bring the database up to date and say what was applied; the service does so at its start too',
    )
    .addHelpText(
      'after',
      `
Reads the same environment as serve. Migrations go forward only: take a backup first.

Examples:
  $ coop-passport migrate
  $ DATABASE_URL=postgres://db/passport coop-passport migrate`,
    )
    .action(runMigrate);
}

async function runMigrate(): Promise<void> {
  const { readConfig } = await import('../config.js');
  const { openDatabase } = await import('../start.js');
  const { migrateDatabase } = await import('../adapters/database/migrate.js');
  const database = await openDatabase(readConfig(process.env), stderrLogger);
  try {
    const applied = await migrateDatabase(database.connection.db);
    const lines =
      applied.length === 0 ? ['The database is up to date.'] : applied.map((name) => `applied ${name}`);
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    await database.close();
  }
}
