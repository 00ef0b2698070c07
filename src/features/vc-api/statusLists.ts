import { randomInt } from 'node:crypto';
import { announceChange } from '../../adapters/database/changeFeed.js';
import { inWork } from '../../adapters/database/context.js';
import { recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import { createBitstring, MINIMUM_ENTRIES, setBit } from '../../credentials/status/bitstring.js';
import { composeStatusList } from '../../credentials/status/listCredential.js';
import type { StatusPlace } from '../../credentials/status/statusEntry.js';
import { actorOf, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError, notFound } from '../../kernel/errors.js';
import { FactCache } from '../../kernel/factCache.js';
import { isUuid, newId, type InstanceId, type InstanceListId } from '../../kernel/ids.js';
import { addSeconds } from '../../kernel/instants.js';
import type { VcApiDeps } from './deps.js';
import { requireInstance } from './instances.js';
import type { StatusRequest } from './schemas.js';
import { secureCredential, type Secured } from './securing.js';
import { findAnyInstance, findInstanceKey, type StoredInstance } from './store.js';
import { claimIndex, findList, insertList, lockEntries, lockRoomyList, revokeEntry } from './statusStore.js';

/** How long anybody may go without asking again: the `ttl` in the list and the `max-age` of the answer. */
export const LIST_TTL_SECONDS = 60;
const VALID_SECONDS = 24 * 3600;

export interface InstanceStatusLists {
  /** A place in the instance's list, at an index that tells nothing and is never given out twice. */
  allocate(
    trx: Executor,
    order: { instanceId: InstanceId; credentialId: string | undefined; at: Date },
  ): Promise<StatusPlace>;
  /**
   * Revokes whatever the instance issued under that name, and returns once this process serves the list that says so. Throws
   * `resource/not-found`, `request/invalid` and `credentials/already-revoked`.
   */
  changeStatus(caller: OrganisationCaller, instanceId: InstanceId, request: StatusRequest): Promise<void>;
  /** The signed list by its path below /vc-api/, `{instance}/status-lists/{list}`; `undefined` where there is none. */
  serve(path: string): Promise<Secured | undefined>;
  /** The same for the verifier, by its address. */
  serveAt(url: string): Promise<{ content: string } | undefined>;
  /** Kept answers by path, to be invalidated when a bit changes. */
  readonly cache: FactCache<string, Secured>;
}

export function createStatusLists(deps: VcApiDeps): InstanceStatusLists {
  const { db, clock } = deps;
  const cache = new FactCache<string, Secured>({
    maxEntries: 1_000,
    ttlSeconds: LIST_TTL_SECONDS,
    now: () => clock.now().getTime(),
  });
  const urlOf = (instanceId: InstanceId, listId: InstanceListId) =>
    `${deps.publicUrl}/vc-api/${pathOf(instanceId, listId)}`;

  async function signList(instanceId: InstanceId, listId: InstanceListId): Promise<Secured | undefined> {
    const [list, instance] = [await findList(db, listId), await findAnyInstance(db, instanceId)];
    if (!list || !instance || list.instanceId !== instanceId) return undefined;
    const key = await findInstanceKey(db, instance.did);
    if (!key) throw new Error('an instance with a status list has no key');
    const bits = createBitstring(MINIMUM_ENTRIES);
    for (const index of list.revokedIndexes) setBit(bits, index, true);
    const now = clock.now();
    const credential = composeStatusList({
      listUrl: urlOf(instanceId, listId),
      issuerDid: instance.did,
      purpose: 'revocation',
      bits,
      validFrom: now,
      validUntil: addSeconds(now, VALID_SECONDS),
      ttlSeconds: LIST_TTL_SECONDS,
    });
    // Composed here, so that it need not wait behind what others send.
    return secureCredential(
      { ...deps, canonizer: deps.ownCanonizer },
      { ...listKindOf(instance), key, credential: { ...credential }, now },
    );
  }

  async function serve(path: string): Promise<Secured | undefined> {
    const place = readPath(path);
    return place && cache.get(path, () => inWork('issuance', () => signList(place.instanceId, place.listId)));
  }

  return {
    cache,
    serve,

    async serveAt(url) {
      const base = `${deps.publicUrl}/vc-api/`;
      const list = url.startsWith(base) ? await serve(url.slice(base.length)) : undefined;
      return list && { content: 'token' in list ? list.token : JSON.stringify(list.document) };
    },

    async allocate(trx, { instanceId, credentialId, at }) {
      // A list is left when it is half full: until then a random index is free at the first or second try.
      let listId = await lockRoomyList(trx, instanceId, MINIMUM_ENTRIES / 2);
      if (listId === undefined) {
        listId = newId<'instanceStatusList'>();
        await insertList(trx, { id: listId, instanceId, at });
      }
      for (;;) {
        const index = randomInt(MINIMUM_ENTRIES);
        if (await claimIndex(trx, { listId, index, credentialId })) {
          return { purpose: 'revocation', listUrl: urlOf(instanceId, listId), index };
        }
      }
    },

    async changeStatus(caller, instanceId, { credentialId, credentialStatus, status = true }) {
      const at = clock.now();
      const { organisationId } = caller;
      const changed = await db.transaction().execute(async (trx) => {
        await requireInstance(trx, organisationId, instanceId);
        const entries = (await lockEntries(trx, instanceId, credentialId)).filter(({ listId, index }) =>
          isMeant(credentialStatus, urlOf(instanceId, listId), index),
        );
        if (entries.length === 0) throw notFound('credential');
        const valid = entries.filter(({ revokedAt }) => revokedAt === null);
        if (!status && valid.length < entries.length)
          throw new AppError('credentials/already-revoked', 'Revocation is final.');
        if (!status) return [];
        for (const entry of valid) await revokeEntry(trx, entry, at);
        const actor = actorOf(caller);
        const action = 'issuer-instance.revoked';
        await recordAudit(trx, { at, actor, action, organisationId, subjectId: instanceId });
        const lists = [...new Set(valid.map(({ listId }) => listId))];
        for (const listId of lists) {
          await announceChange(trx, { kind: 'instance-status-list', id: pathOf(instanceId, listId) });
        }
        return lists.map((listId) => pathOf(instanceId, listId));
      });
      for (const path of changed) {
        deps.onStatusListChanged(path);
        await serve(path);
      }
    },
  };
}

function pathOf(instanceId: InstanceId, listId: InstanceListId): string {
  return `${instanceId}/status-lists/${listId}`;
}

function readPath(path: string): { instanceId: InstanceId; listId: InstanceListId } | undefined {
  const [instanceId = '', folder, listId = '', ...rest] = path.split('/');
  if (folder !== 'status-lists' || rest.length > 0 || !isUuid(instanceId) || !isUuid(listId))
    return undefined;
  return { instanceId: instanceId as InstanceId, listId: listId as InstanceListId };
}

/** A list is read whole by everybody, so it is secured in the format next to the instance's that lets nothing be kept back. */
function listKindOf({ format, cryptosuite }: StoredInstance) {
  return format === 'vc'
    ? ({ format, cryptosuite: cryptosuite === 'ecdsa-sd-2023' ? 'ecdsa-rdfc-2019' : cryptosuite } as const)
    : ({ format: 'vc+jwt', cryptosuite: null } as const);
}

/** What the caller says of the entry beside the credential's name has to be true of it. */
function isMeant(entry: StatusRequest['credentialStatus'], listUrl: string, index: number): boolean {
  const { statusListCredential = listUrl, statusListIndex = String(index), id } = entry;
  return (
    statusListCredential === listUrl &&
    statusListIndex === String(index) &&
    (id === undefined || id === `${listUrl}#${index}`)
  );
}
