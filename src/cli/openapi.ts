import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlobStore } from '../adapters/blobStore.js';
import { connectEmbedded } from '../adapters/database/connect.js';
import { createEnvelope } from '../adapters/envelope.js';
import { buildApp } from '../app.js';
import { readConfig } from '../config.js';
import type { Clock, Logger } from '../kernel/ports.js';

/** The file names no installation, so that it is the same wherever it is made. */
const PUBLIC_URL = 'http://localhost:3000';

/** Writes the API description of this version of the service. */
export async function writeOpenApi(path: string): Promise<void> {
  await writeFile(path, await generateOpenApi());
}

/** Whether the file is, byte for byte, what {@link writeOpenApi} would write now; a missing file is not. */
export async function checkOpenApi(path: string): Promise<boolean> {
  const committed = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return committed === (await generateOpenApi());
}

/** The real app with everything that it would serve, on a database in memory that nothing is asked of. */
async function generateOpenApi(): Promise<string> {
  const clock: Clock = { now: () => new Date() };
  const logger: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const folder = await mkdtemp(join(tmpdir(), 'coop-passport-openapi-'));
  const connection = await connectEmbedded({});
  try {
    const app = await buildApp(readConfig({ PUBLIC_URL, LOG_LEVEL: 'silent' }), {
      connection,
      clock,
      envelope: createEnvelope(Buffer.alloc(32)),
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
