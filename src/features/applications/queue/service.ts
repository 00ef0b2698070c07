import { recordAudit } from '../../../adapters/database/records.js';
import type { ApplicationStatus, Executor } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import { actorOf, mayRead, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, missingRight } from '../../../kernel/errors.js';
import type { ApplicationId, MembershipId } from '../../../kernel/ids.js';
import type { ApplicationDeps } from '../deps.js';
import { lockFor, requireTransition } from '../guards.js';
import { presentApplication, presentSummary } from '../presentation.js';
import { TRANSITIONS } from '../rules.js';
import type { Application } from '../schemas.js';
import { pinSettings } from '../settings/store.js';
import { findApplication, updateApplication, type ApplicationRow } from '../store.js';
import { isDue, mayReassign, readCursor, toWordQuery, writeCursor, type QueueSort } from './rules.js';
import type { Assignee, QueueCounts, QueuePage, QueueQuery } from './schemas.js';
import {
  countByStatus,
  holdNextUnassigned,
  listApplications,
  type ApplicationFilter,
  type ApplicationRole,
} from './store.js';

/** In the roles that the caller has the right to see. */
export async function listQueue(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  query: QueueQuery,
): Promise<QueuePage> {
  const { sort, order = 'asc', after, limit = 20 } = query;
  if (sort === undefined && query.order !== undefined)
    throw invalidField('/querystring/order', 'belongs to a `sort`');
  if (after !== undefined && (readCursor(after) === undefined) !== (sort === undefined))
    throw invalidField('/querystring/after', 'is not `next` of a page under this `sort`');
  const filter = filterOf(caller, query, deps.clock.now());
  const page: PageRequest = { limit, ...(after === undefined ? {} : { after }) };
  const rows = await listApplications(deps.db, filter, page, sort && { sort, order });
  const parties = await partiesOf(deps, deps.db, rows);
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map((row) => presentSummary(row, parties)),
    ...(last ? { next: sort ? writeCursor({ at: valueOf(last, sort), id: last.id }) : last.id } : {}),
  };
}

function valueOf(row: ApplicationRow, sort: QueueSort): Date {
  return { submittedAt: row.submitted_at, dueAt: row.due_at, updatedAt: row.updated_at }[sort];
}

const QUEUE_ONLY = ['assignee', 'overdue', 'dueBefore', 'jurisdiction', 'q'] as const;

function filterOf(caller: OrganisationCaller, query: QueueQuery, now: Date): ApplicationFilter {
  const { role, status, credentialType, assignee, overdue, jurisdiction, q } = query;
  const foreign = QUEUE_ONLY.find((name) => query[name] !== undefined);
  if (foreign !== undefined && role !== 'registrar')
    throw invalidField(`/querystring/${foreign}`, 'belongs to the queue of a registrar: add role=registrar');
  const words = q === undefined ? undefined : toWordQuery(q);
  if (q !== undefined && words === undefined)
    throw invalidField('/querystring/q', 'must hold a letter or a figure');
  const dueBefore = earliest([
    ...(overdue === true ? [now] : []),
    ...(query.dueBefore === undefined ? [] : [new Date(query.dueBefore)]),
  ]);
  return {
    organisationId: caller.organisationId,
    roles: visibleRoles(caller, role),
    ...(status === undefined ? {} : { statuses: [...new Set([status].flat())] }),
    ...(credentialType === undefined ? {} : { credentialType }),
    ...(assignee === undefined ? {} : { assignee: assigneeOf(caller, assignee) }),
    ...(dueBefore ? { dueBefore } : {}),
    ...(jurisdiction === undefined ? {} : { jurisdiction }),
    ...(words === undefined ? {} : { words }),
  };
}

function earliest(instants: readonly Date[]): Date | undefined {
  return instants.length === 0 ? undefined : new Date(Math.min(...instants.map(Number)));
}

function assigneeOf(caller: OrganisationCaller, assignee: string): MembershipId | 'nobody' {
  if (assignee === 'nobody') return assignee;
  if (assignee !== 'me') return assignee as MembershipId;
  if (caller.kind !== 'member')
    throw invalidField('/querystring/assignee', 'a machine client has taken on nothing: name a member');
  return caller.membershipId;
}

export async function countQueue(deps: ApplicationDeps, caller: OrganisationCaller): Promise<QueueCounts> {
  const membershipId = caller.kind === 'member' ? caller.membershipId : undefined;
  const counts = await countByStatus(deps.db, caller.organisationId, membershipId, deps.clock.now());
  const statuses = Object.keys(TRANSITIONS) as ApplicationStatus[];
  const all = new Map(counts.map(({ status, all: number }) => [status, number]));
  const due = counts.filter(({ status }) => isDue(status));
  const sum = (name: 'overdue' | 'unassigned' | 'mine') =>
    due.reduce((total, count) => total + count[name], 0);
  return {
    byStatus: Object.fromEntries(statuses.map((status) => [status, all.get(status) ?? 0])),
    overdue: sum('overdue'),
    unassigned: sum('unassigned'),
    mine: sum('mine'),
  };
}

/** Taken on, or handed to a colleague. Throws `applications/already-claimed`, which names the membership that has it. */
export async function assignApplication(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  { memberId, handOver = false }: Assignee,
): Promise<Application> {
  return deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, 'registrar');
    const by = caller.kind === 'member' ? caller.membershipId : undefined;
    const wanted = (memberId as MembershipId | undefined) ?? by;
    requireTransition(row.status, 'assign');
    if (wanted === undefined || !(await deps.hasMembership(trx, wanted, caller.organisationId))) {
      throw invalidField('/memberId', 'must name a member of your organisation');
    }
    await requireMayReassign(deps, trx, caller, row, { wanted, handOver });
    return assign(deps, trx, caller, row, wanted);
  });
}

/** The one that is due first among those that nobody has taken on; `undefined` when there is none left. */
export async function claimNext(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
): Promise<Application | undefined> {
  if (caller.kind !== 'member')
    throw new AppError('auth/forbidden', 'Only a person takes on an application, not a machine client.');
  return deps.db.transaction().execute(async (trx) => {
    const own = await deps.listMemberOrganisations(trx, caller.personId);
    const row = await holdNextUnassigned(trx, caller.organisationId, [
      ...new Set([...own, caller.organisationId]),
    ]);
    return row && assign(deps, trx, caller, row, caller.membershipId);
  });
}

async function assign(
  deps: ApplicationDeps,
  trx: Executor,
  caller: OrganisationCaller,
  row: ApplicationRow,
  wanted: MembershipId,
): Promise<Application> {
  const at = deps.clock.now();
  const status = requireTransition(row.status, 'assign');
  const pinned = await pinSettings(trx, row);
  await updateApplication(trx, row.id, { status, assignee_id: wanted, ...pinned }, at);
  await recordAudit(trx, {
    at,
    actor: actorOf(caller),
    action: 'application.assign',
    organisationId: caller.organisationId,
    subjectId: row.id,
    detail: { from: row.status, to: status, assignee: { from: row.assignee_id, to: wanted } },
  });
  const changed = await findApplication(trx, row.id);
  return presentApplication(deps, trx, changed ?? row, caller.organisationId);
}

/** Gives it back to all. Throws `applications/already-claimed` when it is somebody else's to give. */
export async function releaseApplication(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
): Promise<void> {
  const at = deps.clock.now();
  await deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, 'registrar');
    if (row.status !== 'information_requested') requireTransition(row.status, 'assign');
    if (row.assignee_id === null) return;
    await requireMayReassign(deps, trx, caller, row, { wanted: undefined, handOver: false });
    await updateApplication(trx, id, { assignee_id: null }, at);
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'application.release',
      organisationId: caller.organisationId,
      subjectId: id,
      detail: { assignee: { from: row.assignee_id, to: null } },
    });
  });
}

async function requireMayReassign(
  deps: ApplicationDeps,
  trx: Executor,
  caller: OrganisationCaller,
  row: ApplicationRow,
  { wanted, handOver }: { wanted: MembershipId | undefined; handOver: boolean },
): Promise<void> {
  const present = row.assignee_id ?? undefined;
  const may = mayReassign({
    present,
    isPresentMember: present !== undefined && (await deps.hasMembership(trx, present, row.registrar_id)),
    wanted,
    by: caller.kind === 'member' ? caller.membershipId : undefined,
    isAdmin: caller.kind === 'member' && caller.role === 'admin',
    handOver,
  });
  if (may) return;
  throw new AppError('applications/already-claimed', 'A colleague has taken this application on.', {
    members: { assigneeId: present },
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
