import type { ColumnType } from 'kysely';
import type { EvidenceDetails } from '../../credentials/evidence/shapes.js';
import type { VouchedField } from '../../credentials/evidence/vouch.js';
import type { ApplicationId, CheckId, EvidenceId, OrganisationId, VouchRequestId } from '../../kernel/ids.js';

/** The tables of evidence: files, what rests on them, and vouches. */

export type EvidenceType = 'document' | 'electronic_record' | 'vouch' | 'electronic_signature';

type Json<T> = ColumnType<T, string, string>;

interface EvidenceTable {
  id: EvidenceId;
  organisation_id: OrganisationId;
  type: EvidenceType;
  title: string;
  media_type: string;
  size_bytes: number;
  digest: Buffer;
  wrapped_key: Buffer | null;
  key_generation: number | null;
  created_at: Date;
  /** Of what was handed in before they were sealed. */
  details: Json<EvidenceDetails> | null;
  sealed_details: Buffer | null;
  fields: string[];
  retain_until: Date;
  due_at: Date;
  deleted_at: Date | null;
  blob_deleted_at: Date | null;
}

interface CheckFilesTable {
  check_id: CheckId;
  evidence_id: EvidenceId;
  application_id: ApplicationId;
}

interface EvidenceHoldsTable {
  evidence_id: EvidenceId;
  organisation_id: OrganisationId;
  until: Date;
  reason: string;
  created_at: Date;
}

interface VouchRequestsTable {
  id: VouchRequestId;
  subject_id: OrganisationId;
  voucher_id: OrganisationId;
  dossier_version: number;
  fields: string[];
  note: string | null;
  created_at: Date;
  outcome: 'given' | 'declined' | 'withdrawn' | null;
  settled_at: Date | null;
  evidence_id: EvidenceId | null;
}

interface VouchesTable {
  evidence_id: EvidenceId;
  organisation_id: OrganisationId;
  voucher_did: string;
  voucher_id: OrganisationId | null;
  statement: string;
  fields: Json<VouchedField[]>;
  dossier_version: number | null;
  issued_at: Date;
  expires_at: Date;
  outcome: 'pass' | 'fail' | 'undetermined';
  code: string;
  checked_at: Date;
}

export interface EvidenceTables {
  evidence: EvidenceTable;
  check_files: CheckFilesTable;
  evidence_holds: EvidenceHoldsTable;
  vouch_requests: VouchRequestsTable;
  vouches: VouchesTable;
}
