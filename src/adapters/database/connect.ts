import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { Kysely, PostgresDialect, type LogEvent, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { confinePool } from './confinedPool.js';
import type { Tables } from './schema.js';

/** One database for the whole product: PostgreSQL over `pg`, or PGlite in this process behind the same Kysely dialect. */
export interface DatabaseConnection {
  /** Confined to the context of whoever asks: see context.ts. */
  readonly db: Kysely<Tables>;
  /** Absent on the embedded database, which nobody else can be connected to. */
  readonly connectionString?: string;
  close(): Promise<void>;
}

const INT8 = 20;
const BYTEA = 17;
const DATE = 1082;

/** Both drivers return the same JavaScript values: `bigint` a number (an error beyond 2^53), `date` its text, `bytea` a Buffer. */
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
  const types = new pg.TypeOverrides();
  types.setTypeParser(INT8, parseBigint);
  types.setTypeParser(DATE, (text) => text);
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
  const pglite = await PGlite.create({
    ...settings,
    parsers: {
      [INT8]: parseBigint,
      [DATE]: (text: string) => text,
      [BYTEA]: (text: string) => Buffer.from(text.slice(2), 'hex'),
    },
  });
  const pool = embeddedPool(pglite);
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
function embeddedPool(pglite: PGlite): PostgresPool {
  let last: Promise<void> = Promise.resolve();
  let closed: Promise<void> | undefined;
  return {
    async connect() {
      const turn = last;
      let release = (): void => undefined;
      last = new Promise<void>((resolve) => (release = resolve));
      await turn;
      return { query: queryOn(pglite), release } as PostgresPoolClient;
    },
    end: () => (closed ??= last.then(() => pglite.close())),
  };
}

function queryOn(pglite: PGlite) {
  return async (text: string, parameters: readonly unknown[]) => {
    // Like pg, text without parameters may hold several statements (the migrations do).
    const result =
      parameters.length > 0 ? await pglite.query(text, [...parameters]) : (await pglite.exec(text)).at(-1);
    const rows = result?.rows ?? [];
    const command = result?.command ?? '';
    return { command, rowCount: command === 'SELECT' ? rows.length : (result?.affectedRows ?? 0), rows };
  };
}
