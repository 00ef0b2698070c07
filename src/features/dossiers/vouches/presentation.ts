import type { Party } from '../../../credentials/credentialOrder.js';
import { valueAt } from '../../../kernel/jsonPointer.js';
import type { VouchRequest, VouchSummary } from './schemas.js';
import type { VouchRequestRow, VouchRow } from './store.js';

export function toVouchSummary(row: VouchRow, vouchers: readonly Party[]): VouchSummary {
  const voucher = vouchers.find(({ id }) => id === row.voucher_id);
  return {
    voucher: { did: row.voucher_did, ...(voucher ? { name: voucher.name } : {}) },
    statement: row.statement,
    fields: row.fields.map(({ pointer }) => pointer),
    ...(row.dossier_version === null ? {} : { dossierVersion: row.dossier_version }),
    issuedAt: row.issued_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    outcome: row.outcome,
    code: row.code,
    checkedAt: row.checked_at.toISOString(),
  };
}

/** @param blocks of the version that the request is about; absent: the values are not shown */
export function toVouchRequest(
  row: VouchRequestRow,
  parties: readonly Party[],
  blocks?: unknown,
): VouchRequest {
  return {
    id: row.id,
    subject: partyOf(parties, row.subject_id),
    voucher: partyOf(parties, row.voucher_id),
    dossierVersion: row.dossier_version,
    fields: row.fields.map((pointer) =>
      blocks === undefined ? { pointer } : { pointer, value: valueAt(blocks, pointer) },
    ),
    ...(row.note === null ? {} : { note: row.note }),
    status: row.outcome ?? 'open',
    createdAt: row.created_at.toISOString(),
    ...(row.settled_at ? { settledAt: row.settled_at.toISOString() } : {}),
    ...(row.evidence_id ? { evidenceId: row.evidence_id } : {}),
  };
}

export function partyOf(parties: readonly Party[], id: Party['id']): Party {
  const party = parties.find((candidate) => candidate.id === id);
  if (!party) throw new Error('a request to vouch names an organisation that is not there');
  return { id: party.id, did: party.did, name: party.name };
}
