import type { ApplicationStatus, Executor } from '../../adapters/database/schema.js';
import { mayRead, mayWrite, type OrganisationCaller, type Scope } from '../../kernel/caller.js';
import { AppError, missingRight, notFound } from '../../kernel/errors.js';
import type { ApplicationId, OrganisationId } from '../../kernel/ids.js';
import { isDecided, nextStatus, type ApplicationEvent } from './rules.js';
import type { ApplicationDeps } from './deps.js';
import { lockApplication, type ApplicationRow } from './store.js';

/** Holds the row of an application that the caller is a party of in the given role. */
export async function lockFor(
  trx: Executor,
  caller: OrganisationCaller,
  id: ApplicationId,
  role: 'applicant' | 'registrar' | 'either',
): Promise<ApplicationRow> {
  const row = await lockApplication(trx, id);
  if (!row || !isParty(row, caller.organisationId)) throw notFound('application');
  const isApplicant = row.applicant_id === caller.organisationId;
  const isRegistrar = row.registrar_id === caller.organisationId;
  if (role === 'registrar' && !isRegistrar)
    throw new AppError('auth/forbidden', 'Only the registrar of this application may do this.');
  if (role === 'applicant' && !isApplicant)
    throw new AppError('auth/forbidden', 'Only the applicant may do this.');
  return row;
}

/** On which side a party stands decides which right it needs; who applies to itself may come with either. */
export function scopesFor(row: ApplicationRow, organisationId: OrganisationId): Scope[] {
  return [
    ...(row.applicant_id === organisationId ? (['applications'] as const) : []),
    ...(row.registrar_id === organisationId ? (['review'] as const) : []),
  ];
}

export function requireRight(caller: OrganisationCaller, row: ApplicationRow, need: 'read' | 'write'): void {
  const scopes = scopesFor(row, caller.organisationId);
  const may = need === 'read' ? mayRead : mayWrite;
  if (!scopes.some((scope) => may(caller, scope))) throw missingRight(scopes[0] ?? 'applications');
}

export function requireTransition(status: ApplicationStatus, event: ApplicationEvent): ApplicationStatus {
  const next = nextStatus(status, event);
  if (next !== undefined) return next;
  if (isDecided(status)) throw new AppError('applications/already-decided', `The application is ${status}.`);
  const isDecision = event === 'approve' || event === 'refuse' || event === 'requestInformation';
  if (isDecision)
    throw new AppError(
      'applications/not-in-review',
      `The application is ${status}; a decision needs it to be in review.`,
    );
  throw new AppError('applications/wrong-state', `The application is ${status}.`);
}

/** Who says which version they looked at does not check or decide on another, which was handed in meanwhile. */
export function requireLookedAt(row: ApplicationRow, dossierVersion: number | undefined): void {
  if (dossierVersion === undefined || dossierVersion === row.dossier_version) return;
  throw new AppError(
    'applications/dossier-changed',
    `Version ${row.dossier_version} of the dossier is under review by now.`,
  );
}

export function isParty(row: ApplicationRow, organisationId: OrganisationId): boolean {
  return row.applicant_id === organisationId || row.registrar_id === organisationId;
}

/**
 * Neither as the applicant itself nor as somebody who is also a member of it. Which person is behind a machine client is not known, so it
 * does not decide where a member of the applicant could have made it: is, or ever was, a member of the registrar.
 */
export async function refuseOwnOrganisation(
  deps: ApplicationDeps,
  trx: Executor,
  caller: OrganisationCaller,
  row: ApplicationRow,
): Promise<void> {
  const { organisationId } = caller;
  const isOwn =
    row.applicant_id === organisationId ||
    (caller.kind === 'member' && (await deps.isMember(trx, caller.personId, row.applicant_id)));
  if (isOwn)
    throw new AppError('applications/own-organisation', 'You belong to the organisation that applies.');
  if (caller.kind === 'client' && (await deps.hasMemberEverOf(trx, row.applicant_id, organisationId)))
    throw new AppError(
      'applications/own-organisation',
      'Somebody of the organisation that applies belongs, or belonged, to yours: a person must decide.',
    );
}
