import type { ColumnType, Generated } from 'kysely';
import type { Actor, Scope } from '../../kernel/caller.js';
import type {
  ApplicationId,
  ClientId,
  CredentialId,
  FederationMemberId,
  Id,
  MemberImportId,
  MemberIssuanceId,
  MembershipId,
  OrganisationId,
  PersonId,
  SessionId,
} from '../../kernel/ids.js';

/** A federation's register of its members, and what it does with it. */

type Json<T> = ColumnType<T, string, string>;

/** What a federation's register says about a member; the names are those of the columns of an import. */
export interface MemberRecord {
  readonly name: string;
  readonly registrationNumber: string;
  readonly registrationAuthority: string;
  readonly registrationAuthorityCode?: string;
  readonly jurisdiction: string;
  readonly legalForm?: string;
  readonly registeredOn?: string;
  readonly email?: string;
  readonly memberNumber?: string;
  readonly memberSince?: string;
  readonly standing: string;
}

export type MemberState = 'imported' | 'invited' | 'joined' | 'issued';
/** By us to the address in the register, or handed to the federation, which took it there. */
export type SentBy = 'mail' | 'handed';

interface FederationMembersTable {
  id: FederationMemberId;
  organisation_id: OrganisationId;
  subject_keys: string[];
  record: Json<MemberRecord>;
  state: MemberState;
  joined_organisation_id: OrganisationId | null;
  joined_person_id: PersonId | null;
  joined_at: Date | null;
  joined_by: SentBy | null;
  credential_id: CredentialId | null;
  changed_at: Date | null;
  created_at: Date;
  updated_at: Date;
  removed_at: Date | null;
}

interface MemberInvitationsTable {
  id: Id<'memberInvitation'>;
  organisation_id: OrganisationId;
  member_id: FederationMemberId;
  token_hash: Buffer;
  sent_by: SentBy;
  created_at: Date;
  expires_at: Date;
  ended_at: Date | null;
}

export type LineOutcome = 'added' | 'unchanged' | 'changed' | 'failed';

interface MemberImportsTable {
  id: MemberImportId;
  organisation_id: OrganisationId;
  dry_run: boolean;
  status: 'receiving' | 'working' | 'finished';
  content_digest: Buffer | null;
  lines: Generated<number>;
  added: Generated<number>;
  unchanged: Generated<number>;
  changed: Generated<number>;
  failed: Generated<number>;
  requested_by: Json<Actor>;
  created_at: Date;
  finished_at: Date | null;
}

/** Where in a line, and what; never what stands there. */
export interface LineError {
  readonly pointer: string;
  readonly column?: string;
  readonly detail: string;
}

interface MemberImportLinesTable {
  id: Id<'memberImportLine'>;
  import_id: MemberImportId;
  organisation_id: OrganisationId;
  line: number;
  record: Json<Record<string, string | null>> | null;
  outcome: LineOutcome | null;
  errors: Json<LineError[]> | null;
  member_id: FederationMemberId | null;
}

/** Who ordered it; what that person or client may do is looked up each time. */
export type StoredCaller =
  | { readonly kind: 'member'; readonly membershipId: MembershipId; readonly sessionId: SessionId }
  | { readonly kind: 'client'; readonly clientId: ClientId; readonly scopes: readonly Scope[] };

interface MemberIssuancesTable {
  id: MemberIssuanceId;
  organisation_id: OrganisationId;
  status: 'working' | 'finished';
  ordered_by: Json<StoredCaller>;
  valid_for: string | null;
  sent_by_ourselves: boolean;
  not_joined: number;
  created_at: Date;
  finished_at: Date | null;
}

export type IssuanceOutcome = 'issued' | 'proposed' | 'not_ready' | 'failed';

interface MemberIssuanceItemsTable {
  id: Id<'memberIssuanceItem'>;
  issuance_id: MemberIssuanceId;
  organisation_id: OrganisationId;
  member_id: FederationMemberId;
  attempts: Generated<number>;
  claimed_until: Date | null;
  outcome: IssuanceOutcome | null;
  reason: string | null;
  detail: string | null;
  application_id: ApplicationId | null;
  credential_id: CredentialId | null;
}

export interface MembershipTables {
  federation_members: FederationMembersTable;
  member_invitations: MemberInvitationsTable;
  member_imports: MemberImportsTable;
  member_import_lines: MemberImportLinesTable;
  member_issuances: MemberIssuancesTable;
  member_issuance_items: MemberIssuanceItemsTable;
}
