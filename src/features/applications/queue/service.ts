import type { Executor } from '../../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { mayRead, type OrganisationCaller } from '../../../kernel/caller.js';
import { invalidField, missingRight } from '../../../kernel/errors.js';
import type { ApplicationId, MembershipId } from '../../../kernel/ids.js';
import type { ApplicationDeps } from '../deps.js';
import { change } from '../lifeStep.js';
import { presentSummary } from '../presentation.js';
import type { Application, ApplicationSummary } from '../schemas.js';
import type { ApplicationRow } from '../store.js';
import { listApplications, type ApplicationFilter, type ApplicationRole } from './store.js';

/** In the roles that the caller has the right to see. */
export async function listQueue(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  { role, status }: Pick<ApplicationFilter, 'status'> & { readonly role?: ApplicationRole },
  page: PageRequest,
): Promise<Page<ApplicationSummary>> {
  const roles = visibleRoles(caller, role);
  const { organisationId } = caller;
  const filter = { organisationId, roles, ...(status === undefined ? {} : { status }) };
  const rows = await listApplications(deps.db, filter, page);
  const parties = await partiesOf(deps, deps.db, rows);
  return toPage(rows, page.limit, (row) => presentSummary(row, parties));
}

export async function assignApplication(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  memberId: MembershipId | undefined,
): Promise<Application> {
  return change(deps, caller, id, 'registrar', 'assign', async (trx) => {
    const assignee = memberId ?? (caller.kind === 'member' ? caller.membershipId : undefined);
    if (assignee === undefined || !(await deps.hasMembership(trx, assignee, caller.organisationId))) {
      throw invalidField('/memberId', 'must name a member of your organisation');
    }
    return { assignee_id: assignee };
  });
}

const SCOPE_OF = { applicant: 'applications', registrar: 'review' } as const;

function visibleRoles(caller: OrganisationCaller, wanted: ApplicationRole | undefined): ApplicationRole[] {
  const asked = wanted === undefined ? (['applicant', 'registrar'] as const) : [wanted];
  const visible = asked.filter((role) => mayRead(caller, SCOPE_OF[role]));
  if (visible.length === 0) throw missingRight(SCOPE_OF[wanted ?? 'applicant']);
  return visible;
}

async function partiesOf(deps: ApplicationDeps, executor: Executor, rows: readonly ApplicationRow[]) {
  const ids = [...new Set(rows.flatMap((row) => [row.applicant_id, row.registrar_id]))];
  return new Map((await deps.findParties(executor, ids)).map((party) => [party.id, party]));
}
