import { sql, type Expression, type SqlBool } from 'kysely';
import type { ApplicationStatus, Executor } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { ApplicationId, MembershipId, OrganisationId } from '../../../kernel/ids.js';
import { APPLICATION_COLUMNS, type ApplicationRow } from '../store.js';
import { DUE_STATUSES, readCursor, type QueueSort } from './rules.js';

export type ApplicationRole = 'applicant' | 'registrar';

export interface ApplicationFilter {
  readonly organisationId: OrganisationId;
  /** In which of them the organisation stands. */
  readonly roles: readonly ApplicationRole[];
  readonly statuses?: readonly ApplicationStatus[];
  readonly credentialType?: string;
  /** `nobody`, or who has taken it on. */
  readonly assignee?: MembershipId | 'nobody';
  /** With a due date before this instant that counts. */
  readonly dueBefore?: Date;
  /** A country with all its subdivisions, or one subdivision. */
  readonly jurisdiction?: string;
  /** For `to_tsquery`. */
  readonly words?: string;
}

export interface QueueOrder {
  readonly sort: QueueSort;
  readonly order: 'asc' | 'desc';
}

const COLUMN_OF = { submittedAt: 'submitted_at', dueAt: 'due_at', updatedAt: 'updated_at' } as const;

/** Under the order that is asked for, or by id; one row more than the page holds. */
export async function listApplications(
  executor: Executor,
  filter: ApplicationFilter,
  page: PageRequest,
  order?: QueueOrder,
): Promise<ApplicationRow[]> {
  return queueQuery(executor, filter, page, order).execute();
}

/** For the test of its plan, too. */
export function queueQuery(
  executor: Executor,
  filter: ApplicationFilter,
  page: PageRequest,
  order?: QueueOrder,
) {
  let query = executor
    .selectFrom('applications')
    .select(APPLICATION_COLUMNS)
    .where((where) => where.and(conditionsOf(filter)))
    .limit(page.limit + 1);
  if (!order) {
    if (page.after !== undefined) query = query.where('id', '>', page.after as ApplicationId);
    return query.orderBy('id');
  }
  const column = COLUMN_OF[order.sort];
  const cursor = page.after === undefined ? undefined : readCursor(page.after);
  if (cursor) {
    const beyond = sql.raw(order.order === 'asc' ? '>' : '<');
    query = query.where(
      sql<SqlBool>`(${sql.ref(column)}, ${sql.ref('id')}) ${beyond} (${cursor.at}, ${cursor.id}::uuid)`,
    );
  }
  return query.orderBy(column, order.order).orderBy('id', order.order);
}

function conditionsOf(filter: ApplicationFilter): Expression<SqlBool>[] {
  const { organisationId, statuses, credentialType, assignee, dueBefore, jurisdiction, words } = filter;
  const parties = filter.roles.map((role) => sql<SqlBool>`${sql.ref(`${role}_id`)} = ${organisationId}`);
  const conditions = [sql<SqlBool>`(${sql.join(parties, sql` or `)})`];
  // `in` and not `= any`: only so does the planner see that an index of the open ones will do.
  if (statuses) conditions.push(sql`status in (${sql.join(statuses)})`);
  if (credentialType !== undefined) conditions.push(sql`${credentialType} = any(credential_types)`);
  if (assignee === 'nobody') conditions.push(sql`assignee_id is null`);
  else if (assignee !== undefined) conditions.push(sql`assignee_id = ${assignee}`);
  if (dueBefore) conditions.push(sql`status in (${sql.join(DUE_STATUSES)}) and due_at < ${dueBefore}`);
  if (jurisdiction !== undefined)
    conditions.push(sql`(jurisdiction = ${jurisdiction} or jurisdiction like ${`${jurisdiction}-%`})`);
  if (words !== undefined)
    conditions.push(sql`to_tsvector('simple', search_words) @@ to_tsquery('simple', ${words})`);
  return conditions;
}

export interface StatusCount {
  readonly status: ApplicationStatus;
  readonly all: number;
  readonly overdue: number;
  readonly unassigned: number;
  readonly mine: number;
}

export async function countByStatus(
  executor: Executor,
  registrarId: OrganisationId,
  membershipId: MembershipId | undefined,
  now: Date,
): Promise<StatusCount[]> {
  return executor
    .selectFrom('applications')
    .select('status')
    .select(({ fn }) => [
      fn.countAll<number>().as('all'),
      fn.countAll<number>().filterWhere('due_at', '<', now).as('overdue'),
      fn.countAll<number>().filterWhere('assignee_id', 'is', null).as('unassigned'),
      // A machine client has taken on nothing.
      fn
        .countAll<number>()
        .filterWhere('assignee_id', '=', membershipId ?? null)
        .as('mine'),
    ])
    .where('registrar_id', '=', registrarId)
    .groupBy('status')
    .execute();
}

/** Holds the one that is due first among those that nobody has taken on, and passes over those that somebody is taking on right now. */
export async function holdNextUnassigned(
  trx: Executor,
  registrarId: OrganisationId,
  exceptApplicants: readonly OrganisationId[],
): Promise<ApplicationRow | undefined> {
  let query = trx
    .selectFrom('applications')
    .select(APPLICATION_COLUMNS)
    .where('registrar_id', '=', registrarId)
    .where('assignee_id', 'is', null)
    .where('status', 'in', [...DUE_STATUSES]);
  if (exceptApplicants.length > 0) query = query.where('applicant_id', 'not in', [...exceptApplicants]);
  return query.orderBy('due_at').orderBy('id').limit(1).forUpdate().skipLocked().executeTakeFirst();
}
