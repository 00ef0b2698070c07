import { asWork } from '../../../adapters/database/context.js';
import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { Profile } from '../../../credentials/profiles/profile.js';
import { actorOf, type Actor, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField } from '../../../kernel/errors.js';
import { newId, type CredentialId, type MembershipId, type OrganisationId } from '../../../kernel/ids.js';
import { valueAt } from '../../../kernel/jsonPointer.js';
import { legalIdentityIn } from '../decision/orders.js';
import type { ApplicationDeps, DossierVersion } from '../deps.js';
import { presentApplication } from '../presentation.js';
import { profilesOf } from '../profiles.js';
import { foldWords } from '../queue/rules.js';
import { carryFormerChecks, requireRenewed } from '../renewal.js';
import { latestChecks, missingFields, OPEN_STATUSES, unchangedFields } from '../rules.js';
import type { Application, NewApplication } from '../schemas.js';
import { dueAtOf } from '../settings/rules.js';
import { findLatestSettings } from '../settings/store.js';
import {
  carryChecks,
  insertApplication,
  insertHandedIn,
  listChecks,
  listOpenTypes,
  type ApplicationRow,
  type SearchTerms,
} from '../store.js';

export async function submitApplication(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  wanted: NewApplication,
): Promise<Application> {
  const at = deps.clock.now();
  const { organisationId } = caller;
  return deps.db.transaction().execute(async (trx) => {
    const row = await submitWithin(deps, trx, applicantOf(caller), wanted, at);
    return presentApplication(deps, trx, row, organisationId);
  });
}

export interface Applicant {
  readonly organisationId: OrganisationId;
  readonly actor: Actor;
  /** For whom the application stands; absent where a machine submits it. */
  readonly membershipId: MembershipId | undefined;
}

function applicantOf(caller: OrganisationCaller): Applicant {
  const membershipId = caller.kind === 'member' ? caller.membershipId : undefined;
  return { organisationId: caller.organisationId, actor: actorOf(caller), membershipId };
}

/**
 * Whatever it throws (`applications/dossier-incomplete`, `applications/already-open`, `credentials/not-renewable`), it throws before it
 * writes.
 */
export async function submitWithin(
  deps: ApplicationDeps,
  trx: Executor,
  { organisationId: applicantId, actor, membershipId }: Applicant,
  wanted: NewApplication,
  at: Date,
): Promise<ApplicationRow> {
  const registrarId = wanted.registrarId as OrganisationId;
  const profiles = profilesOf(wanted.credentialTypes);
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
  const { settings } = await findLatestSettings(trx, registrarId);
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
    decision_reasons: null,
    due_at: dueAtOf(settings, wanted.credentialTypes, at),
    settings_version: null,
    renews: (wanted.renews ?? []) as CredentialId[],
  };
  const renewed = await requireRenewed(deps, trx, row, at);
  await insertApplication(trx, { ...row, ...(await searchTermsOf(deps, trx, applicantId, dossier)) });
  await insertHandedIn(trx, row.id, dossier.version, at);
  // By the registrar's own word of an earlier application, which the applicant cannot write.
  await asWork(trx, 'counterpart', () => carryFormerChecks(deps, trx, row, dossier, renewed, at));
  await deps.representation.onApplicationSubmitted(trx, { id: row.id, applicantId }, membershipId, at);
  await recordAudit(trx, {
    at,
    actor,
    action: 'application.submitted',
    organisationId: applicantId,
    subjectId: row.id,
  });
  return row;
}

/** What a resubmission changes: the newest version comes under review, and the time to decide begins anew. */
export async function pinNewestDossier(deps: ApplicationDeps, trx: Executor, row: ApplicationRow, at: Date) {
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
  const { settings } = await findLatestSettings(trx, row.registrar_id);
  await insertHandedIn(trx, row.id, newest.version, at);
  return {
    dossier_version: newest.version,
    submitted_at: at,
    due_at: dueAtOf(settings, row.credential_types, at),
    ...(await searchTermsOf(deps, trx, row.applicant_id, newest)),
  };
}

async function searchTermsOf(
  deps: ApplicationDeps,
  trx: Executor,
  applicantId: OrganisationId,
  { blocks }: DossierVersion,
): Promise<SearchTerms> {
  const [applicant] = await deps.findParties(trx, [applicantId]);
  const names = [applicant?.name, valueAt(blocks, '/legalIdentity/legalName')];
  const { jurisdiction } = legalIdentityIn(blocks);
  return {
    search_words: foldWords(names.filter((name) => typeof name === 'string').join(' ')),
    jurisdiction,
  };
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
