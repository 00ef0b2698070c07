import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { Kysely, PostgresDialect, type LogEvent, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { confinePool } from './confinedPool.js';
import { EmbeddedWire } from './embeddedWire.js';
import type { Tables } from './schema.js';

/** One database for the whole product, over `pg`: PostgreSQL, or PGlite in this process. */
export interface DatabaseConnection {
  /** Confined to the context of whoever asks: see context.ts. */
  readonly db: Kysely<Tables>;
  /** Absent on the embedded database, which nobody else can be connected to. */
  readonly connectionString?: string;
  close(): Promise<void>;
}

const INT8 = 20;
const DATE = 1082;

/** `bigint` is a number (an error beyond 2^53), `date` its text. */
const types = new pg.TypeOverrides();
types.setTypeParser(INT8, parseBigint);
types.setTypeParser(DATE, (text) => text);

function parseBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('a bigint column exceeds 2^53');
  return value;
}

export interface ConnectOptions {
  /** Told of every statement; tests count them. */
  readonly onQuery?: (event: LogEvent) => void;
  readonly poolSize?: number;
}

/** Asks as the user who signed in: for migrations, and for looking who that is. */
export interface UnconfinedConnection {
  readonly db: Kysely<Tables>;
  close(): Promise<void>;
}

/** There everything signs in as the one superuser that it has, so all that confines is the roles that transactions take up. */
export interface EmbeddedConnection extends DatabaseConnection {
  readonly unconfined: Kysely<Tables>;
}

export function connectPostgres(connectionString: string, options: ConnectOptions = {}): DatabaseConnection {
  const db = kyselyOver(confinePool(openPool(connectionString, options)), options);
  return { db, connectionString, close: () => db.destroy() };
}

export function connectUnconfined(
  connectionString: string,
  options: ConnectOptions = {},
): UnconfinedConnection {
  const db = kyselyOver(openPool(connectionString, options), options);
  return { db, close: () => db.destroy() };
}

function openPool(connectionString: string, options: ConnectOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    types,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: 10_000,
    // A statement that hangs must not hold a connection for ever.
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
}

export async function connectEmbedded(
  settings: Pick<PGliteOptions, 'dataDir' | 'loadDataDir'>,
  options: ConnectOptions = {},
): Promise<EmbeddedConnection> {
  return connectOver(await openEmbedded(settings), options);
}

/** Closing it ends the pool. */
export function connectOver(pool: PostgresPool, options: ConnectOptions = {}): EmbeddedConnection {
  const db = kyselyOver(confinePool(pool), options);
  const unconfined = kyselyOver(pool, {});
  async function close(): Promise<void> {
    await Promise.all([db.destroy(), unconfined.destroy()]);
    // Neither of them ends a pool that it never used.
    await pool.end();
  }
  return { db, unconfined, close };
}

function kyselyOver(pool: PostgresPool, options: ConnectOptions): Kysely<Tables> {
  const { onQuery } = options;
  return new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    ...(onQuery ? { log: onQuery } : {}),
  });
}

/** PGlite has one connection: whoever holds it is followed by the next in line. */
export async function openEmbedded(
  settings: Pick<PGliteOptions, 'dataDir' | 'loadDataDir'>,
): Promise<PostgresPool> {
  const pglite = await PGlite.create(settings);
  // All of it is said here: what is not, `pg` would take from the environment.
  const client = new pg.Client({
    stream: () => new EmbeddedWire(pglite),
    user: 'postgres',
    database: 'postgres',
    password: '',
    ssl: false,
    options: '',
    types,
  });
  // Whoever asks is told; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  const query = client.query.bind(client) as PostgresPoolClient['query'];
  let last: Promise<void> = Promise.resolve();
  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    await client.end();
    await pglite.close();
  }
  return {
    async connect() {
      const turn = last;
      let release = (): void => undefined;
      last = new Promise<void>((resolve) => (release = resolve));
      await turn;
      return { query, release };
    },
    end: () => (closed ??= last.then(close)),
  };
}
