import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ApiClient } from './api.js';
import { OPERATOR, TEST_KEY_ENCRYPTION_KEY } from './app.js';
import { COMPILED_CLI } from './compiled.js';
import { createHttpClient } from './httpApi.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface ServiceProcess {
  readonly origin: string;
  readonly api: ApiClient;
  readonly child: ChildProcess;
  /** Standard output and error so far. */
  output(): string;
  /** Resolves once it is gone, with its exit code, or `null` when a signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export interface ServiceEnd {
  readonly code: number | null;
  readonly output: string;
}

/** The service as a process of its own. A start that is refused gives its end instead. */
export async function startProcess(
  port: number,
  environment: Record<string, string>,
): Promise<ServiceProcess | ServiceEnd> {
  const origin = `http://localhost:${port}`;
  const child = spawn(process.execPath, [COMPILED_CLI, 'serve'], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOST: 'localhost',
      PORT: String(port),
      PUBLIC_URL: origin,
      LOG_LEVEL: 'error',
      RATE_LIMIT_PER_MINUTE: '100000',
      OPERATOR_EMAIL: OPERATOR.email,
      OPERATOR_PASSWORD: OPERATOR.password,
      KEY_ENCRYPTION_KEY: TEST_KEY_ENCRYPTION_KEY.toString('base64'),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = once(child, 'close') as Promise<[number | null]>;
  const serving = new Promise<'serving'>((resolve) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Coop Passport is serving')) resolve('serving');
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  const first = await Promise.race([serving, ended]);
  if (first !== 'serving') return { code: first[0], output };
  return {
    origin,
    api: createHttpClient(origin),
    child,
    output: () => output,
    async end(signal) {
      child.kill(signal);
      return (await ended)[0];
    },
  };
}

/** As above, for a start that must succeed. */
export async function startService(
  port: number,
  environment: Record<string, string>,
): Promise<ServiceProcess> {
  const started = await startProcess(port, environment);
  if ('code' in started) throw new Error(`the service did not start: ${started.output}`);
  return started;
}

/** One that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
