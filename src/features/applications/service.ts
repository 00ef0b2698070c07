import { recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import type { Page, PageRequest } from '../../http/paging.js';
import { actorOf, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../kernel/errors.js';
import { newId, type ApplicationId, type MembershipId, type OrganisationId } from '../../kernel/ids.js';
import type { Profile } from '../../credentials/profiles/profile.js';
import { addMessage } from './conversation/service.js';
import { decideApplication, retryIssuance } from './decision/service.js';
import { isParty, requireRight } from './guards.js';
import { change } from './lifeStep.js';
import { profilesOf } from './profiles.js';
import type { ApplicationDeps } from './deps.js';
import { presentApplication } from './presentation.js';
import { assignApplication, listQueue } from './queue/service.js';
import type { ApplicationFilter, ApplicationRole } from './queue/store.js';
import { recordCheck } from './review/service.js';
import { latestChecks, missingFields, OPEN_STATUSES, unchangedFields } from './rules.js';
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
  listChecks,
  listOpenTypes,
  type ApplicationRow,
} from './store.js';

export interface ApplicationService {
  /** Throws `applications/dossier-incomplete` and `applications/already-open`. */
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
    listApplications: (caller, wanted, page) => listQueue(deps, caller, wanted, page),
    readApplication: async (caller, id) => {
      const row = await findApplication(deps.db, id);
      if (!row || !isParty(row, caller.organisationId)) throw notFound('application');
      requireRight(caller, row, 'read');
      return presentApplication(deps, deps.db, row, caller.organisationId);
    },
    recordCheck: (caller, id, check) => recordCheck(deps, caller, id, check),
    assignApplication: (caller, id, memberId) => assignApplication(deps, caller, id, memberId),
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
    };
    await insertApplication(trx, row);
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
