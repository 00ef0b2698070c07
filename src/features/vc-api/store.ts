import type { Executor, JsonWebKeyColumns } from '../../adapters/database/schema.js';
import type { PageRequest } from '../../http/paging.js';
import type { InstanceId, OrganisationId } from '../../kernel/ids.js';
import type { SigningAlgorithm } from '../../kernel/ports.js';
import type { InstanceFormat, KeyType } from './rules.js';

export interface StoredInstance {
  readonly id: InstanceId;
  readonly organisationId: OrganisationId;
  readonly name: string;
  readonly format: InstanceFormat;
  readonly cryptosuite: string | null;
  readonly keyType: KeyType;
  readonly did: string;
  readonly hasStatusList: boolean;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** The one key of an instance; its private half is with the key custody. */
export interface InstanceKey {
  readonly did: string;
  readonly thumbprint: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicJwk: JsonWebKeyColumns;
}

/** The DID is made afterwards, in the same transaction, since it stands for this row. */
export async function insertInstance(
  trx: Executor,
  instance: Omit<StoredInstance, 'did' | 'endedAt'>,
): Promise<void> {
  await trx
    .insertInto('issuer_instances')
    .values({
      id: instance.id,
      organisation_id: instance.organisationId,
      name: instance.name,
      format: instance.format,
      cryptosuite: instance.cryptosuite,
      key_type: instance.keyType,
      has_status_list: instance.hasStatusList,
      created_at: instance.createdAt,
    })
    .execute();
}

export async function findInstance(
  executor: Executor,
  id: InstanceId,
  organisationId: OrganisationId,
): Promise<StoredInstance | undefined> {
  return instances(executor)
    .where('issuer_instances.id', '=', id)
    .where('issuer_instances.organisation_id', '=', organisationId)
    .executeTakeFirst();
}

/** Whoever's it is: for what is public about it. */
export async function findAnyInstance(
  executor: Executor,
  id: InstanceId,
): Promise<StoredInstance | undefined> {
  return instances(executor).where('issuer_instances.id', '=', id).executeTakeFirst();
}

/** Newest first, one row more than the page holds. */
export async function findInstancePage(
  executor: Executor,
  organisationId: OrganisationId,
  { limit, after }: PageRequest,
): Promise<StoredInstance[]> {
  return instances(executor)
    .where('issuer_instances.organisation_id', '=', organisationId)
    .$if(after !== undefined, (query) => query.where('issuer_instances.id', '<', after as InstanceId))
    .orderBy('issuer_instances.id', 'desc')
    .limit(limit + 1)
    .execute();
}

/** False when it had ended already. */
export async function endInstance(trx: Executor, id: InstanceId, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('issuer_instances')
    .set({ ended_at: at })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** `undefined` when its private half is destroyed. */
export async function findInstanceKey(executor: Executor, did: string): Promise<InstanceKey | undefined> {
  return executor
    .selectFrom('signing_keys')
    .select(['did', 'thumbprint', 'algorithm', 'public_jwk as publicJwk'])
    .where('did', '=', did)
    .where('retired_at', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
}

function instances(executor: Executor) {
  return executor
    .selectFrom('issuer_instances')
    .innerJoin('identifiers', 'identifiers.instance_id', 'issuer_instances.id')
    .select([
      'issuer_instances.id',
      'issuer_instances.organisation_id as organisationId',
      'name',
      'format',
      'cryptosuite',
      'key_type as keyType',
      'identifiers.did',
      'has_status_list as hasStatusList',
      'issuer_instances.created_at as createdAt',
      'ended_at as endedAt',
    ])
    .$narrowType<{ format: InstanceFormat; keyType: KeyType }>();
}
