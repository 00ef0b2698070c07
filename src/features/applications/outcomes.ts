import type { Executor } from '../../adapters/database/schema.js';
import { tierOf } from '../../credentials/assurance.js';
import type { Scope } from '../../kernel/caller.js';
import type { ApplicationId, CredentialId, EvidenceId, OrganisationId } from '../../kernel/ids.js';
import { isDecided, nextStatus, OPEN_STATUSES, TRANSITIONS } from './rules.js';
import { openChecks, openMessages, type WordSealing } from './sealedWords.js';
import {
  findApplication,
  hasReviewOf,
  listApplicationsOf,
  listChecks,
  listConfirmedChecksOf,
  lockApplication,
  updateApplication,
  withdrawOpenOf,
} from './store.js';
import { findSideOfRecipient, listMessages } from './conversation/store.js';
import type { ApplicationStatus } from '../../adapters/database/schema.js';

/** What other features learn from, or tell to, applications; `app.ts` hands these functions on. */

/** How issuance moves an application on, in its own transaction. */
export const recordIssuanceOutcome = {
  /** Holds the row; false when the application is not approved (any more). */
  async holdApproved(trx: Executor, id: ApplicationId): Promise<boolean> {
    return (await lockApplication(trx, id))?.status === 'approved';
  },

  async settleApplication(
    trx: Executor,
    id: ApplicationId,
    event: 'issue' | 'failIssuance',
    at: Date,
  ): Promise<void> {
    const row = await lockApplication(trx, id);
    const status = row && nextStatus(row.status, event);
    if (status === undefined)
      throw new Error('an issuance was settled for an application that does not wait for it');
    await updateApplication(trx, id, { status }, at);
  },
};

/**
 * The confirmed checks about an organisation, for the provenance of its dossier. Anybody can be applied to, so only the checks of
 * registrars that were accredited when they made them count.
 */
export async function listConfirmedFields(
  wereAccredited: (
    executor: Executor,
    questions: readonly { organisationId: OrganisationId; at: Date }[],
  ) => Promise<boolean[]>,
  executor: Executor,
  applicantId: OrganisationId,
) {
  const checks = await listConfirmedChecksOf(executor, applicantId);
  const counts = await wereAccredited(
    executor,
    checks.map(({ registrarId, checkedAt }) => ({ organisationId: registrarId, at: checkedAt })),
  );
  return checks
    .filter((_check, n) => counts[n])
    .map(({ field, method, dossierVersion, checkedAt, evidenceId }) => ({
      field,
      tier: tierOf(method),
      dossierVersion,
      checkedAt,
      ...(evidenceId === undefined ? {} : { evidenceId }),
    }));
}

/** When an organisation closes its account, what it asked for and may still take back is withdrawn. */
export async function endReviewsOf(trx: Executor, applicantId: OrganisationId, at: Date): Promise<void> {
  const statuses = Object.keys(TRANSITIONS) as ApplicationStatus[];
  const withdrawable = statuses.filter((status) => TRANSITIONS[status].withdraw !== undefined);
  await withdrawOpenOf(trx, applicantId, withdrawable, at);
}

/** What an erasure has to know: who is examining the organisation, and who has decided on it. */
export async function listReviewsOf(
  executor: Executor,
  applicantId: OrganisationId,
): Promise<{ registrarId: OrganisationId; isOpen: boolean; decidedAt?: Date }[]> {
  const rows = await listApplicationsOf(executor, applicantId);
  return rows.map((row) => ({
    registrarId: row.registrar_id,
    isOpen: OPEN_STATUSES.includes(row.status),
    // Asking for more is no decision that anything rests on.
    ...(row.decided_at && isDecided(row.status) ? { decidedAt: row.decided_at } : {}),
  }));
}

const ABOUT = /^\/v1\/(applications|organisations|credentials)\/([0-9a-f-]{36})(?:\/|$)/;

/**
 * Whose dossier an answer is about, by the address that was asked or by that of what was made: the organisation's, the applicant's or the
 * holder's.
 */
export function findDossierOwner(
  findHolder: (executor: Executor, id: CredentialId) => Promise<OrganisationId | undefined>,
) {
  return async (executor: Executor, addresses: readonly string[]): Promise<OrganisationId | undefined> => {
    for (const address of addresses) {
      const [, kind, id] = ABOUT.exec(address) ?? [];
      if (kind === 'organisations') return id as OrganisationId;
      if (kind === 'applications')
        return (await findApplication(executor, id as ApplicationId))?.applicant_id;
      if (kind === 'credentials') return findHolder(executor, id as CredentialId);
    }
    return undefined;
  };
}

/** The organisation's own applications with all that was said in them, without the registrar's notes. */
export async function exportApplications(
  words: WordSealing,
  executor: Executor,
  applicantId: OrganisationId,
): Promise<unknown> {
  const parts = [];
  for (const row of await listApplicationsOf(executor, applicantId)) {
    const checks = await openChecks(words, applicantId, await listChecks(executor, row.id));
    parts.push({
      id: row.id,
      registrarId: row.registrar_id,
      credentialTypes: row.credential_types,
      status: row.status,
      dossierVersion: row.dossier_version,
      createdAt: row.created_at,
      decidedAt: row.decided_at,
      reason: row.decision_reason,
      reasons: row.decision_reasons,
      checks: checks.map(({ note: _internal, ...check }) => check),
      messages: await openMessages(words, applicantId, await listMessages(executor, row.id)),
    });
  }
  return parts;
}

/**
 * The right that somebody else than its owner needs to read a piece of evidence: as a registrar that it was handed in to, or as whoever was
 * sent it with a message. `undefined` for everybody else.
 */
export async function findEvidenceScope(
  executor: Executor,
  readerId: OrganisationId,
  evidence: { readonly id: EvidenceId; readonly ownerId: OrganisationId; readonly createdAt: Date },
): Promise<Scope | undefined> {
  const { id, ownerId: applicantId, createdAt } = evidence;
  if (await hasReviewOf(executor, readerId, { applicantId, createdAt })) return 'review';
  const side = await findSideOfRecipient(executor, readerId, id);
  return side && ({ applicant: 'applications', registrar: 'review' } as const)[side];
}
