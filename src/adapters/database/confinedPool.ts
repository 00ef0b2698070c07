import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { currentContext, entering, type DatabaseContext } from './context.js';

/**
 * A pool that asks nothing as the user who signed in to the database, who may see nothing: every transaction takes up the role and the
 * organisation of the context in which it began, and a statement outside of one gets a transaction of its own.
 */
export function confinePool(pool: PostgresPool): PostgresPool {
  return {
    async connect() {
      const context = currentContext();
      return confineClient(await pool.connect(), context);
    },
    end: () => pool.end(),
  };
}

type Query = (text: string, parameters: readonly unknown[]) => Promise<unknown>;

function confineClient(client: PostgresPoolClient, context: DatabaseContext): PostgresPoolClient {
  const ask = client.query.bind(client) as Query;
  let isOpen = false;

  async function begin(text: string): Promise<unknown> {
    isOpen = true;
    try {
      return await ask(`${text}; ${entering(context)}`, []);
    } catch (error) {
      await abandon();
      throw error;
    }
  }

  /** What went wrong before says more than why it could not be rolled back; the connection is seen to when it is released. */
  async function abandon(): Promise<void> {
    await end('rollback').catch(() => undefined);
  }

  async function end(text: 'commit' | 'rollback'): Promise<unknown> {
    const result = await ask(text, []);
    isOpen = false;
    return result;
  }

  async function askAlone(text: string, parameters: readonly unknown[]): Promise<unknown> {
    await begin('begin');
    try {
      const result = await ask(text, parameters);
      await end('commit');
      return result;
    } catch (error) {
      await abandon();
      throw error;
    }
  }

  const query: Query = (text, parameters) => {
    // The words of Kysely's driver.
    if (text === 'begin' || text.startsWith('start transaction')) return begin(text);
    if (text === 'commit' || text === 'rollback') return end(text);
    return isOpen ? ask(text, parameters) : askAlone(text, parameters);
  };

  return {
    query: query as PostgresPoolClient['query'],
    release() {
      if (!isOpen) {
        client.release();
        return;
      }
      // Nobody gets a connection in the middle of another's transaction; one that cannot be rolled back is gone.
      ask('rollback', []).then(
        () => client.release(),
        () => (client.release as (destroy: boolean) => void)(true),
      );
    },
  };
}
