import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { Party } from '../../../credentials/credentialOrder.js';
import type { Vouch, VouchVerdict } from '../../../credentials/evidence/vouch.js';
import { actorOf, SYSTEM, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, notFound } from '../../../kernel/errors.js';
import type { OrganisationId, VouchRequestId } from '../../../kernel/ids.js';
import { judgeRetention } from '../evidence/rules.js';
import { toRow, type StoredFile } from '../evidence/service.js';
import { insertEvidence, type EvidenceRow } from '../evidence/store.js';
import type { VouchDeps } from './deps.js';
import { findRequest, insertVouch, type VouchRequestRow } from './store.js';

/** Without its record a file is not kept. */
export async function withRecord<T>(
  { db, evidence }: VouchDeps,
  file: StoredFile,
  record: (trx: Executor) => Promise<T>,
): Promise<T> {
  try {
    return await db.transaction().execute(record);
  } catch (error) {
    await evidence.discardFile(file);
    throw error;
  }
}

export async function addToDossier(
  deps: Pick<VouchDeps, 'retention' | 'sealing'>,
  trx: Executor,
  subjectId: OrganisationId,
  file: StoredFile,
  { vouch, outcome, code }: VouchVerdict & { readonly vouch: Vouch },
  voucher: Party | undefined,
  title: string,
  at: Date,
): Promise<EvidenceRow> {
  const judged = judgeRetention({}, deps.retention.vouch, at);
  if ('detail' in judged) throw new Error('the configured retention is no duration');
  const dateOf = (instant: Date) => instant.toISOString().slice(0, 10);
  const attestation = {
    type: 'digital_attestation',
    reference_number: vouch.id,
    date_of_issuance: dateOf(vouch.issuedAt),
    date_of_expiry: dateOf(vouch.expiresAt),
    ...(voucher ? { voucher: { organization: voucher.name } } : {}),
  };
  const fields = vouch.fields.map(({ pointer }) => pointer);
  const details = { type: 'vouch', attestation } as const;
  const metadata = { type: 'vouch', title, fields, details, ...judged } as const;
  const row = await toRow(deps, trx, subjectId, metadata, file, at);
  await insertEvidence(trx, row);
  await insertVouch(trx, {
    evidence_id: row.id,
    organisation_id: subjectId,
    voucher_did: vouch.voucherDid,
    voucher_id: voucher?.id ?? null,
    statement: vouch.statement,
    fields: vouch.fields,
    dossier_version: vouch.dossierVersion ?? null,
    issued_at: vouch.issuedAt,
    expires_at: vouch.expiresAt,
    outcome,
    code,
    checked_at: at,
  });
  await recordAudit(trx, {
    at,
    actor: SYSTEM,
    action: 'evidence.added',
    organisationId: subjectId,
    subjectId: row.id,
  });
  return row;
}

export async function requireRequest(executor: Executor, id: VouchRequestId, partyId: OrganisationId) {
  const row = await findRequest(executor, id, partyId);
  if (!row) throw notFound('request to vouch');
  return row;
}

export async function partiesOf(
  { findParties }: Pick<VouchDeps, 'findParties'>,
  executor: Executor,
  rows: readonly VouchRequestRow[],
): Promise<Party[]> {
  const ids = [...new Set(rows.flatMap((row) => [row.subject_id, row.voucher_id]))];
  return ids.length === 0 ? [] : findParties(executor, ids);
}

export function settled(): AppError {
  return new AppError('vouches/settled', 'The request was answered, declined or withdrawn before.');
}

const TITLE_LENGTH = 200;

export function titleOf(voucher: string): string {
  return `Vouch by ${voucher}`.slice(0, TITLE_LENGTH);
}

export async function audit(
  trx: Executor,
  caller: OrganisationCaller,
  action: string,
  subjectId: string,
  at: Date,
  detail: Record<string, unknown> = {},
): Promise<void> {
  const { organisationId } = caller;
  await recordAudit(trx, { at, actor: actorOf(caller), action, organisationId, subjectId, detail });
}
