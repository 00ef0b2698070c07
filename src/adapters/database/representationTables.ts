import type { ColumnType, Generated } from 'kysely';
import type { Actor, Role } from '../../kernel/caller.js';
import type {
  ApplicationId,
  CheckId,
  EvidenceId,
  MembershipId,
  OrganisationId,
  RepresentationProofId,
} from '../../kernel/ids.js';

/** Who acts for a legal entity, how that was shown; and how old the values of a dossier are. */

interface DossierFieldVersionsTable {
  organisation_id: OrganisationId;
  version: number;
  since: ColumnType<Record<string, number>, string, string>;
}

interface ApplicationRepresentativesTable {
  application_id: ApplicationId;
  organisation_id: OrganisationId;
  membership_id: MembershipId | null;
  named_at: Date;
}

export type RepresentationMethod = 'callback' | 'mandate' | 'letter' | 'domain';
export type RepresentationOutcome = 'confirmed' | 'refuted' | 'inconclusive' | 'superseded' | 'exhausted';

interface RepresentationProofsTable {
  id: RepresentationProofId;
  application_id: ApplicationId;
  applicant_id: OrganisationId;
  registrar_id: OrganisationId;
  method: RepresentationMethod;
  register: string;
  entity_digest: Buffer;
  started_by: ColumnType<Actor, string, never>;
  started_at: Date;
  expires_at: Date | null;
  ended_at: Date | null;
  outcome: RepresentationOutcome | null;
  sealed_record: Buffer | null;
  evidence_id: EvidenceId | null;
  code_hash: Buffer | null;
  domain: string | null;
  listed_by: 'coop_registry' | 'register' | null;
  path_token: string | null;
  content_token: string | null;
  attempts: Generated<number>;
  last_attempt_at: Date | null;
}

interface RepresentationsTable {
  check_id: CheckId;
  application_id: ApplicationId;
  applicant_id: OrganisationId;
  registrar_id: OrganisationId;
  membership_id: MembershipId | null;
  role: Role | null;
  administrators: MembershipId[];
  shown_at: Date;
  expires_at: Date;
  lapsed_at: Date | null;
  lapse_reason: string | null;
}

export interface RepresentationTables {
  dossier_field_versions: DossierFieldVersionsTable;
  application_representatives: ApplicationRepresentativesTable;
  representation_proofs: RepresentationProofsTable;
  representations: RepresentationsTable;
}
