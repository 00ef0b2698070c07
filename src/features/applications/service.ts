import { recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../http/paging.js';
import { actorOf, mayRead, type OrganisationCaller } from '../../kernel/caller.js';
import { invalidField, missingRight, notFound } from '../../kernel/errors.js';
import { newId, type ApplicationId, type EvidenceId, type MembershipId } from '../../kernel/ids.js';
import { REPRESENTATION } from '../../credentials/profiles/profile.js';
import { valueAt } from '../../kernel/jsonPointer.js';
import { decideApplication, refuseOwnOrganisation, retryIssuance } from './decision.js';
import { isParty, lockFor, requireRight, requireTransition } from './guards.js';
import { profilesOf } from './profiles.js';
import { requireComplete, submitWithin, type Applicant } from './submission.js';
import type { ApplicationDeps } from './deps.js';
import { presentApplication, presentCheck, presentSummary } from './presentation.js';
import { latestChecks, unchangedFields, type ApplicationEvent } from './rules.js';
import type {
  Application,
  ApplicationSummary,
  Check,
  Decision,
  NewApplication,
  NewCheck,
} from './schemas.js';
import {
  carryChecks,
  findApplication,
  insertCheck,
  insertMessage,
  listApplications,
  listChecks,
  updateApplication,
  type ApplicationFilter,
  type ApplicationRole,
  type ApplicationRow,
  type CheckRow,
} from './store.js';

export interface ApplicationService {
  /** Throws `applications/dossier-incomplete` and `applications/already-open`. */
  submitApplication(caller: OrganisationCaller, wanted: NewApplication): Promise<Application>;
  /** The same in another's transaction. Whatever it throws, it throws before it writes. */
  submitWithin(trx: Executor, applicant: Applicant, wanted: NewApplication, at: Date): Promise<ApplicationId>;
  /** In the roles that the caller has the right to see. */
  listApplications(
    caller: OrganisationCaller,
    wanted: Pick<ApplicationFilter, 'status'> & { readonly role?: ApplicationRole },
    page: PageRequest,
  ): Promise<Page<ApplicationSummary>>;
  readApplication(caller: OrganisationCaller, id: ApplicationId): Promise<Application>;
  recordCheck(caller: OrganisationCaller, id: ApplicationId, check: NewCheck): Promise<Check>;
  assignApplication(
    caller: OrganisationCaller,
    id: ApplicationId,
    memberId: MembershipId | undefined,
  ): Promise<Application>;
  addMessage(caller: OrganisationCaller, id: ApplicationId, text: string): Promise<Application>;
  /** Puts the newest dossier under review; checks of unchanged fields keep counting. */
  resubmitApplication(caller: OrganisationCaller, id: ApplicationId): Promise<Application>;
  withdrawApplication(caller: OrganisationCaller, id: ApplicationId): Promise<Application>;
  decideApplication(caller: OrganisationCaller, id: ApplicationId, decision: Decision): Promise<Application>;
  retryIssuance(caller: OrganisationCaller, id: ApplicationId): Promise<Application>;
}

export function createApplications(deps: ApplicationDeps): ApplicationService {
  return {
    submitApplication: (caller, wanted) => submitApplication(deps, caller, wanted),
    submitWithin: async (trx, applicant, wanted, at) =>
      (await submitWithin(deps, trx, applicant, wanted, at)).id,
    listApplications: async (caller, { role, status }, page) => {
      const roles = visibleRoles(caller, role);
      const { organisationId } = caller;
      const filter = { organisationId, roles, ...(status === undefined ? {} : { status }) };
      const rows = await listApplications(deps.db, filter, page);
      const parties = await partiesOf(deps, deps.db, rows);
      return toPage(rows, page.limit, (row) => presentSummary(row, parties));
    },
    readApplication: async (caller, id) => {
      const row = await findApplication(deps.db, id);
      if (!row || !isParty(row, caller.organisationId)) throw notFound('application');
      requireRight(caller, row, 'read');
      return presentApplication(deps, deps.db, row, caller.organisationId);
    },
    recordCheck: (caller, id, check) => recordCheck(deps, caller, id, check),
    assignApplication: (caller, id, memberId) =>
      change(deps, caller, id, 'registrar', 'assign', async (trx) => {
        const assignee = memberId ?? (caller.kind === 'member' ? caller.membershipId : undefined);
        if (assignee === undefined || !(await deps.hasMembership(trx, assignee, caller.organisationId))) {
          throw invalidField('/memberId', 'must name a member of your organisation');
        }
        return { assignee_id: assignee };
      }),
    addMessage: (caller, id, text) => addMessage(deps, caller, id, text),
    resubmitApplication: (caller, id) =>
      change(deps, caller, id, 'applicant', 'resubmit', (trx, row, at) =>
        pinNewestDossier(deps, trx, row, at),
      ),
    withdrawApplication: (caller, id) => change(deps, caller, id, 'applicant', 'withdraw', async () => ({})),
    decideApplication: async (caller, id, decision) => {
      await decideApplication(deps, caller, id, decision);
      return settled(deps, caller, id);
    },
    retryIssuance: async (caller, id) => {
      await retryIssuance(deps, caller, id);
      return settled(deps, caller, id);
    },
  };
}

async function submitApplication(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  wanted: NewApplication,
): Promise<Application> {
  const at = deps.clock.now();
  const { organisationId } = caller;
  return deps.db.transaction().execute(async (trx) => {
    const row = await submitWithin(deps, trx, { organisationId, actor: actorOf(caller) }, wanted, at);
    return presentApplication(deps, trx, row, organisationId);
  });
}

async function recordCheck(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  wanted: NewCheck,
): Promise<Check> {
  const at = deps.clock.now();
  const actor = actorOf(caller);
  return deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, 'registrar');
    // What is applied for to oneself can never be decided, so its checks do no harm; those of an insider elsewhere would.
    if (row.applicant_id !== row.registrar_id) await refuseOwnOrganisation(deps, trx, caller, row);
    const status = requireTransition(row.status, 'check');
    const dossier = await deps.findDossierVersion(trx, row.applicant_id, row.dossier_version);
    if (wanted.field !== REPRESENTATION && valueAt(dossier.blocks, wanted.field) === undefined) {
      throw invalidField('/field', 'names nothing in the version of the dossier that is under review');
    }
    if (wanted.evidenceId !== undefined)
      await requireVisibleEvidence(deps, trx, row, wanted.evidenceId as EvidenceId);
    const check = toCheckRow(wanted, row.dossier_version, at);
    await insertCheck(trx, id, check, actor);
    await updateApplication(trx, id, { status }, at);
    await recordAudit(trx, {
      at,
      actor,
      action: 'check.recorded',
      organisationId: caller.organisationId,
      subjectId: id,
      detail: { checkId: check.id, result: check.result },
    });
    return presentCheck(check, row.dossier_version, true);
  });
}

async function addMessage(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  text: string,
): Promise<Application> {
  const at = deps.clock.now();
  const { organisationId } = caller;
  return deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, 'either');
    requireRight(caller, row, 'write');
    await insertMessage(trx, { applicationId: id, organisationId, text, at });
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'application.message',
      organisationId,
      subjectId: id,
    });
    return presentApplication(deps, trx, row, organisationId);
  });
}

/** One step of an application's life: hold the row, ask the table, write the change and the audit row. */
async function change(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  role: 'applicant' | 'registrar',
  event: ApplicationEvent,
  changes: (trx: Executor, row: ApplicationRow, at: Date) => Promise<Parameters<typeof updateApplication>[2]>,
): Promise<Application> {
  const at = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, role);
    const status = requireTransition(row.status, event);
    await updateApplication(trx, id, { ...(await changes(trx, row, at)), status }, at);
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: `application.${event}`,
      organisationId: caller.organisationId,
      subjectId: id,
      detail: { from: row.status, to: status },
    });
    const changed = await findApplication(trx, id);
    return presentApplication(deps, trx, changed ?? row, caller.organisationId);
  });
}

async function pinNewestDossier(deps: ApplicationDeps, trx: Executor, row: ApplicationRow, at: Date) {
  const [before, newest, checks] = [
    await deps.findDossierVersion(trx, row.applicant_id, row.dossier_version),
    await deps.findLatestDossier(trx, row.applicant_id),
    await listChecks(trx, row.id),
  ];
  const profiles = profilesOf(row.credential_types);
  requireComplete(profiles, newest.blocks);
  if (newest.version !== before.version) {
    const fields = latestChecks(checks, before.version).keys();
    await carryChecks(trx, row.id, unchangedFields(profiles, fields, before.blocks, newest.blocks), {
      from: before.version,
      to: newest.version,
    });
  }
  return { dossier_version: newest.version, submitted_at: at };
}

/** The application as it stands after the issuance was given its time. */
async function settled(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
): Promise<Application> {
  const before = await findApplication(deps.db, id);
  if (before?.status === 'approved') await deps.finishIssuance(id);
  const row = await findApplication(deps.db, id);
  if (!row) throw notFound('application');
  return presentApplication(deps, deps.db, row, caller.organisationId);
}

/** A file of the applicant that was handed in for this review, or one of the registrar's own. */
async function requireVisibleEvidence(
  deps: ApplicationDeps,
  trx: Executor,
  row: ApplicationRow,
  id: EvidenceId,
): Promise<void> {
  const [file] = await deps.findEvidenceFiles(trx, [id]);
  const isHandedIn = file?.ownerId === row.applicant_id && file.createdAt <= row.submitted_at;
  if (!isHandedIn && file?.ownerId !== row.registrar_id) {
    throw invalidField('/evidenceId', 'names no piece of evidence that belongs to this application');
  }
}

function toCheckRow(wanted: NewCheck, dossierVersion: number, at: Date): CheckRow {
  return {
    id: newId<'check'>(),
    field: wanted.field,
    method: wanted.method,
    result: wanted.result,
    evidence: wanted.evidence,
    dossierVersion,
    checkedAt: at,
    ...(wanted.evidenceId === undefined ? {} : { evidenceId: wanted.evidenceId as EvidenceId }),
    ...(wanted.note === undefined ? {} : { note: wanted.note }),
  };
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
