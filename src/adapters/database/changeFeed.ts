import { sql } from 'kysely';
import pg from 'pg';
import type { Logger } from '../../kernel/ports.js';
import type { Executor } from './schema.js';

const CHANNEL = 'coop_passport_changes';
const HEARTBEAT_MS = 5_000;
const RETRY_MS = 500;

/** What changed, so that every process can forget what it knew about it. Ids and DIDs only. */
export interface Change {
  readonly kind:
    'did' | 'status-list' | 'instance-status-list' | 'accreditation' | 'organisation' | 'contest';
  readonly id: string;
}

export interface ChangeListener {
  onChange(change: Change): void;
  /** The listener is deaf: what is cached can no longer be trusted. */
  onLost(): void;
  onRestored(): void;
}

/** Told to other processes when, and only when, the transaction commits. */
export async function announceChange(trx: Executor, change: Change): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, ${JSON.stringify(change)})`.execute(trx);
}

/**
 * Listens to the changes that other processes make, on a connection of its own. A lost connection is reported at once, and tried again
 * for as long as it takes; a heartbeat finds the ones that die without a word.
 */
export async function listenForChanges(
  connectionString: string,
  listener: ChangeListener,
  logger: Logger,
): Promise<{ close(): Promise<void> }> {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function open(): Promise<void> {
    const opened = new pg.Client({
      connectionString,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
    });
    opened.on('error', () => lose(opened));
    opened.on('end', () => lose(opened));
    opened.on('notification', (message) => {
      const change = parseChange(message.payload);
      if (change) listener.onChange(change);
    });
    await opened.connect();
    await opened.query(`listen ${CHANNEL}`);
    client = opened;
    timer = setTimeout(() => void beat(opened), HEARTBEAT_MS);
    timer.unref();
  }

  async function beat(current: pg.Client): Promise<void> {
    try {
      await current.query('select 1');
    } catch {
      lose(current);
      return;
    }
    if (client !== current) return;
    timer = setTimeout(() => void beat(current), HEARTBEAT_MS);
    timer.unref();
  }

  function lose(lost: pg.Client): void {
    if (closed || client !== lost) return;
    client = undefined;
    clearTimeout(timer);
    listener.onLost();
    logger.warn({}, 'the change listener lost its connection; caches are off until it is back');
    void lost.end().catch(() => undefined);
    void reopen();
  }

  async function reopen(): Promise<void> {
    while (!closed) {
      try {
        await open();
        listener.onRestored();
        logger.info({}, 'the change listener is back');
        return;
      } catch {
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
  }

  await open();
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}

function parseChange(payload: string | undefined): Change | undefined {
  try {
    return JSON.parse(payload ?? '') as Change;
  } catch {
    return undefined;
  }
}
