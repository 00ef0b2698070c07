import { recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../http/paging.js';
import { actorOf, mayRead, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError, invalidField, missingRight, notFound } from '../../kernel/errors.js';
import {
  newId,
  type ApplicationId,
  type CredentialId,
  type EvidenceId,
  type MembershipId,
  type OrganisationId,
} from '../../kernel/ids.js';
import { REPRESENTATION, type Profile } from '../../credentials/profiles/profile.js';
import { valueAt } from '../../kernel/jsonPointer.js';
import { insertRecordedCheck, requireVisibleEvidence, toCheckRow } from './checking.js';
import { decideApplication, refuseOwnOrganisation, retryIssuance } from './decision.js';
import { isParty, lockFor, requireRight, requireTransition } from './guards.js';
import { profilesOf } from './profiles.js';
import { carryFormerChecks, requireRenewed } from './renewal.js';
import type { ApplicationDeps } from './deps.js';
import { presentApplication, presentCheck, presentSummary } from './presentation.js';
import {
  latestChecks,
  missingFields,
  OPEN_STATUSES,
  unchangedFields,
  type ApplicationEvent,
} from './rules.js';
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
  insertApplication,
  insertMessage,
  listApplications,
  listChecks,
  listOpenTypes,
  updateApplication,
  type ApplicationFilter,
  type ApplicationRole,
  type ApplicationRow,
} from './store.js';

export interface ApplicationService {
  /** Throws `applications/dossier-incomplete`, `applications/already-open` and `credentials/not-renewable`. */
  submitApplication(caller: OrganisationCaller, wanted: NewApplication): Promise<Application>;
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
  const applicantId = caller.organisationId;
  const registrarId = wanted.registrarId as OrganisationId;
  const profiles = profilesOf(wanted.credentialTypes);
  return deps.db.transaction().execute(async (trx) => {
    if (!(await deps.isOpenOrganisation(trx, registrarId)))
      throw invalidField('/registrarId', 'names no organisation of this network');
    const open = await listOpenTypes(trx, applicantId, registrarId, OPEN_STATUSES);
    const repeated = wanted.credentialTypes.filter((type) => open.includes(type));
    if (repeated.length > 0) {
      throw new AppError(
        'applications/already-open',
        `You have an open application to this registrar for: ${repeated.join(', ')}.`,
      );
    }
    const dossier = await deps.findLatestDossier(trx, applicantId);
    requireComplete(profiles, dossier.blocks);
    const row: ApplicationRow = {
      id: newId<'application'>(),
      applicant_id: applicantId,
      registrar_id: registrarId,
      credential_types: wanted.credentialTypes,
      status: 'submitted',
      dossier_version: dossier.version,
      assignee_id: null,
      submitted_at: at,
      created_at: at,
      updated_at: at,
      decided_at: null,
      decision_reason: null,
      renews: (wanted.renews ?? []) as CredentialId[],
    };
    const renewed = await requireRenewed(deps, trx, row, at);
    await insertApplication(trx, row);
    await carryFormerChecks(deps, trx, row, dossier, renewed, at);
    await deps.representation.onApplicationSubmitted(trx, { id: row.id, applicantId }, caller, at);
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'application.submitted',
      organisationId: applicantId,
      subjectId: row.id,
    });
    return presentApplication(deps, trx, row, applicantId);
  });
}

async function recordCheck(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  wanted: NewCheck,
): Promise<Check> {
  const at = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, 'registrar');
    // What is applied for to oneself can never be decided, so its checks do no harm; those of an insider elsewhere would.
    if (row.applicant_id !== row.registrar_id) await refuseOwnOrganisation(deps, trx, caller, row);
    requireTransition(row.status, 'check');
    const dossier = await deps.findDossierVersion(trx, row.applicant_id, row.dossier_version);
    if (wanted.field !== REPRESENTATION && valueAt(dossier.blocks, wanted.field) === undefined) {
      throw invalidField('/field', 'names nothing in the version of the dossier that is under review');
    }
    if (wanted.evidenceId !== undefined)
      await requireVisibleEvidence(deps, trx, row, wanted.evidenceId as EvidenceId);
    const check = toCheckRow(wanted, row.dossier_version, at);
    await insertRecordedCheck(deps, trx, row, check, { actor: actorOf(caller) });
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

function requireComplete(profiles: readonly Profile[], dossier: unknown): void {
  const errors = missingFields(profiles, dossier);
  if (errors.length > 0) {
    throw new AppError(
      'applications/dossier-incomplete',
      'The dossier lacks what the credential would say.',
      { errors },
    );
  }
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
