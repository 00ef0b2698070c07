import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Config } from '../config.js';
import type { OpenInstallation } from '../start.js';
import { stderrLogger } from './stderrLogger.js';

export function erasuresCommand(): Command {
  return new Command('erasures')
    .description('what dossiers were erased, for keeping elsewhere and for restoring a backup')
    .addCommand(listCommand())
    .addCommand(replayCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('print what was erased, one JSON object a line: organisation, generation and instant')
    .addHelpText(
      'after',
      `
Reads the key store only, so the service may be running. Keep a copy where no restore can reach it.

Examples:
  $ coop-passport erasures list > erasures.ndjson`,
    )
    .action(runList);
}

function replayCommand(): Command {
  return new Command('replay')
    .description('erase again whatever was erased, after a backup was restored')
    .option('--list <file>', 'what was erased, as `erasures list` printed it, beside what is known here')
    .addHelpText(
      'after',
      `
The service does so at every start, with its own list. Name a list from elsewhere when the key store was restored as well.
Works on the installation itself: with the embedded database, stop the service first.

Examples:
  $ coop-passport erasures replay
  $ coop-passport erasures replay --list /mnt/elsewhere/erasures.ndjson`,
    )
    .action(runReplay);
}

async function runList(): Promise<void> {
  const { readConfig } = await import('../config.js');
  const { openErasureList } = await import('../adapters/erasureList.js');
  const config = readConfig(process.env);
  const erased = await openErasureList(config.erasureListFile).readAll();
  for (const { organisationId, generation, at } of erased)
    process.stdout.write(`${JSON.stringify({ organisationId, generation, at: at.toISOString() })}\n`);
}

async function runReplay(options: { list?: string }): Promise<void> {
  const { readConfig } = await import('../config.js');
  const { parseErasureList } = await import('../adapters/erasureList.js');
  const more = options.list === undefined ? [] : parseErasureList(await readFile(options.list, 'utf8'));
  if (options.list !== undefined && more.length === 0)
    throw new Error(`${options.list} names no erasure: give it a file that \`erasures list\` has written.`);
  const installation = await openExisting(readConfig(process.env));
  try {
    const { known, replayed } = await installation.app.erasure.replayErasures(more);
    process.stdout.write(`${known} known, ${replayed} of them were new to this database\n`);
  } finally {
    await installation.close();
  }
}

async function openExisting(config: Config): Promise<OpenInstallation> {
  // In the wrong folder this would otherwise found a new, empty installation.
  if (config.databaseUrl === undefined && !existsSync(join(config.dataDir, 'database')))
    throw new Error(`There is no installation in ${config.dataDir}: set DATA_DIR or DATABASE_URL.`);
  const { openInstallation } = await import('../start.js');
  return openInstallation(config, stderrLogger);
}
