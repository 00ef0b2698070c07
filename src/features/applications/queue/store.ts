import type { ApplicationStatus, Executor } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { ApplicationId, OrganisationId } from '../../../kernel/ids.js';
import { APPLICATION_COLUMNS, type ApplicationRow } from '../store.js';

export type ApplicationRole = 'applicant' | 'registrar';

export interface ApplicationFilter {
  readonly organisationId: OrganisationId;
  /** In which of them the organisation stands. */
  readonly roles: readonly ApplicationRole[];
  readonly status?: ApplicationStatus;
}

/** Newest last, by id; one row more than the page holds. */
export async function listApplications(
  executor: Executor,
  filter: ApplicationFilter,
  page: PageRequest,
): Promise<ApplicationRow[]> {
  const { organisationId, roles, status } = filter;
  let query = executor
    .selectFrom('applications')
    .select(APPLICATION_COLUMNS)
    .where((where) => where.or(roles.map((role) => where(`${role}_id`, '=', organisationId))));
  if (status !== undefined) query = query.where('status', '=', status);
  if (page.after !== undefined) query = query.where('id', '>', page.after as ApplicationId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}
