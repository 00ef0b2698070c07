import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlobStore } from '../../src/adapters/blobStore.js';
import type { ConnectOptions, DatabaseConnection } from '../../src/adapters/database/connect.js';
import { openDossierKeys, type DossierKeyPlaces } from '../../src/adapters/dossierKeys.js';
import { createEnvelope } from '../../src/adapters/envelope.js';
import { createPasswords } from '../../src/adapters/passwords.js';
import { buildApp, type App, type AppDeps } from '../../src/app.js';
import { readConfig, type Config } from '../../src/config.js';
import type { Logger, Mailer, TxtLookup, VirusScanner } from '../../src/kernel/ports.js';
import { createTestClock, type TestClock } from './clock.js';
import { createApiClient, type ApiClient } from './api.js';
import { openTestDatabase, serviceOf } from './database.js';

export const OPERATOR = { email: 'operator@passport.test', password: 'the operator has a long password' };
export const PUBLIC_URL = 'https://passport.test';
export const TEST_KEY_ENCRYPTION_KEY = Buffer.alloc(32, 7);

export const silentLogger: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface TestApp {
  readonly app: App;
  readonly config: Config;
  /** The test's own way in, as the owner: see {@link openTestDatabase}. */
  readonly connection: DatabaseConnection;
  readonly clock: TestClock;
  /** Speaks HTTP to the app, as nobody; `as(token)` as somebody. Every answer is checked against openapi.yaml. */
  readonly api: ApiClient;
  /** Where uploaded files lie, encrypted. */
  readonly blobFolder: string;
  close(): Promise<void>;
}

export interface TestAppOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** A database that is already open, for a second app beside the first; it is left open. */
  readonly connection?: DatabaseConnection;
  readonly clock?: TestClock;
  readonly mailer?: Mailer;
  readonly scanner?: VirusScanner;
  readonly logger?: Logger;
  readonly resolveTxt?: TxtLookup;
  readonly resolveHost?: AppDeps['resolveHost'];
  readonly logStream?: { write(line: string): void };
  readonly onQuery?: ConnectOptions['onQuery'];
  /** Of its own; otherwise all apps of this test process share one store, as several processes on one database must. */
  readonly dossierKeys?: DossierKeyPlaces;
  /** Of an app before; it is left where it is. */
  readonly blobFolder?: string;
}

let sharedKeys: string | undefined;

function sharedDossierKeys(): DossierKeyPlaces {
  if (sharedKeys === undefined) {
    const directory = mkdtempSync(join(tmpdir(), 'coop-passport-keys-'));
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    sharedKeys = directory;
  }
  return keyPlacesIn(sharedKeys);
}

export function keyPlacesIn(directory: string): DossierKeyPlaces {
  return { directory, erasureList: join(directory, 'erasures.ndjson') };
}

/** The production app, on a fresh database, with a clock that the test moves. */
export async function startApp(options: TestAppOptions = {}): Promise<TestApp> {
  const config = readConfig({
    PUBLIC_URL,
    LOG_LEVEL: options.logStream ? 'info' : 'silent',
    RATE_LIMIT_PER_MINUTE: '100000',
    ...options.environment,
  });
  const clock = options.clock ?? createTestClock();
  const connection =
    options.connection ?? (await openTestDatabase(options.onQuery ? { onQuery: options.onQuery } : {}));
  const folder = await mkdtemp(join(tmpdir(), 'coop-passport-app-'));
  const envelope = createEnvelope(Buffer.from(TEST_KEY_ENCRYPTION_KEY));
  const app = await buildApp(config, {
    connection: serviceOf(connection),
    clock,
    envelope,
    dossierKeys: await openDossierKeys(options.dossierKeys ?? sharedDossierKeys(), envelope, clock),
    blobs: await openBlobStore(options.blobFolder ?? folder, clock),
    logger: options.logger ?? silentLogger,
    // The same algorithm at a thousandth of the cost: tests sign in all the time, and nobody guesses here.
    passwords: createPasswords({ cost: { memoryCost: 32, timeCost: 1 } }),
    ...(options.resolveHost ? { resolveHost: options.resolveHost } : {}),
    ...(options.resolveTxt ? { resolveTxt: options.resolveTxt } : {}),
    ...(options.scanner ? { scanner: options.scanner } : {}),
    ...(options.mailer ? { mailer: options.mailer } : {}),
    ...(options.logStream ? { logStream: options.logStream } : {}),
  });
  await app.accounts.people.ensureOperator(OPERATOR);
  await app.server.ready();
  return {
    app,
    config,
    connection,
    clock,
    api: createApiClient(app.server),
    blobFolder: options.blobFolder ?? folder,
    async close() {
      await app.close();
      if (!options.connection) await connection.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
