import {
  CompiledQuery,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection as DriverConnection,
  type Driver,
} from 'kysely';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import type { Tables } from '../../src/adapters/database/schema.js';
import { serviceOf } from './database.js';

/** Called before each statement, `begin` and `commit` among them; what it throws reaches the app instead of an answer. */
export type BeforeStatement = (sql: string) => void | Promise<void>;

/**
 * The same database seen through a wire that a test can hold or cut. `rollback` always goes through: the transaction of a process that
 * died is rolled back by the server. Closing it leaves the database open.
 */
export function interceptStatements(
  connection: DatabaseConnection,
  before: BeforeStatement,
): DatabaseConnection {
  const { db: inner } = serviceOf(connection);
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => interceptingDriver(inner, before),
      createIntrospector: (executor) => new PostgresIntrospector(executor),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  return { db, close: async () => undefined };
}

interface HeldConnection extends DriverConnection {
  pass(sql: string): Promise<void>;
  release(): void;
}

function interceptingDriver(inner: Kysely<Tables>, before: BeforeStatement): Driver {
  const held = (connection: DriverConnection) => connection as HeldConnection;
  return {
    init: async () => undefined,
    acquireConnection: () => holdConnection(inner, before),
    async beginTransaction(connection, { isolationLevel }) {
      const level = isolationLevel === undefined ? '' : ` isolation level ${isolationLevel}`;
      await connection.executeQuery(CompiledQuery.raw(`start transaction${level}`));
    },
    commitTransaction: async (connection) =>
      void (await connection.executeQuery(CompiledQuery.raw('commit'))),
    rollbackTransaction: (connection) => held(connection).pass('rollback'),
    releaseConnection: async (connection) => held(connection).release(),
    destroy: async () => undefined,
  };
}

/** A connection of the inner pool, kept until it is released. */
function holdConnection(inner: Kysely<Tables>, before: BeforeStatement): Promise<HeldConnection> {
  return new Promise((resolve, reject) => {
    const use = (connection: Kysely<Tables>) =>
      new Promise<void>((release) =>
        resolve({
          async executeQuery<R>(query: CompiledQuery) {
            await before(query.sql);
            return connection.executeQuery<R>(query);
          },
          streamQuery() {
            throw new Error('nothing here streams');
          },
          pass: async (sql) => void (await connection.executeQuery(CompiledQuery.raw(sql))),
          release,
        }),
      );
    inner.connection().execute(use).catch(reject);
  });
}

/** A wire that is cut before a chosen statement and stays so: to the database, that is a process that died there. */
export interface CrashingConnection extends DatabaseConnection {
  /** From now on `count` statements go through, and then none. */
  crashAfter(count: number): void;
  /** The next commit goes through, and then nothing. */
  crashAfterCommit(): void;
  /** Whether it has been cut since the last restart. */
  readonly hasCrashed: boolean;
  /** Everything goes through again. */
  restart(): void;
}

export function createCrashingConnection(connection: DatabaseConnection): CrashingConnection {
  let left = Infinity;
  let isLastCommit = false;
  let hasCrashed = false;
  const { db, close } = interceptStatements(connection, (sql) => {
    if (left <= 0) {
      hasCrashed = true;
      throw new Error('the process died before this statement');
    }
    left = isLastCommit && sql === 'commit' ? 0 : left - 1;
  });
  return {
    db,
    close,
    crashAfter: (count) => void (left = count),
    crashAfterCommit: () => void (isLastCommit = true),
    get hasCrashed() {
      return hasCrashed;
    },
    restart() {
      left = Infinity;
      isLastCommit = false;
      hasCrashed = false;
    },
  };
}

/** A wire on which one kind of statement can be made to wait, so that a race runs in the order that the test wants. */
export interface PausableConnection extends DatabaseConnection {
  /** The next statement that matches waits; resolves once it has arrived, with the function that lets it go on. */
  pauseBefore(pattern: RegExp): Promise<() => void>;
}

export function createPausableConnection(connection: DatabaseConnection): PausableConnection {
  const pauses: { pattern: RegExp; arrived: (resume: () => void) => void }[] = [];
  const wire = interceptStatements(connection, async (sql) => {
    const index = pauses.findIndex(({ pattern }) => pattern.test(sql));
    const [pause] = index < 0 ? [] : pauses.splice(index, 1);
    if (pause) await new Promise<void>((resume) => pause.arrived(resume));
  });
  return {
    ...wire,
    pauseBefore: (pattern) => new Promise((arrived) => void pauses.push({ pattern, arrived })),
  };
}
