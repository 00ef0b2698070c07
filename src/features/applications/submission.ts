import { recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import type { Profile } from '../../credentials/profiles/profile.js';
import type { Actor } from '../../kernel/caller.js';
import { AppError, invalidField } from '../../kernel/errors.js';
import { newId, type OrganisationId } from '../../kernel/ids.js';
import type { ApplicationDeps } from './deps.js';
import { profilesOf } from './profiles.js';
import { missingFields, OPEN_STATUSES } from './rules.js';
import type { NewApplication } from './schemas.js';
import { insertApplication, listOpenTypes, type ApplicationRow } from './store.js';

export interface Applicant {
  readonly organisationId: OrganisationId;
  readonly actor: Actor;
}

/** Whatever it throws (`applications/dossier-incomplete`, `applications/already-open`), it throws before it writes. */
export async function submitWithin(
  deps: ApplicationDeps,
  trx: Executor,
  { organisationId: applicantId, actor }: Applicant,
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
    actor,
    action: 'application.submitted',
    organisationId: applicantId,
    subjectId: row.id,
  });
  return row;
}

export function requireComplete(profiles: readonly Profile[], dossier: unknown): void {
  const errors = missingFields(profiles, dossier);
  if (errors.length > 0) {
    throw new AppError(
      'applications/dossier-incomplete',
      'The dossier lacks what the credential would say.',
      { errors },
    );
  }
}
