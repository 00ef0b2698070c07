import type { Executor } from '../../../adapters/database/schema.js';
import type { OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField } from '../../../kernel/errors.js';
import type {
  CredentialId,
  EvidenceId,
  GrantId,
  OrganisationId,
  VerificationId,
} from '../../../kernel/ids.js';
import type { SharingDeps } from '../deps.js';
import { requireUsable } from '../grants/service.js';
import { findGrant } from '../grants/store.js';
import { readReport, type RelianceReport } from '../reliances/rules.js';
import type { NewDocumentRequest } from './schemas.js';

/** What is asked of verification and issuance. */
export interface BaseDeps {
  readonly publicUrl: string;
  /** Throws `resource/not-found`. */
  readonly readVerification: (id: VerificationId, organisationId: OrganisationId) => Promise<RelianceReport>;
  /** Whether the file is one's own, or was handed in to one. */
  readonly seesFile: (executor: Executor, id: EvidenceId) => Promise<boolean>;
  /** Of any organisation. */
  readonly findCredential: (
    executor: Executor,
    id: CredentialId,
  ) => Promise<{ readonly holder_id: OrganisationId; readonly issuer_id: OrganisationId } | undefined>;
}

/** On what a partner rests that wants to see a document, and who is asked for it. */
export interface DocumentBase {
  readonly holderId: OrganisationId;
  readonly responderId: OrganisationId;
  readonly grantId?: GrantId;
  readonly verificationId?: VerificationId;
}

/** Throws `request/invalid` and `grants/over`. */
export async function findBase(
  deps: SharingDeps & BaseDeps,
  { organisationId }: OrganisationCaller,
  wanted: NewDocumentRequest,
): Promise<DocumentBase> {
  const { grantId, verificationId, to = 'holder' } = wanted;
  if ((grantId === undefined) === (verificationId === undefined))
    throw invalidField('', 'must name either a grant or a verification');
  if (grantId !== undefined) {
    if (to === 'registrar') throw invalidField('/to', 'goes with a verification, which says who issued');
    return ofGrant(deps, organisationId, grantId as GrantId);
  }
  return ofVerification(deps, organisationId, verificationId as VerificationId, to);
}

async function ofGrant(deps: SharingDeps, partnerId: OrganisationId, id: GrantId): Promise<DocumentBase> {
  const row = await findGrant(deps.db, id, partnerId);
  if (row?.partner_id !== partnerId) throw invalidField('/grantId', 'names no grant of yours');
  requireUsable(row, partnerId, deps.clock.now());
  return { holderId: row.holder_id, responderId: row.holder_id, grantId: row.id };
}

async function ofVerification(
  deps: SharingDeps & BaseDeps,
  partnerId: OrganisationId,
  verificationId: VerificationId,
  to: 'holder' | 'registrar',
): Promise<DocumentBase> {
  const found = readReport(await readOwn(deps, partnerId, verificationId), deps.publicUrl);
  const [first, ...others] = 'problem' in found ? [] : found.credentials;
  const credential = first && (await deps.findCredential(deps.db, first.id));
  if (!credential || others.length > 0)
    throw invalidField('/verificationId', 'is not of one credential of this network that was accepted');
  const { holder_id: holderId, issuer_id: issuerId } = credential;
  if (holderId === partnerId) throw invalidField('/verificationId', 'is of a credential of your own');
  const responderId = to === 'holder' ? holderId : issuerId;
  if (responderId === partnerId) throw invalidField('/to', 'is your own organisation');
  return { holderId, responderId, verificationId };
}

async function readOwn(
  deps: BaseDeps,
  partnerId: OrganisationId,
  id: VerificationId,
): Promise<RelianceReport> {
  try {
    return await deps.readVerification(id, partnerId);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'resource/not-found')) throw error;
    throw invalidField('/verificationId', 'names no verification of yours');
  }
}
