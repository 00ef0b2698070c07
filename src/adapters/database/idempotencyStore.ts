import { sql } from 'kysely';
import type { EarlierUse, IdempotencyScope, IdempotencyStore } from '../../http/idempotency.js';
import { addSeconds } from '../../kernel/instants.js';
import { asRequester, inWork } from './context.js';
import type { Executor } from './schema.js';

const KEPT_SECONDS = 24 * 3600;
const MOST_TRIES = 5;

export interface PurgeableIdempotencyStore extends IdempotencyStore {
  /** Deletes keys that count as unused; returns how many. */
  purge(now: Date): Promise<number>;
}

/**
 * Keys in the database, so that all processes share them. One whose process died under way stays `started` for its 24 hours: whether
 * that request took effect is not known, so it is not run again by itself.
 */
export function createIdempotencyStore(db: Executor): PurgeableIdempotencyStore {
  return {
    claim: (scope, requestDigest, now) =>
      asRequester(scope.caller, () => claim(db, scope, requestDigest, now)),

    keepAnswer: (scope, answer) =>
      asRequester(scope.caller, async () => {
        await db
          .updateTable('idempotency_keys')
          .set({ status: answer.status, location: answer.location ?? null, body: answer.body ?? null })
          .where('caller', '=', scope.caller)
          .where('route', '=', scope.route)
          .where('key', '=', scope.key)
          .execute();
      }),

    release: (scope) =>
      asRequester(scope.caller, async () => {
        await db
          .deleteFrom('idempotency_keys')
          .where('caller', '=', scope.caller)
          .where('route', '=', scope.route)
          .where('key', '=', scope.key)
          .where('status', 'is', null)
          .execute();
      }),

    purge: (now) =>
      inWork('upkeep', async () => {
        const { numDeletedRows } = await db
          .deleteFrom('idempotency_keys')
          .where('started_at', '<=', addSeconds(now, -KEPT_SECONDS))
          .executeTakeFirstOrThrow();
        return Number(numDeletedRows);
      }),
  };
}

async function claim(
  db: Executor,
  scope: IdempotencyScope,
  requestDigest: Buffer,
  now: Date,
): Promise<EarlierUse> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    if (await claimUnused(db, scope, requestDigest, now)) return { use: 'none' };
    const earlier = await findUse(db, scope);
    // Released between the two statements: free again.
    if (earlier) return earlier;
  }
  return { use: 'started', requestDigest };
}

/** One statement: of two at once exactly one gets the row back. A row older than 24 hours is taken over. */
async function claimUnused(
  db: Executor,
  scope: IdempotencyScope,
  requestDigest: Buffer,
  now: Date,
): Promise<boolean> {
  const row = await db
    .insertInto('idempotency_keys')
    .values({ ...scope, request_digest: requestDigest, started_at: now })
    .onConflict((conflict) =>
      conflict
        .columns(['caller', 'route', 'key'])
        .doUpdateSet({
          request_digest: requestDigest,
          started_at: now,
          status: null,
          location: null,
          body: null,
        })
        .where('idempotency_keys.started_at', '<=', addSeconds(now, -KEPT_SECONDS)),
    )
    .returning(sql<number>`1`.as('claimed'))
    .executeTakeFirst();
  return row !== undefined;
}

async function findUse(db: Executor, scope: IdempotencyScope): Promise<EarlierUse | undefined> {
  const row = await db
    .selectFrom('idempotency_keys')
    .select(['request_digest', 'status', 'location', 'body'])
    .where('caller', '=', scope.caller)
    .where('route', '=', scope.route)
    .where('key', '=', scope.key)
    .executeTakeFirst();
  if (!row) return undefined;
  const requestDigest = row.request_digest;
  if (row.status === null) return { use: 'started', requestDigest };
  return {
    use: 'answered',
    requestDigest,
    answer: {
      status: row.status,
      ...(row.location === null ? {} : { location: row.location }),
      ...(row.body === null ? {} : { body: row.body }),
    },
  };
}
