import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Clock, Logger } from '../kernel/ports.js';

/** The file names no installation, so that it is the same wherever it is made. */
const PUBLIC_URL = 'http://localhost:3000';

export function openApiCommand(): Command {
  return new Command('openapi')
    .description('write the API description from the routes, or check that a file is up to date')
    .argument('<file>', 'for example openapi.yaml')
    .option('--check', 'change nothing; exit 1 when the file differs')
    .addHelpText(
      'after',
      `
Examples:
  $ coop-passport openapi openapi.yaml
  $ coop-passport openapi openapi.yaml --check`,
    )
    .action(async (file: string, options: { check?: true }) => {
      if (!options.check) return writeOpenApi(file);
      if (await checkOpenApi(file)) return;
      process.stderr.write(`${file} is not what the routes say: run npm run openapi and commit it\n`);
      process.exitCode = 1;
    });
}

/** Writes the API description of this version of the service. */
export async function writeOpenApi(path: string): Promise<void> {
  await writeFile(path, await generateOpenApi());
}

/** Whether the file is, byte for byte, what {@link writeOpenApi} would write now; a missing file is not. */
export async function checkOpenApi(path: string): Promise<boolean> {
  return existsSync(path) && (await readFile(path, 'utf8')) === (await generateOpenApi());
}

/** The real app with everything that an operator may switch on, on a database in memory that nothing is asked of. */
async function generateOpenApi(): Promise<string> {
  const { openBlobStore } = await import('../adapters/blobStore.js');
  const { connectEmbedded } = await import('../adapters/database/connect.js');
  const { openDossierKeys } = await import('../adapters/dossierKeys.js');
  const { createEnvelope } = await import('../adapters/envelope.js');
  const { buildApp } = await import('../app.js');
  const { readConfig } = await import('../config.js');
  const clock: Clock = { now: () => new Date() };
  const logger: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const folder = await mkdtemp(join(tmpdir(), 'coop-passport-openapi-'));
  const envelope = createEnvelope(Buffer.alloc(32));
  const connection = await connectEmbedded({});
  try {
    const app = await buildApp(readConfig({ PUBLIC_URL, LOG_LEVEL: 'silent', VC_API: 'true' }), {
      connection,
      clock,
      envelope,
      dossierKeys: await openDossierKeys(
        { directory: join(folder, 'keys'), erasureList: join(folder, 'erasures.ndjson') },
        envelope,
        clock,
      ),
      blobs: await openBlobStore(folder, clock),
      logger,
    });
    await app.server.ready();
    const description = app.server.swagger({ yaml: true });
    await app.close();
    return description;
  } finally {
    await connection.close();
    await rm(folder, { recursive: true, force: true });
  }
}
