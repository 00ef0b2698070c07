import type { ColumnType } from 'kysely';
import type { Actor } from '../../kernel/caller.js';
import type {
  AgreementId,
  AgreementMembershipId,
  MembershipId,
  OrganisationId,
  PersonId,
} from '../../kernel/ids.js';

/** The tables of standing agreements. */

interface AgreementsTable {
  id: AgreementId;
  author_id: OrganisationId;
  created_at: Date;
  closed_at: Date | null;
}

interface AgreementVersionsTable {
  agreement_id: AgreementId;
  author_id: OrganisationId;
  version: number;
  title: string;
  text: string;
  terms: ColumnType<unknown, string, never>;
  parties: OrganisationId[] | null;
  digest: Buffer;
  created_at: Date;
  created_by: ColumnType<Actor, string, never>;
}

interface AgreementMembershipsTable {
  id: AgreementMembershipId;
  agreement_id: AgreementId;
  organisation_id: OrganisationId;
  version: number;
  accepted_at: Date;
  ended_at: Date | null;
  ending: 'replaced' | 'left' | 'organisation_closed' | null;
}

interface AgreementApprovalsTable {
  id: string;
  agreement_id: AgreementId;
  version: number;
  organisation_id: OrganisationId;
  person_id: PersonId;
  membership_id: MembershipId;
  needed: number;
  at: Date;
  sealed_minute: Buffer | null;
  settled_at: Date | null;
}

export interface AgreementTables {
  agreements: AgreementsTable;
  agreement_versions: AgreementVersionsTable;
  agreement_memberships: AgreementMembershipsTable;
  agreement_approvals: AgreementApprovalsTable;
}
