import { sql } from 'kysely';
import type { EarlierUse, IdempotencyScope, IdempotencyStore, KeptAnswer } from '../../http/idempotency.js';
import { AppError } from '../../kernel/errors.js';
import type { OrganisationId } from '../../kernel/ids.js';
import { addSeconds } from '../../kernel/instants.js';
import { asRequester, asWork, inWork } from './context.js';
import type { DossierRef } from '../../kernel/ports.js';
import type { DossierSealing } from './dossierSealing.js';
import type { Executor } from './schema.js';

const KEPT_SECONDS = 24 * 3600;
const MOST_TRIES = 5;

export interface PurgeableIdempotencyStore extends IdempotencyStore {
  /** Deletes keys that count as unused; returns how many. */
  purge(now: Date): Promise<number>;
  /** What was answered about a dossier that is erased. */
  eraseAnswers(trx: Executor, dossier: DossierRef): Promise<void>;
}

/** An answer about somebody's dossier is sealed under its key, and so goes with it. */
export interface AnswerSealing {
  readonly sealing: DossierSealing;
  /** Whose dossier the answer of a route is about, by its address or by what it has made. */
  readonly dossierOf: (
    executor: Executor,
    addresses: readonly string[],
  ) => Promise<OrganisationId | undefined>;
}

/**
 * Keys in the database, so that all processes share them. One whose process died under way stays `started` for its 24 hours: whether
 * that request took effect is not known, so it is not run again by itself.
 */
export function createIdempotencyStore(db: Executor, answers?: AnswerSealing): PurgeableIdempotencyStore {
  return {
    claim: (scope, requestDigest, now) =>
      asRequester(scope.caller, async (): Promise<EarlierUse> => {
        for (let tries = 0; tries < MOST_TRIES; tries += 1) {
          if (await claimUnused(db, scope, requestDigest, now)) return { use: 'none' };
          const earlier = await findUse(db, scope);
          // Released between the two statements: free again.
          if (earlier) return answers ? openAnswer(answers, scope, earlier) : withoutSeal(earlier);
        }
        return { use: 'started', requestDigest };
      }),

    keepAnswer: (scope, answer) =>
      asRequester(scope.caller, () =>
        db.transaction().execute(async (trx) => {
          const kept = answers
            ? await asWork(trx, 'sealing', () => sealAnswer(answers, trx, scope, answer))
            : { body: answer.body };
          await trx
            .updateTable('idempotency_keys')
            .set({ ...kept, status: answer.status, location: answer.location ?? null })
            .where('caller', '=', scope.caller)
            .where('route', '=', scope.route)
            .where('key', '=', scope.key)
            .execute();
        }),
      ),

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

    async eraseAnswers(trx, { organisationId, generation }) {
      await trx
        .updateTable('idempotency_keys')
        .set({ body: null })
        .where('dossier_id', '=', organisationId)
        .where('body_generation', '=', generation)
        .execute();
    },

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
          dossier_id: null,
          body_generation: null,
        })
        .where('idempotency_keys.started_at', '<=', addSeconds(now, -KEPT_SECONDS)),
    )
    .returning(sql<number>`1`.as('claimed'))
    .executeTakeFirst();
  return row !== undefined;
}

type StoredUse =
  | Exclude<EarlierUse, { use: 'answered' }>
  | (Extract<EarlierUse, { use: 'answered' }> & { readonly sealedUnder?: DossierRef });

/** A sealed one that nobody can open is as good as not kept. */
function withoutSeal(earlier: StoredUse): EarlierUse {
  if (earlier.use !== 'answered' || !earlier.sealedUnder) return earlier;
  const { body: _sealed, ...answer } = earlier.answer;
  return { use: 'answered', requestDigest: earlier.requestDigest, answer };
}

async function openAnswer(
  { sealing }: AnswerSealing,
  scope: IdempotencyScope,
  earlier: StoredUse,
): Promise<EarlierUse> {
  if (earlier.use !== 'answered' || !earlier.sealedUnder || earlier.answer.body === undefined)
    return withoutSeal(earlier);
  const { organisationId, generation } = earlier.sealedUnder;
  const sealed = Buffer.from(earlier.answer.body, 'base64');
  const opened = await sealing.open(organisationId, { generation, sealed }, contextOf(scope));
  if (!opened) return withoutSeal(earlier);
  const answer = { ...earlier.answer, body: opened.toString() };
  return { use: 'answered', requestDigest: earlier.requestDigest, answer };
}

async function sealAnswer(
  { sealing, dossierOf }: AnswerSealing,
  trx: Executor,
  scope: IdempotencyScope,
  { body, location }: KeptAnswer,
) {
  const path = scope.route.slice(scope.route.indexOf(' ') + 1);
  const id = await dossierOf(trx, [path, ...(location === undefined ? [] : [location])]);
  if (id === undefined || body === undefined) return { body: body ?? null };
  try {
    const { sealed, generation } = await sealing.seal(trx, id, Buffer.from(body), contextOf(scope));
    return { body: sealed.toString('base64'), dossier_id: id, body_generation: generation };
  } catch (error) {
    // What was answered has been done; without a key it is merely not kept.
    if (error instanceof AppError) return { body: null };
    throw error;
  }
}

function contextOf({ caller, route, key }: IdempotencyScope): string {
  return `answer:${caller}:${route}:${key}`;
}

async function findUse(db: Executor, scope: IdempotencyScope): Promise<StoredUse | undefined> {
  const row = await db
    .selectFrom('idempotency_keys')
    .select(['request_digest', 'status', 'location', 'body', 'dossier_id', 'body_generation'])
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
    ...(row.dossier_id === null || row.body_generation === null
      ? {}
      : { sealedUnder: { organisationId: row.dossier_id, generation: row.body_generation } }),
    answer: {
      status: row.status,
      ...(row.location === null ? {} : { location: row.location }),
      ...(row.body === null ? {} : { body: row.body }),
    },
  };
}
