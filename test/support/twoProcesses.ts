import { listenForChanges } from '../../src/adapters/database/changeFeed.js';
import { connectPostgres, type DatabaseConnection } from '../../src/adapters/database/connect.js';
import { silentLogger, startApp, type TestApp } from './app.js';
import { createTestClock, type TestClock } from './clock.js';
import { openTestDatabase } from './database.js';
import { createPausableConnection, type PausableConnection } from './statements.js';

/** Two apps on one PostgreSQL database, each with its own pool and caches, that hear of each other's changes. */
export interface ProcessPair {
  readonly database: DatabaseConnection;
  readonly clock: TestClock;
  readonly one: TestApp;
  readonly two: TestApp;
  readonly wires: { readonly one: PausableConnection; readonly two: PausableConnection };
  close(): Promise<void>;
}

export async function startPair(): Promise<ProcessPair> {
  const database = await openTestDatabase();
  const url = database.connectionString;
  if (url === undefined) throw new Error('a pair of processes needs PostgreSQL');
  const clock = createTestClock();
  const second = connectPostgres(url);
  const wires = { one: createPausableConnection(database), two: createPausableConnection(second) };
  const one = await startApp({ connection: wires.one, clock });
  const two = await startApp({ connection: wires.two, clock });
  const listeners = [
    await listenForChanges(url, one.app.changes, silentLogger),
    await listenForChanges(url, two.app.changes, silentLogger),
  ];
  return {
    database,
    clock,
    one,
    two,
    wires,
    async close() {
      for (const listener of listeners) await listener.close();
      await two.close();
      await one.close();
      await second.close();
      await database.close();
    },
  };
}
