import type { ColumnType, Generated } from 'kysely';
import type { Actor } from '../../kernel/caller.js';
import type {
  AccessRequestId,
  DocumentRequestId,
  EvidenceId,
  GrantId,
  MembershipId,
  OrganisationId,
  PersonId,
  VerificationId,
} from '../../kernel/ids.js';

/** The tables of what partners ask for and co-ops release. Each `sealed_…` holds a generation and what is sealed under it. */

type Json<T> = ColumnType<T, string, string>;

interface ConsentRulesTable {
  organisation_id: OrganisationId;
  version: number;
  rules: Json<unknown>;
  created_at: Date;
  created_by: Json<Actor>;
}

interface AccessRequestsTable {
  id: AccessRequestId;
  partner_id: OrganisationId;
  holder_id: OrganisationId;
  fields: string[];
  purposes: string[];
  with_evidence: boolean;
  retention: string;
  grant_for: string;
  policy: ColumnType<unknown, string | null, never>;
  sealed_note: Buffer | null;
  created_at: Date;
  created_by: Json<Actor>;
  expires_at: Date;
  rule_version: number;
  tier: 'public' | 'internal' | 'personal';
  rule: Json<unknown>;
  outcome: 'granted' | 'refused' | 'withdrawn' | 'closed' | null;
  settled_at: Date | null;
  settled_by: ColumnType<Actor | null, string | null, string | null>;
  sealed_reason: Buffer | null;
  expired_at: Generated<Date | null>;
}

interface AccessApprovalsTable {
  id: string;
  request_id: AccessRequestId;
  holder_id: OrganisationId;
  person_id: PersonId;
  membership_id: MembershipId;
  dossier_version: number;
  at: Date;
  sealed_minute: Buffer | null;
  void_at: Date | null;
  void_cause: 'changed' | 'left' | 'erased' | null;
}

interface GrantsTable {
  id: GrantId;
  request_id: AccessRequestId;
  partner_id: OrganisationId;
  holder_id: OrganisationId;
  fields: string[];
  purposes: string[];
  with_evidence: boolean;
  retention: string;
  dossier_version: number;
  dossier_generation: number;
  agreement_id: string | null;
  agreement_version: number | null;
  granted_at: Date;
  expires_at: Date;
  ended_at: Date | null;
  ending: 'withdrawn' | 'given_back' | 'agreement_ended' | 'organisation_closed' | 'erased' | null;
  ended_by: ColumnType<Actor | null, string | null, string | null>;
  sealed_reason: Buffer | null;
  expired_at: Generated<Date | null>;
}

interface GrantAccessesTable {
  id: string;
  grant_id: GrantId;
  partner_id: OrganisationId;
  holder_id: OrganisationId;
  at: Date;
  by: Json<Actor>;
  kind: 'data' | 'evidence';
  fields: string[];
  purposes: string[];
  evidence_id: EvidenceId | null;
}

interface ConsentReceiptsTable {
  grant_id: GrantId;
  state: string;
  partner_id: OrganisationId;
  holder_id: OrganisationId;
  token: string;
  created_at: Date;
}

interface EvidenceLinksTable {
  id: string;
  grant_id: GrantId;
  partner_id: OrganisationId;
  holder_id: OrganisationId;
  evidence_id: EvidenceId;
  token_hash: Buffer;
  created_by: Json<unknown>;
  created_at: Date;
  expires_at: Date;
}

interface DocumentRequestsTable {
  id: DocumentRequestId;
  partner_id: OrganisationId;
  holder_id: OrganisationId;
  responder_id: OrganisationId;
  grant_id: GrantId | null;
  verification_id: VerificationId | null;
  pointer: string | null;
  evidence_digest: string | null;
  sealed_reason: Buffer | null;
  created_at: Date;
  created_by: Json<Actor>;
  due_at: Date;
  outcome: 'answered' | 'refused' | 'closed' | null;
  settled_at: Date | null;
  settled_by: ColumnType<Actor | null, string | null, string | null>;
  sealed_refusal: Buffer | null;
  answer_grant_id: GrantId | null;
  evidence_id: EvidenceId | null;
  late_at: Generated<Date | null>;
}

export interface SharingTables {
  evidence_links: EvidenceLinksTable;
  document_requests: DocumentRequestsTable;
  consent_receipts: ConsentReceiptsTable;
  consent_rules: ConsentRulesTable;
  access_requests: AccessRequestsTable;
  access_approvals: AccessApprovalsTable;
  grants: GrantsTable;
  grant_accesses: GrantAccessesTable;
}
