import { sql } from 'kysely';
import type { ApplicationStatus, Executor } from '../../adapters/database/schema.js';
import type { CheckMethod } from '../../credentials/assurance.js';
import type { Actor } from '../../kernel/caller.js';
import type { SealedValue } from '../../adapters/database/dossierSealing.js';
import {
  newId,
  type ApplicationId,
  type CheckId,
  type CredentialId,
  type EvidenceId,
  type MembershipId,
  type OrganisationId,
} from '../../kernel/ids.js';
import type { RecordedCheck } from './rules.js';
import type { CheckEvidence } from '../../credentials/evidence/shapes.js';

export interface ApplicationRow {
  readonly id: ApplicationId;
  readonly applicant_id: OrganisationId;
  readonly registrar_id: OrganisationId;
  readonly credential_types: string[];
  readonly status: ApplicationStatus;
  readonly dossier_version: number;
  readonly assignee_id: MembershipId | null;
  readonly submitted_at: Date;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly decided_at: Date | null;
  readonly decision_reason: string | null;
  readonly decision_reasons: unknown;
  readonly due_at: Date;
  /** `null` before the review began. */
  readonly settings_version: number | null;
  readonly renews: CredentialId[];
}

export const APPLICATION_COLUMNS = [
  'id',
  'applicant_id',
  'registrar_id',
  'credential_types',
  'status',
  'dossier_version',
  'assignee_id',
  'submitted_at',
  'created_at',
  'updated_at',
  'decided_at',
  'decision_reason',
  'decision_reasons',
  'due_at',
  'settings_version',
  'renews',
] as const;

/** What an application is found by, of the version under review. */
export interface SearchTerms {
  readonly search_words: string;
  readonly jurisdiction: string;
}

export async function insertApplication(trx: Executor, row: ApplicationRow & SearchTerms): Promise<void> {
  await trx
    .insertInto('applications')
    .values({ ...row, decided_by: null, decision_reasons: null })
    .execute();
}

/** A version that comes before the registrar, which may look back at it from then on. */
export async function insertHandedIn(
  trx: Executor,
  applicationId: ApplicationId,
  version: number,
  at: Date,
): Promise<void> {
  await trx
    .insertInto('application_versions')
    .values({ application_id: applicationId, dossier_version: version, handed_in_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function listHandedIn(
  executor: Executor,
  applicationId: ApplicationId,
): Promise<{ version: number; handedInAt: Date }[]> {
  return executor
    .selectFrom('application_versions')
    .select(['dossier_version as version', 'handed_in_at as handedInAt'])
    .where('application_id', '=', applicationId)
    .orderBy('dossier_version')
    .execute();
}

export async function findApplication(
  executor: Executor,
  id: ApplicationId,
): Promise<ApplicationRow | undefined> {
  return executor
    .selectFrom('applications')
    .select(APPLICATION_COLUMNS)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Whoever changes an application holds its row first, so that changes come one after the other. */
export async function lockApplication(trx: Executor, id: ApplicationId): Promise<ApplicationRow | undefined> {
  return trx
    .selectFrom('applications')
    .select(APPLICATION_COLUMNS)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

export type ApplicationChange = Partial<
  Pick<
    ApplicationRow,
    | 'status'
    | 'dossier_version'
    | 'assignee_id'
    | 'submitted_at'
    | 'decided_at'
    | 'decision_reason'
    | 'due_at'
    | 'settings_version'
  >
> &
  Partial<SearchTerms> & { decided_by?: string; decision_reasons?: string | null };

export async function updateApplication(
  trx: Executor,
  id: ApplicationId,
  change: ApplicationChange,
  at: Date,
): Promise<void> {
  await trx
    .updateTable('applications')
    .set({ ...change, updated_at: at })
    .where('id', '=', id)
    .execute();
}

/** What an applicant has asked a registrar for and has no end yet; two submissions of the same pair go one after the other. */
export async function listOpenTypes(
  trx: Executor,
  applicantId: OrganisationId,
  registrarId: OrganisationId,
  openStatuses: readonly ApplicationStatus[],
): Promise<string[]> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`application:${applicantId}:${registrarId}`}, 0))`.execute(
    trx,
  );
  const rows = await trx
    .selectFrom('applications')
    .select('credential_types')
    .where('applicant_id', '=', applicantId)
    .where('registrar_id', '=', registrarId)
    .where('status', 'in', [...openStatuses])
    .execute();
  return rows.flatMap((row) => row.credential_types);
}

/** Of these applicants to one registrar, those that ask for a type, oldest first. */
export async function listApplicationsFor(
  executor: Executor,
  registrarId: OrganisationId,
  applicantIds: readonly OrganisationId[],
  credentialType: string,
): Promise<{ id: ApplicationId; applicantId: OrganisationId; status: ApplicationStatus }[]> {
  if (applicantIds.length === 0) return [];
  return executor
    .selectFrom('applications')
    .select(['id', 'applicant_id as applicantId', 'status'])
    .where('registrar_id', '=', registrarId)
    .where('applicant_id', 'in', [...applicantIds])
    .where(sql<boolean>`credential_types @> array[${credentialType}]`)
    .orderBy('id')
    .execute();
}

export interface CheckRow extends RecordedCheck {
  readonly id: CheckId;
  readonly evidence: CheckEvidence;
  readonly evidenceId?: EvidenceId;
  readonly note?: string;
  readonly checkedAt: Date;
  /** What it says of persons; `openChecks` opens it. */
  readonly sealed?: SealedValue;
  /** The check of an earlier application that this one repeats. */
  readonly carriedFrom?: CheckId;
}

export async function insertCheck(
  trx: Executor,
  applicationId: ApplicationId,
  check: CheckRow,
  checkedBy: Actor,
  fileIds: readonly EvidenceId[],
): Promise<void> {
  await trx
    .insertInto('checks')
    .values({
      id: check.id,
      application_id: applicationId,
      field: check.field,
      method: check.method,
      result: check.result,
      evidence: JSON.stringify(check.evidence),
      evidence_id: check.evidenceId ?? null,
      note: check.note ?? null,
      sealed_details: check.sealed?.sealed ?? null,
      details_generation: check.sealed?.generation ?? null,
      dossier_version: check.dossierVersion,
      checked_at: check.checkedAt,
      checked_by: JSON.stringify(checkedBy),
    })
    .execute();
  if (fileIds.length === 0) return;
  await trx
    .insertInto('check_files')
    .values(fileIds.map((id) => ({ check_id: check.id, evidence_id: id, application_id: applicationId })))
    .execute();
}

/** In the order in which they were recorded. */
export async function listChecks(executor: Executor, applicationId: ApplicationId): Promise<CheckRow[]> {
  const rows = await executor
    .selectFrom('checks')
    .selectAll()
    .where('application_id', '=', applicationId)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    field: row.field,
    method: row.method as CheckMethod,
    result: row.result,
    evidence: row.evidence as CheckEvidence,
    dossierVersion: row.dossier_version,
    checkedAt: row.checked_at,
    ...(row.evidence_id ? { evidenceId: row.evidence_id } : {}),
    ...(row.note === null ? {} : { note: row.note }),
    ...toSealed(row.details_generation, row.sealed_details),
    ...(row.carried_from ? { carriedFrom: row.carried_from } : {}),
  }));
}

/** The checks of these fields count for a newer version, because its values are the same. */
export async function carryChecks(
  trx: Executor,
  applicationId: ApplicationId,
  fields: readonly string[],
  versions: { from: number; to: number },
): Promise<void> {
  if (fields.length === 0) return;
  await trx
    .updateTable('checks')
    .set({ dossier_version: versions.to })
    .where('application_id', '=', applicationId)
    .where('dossier_version', '=', versions.from)
    .where('field', 'in', [...fields])
    .execute();
}

/** The same checks once more, for another application: when and by whom they were made stays as it was. */
export async function copyChecks(
  trx: Executor,
  ids: readonly CheckId[],
  to: { applicationId: ApplicationId; dossierVersion: number },
): Promise<void> {
  if (ids.length === 0) return;
  const rows = await trx
    .selectFrom('checks')
    .selectAll()
    .where('id', 'in', [...ids])
    // The copies get new ids, and the order of ids is the order in which checks were made.
    .orderBy('id')
    .execute();
  const copies = rows.map((row) => ({
    ...row,
    id: newId<'check'>(),
    application_id: to.applicationId,
    dossier_version: to.dossierVersion,
    evidence: JSON.stringify(row.evidence),
    checked_by: JSON.stringify(row.checked_by),
    // Of a copy of a copy, the one that was made.
    carried_from: row.carried_from ?? row.id,
  }));
  await trx.insertInto('checks').values(copies).execute();
  const files = await trx
    .selectFrom('check_files')
    .selectAll()
    .where('check_id', 'in', [...ids])
    .execute();
  const copiedFiles = files.flatMap((file) => {
    const copy = copies[rows.findIndex(({ id }) => id === file.check_id)];
    return copy ? [{ ...file, check_id: copy.id, application_id: to.applicationId }] : [];
  });
  if (copiedFiles.length > 0) await trx.insertInto('check_files').values(copiedFiles).execute();
}

export interface ConfirmedCheckRow {
  readonly field: string;
  readonly method: CheckMethod;
  readonly dossierVersion: number;
  readonly registrarId: OrganisationId;
  readonly checkedAt: Date;
  readonly evidenceId?: EvidenceId;
}

/** The latest check of each field and application about one organisation, where it is confirmed; its own checks of itself are none. */
export async function listConfirmedChecksOf(
  executor: Executor,
  applicantId: OrganisationId,
): Promise<ConfirmedCheckRow[]> {
  const rows = await executor
    .selectFrom('checks')
    .innerJoin('applications', 'applications.id', 'checks.application_id')
    .distinctOn(['checks.application_id', 'checks.field'])
    .select([
      'checks.field',
      'checks.method',
      'checks.dossier_version',
      'checks.result',
      'checks.checked_at',
      'checks.evidence_id',
      'applications.registrar_id',
    ])
    .where('applications.applicant_id', '=', applicantId)
    .where('applications.registrar_id', '<>', applicantId)
    .orderBy('checks.application_id')
    .orderBy('checks.field')
    .orderBy('checks.id', 'desc')
    .execute();
  return rows
    .filter((row) => row.result === 'confirmed')
    .map((row) => ({
      field: row.field,
      method: row.method as CheckMethod,
      dossierVersion: row.dossier_version,
      registrarId: row.registrar_id,
      checkedAt: row.checked_at,
      ...(row.evidence_id ? { evidenceId: row.evidence_id } : {}),
    }));
}

/** Nothing where it was erased. */
export function toSealed(generation: number | null, sealed: Buffer | null): { sealed?: SealedValue } {
  return generation === null || sealed === null ? {} : { sealed: { generation, sealed } };
}

/** Whether a registrar has, or had and did not lose by withdrawal, an application for which evidence of that age was handed in. */
export async function hasReviewOf(
  executor: Executor,
  registrarId: OrganisationId,
  evidence: { applicantId: OrganisationId; createdAt: Date },
): Promise<boolean> {
  const row = await executor
    .selectFrom('applications')
    .select('id')
    .where('registrar_id', '=', registrarId)
    .where('applicant_id', '=', evidence.applicantId)
    .where('status', '<>', 'withdrawn')
    .where('submitted_at', '>=', evidence.createdAt)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function withdrawOpenOf(
  trx: Executor,
  applicantId: OrganisationId,
  from: readonly ApplicationStatus[],
  at: Date,
): Promise<void> {
  await trx
    .updateTable('applications')
    .set({ status: 'withdrawn', updated_at: at })
    .where('applicant_id', '=', applicantId)
    .where('status', 'in', [...from])
    .execute();
}

export async function listApplicationsOf(
  executor: Executor,
  applicantId: OrganisationId,
): Promise<ApplicationRow[]> {
  return executor
    .selectFrom('applications')
    .select(APPLICATION_COLUMNS)
    .where('applicant_id', '=', applicantId)
    .orderBy('id')
    .execute();
}
