import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../config.js';
import { startService } from '../start.js';
import type { SignIn } from './roles.js';

export interface DemoService {
  readonly publicUrl: string;
  readonly operator: SignIn;
  /** Removed by `close`, with everything in it. */
  readonly folder: string;
  close(): Promise<void>;
}

/** The real service, as `serve` would start it, but with an embedded database in a fresh folder and on a port that is free. */
export async function startDemoService(): Promise<DemoService> {
  const folder = await mkdtemp(join(tmpdir(), 'coop-passport-demo-'));
  try {
    const port = await findFreePort();
    const publicUrl = `http://localhost:${port}`;
    const operator = { email: 'operator@demo.example', password: makePassword() };
    // The environment is not read: the demonstration must never touch an installation that is configured there.
    const service = await startService(
      readConfig({
        PORT: String(port),
        PUBLIC_URL: publicUrl,
        DATA_DIR: join(folder, 'data'),
        OPERATOR_EMAIL: operator.email,
        OPERATOR_PASSWORD: operator.password,
        // All roles stand on one machine, so they count as one caller.
        RATE_LIMIT_PER_MINUTE: '1000000',
        RATE_LIMIT_VERIFY_PER_MINUTE: '1000000',
        // The partner's address for webhooks is on this machine as well.
        ALLOW_LOOPBACK: 'true',
        LOG_LEVEL: 'error',
      }),
      undefined,
      // Ten times as often as usual, for a reader who waits.
      { watchMs: 1_000 },
    );
    return {
      publicUrl,
      operator,
      folder,
      async close() {
        await service.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

export function makePassword(): string {
  return randomBytes(12).toString('base64url');
}

/** The public URL contains the port and is needed before the service listens, so the port is looked for first. */
async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', listening);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
