import type { ColumnType, Generated } from 'kysely';
import type { Actor } from '../../kernel/caller.js';
import type { ConcernKind } from '../../kernel/credentialLife.js';
import type {
  CheckId,
  ConcernId,
  ContestId,
  CredentialId,
  NoticeId,
  OrganisationId,
} from '../../kernel/ids.js';
import type { NoticeKind } from '../../kernel/notices.js';

/** The tables of a credential's life after its issue, and of what organisations are told. */

interface CredentialGroundsTable {
  credential_id: CredentialId;
  holder_id: OrganisationId;
  issuer_id: OrganisationId;
  pointer: string;
  value_digest: Buffer | null;
  digest_of: CredentialId | null;
  check_id: CheckId | null;
  expires_at: Date | null;
  lapsed_at: Date | null;
  warns_at: Date | null;
}

interface CredentialConcernsTable {
  id: ConcernId;
  credential_id: CredentialId;
  holder_id: OrganisationId;
  issuer_id: OrganisationId;
  kind: ConcernKind;
  pointer: string;
  since: Date;
  suspends_at: Date;
  enforced_at: Date | null;
  closed_at: Date | null;
  outcome: 'cured' | 'ended' | null;
}

interface CredentialContestsTable {
  id: ContestId;
  credential_id: CredentialId;
  holder_id: OrganisationId;
  issuer_id: OrganisationId;
  pointer: string;
  /** Empty where it is sealed. */
  statement: string;
  sealed_statement: Buffer | null;
  opened_at: Date;
  opened_by: ColumnType<Actor, string, string>;
  closed_at: Date | null;
  outcome: 'upheld' | 'dismissed' | 'withdrawn' | null;
  /** Empty where it is sealed. */
  reason: string | null;
  sealed_reason: Buffer | null;
}

interface NoticesTable {
  id: NoticeId;
  organisation_id: OrganisationId;
  kind: NoticeKind;
  subject_id: string;
  pointers: Generated<string[]>;
  at: Date;
  is_mailed: Generated<boolean>;
  read_at: Date | null;
}

export interface LifeTables {
  credential_grounds: CredentialGroundsTable;
  credential_concerns: CredentialConcernsTable;
  credential_contests: CredentialContestsTable;
  notices: NoticesTable;
}
