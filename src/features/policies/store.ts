import type { Executor } from '../../adapters/database/schema.js';
import type { PageRequest } from '../../http/paging.js';
import type { OrganisationId, PolicyId } from '../../kernel/ids.js';
import type { PolicyBody } from './schemas.js';

export interface PolicyVersionRow {
  readonly id: PolicyId;
  readonly version: number;
  readonly body: string;
  readonly created_at: Date;
  readonly archived_at: Date | null;
  readonly versioned_at: Date;
}

export async function insertPolicy(
  trx: Executor,
  policy: { readonly id: PolicyId; readonly organisationId: OrganisationId; readonly at: Date },
): Promise<void> {
  await trx
    .insertInto('policies')
    .values({ id: policy.id, organisation_id: policy.organisationId, created_at: policy.at })
    .execute();
}

export async function insertVersion(
  trx: Executor,
  id: PolicyId,
  { version, body, at }: { readonly version: number; readonly body: PolicyBody; readonly at: Date },
): Promise<void> {
  await trx
    .insertInto('policy_versions')
    .values({ policy_id: id, version, body: JSON.stringify(body), created_at: at })
    .execute();
}

/** Until the end of the transaction nobody else makes a version of it. */
export async function lockPolicy(
  trx: Executor,
  id: PolicyId,
  organisationId: OrganisationId,
): Promise<boolean> {
  const row = await trx
    .selectFrom('policies')
    .select('id')
    .where('id', '=', id)
    .where('organisation_id', '=', organisationId)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

function selectVersions(executor: Executor, organisationId: OrganisationId) {
  return executor
    .selectFrom('policies')
    .innerJoin('policy_versions', 'policy_versions.policy_id', 'policies.id')
    .select(['policies.id', 'policies.created_at', 'policies.archived_at'])
    .select(['policy_versions.version', 'policy_versions.body', 'policy_versions.created_at as versioned_at'])
    .where('policies.organisation_id', '=', organisationId);
}

/** The newest version, or the newest of an instant, or the one that is named. */
export async function findVersion(
  executor: Executor,
  id: PolicyId,
  organisationId: OrganisationId,
  { version, asOf }: { readonly version?: number; readonly asOf?: Date } = {},
): Promise<PolicyVersionRow | undefined> {
  let query = selectVersions(executor, organisationId).where('policies.id', '=', id);
  if (version !== undefined) query = query.where('policy_versions.version', '=', version);
  else if (asOf) query = query.where('policy_versions.created_at', '<=', asOf);
  return query.orderBy('policy_versions.version', 'desc').limit(1).executeTakeFirst();
}

/** The newest version of each, oldest policy first; one row more than the page holds. */
export async function listPolicies(
  executor: Executor,
  organisationId: OrganisationId,
  page: PageRequest,
): Promise<PolicyVersionRow[]> {
  let query = selectVersions(executor, organisationId).where('policy_versions.version', '=', (eb) =>
    eb
      .selectFrom('policy_versions as newest')
      .select((sub) => sub.fn.max('newest.version').as('version'))
      .whereRef('newest.policy_id', '=', 'policies.id'),
  );
  if (page.after !== undefined) query = query.where('policies.id', '>', page.after as PolicyId);
  return query
    .orderBy('policies.id')
    .limit(page.limit + 1)
    .execute();
}

export async function markArchived(trx: Executor, id: PolicyId, at: Date): Promise<void> {
  await trx
    .updateTable('policies')
    .set({ archived_at: at })
    .where('id', '=', id)
    .where('archived_at', 'is', null)
    .execute();
}

/** Every version of every policy of an organisation. */
export async function exportPolicies(executor: Executor, organisationId: OrganisationId): Promise<unknown> {
  const rows = await selectVersions(executor, organisationId)
    .orderBy('policies.id')
    .orderBy('policy_versions.version')
    .execute();
  return rows.map(({ body, ...row }) => ({ ...row, ...(JSON.parse(body) as PolicyBody) }));
}
