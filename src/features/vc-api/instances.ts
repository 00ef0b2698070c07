import { recordAudit } from '../../adapters/database/records.js';
import { toPage, type Page, type PageRequest } from '../../http/paging.js';
import { actorOf, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError, notFound } from '../../kernel/errors.js';
import { newId, type InstanceId, type OrganisationId } from '../../kernel/ids.js';
import type { VcApiDeps } from './deps.js';
import { algorithmOf, kindProblems } from './rules.js';
import type { Instance, InstanceInput } from './schemas.js';
import {
  endInstance,
  findInstance,
  findInstanceKey,
  findInstancePage,
  insertInstance,
  type StoredInstance,
} from './store.js';

export interface InstanceService {
  /** Throws `request/invalid` where format, cryptosuite and key do not fit. */
  createInstance(caller: OrganisationCaller, input: InstanceInput): Promise<Instance>;
  listInstances(organisationId: OrganisationId, page: PageRequest): Promise<Page<Instance>>;
  /** Throws `resource/not-found`. */
  readInstance(organisationId: OrganisationId, id: InstanceId): Promise<Instance>;
  /**
   * It issues nothing any more, and what it issued is still verified. Its key is destroyed, unless there is a status list to be signed with
   * it. Throws `resource/not-found` and `vc-api/instance-ended`.
   */
  endInstance(caller: OrganisationCaller, id: InstanceId): Promise<void>;
}

export function createInstances(deps: VcApiDeps): InstanceService {
  const { db, clock, publicUrl } = deps;
  const toWire = (instance: StoredInstance) => toInstance(instance, publicUrl);

  return {
    async createInstance(caller, { name, format, cryptosuite, keyType, did: method, statusList }) {
      const errors = kindProblems({ format, keyType, ...(cryptosuite && { cryptosuite }) });
      if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
      const at = clock.now();
      const id = newId<'issuerInstance'>();
      const { organisationId } = caller;
      return db.transaction().execute(async (trx) => {
        await insertInstance(trx, {
          id,
          organisationId,
          name,
          format,
          cryptosuite: cryptosuite ?? null,
          keyType,
          hasStatusList: statusList,
          createdAt: at,
        });
        await deps.custody.createInstanceIdentifier(trx, {
          instanceId: id,
          method,
          algorithm: algorithmOf(keyType),
          at,
        });
        await recordChange(trx, caller, 'issuer-instance.created', id, at);
        return toWire(await requireInstance(trx, organisationId, id));
      });
    },

    listInstances: async (organisationId, page) =>
      toPage(await findInstancePage(db, organisationId, page), page.limit, toWire),

    readInstance: async (organisationId, id) => toWire(await requireInstance(db, organisationId, id)),

    async endInstance(caller, id) {
      const at = clock.now();
      await db.transaction().execute(async (trx) => {
        const instance = await requireInstance(trx, caller.organisationId, id);
        if (!(await endInstance(trx, id, at))) throw ended();
        const key = instance.hasStatusList ? undefined : await findInstanceKey(trx, instance.did);
        if (key) await deps.custody.retireKey(trx, { kid: `${key.did}#${key.thumbprint}`, at });
        await recordChange(trx, caller, 'issuer-instance.ended', id, at);
      });
    },
  };
}

export async function requireInstance(
  executor: VcApiDeps['db'],
  organisationId: OrganisationId,
  id: InstanceId,
): Promise<StoredInstance> {
  const instance = await findInstance(executor, id, organisationId);
  if (!instance) throw notFound('issuer instance');
  return instance;
}

export function ended(): AppError {
  return new AppError('vc-api/instance-ended', 'This instance has ended and issues nothing any more.');
}

async function recordChange(
  trx: VcApiDeps['db'],
  caller: OrganisationCaller,
  action: string,
  id: InstanceId,
  at: Date,
): Promise<void> {
  const { organisationId } = caller;
  await recordAudit(trx, { at, actor: actorOf(caller), action, organisationId, subjectId: id });
}

function toInstance(instance: StoredInstance, publicUrl: string): Instance {
  const { id, name, format, cryptosuite, keyType, did, hasStatusList, createdAt, endedAt } = instance;
  return {
    id,
    name,
    format,
    ...(cryptosuite === null ? {} : { cryptosuite }),
    keyType,
    did,
    statusList: hasStatusList,
    issueUrl: `${publicUrl}/vc-api/${id}/credentials/issue`,
    createdAt: createdAt.toISOString(),
    ...(endedAt ? { endedAt: endedAt.toISOString() } : {}),
  };
}
