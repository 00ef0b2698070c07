import type { Kysely } from 'kysely';
import { inWork } from '../../adapters/database/context.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import { STATUS_MEDIA_TYPES, type StatusMediaType } from '../../credentials/status/statusLists.js';
import { entityTagOf } from '../../http/entityTag.js';
import { AppError } from '../../kernel/errors.js';
import { FactCache } from '../../kernel/factCache.js';
import type { KeyId, OrganisationId, StatusListId } from '../../kernel/ids.js';
import { addSeconds } from '../../kernel/instants.js';
import type { Clock, Logger } from '../../kernel/ports.js';
import { signList, STATUS_TTL_SECONDS, type ListSigningDeps, type Signed } from './signing.js';
import {
  dropPublicationsBy,
  findCurrentPublications,
  listListsOf,
  readSnapshot,
  upsertPublications,
  type ListSnapshot,
  type PublicationRow,
} from './store.js';

/** A signed list is good for a day, so that an old one cannot be passed off as the present one for longer. */
const VALID_SECONDS = 24 * 3600;
const RENEW_BEFORE_SECONDS = 12 * 3600;
/** A key may change while it signs; that it does so again and again means something else. */
const MOST_ATTEMPTS = 5;

/** A signed list in one of the media types in which it is served. */
export interface ServedForm {
  readonly mediaType: StatusMediaType;
  readonly body: string;
  readonly etag: string;
  /** From when and until when it is good. */
  readonly publishedAt: Date;
  readonly expiresAt: Date;
}

/** In all of them, the preferred one first. */
export type ServedList = readonly ServedForm[];

export interface PublicationDeps extends ListSigningDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Holds the key's row, so that it cannot be revoked before the transaction is over. */
  readonly holdTrustedKey: (trx: Executor, keyId: KeyId) => Promise<boolean>;
}

export interface StatusPublisher {
  /** The signed list as everybody gets it, the same bytes from every process; `undefined` for an unknown one. */
  serve(listId: StatusListId): Promise<ServedList | undefined>;
  /** In the transaction in which a key lost its trust: what it signed is not served any more. */
  withdrawSignedBy(trx: Executor, keyId: KeyId): Promise<StatusListId[]>;
  /** Signs and serves anew, after `forget` was called for each list. A failure is left to the next request for the list. */
  republishOf(issuerId: OrganisationId, forget: (listId: StatusListId) => void): Promise<void>;
  /** Kept answers, to be invalidated by list id when an entry or a signing key changes. */
  readonly cache: FactCache<StatusListId, ServedList>;
}

export function createStatusPublisher(deps: PublicationDeps): StatusPublisher {
  const cache = new FactCache<StatusListId, ServedList>({
    maxEntries: 1_000,
    ttlSeconds: STATUS_TTL_SECONDS,
    now: () => deps.clock.now().getTime(),
  });

  async function loadOrSign(listId: StatusListId): Promise<ServedList | undefined> {
    const now = deps.clock.now();
    const current = await findComplete(listId);
    const isFresh = current?.every(({ expiresAt }) => addSeconds(now, RENEW_BEFORE_SECONDS) < expiresAt);
    if (current && isFresh) return current.map(toServed);
    for (let attempt = 1; ; attempt += 1) {
      const snapshot = await readSnapshot(deps.db, listId);
      if (!snapshot) return undefined;
      const signed = await signAndStore(listId, snapshot, now).catch((error: unknown) => {
        if (attempt < MOST_ATTEMPTS && isKeyChange(error)) return undefined;
        throw error;
      });
      // Another process may have been faster, and every process serves the same bytes.
      if (signed) return ((await findComplete(listId)) ?? signed).map(toServed);
    }
  }

  /** What is signed of the newest version, if that is all of it. */
  async function findComplete(listId: StatusListId): Promise<PublicationRow[] | undefined> {
    const current = await findCurrentPublications(deps.db, listId);
    if (!current) return undefined;
    const rows = STATUS_MEDIA_TYPES[current.kind].map((wanted) =>
      current.publications.find(({ mediaType }) => mediaType === wanted),
    );
    const found = rows.filter((row) => row !== undefined);
    return found.length === rows.length ? found : undefined;
  }

  /** Throws `keys/not-active` when a key was rotated or revoked in between. */
  async function signAndStore(listId: StatusListId, snapshot: ListSnapshot, now: Date): Promise<Signed[]> {
    const dates = { publishedAt: now, expiresAt: addSeconds(now, VALID_SECONDS) };
    const signed = await signList(deps, listId, snapshot, dates);
    await deps.db.transaction().execute(async (trx) => {
      // Held until the list is stored, so that a revocation finds it there and takes it away.
      for (const { signedBy } of signed) {
        if (!(await deps.holdTrustedKey(trx, signedBy)))
          throw new AppError('keys/not-active', 'The key was revoked while it signed.');
      }
      await upsertPublications(trx, listId, signed);
    });
    return signed;
  }

  // Whoever asks: that the issuer's key signs is nothing that they could bring about.
  const serve = (listId: StatusListId) =>
    cache.get(listId, () => inWork('issuance', () => loadOrSign(listId)));

  return {
    cache,
    serve,
    withdrawSignedBy: dropPublicationsBy,
    async republishOf(issuerId, forget) {
      for (const listId of await listListsOf(deps.db, issuerId)) {
        forget(listId);
        await serve(listId).catch((error: unknown) => {
          deps.logger.error({ listId, reason: (error as Error).name }, 'a status list was not signed anew');
        });
      }
    },
  };
}

function isKeyChange(error: unknown): boolean {
  return error instanceof AppError && error.code === 'keys/not-active';
}

export function toServed({ mediaType, body, publishedAt, expiresAt }: PublicationRow): ServedForm {
  return { mediaType, body, etag: entityTagOf(body), publishedAt, expiresAt };
}
