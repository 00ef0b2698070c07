import type { Kysely } from 'kysely';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { ProfileCatalogue } from '../../credentials/profiles/catalogue.js';
import { prepareVcJwt, signVcJwt } from '../../credentials/securing/vcJwt.js';
import { createBitstring, setBit } from '../../credentials/status/bitstring.js';
import { composeStatusList } from '../../credentials/status/listCredential.js';
import { entityTagOf } from '../../http/entityTag.js';
import { AppError } from '../../kernel/errors.js';
import { FactCache } from '../../kernel/factCache.js';
import type { KeyId, OrganisationId, StatusListId } from '../../kernel/ids.js';
import { addSeconds } from '../../kernel/instants.js';
import type { Clock, Logger, Signer, SigningAlgorithm, SigningKey } from '../../kernel/ports.js';
import { statusListUrl } from './allocation.js';
import {
  findCurrentPublication,
  readSnapshot,
  upsertPublication,
  type ListSnapshot,
  type PublicationRow,
  dropPublicationsBy,
  listListsOf,
} from './store.js';

/** How long anybody may go without asking again: the `ttl` in the list and the `max-age` of the answer. */
export const STATUS_TTL_SECONDS = 60;
/** A signed list is good for a day, so that an old one cannot be passed off as the present one for longer. */
const VALID_SECONDS = 24 * 3600;
const RENEW_BEFORE_SECONDS = 12 * 3600;
/** A key may change while it signs; that it does so again and again means something else. */
const MOST_ATTEMPTS = 5;

export interface ServedList {
  readonly token: string;
  readonly etag: string;
}

export interface PublicationDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly profiles: ProfileCatalogue;
  readonly signer: Signer;
  readonly logger: Logger;
  readonly activeKey: (
    executor: Executor,
    organisationId: OrganisationId,
    algorithm: SigningAlgorithm,
  ) => Promise<SigningKey & { readonly id: KeyId }>;
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
  /** Kept answers, to be invalidated by list id when a bit or the signing key changes. */
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
    const current = await findCurrentPublication(deps.db, listId);
    if (current && addSeconds(now, RENEW_BEFORE_SECONDS) < current.expiresAt) return toServed(current);
    for (let attempt = 1; ; attempt += 1) {
      const snapshot = await readSnapshot(deps.db, listId);
      if (!snapshot) return undefined;
      const signed = await signAndStore(listId, snapshot, now).catch((error: unknown) => {
        if (attempt < MOST_ATTEMPTS && isKeyChange(error)) return undefined;
        throw error;
      });
      // Another process may have been faster, and every process serves the same bytes.
      if (signed) return toServed((await findCurrentPublication(deps.db, listId)) ?? signed);
    }
  }

  /** Throws `keys/not-active` when the key was rotated or revoked in between. */
  async function signAndStore(
    listId: StatusListId,
    snapshot: ListSnapshot,
    now: Date,
  ): Promise<PublicationRow> {
    const signed = await signList(listId, snapshot, now);
    await deps.db.transaction().execute(async (trx) => {
      // Held until the list is stored, so that a revocation finds it there and takes it away.
      if (!(await deps.holdTrustedKey(trx, signed.signedBy)))
        throw new AppError('keys/not-active', 'The key was revoked while it signed.');
      await upsertPublication(trx, listId, signed);
    });
    return signed;
  }

  async function signList(
    listId: StatusListId,
    snapshot: ListSnapshot,
    now: Date,
  ): Promise<PublicationRow & { signedBy: KeyId }> {
    const key = await deps.activeKey(deps.db, snapshot.issuerId, 'ES256');
    const bits = createBitstring(snapshot.size);
    for (const index of snapshot.setIndexes) setBit(bits, index, true);
    const expiresAt = addSeconds(now, VALID_SECONDS);
    const prepared = prepareVcJwt(
      composeStatusList({
        listUrl: statusListUrl(deps.publicUrl, listId),
        issuerDid: key.did,
        purpose: snapshot.purpose,
        bits,
        validFrom: now,
        validUntil: expiresAt,
        ttlSeconds: STATUS_TTL_SECONDS,
      }),
      deps.profiles,
    );
    if ('problems' in prepared) throw new Error('a status list of ours does not conform to the data model');
    const token = await signVcJwt(prepared.value, key, deps.signer);
    return { version: snapshot.version, token, publishedAt: now, expiresAt, signedBy: key.id };
  }

  const serve = (listId: StatusListId) => cache.get(listId, () => loadOrSign(listId));

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

function toServed({ token }: PublicationRow): ServedList {
  return { token, etag: entityTagOf(token) };
}
