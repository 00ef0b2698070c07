import { join } from 'node:path';
import { envSchema } from 'env-schema';
import ipaddr from 'ipaddr.js';
import { Type, type Static } from 'typebox';
import { ConfigError } from './configError.js';
import { readEvidenceConfig, type EvidenceConfig } from './evidenceConfig.js';
import { DURATION_PATTERN } from './kernel/instants.js';

export { ConfigError } from './configError.js';

/**
 * The environment, checked once at start. Every variable of the README's configuration table stands here and nowhere else; the service
 * refuses to start on a bad value and says which.
 */
const Environment = Type.Object({
  PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 3000 }),
  HOST: Type.String({ default: '127.0.0.1' }),
  PUBLIC_URL: Type.Optional(Type.String()),
  DATA_DIR: Type.String({ default: './data' }),
  DOSSIER_KEYS_DIR: Type.Optional(Type.String()),
  ERASURE_LIST_FILE: Type.Optional(Type.String()),
  DATABASE_URL: Type.Optional(Type.String({ pattern: '^postgres(ql)?://' })),
  MIGRATION_DATABASE_URL: Type.Optional(Type.String({ pattern: '^postgres(ql)?://' })),
  DATABASE_POOL_SIZE: Type.Integer({ minimum: 1, maximum: 200, default: 10 }),
  KEY_ENCRYPTION_KEY: Type.Optional(Type.String()),
  KEY_ENCRYPTION_KEY_FILE: Type.Optional(Type.String()),
  OPERATOR_EMAIL: Type.String({ default: 'operator@localhost' }),
  OPERATOR_PASSWORD: Type.Optional(Type.String({ minLength: 12 })),
  DIGEST_HOUR: Type.Integer({ minimum: 0, maximum: 23, default: 6 }),
  SMTP_URL: Type.Optional(Type.String({ pattern: '^smtps?://' })),
  MAIL_FROM: Type.String({ default: 'Coop Passport <no-reply@localhost>' }),
  TRUST_PROXY: Type.Optional(Type.String()),
  RATE_LIMIT_PER_MINUTE: Type.Integer({ minimum: 1, default: 3000 }),
  RATE_LIMIT_VERIFY_PER_MINUTE: Type.Integer({ minimum: 1, default: 6000 }),
  BODY_MAX_BYTES: Type.Integer({ minimum: 1024, default: 1_048_576 }),
  EVIDENCE_MAX_BYTES: Type.Integer({ minimum: 1024, default: 26_214_400 }),
  EVIDENCE_RETENTION: Type.String({ default: 'P7Y' }),
  EVIDENCE_S3_ENDPOINT: Type.Optional(Type.String()),
  EVIDENCE_S3_BUCKET: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$' })),
  EVIDENCE_S3_REGION: Type.String({ default: 'us-east-1' }),
  EVIDENCE_S3_ACCESS_KEY_ID: Type.Optional(Type.String()),
  EVIDENCE_S3_SECRET_ACCESS_KEY: Type.Optional(Type.String()),
  EVIDENCE_S3_SECRET_ACCESS_KEY_FILE: Type.Optional(Type.String()),
  CLAMD_URL: Type.Optional(Type.String()),
  CLAMD_TIMEOUT_SECONDS: Type.Integer({ minimum: 1, maximum: 600, default: 30 }),
  MEMBER_IMPORT_MAX_BYTES: Type.Integer({ minimum: 1024, default: 52_428_800 }),
  ALLOW_LOOPBACK: Type.Boolean({ default: false }),
  VC_API: Type.Boolean({ default: false }),
  REPRESENTATION_VALID_FOR: Type.String({ pattern: DURATION_PATTERN, default: 'P1Y' }),
  ARCHIVE_RETENTION: Type.String({ pattern: DURATION_PATTERN, default: 'P2Y' }),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'], { default: 'info' }),
});

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Origin without a trailing slash. DIDs are made from it, so it never changes after the first start. */
  readonly publicUrl: string;
  readonly dataDir: string;
  /** Where the keys of the dossiers lie; kept out of the database's backups. */
  readonly dossierKeysDir: string;
  /** What was erased; in that directory unless told otherwise. */
  readonly erasureListFile: string;
  readonly databaseUrl?: string;
  /** The owner's way into the same database, which brings it up to date. */
  readonly migrationDatabaseUrl?: string;
  readonly databasePoolSize: number;
  readonly keyEncryptionKey?: string;
  readonly keyEncryptionKeyFile?: string;
  readonly operatorEmail: string;
  readonly operatorPassword?: string;
  readonly smtpUrl?: string;
  readonly mailFrom: string;
  /** The hour of the day, in UTC, at which digests of events are mailed. */
  readonly digestHour: number;
  /** Addresses or networks of the proxies whose X-Forwarded-For is believed. */
  readonly trustProxy?: readonly string[];
  readonly rateLimitPerMinute: number;
  readonly rateLimitVerifyPerMinute: number;
  readonly bodyMaxBytes: number;
  readonly evidenceMaxBytes: number;
  readonly evidence: EvidenceConfig;
  readonly memberImportMaxBytes: number;
  /** Lets outbound requests reach this machine over http and https; for development and tests. */
  readonly allowLoopback: boolean;
  /** Serves the W3C VC API (VCALM). */
  readonly vcApi: boolean;
  /** ISO 8601 duration: how long a co-op counts as represented by whom it was shown to be. */
  readonly representationValidFor: string;
  /** ISO 8601 duration: how long it is kept what other hosts published when it was verified. */
  readonly archiveRetention: string;
  readonly logLevel: string;
}

export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const env = checkEnvironment(environment);
  const dossierKeysDir = env.DOSSIER_KEYS_DIR ?? join(env.DATA_DIR, 'dossier-keys');
  const optional = {
    databaseUrl: env.DATABASE_URL,
    migrationDatabaseUrl: env.MIGRATION_DATABASE_URL,
    keyEncryptionKey: env.KEY_ENCRYPTION_KEY,
    keyEncryptionKeyFile: env.KEY_ENCRYPTION_KEY_FILE,
    operatorPassword: env.OPERATOR_PASSWORD,
    smtpUrl: env.SMTP_URL,
    trustProxy: env.TRUST_PROXY === undefined ? undefined : checkProxies(env.TRUST_PROXY),
  };
  return Object.freeze({
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<Config>),
    port: env.PORT,
    host: env.HOST,
    publicUrl: checkPublicUrl(env.PUBLIC_URL ?? `http://localhost:${env.PORT}`),
    dataDir: env.DATA_DIR,
    dossierKeysDir,
    erasureListFile: env.ERASURE_LIST_FILE ?? join(dossierKeysDir, 'erasures.ndjson'),
    databasePoolSize: env.DATABASE_POOL_SIZE,
    operatorEmail: env.OPERATOR_EMAIL,
    mailFrom: env.MAIL_FROM,
    digestHour: env.DIGEST_HOUR,
    rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
    rateLimitVerifyPerMinute: env.RATE_LIMIT_VERIFY_PER_MINUTE,
    bodyMaxBytes: env.BODY_MAX_BYTES,
    evidenceMaxBytes: env.EVIDENCE_MAX_BYTES,
    evidence: readEvidenceConfig(env),
    memberImportMaxBytes: env.MEMBER_IMPORT_MAX_BYTES,
    allowLoopback: env.ALLOW_LOOPBACK,
    vcApi: env.VC_API,
    archiveRetention: env.ARCHIVE_RETENTION,
    representationValidFor: env.REPRESENTATION_VALID_FOR,
    logLevel: env.LOG_LEVEL,
  });
}

function checkEnvironment(environment: NodeJS.ProcessEnv): Static<typeof Environment> {
  // An empty variable means an absent one, which is how compose files pass an unset value on.
  const data = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  try {
    return envSchema<Static<typeof Environment>>({ schema: Environment, data, env: false, dotenv: false });
  } catch (error) {
    // The message of the validator names the variable (as `env/PORT`); it never holds the value.
    throw new ConfigError(
      `The configuration is not valid: ${(error as Error).message.replaceAll('env/', '')}.`,
    );
  }
}

const NAMED_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];

/** What Fastify takes, but refused here, before anything is opened, and by the variable's name. */
function checkProxies(text: string): string[] {
  const proxies = text.split(',').map((part) => part.trim());
  const isNetwork = (proxy: string) =>
    NAMED_NETWORKS.includes(proxy) || ipaddr.isValid(proxy) || ipaddr.isValidCIDR(proxy);
  if (proxies.every(isNetwork)) return proxies;
  throw new ConfigError(
    'TRUST_PROXY must hold addresses or networks such as 10.0.0.0/8, separated by commas.',
  );
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** An origin: https, or http for this machine only; a did:web identifier has no place for anything else. */
function checkPublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.pathname !== '/' || url.search || url.hash || url.username || url.password) {
    throw new ConfigError('PUBLIC_URL must be an origin such as https://passport.example, without a path.');
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname))) {
    throw new ConfigError('PUBLIC_URL must be https; http is for localhost only.');
  }
  return url.origin;
}
