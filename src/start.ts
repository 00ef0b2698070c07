import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { listenForChanges } from './adapters/database/changeFeed.js';
import {
  connectEmbedded,
  connectPostgres,
  connectUnconfined,
  type DatabaseConnection,
} from './adapters/database/connect.js';
import { lockDataDir } from './adapters/database/dataDirLock.js';
import { migrateDatabase } from './adapters/database/migrate.js';
import { admitServiceUser, requireConfinedUser } from './adapters/database/serviceUser.js';
import { confirmInstallation, requireInstallation } from './adapters/database/settings.js';
import { openBlobStore } from './adapters/blobStore.js';
import { openDossierKeys } from './adapters/dossierKeys.js';
import { createClamdScanner, parseClamdUrl } from './adapters/clamd.js';
import { createEnvelope } from './adapters/envelope.js';
import { loadKeyEncryptionKey } from './adapters/keyEncryptionKey.js';
import { createMailer } from './adapters/mail.js';
import { repeatWork, type PeriodicWork } from './adapters/periodicWork.js';
import { createS3BlobStore, S3Error } from './adapters/s3BlobStore.js';
import { buildApp, type App } from './app.js';
import { ConfigError, type Config } from './config.js';
import type { BlobStore, Clock, Logger, VirusScanner } from './kernel/ports.js';

export const systemClock: Clock = { now: () => new Date() };

export interface RunningService {
  readonly app: App;
  /** Where it listens. */
  readonly address: string;
  /** Answers what is under way, then stops; nothing acknowledged is lost. */
  close(): Promise<void>;
}

const RESUME_MS = 5_000;
const MAIL_MS = 2_000;
const WEBHOOKS_MS = 500;
const DIGESTS_MS = 5_000;
const STATISTICS_MS = 60_000;
const PURGE_MS = 3_600_000;
const WATCH_MS = 10_000;

export interface StartOptions {
  /** How often credentials are watched. */
  readonly watchMs?: number;
}

/**
 * Opens the database, brings it up to date, and serves. Throws `ConfigError` and `DataDirInUseError` with words for the operator.
 *
 * @param onPasswordGenerated told the operator's password, when the first start had to make one up
 */
export async function startService(
  config: Config,
  onPasswordGenerated: (password: string) => void = () => undefined,
  { watchMs = WATCH_MS }: StartOptions = {},
): Promise<RunningService> {
  const logger: Logger = pino({ level: config.logLevel });
  const opened = await openInstallation(config, logger, confirmInstallation);
  const { app } = opened;
  let listener: { close(): Promise<void> } | undefined;
  try {
    listener = opened.connection.connectionString
      ? await listenForChanges(opened.connection.connectionString, app.changes, logger)
      : undefined;
    // Before anybody can ask, and told at once: a password that is made up here is known nowhere else, even if the start fails later.
    const { generatedPassword } = await app.accounts.people.ensureOperator({
      email: config.operatorEmail,
      ...(config.operatorPassword === undefined ? {} : { password: config.operatorPassword }),
    });
    if (generatedPassword !== undefined) onPasswordGenerated(generatedPassword);
    const address = await app.server.listen({ port: config.port, host: config.host });
    const work = startWork(app, logger, watchMs);
    return {
      app,
      address,
      async close() {
        app.webhooks.stop();
        await Promise.all(work.map((one) => one.stop()));
        await app.server.close();
        await listener?.close();
        await opened.close();
      },
    };
  } catch (error) {
    // Its connection would keep the process from ending.
    await listener?.close();
    await opened.close();
    throw error;
  }
}

export interface OpenInstallation {
  readonly app: App;
  readonly connection: DatabaseConnection;
  close(): Promise<void>;
}

/** Everything but listening: also what commands that work on an installation need, which only `serve` may found. */
export async function openInstallation(
  config: Config,
  logger: Logger,
  confirm: typeof confirmInstallation = requireInstallation,
): Promise<OpenInstallation> {
  const envelope = createEnvelope(await loadKeyEncryptionKey(config));
  const database = await openDatabase(config, logger);
  try {
    const applied = await database.migrate();
    if (applied.length > 0) logger.info({ migrations: applied }, 'the database was brought up to date');
    if (config.databaseUrl !== undefined) await requireConfinedUser(database.connection);
    await confirm(database.connection.db, config.publicUrl, envelope);
    const app = await buildApp(config, {
      connection: database.connection,
      clock: systemClock,
      envelope,
      dossierKeys: await openDossierKeys(
        { directory: config.dossierKeysDir, erasureList: config.erasureListFile },
        envelope,
        systemClock,
      ),
      blobs: await openEvidenceStore(config),
      ...(config.evidence.clamd ? { scanner: openScanner(config.evidence.clamd) } : {}),
      ...(config.smtpUrl === undefined
        ? {}
        : { mailer: createMailer({ smtpUrl: config.smtpUrl, from: config.mailFrom }) }),
      logger,
    });
    // What a backup has brought back must be gone before anybody can ask for it.
    const { replayed } = await app.erasure.replayErasures();
    if (replayed > 0) logger.warn({ replayed }, 'erasures were replayed on a restored database');
    return {
      app,
      connection: database.connection,
      async close() {
        await app.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

export interface OpenDatabase {
  readonly connection: DatabaseConnection;
  /** Brings it up to date, where this process may do so; returns what was applied. */
  migrate(): Promise<string[]>;
  close(): Promise<void>;
}

/** A directory in DATA_DIR, or an S3-compatible service, whose bucket must be there. */
async function openEvidenceStore(config: Config): Promise<BlobStore> {
  const { s3 } = config.evidence;
  if (!s3) return openBlobStore(join(config.dataDir, 'evidence'), systemClock);
  const { secretAccessKeyFile: file, secretAccessKey: given = '', ...settings } = s3;
  const secretAccessKey = file === undefined ? given : (await readFile(file, 'utf8')).trim();
  const store = createS3BlobStore({ ...settings, secretAccessKey });
  try {
    await store.requireBucket();
  } catch (error) {
    const reason = error instanceof S3Error ? `it answered ${error.status}` : 'it cannot be reached';
    throw new ConfigError(`The bucket that EVIDENCE_S3_BUCKET names cannot be used: ${reason}.`);
  }
  return store;
}

function openScanner({ url, timeoutSeconds }: NonNullable<Config['evidence']['clamd']>): VirusScanner {
  const address = parseClamdUrl(url);
  if (!address) throw new ConfigError('CLAMD_URL must be tcp://host:3310 or unix:/path/to/socket.');
  return createClamdScanner(address, timeoutSeconds * 1000);
}

/** PostgreSQL, or the embedded database in DATA_DIR, which only one process may have open. */
async function openDatabase(config: Config, logger: Logger): Promise<OpenDatabase> {
  const { databaseUrl, migrationDatabaseUrl } = config;
  if (databaseUrl === undefined) return openEmbedded(config, logger);
  const connection = connectPostgres(databaseUrl, { poolSize: config.databasePoolSize });
  return {
    connection,
    migrate: async () => (migrationDatabaseUrl === undefined ? [] : migrateDatabaseOf(config, logger)),
    close: connection.close,
  };
}

/** As `coop-passport migrate` does: PostgreSQL as its owner, or the embedded database. */
export async function migrateDatabaseOf(config: Config, logger: Logger): Promise<string[]> {
  const { databaseUrl, migrationDatabaseUrl } = config;
  if (migrationDatabaseUrl === undefined) {
    if (databaseUrl !== undefined)
      throw new ConfigError(
        'Set MIGRATION_DATABASE_URL: the user of DATABASE_URL may not change the schema.',
      );
    const database = await openEmbedded(config, logger);
    return database.migrate().finally(database.close);
  }
  const owner = connectUnconfined(migrationDatabaseUrl, { poolSize: 1 });
  try {
    const applied = await migrateDatabase(owner.db);
    if (databaseUrl !== undefined) await admitServiceUser(owner.db, databaseUrl);
    return applied;
  } finally {
    await owner.close();
  }
}

async function openEmbedded(config: Config, logger: Logger): Promise<OpenDatabase> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockDataDir(config.dataDir);
  logger.warn(
    {},
    'DATABASE_URL is not set: using the embedded database, for trying out and small use. It survives a crash of this process, not of the machine.',
  );
  try {
    const connection = await connectEmbedded({ dataDir: join(config.dataDir, 'database') });
    return {
      connection,
      migrate: () => migrateDatabase(connection.unconfined),
      async close() {
        await connection.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function startWork(app: App, logger: Logger, watchMs: number): PeriodicWork[] {
  const { mails } = app;
  return [
    repeatWork('resume issuance', RESUME_MS, () => app.issuance.resumeUnfinished(), logger),
    repeatWork('watch credentials', watchMs, () => app.watchCredentials(), logger),
    repeatWork('tell of what expired', watchMs, () => app.tellExpired(), logger),
    repeatWork('deliver webhooks', WEBHOOKS_MS, () => app.webhooks.deliverDue(), logger),
    repeatWork('mail digests', DIGESTS_MS, () => app.digests.mailDigests(), logger),
    repeatWork('count for the statistics', STATISTICS_MS, () => app.statistics.refreshStatistics(), logger),
    repeatWork('resume memberships', RESUME_MS, () => app.memberships.resume(), logger),
    repeatWork('lapse representation', PURGE_MS, () => app.representation.lapseExpired(), logger),
    repeatWork('complete erasures', RESUME_MS, () => app.erasure.resumeErasures(), logger),
    repeatWork('rewrap keys', RESUME_MS, () => app.rewrapKeys(), logger),
    repeatWork('delete expired evidence', PURGE_MS, () => app.deleteExpiredEvidence(), logger),
    repeatWork('purge', PURGE_MS, () => app.purgeExpired(), logger),
    ...(mails ? [repeatWork('deliver mail', MAIL_MS, () => mails.deliverDueMails(), logger)] : []),
  ];
}
