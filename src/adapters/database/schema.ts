import type { ColumnType, Generated, Kysely } from 'kysely';
import type { ReissueCause } from '../../kernel/credentialLife.js';
import type { SecuringFormat } from '../../credentials/profiles/profile.js';
import type { OwnListKind, StatusMediaType } from '../../credentials/status/statusLists.js';
import type { Actor, Role, Scope } from '../../kernel/caller.js';
import type {
  AccreditationId,
  ApplicationId,
  CheckId,
  ClientId,
  CredentialId,
  EvidenceId,
  Id,
  InstanceId,
  InvitationId,
  KeyId,
  MembershipId,
  MessageId,
  OrganisationId,
  PersonId,
  PolicyId,
  SessionId,
  StatusListId,
  VerificationId,
} from '../../kernel/ids.js';
import type { SigningAlgorithm } from '../../kernel/ports.js';
import type { DeskApplicationColumns, DeskMessageColumns, DeskTables } from './deskTables.js';
import type { LifeTables } from './lifeTables.js';
import type { MembershipTables } from './membershipTables.js';
import type { AgreementTables } from './agreementTables.js';
import type { PresentationTables } from './presentationTables.js';
import type { RelianceTables } from './relianceTables.js';
import type { RepresentationTables } from './representationTables.js';
import type { PersonalDataTables } from './personalDataTables.js';
import type { ArchiveTables } from './archiveTables.js';
import type { PolicyTables } from './policyTables.js';
import type { EvidenceTables } from './evidenceTables.js';
import type { SharingTables } from './sharingTables.js';
import type { VcApiTables } from './vcApiTables.js';

/** The tables, as the migrations leave them. `jsonb` is written as text (`JSON.stringify`) and read as a value. */

type Json<T> = ColumnType<T, string, string>;

interface OrganisationsTable {
  id: OrganisationId;
  slug: string;
  name: string;
  jurisdiction: string;
  registration_number: string | null;
  website: string | null;
  listed: Generated<boolean>;
  created_at: Date;
  closed_at: Date | null;
}

interface PeopleTable {
  id: PersonId;
  name: string;
  email: string;
  email_key: string | null;
  password_hash: string | null;
  is_operator: Generated<boolean>;
  created_at: Date;
  erased_at: Date | null;
}

interface MembershipsTable {
  id: MembershipId;
  organisation_id: OrganisationId;
  person_id: PersonId;
  role: Role;
  created_at: Date;
  ended_at: Date | null;
}

interface SessionsTable {
  id: SessionId;
  person_id: PersonId;
  membership_id: MembershipId | null;
  created_at: Date;
  expires_at: Date;
  ended_at: Date | null;
}

interface RefreshTokensTable {
  id: Id<'refreshToken'>;
  session_id: SessionId;
  token_hash: Buffer;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
  successor_id: Id<'refreshToken'> | null;
}

interface InvitationsTable {
  id: InvitationId;
  organisation_id: OrganisationId;
  email: string;
  role: Role;
  token_hash: Buffer;
  created_at: Date;
  expires_at: Date;
  accepted_at: Date | null;
  withdrawn_at: Date | null;
}

interface ClientsTable {
  id: ClientId;
  organisation_id: OrganisationId;
  name: string;
  secret_hash: Buffer;
  scopes: Scope[];
  created_at: Date;
  revoked_at: Date | null;
}

interface MailedTokensTable {
  id: Id<'mailedToken'>;
  purpose: 'registration' | 'password_reset';
  token_hash: Buffer;
  recipient_hash: Buffer;
  person_id: PersonId | null;
  sealed_payload: Buffer | null;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
}

interface SignInFailuresTable {
  subject: Buffer;
  failures: number;
  last_failed_at: Date;
}

interface KnownSignInsTable {
  subject: Buffer;
  last_signed_in_at: Date;
}

interface OutgoingMailsTable {
  id: Id<'mail'>;
  sealed_mail: Buffer;
  created_at: Date;
  attempts: Generated<number>;
  next_attempt_at: Date;
  failed_at: Date | null;
}

interface IdempotencyKeysTable {
  caller: string;
  route: string;
  key: string;
  request_digest: Buffer;
  started_at: Date;
  status: number | null;
  location: string | null;
  body: string | null;
  dossier_id: OrganisationId | null;
  body_generation: number | null;
}

interface AuditEntriesTable {
  id: Id<'auditEntry'>;
  at: Date;
  organisation_id: OrganisationId | null;
  actor_kind: Actor['kind'];
  actor_id: string | null;
  action: string;
  subject_id: string | null;
  detail: Json<Record<string, unknown>>;
}

interface LogEntriesTable {
  position: Generated<number>;
  at: Date;
  kind: string;
  entry: string;
  leaf_hash: Buffer;
}

/** Of an organisation or of an issuer instance. */
interface IdentifiersTable {
  did: string;
  organisation_id: OrganisationId | null;
  instance_id: InstanceId | null;
  provider: string;
  created_at: Date;
}

interface SigningKeysTable {
  id: KeyId;
  did: string;
  thumbprint: string;
  algorithm: SigningAlgorithm;
  public_jwk: Json<JsonWebKeyColumns>;
  sealed_private_key: Buffer | null;
  created_at: Date;
  retired_at: Date | null;
  revoked_at: Date | null;
  compromised_at: Date | null;
  revocation_reason: string | null;
}

/** The members of a public JWK (RFC 7517) that we store. */
export interface JsonWebKeyColumns {
  kty: string;
  crv: string;
  x: string;
  y?: string;
}

interface DossierVersionsTable {
  organisation_id: OrganisationId;
  version: number;
  blocks: Json<Record<string, unknown>>;
  sealed_personal: Buffer | null;
  personal_generation: number | null;
  sealed_salts: Buffer | null;
  salts_generation: number | null;
  created_at: Date;
}

interface AccreditationsTable {
  id: AccreditationId;
  organisation_id: OrganisationId;
  credential_types: string[];
  jurisdictions: string[];
  max_assurance: 'low' | 'substantial' | 'high';
  created_at: Date;
  expires_at: Date | null;
  ended_at: Date | null;
  expiry_told_at: Generated<Date | null>;
}

export type ApplicationStatus =
  | 'submitted'
  | 'in_review'
  | 'information_requested'
  | 'approved'
  | 'issued'
  | 'issuance_failed'
  | 'refused'
  | 'withdrawn';

interface ApplicationsTable extends DeskApplicationColumns {
  id: ApplicationId;
  applicant_id: OrganisationId;
  registrar_id: OrganisationId;
  credential_types: string[];
  status: ApplicationStatus;
  dossier_version: number;
  assignee_id: MembershipId | null;
  submitted_at: Date;
  created_at: Date;
  updated_at: Date;
  decided_at: Date | null;
  decided_by: Json<Actor> | null;
  decision_reason: string | null;
  renews: Generated<CredentialId[]>;
}

interface ApplicationMessagesTable extends DeskMessageColumns {
  id: MessageId;
  application_id: ApplicationId;
  organisation_id: OrganisationId;
  text: string;
  sealed_text: Buffer | null;
  text_generation: number | null;
  created_at: Date;
}

interface ChecksTable {
  id: CheckId;
  application_id: ApplicationId;
  field: string;
  method: string;
  result: 'confirmed' | 'refuted' | 'inconclusive';
  evidence: Json<Record<string, unknown>>;
  evidence_id: EvidenceId | null;
  note: string | null;
  sealed_details: Buffer | null;
  details_generation: number | null;
  dossier_version: number;
  checked_at: Date;
  checked_by: Json<Actor>;
  carried_from: Generated<CheckId | null>;
}

interface CredentialsTable {
  id: CredentialId;
  application_id: ApplicationId;
  type: string;
  issuer_id: OrganisationId;
  holder_id: OrganisationId;
  subject_keys: string[];
  jurisdiction: string;
  state: 'prepared' | 'issued' | 'failed';
  documents: string | null;
  seed: Buffer | null;
  personal_generation: number | null;
  log_salt: Buffer;
  commitment: string;
  assurance: 'low' | 'substantial' | 'high';
  valid_from: Date;
  valid_until: Date;
  prepared_at: Date;
  claimed_until: Date | null;
  attempts: Generated<number>;
  failure: string | null;
  issued_at: Date | null;
  suspended_at: Date | null;
  revoked_at: Date | null;
  supersedes: CredentialId | null;
  superseded_by: CredentialId | null;
  renewable_from: Date | null;
  expiry_noticed_at: Date | null;
  holder_key: KeyId | null;
  reissued_for: ReissueCause | null;
}

interface CredentialFormsTable {
  credential_id: CredentialId;
  format: SecuringFormat;
  secured: string;
  signed_digest: Buffer;
  signed_by: KeyId;
}

interface StatusListsTable {
  id: StatusListId;
  issuer_id: OrganisationId;
  kind: OwnListKind;
  size: number;
  taken: Generated<number>;
  version: Generated<number>;
  created_at: Date;
}

interface StatusEntriesTable {
  list_id: StatusListId;
  index: number;
  credential_id: CredentialId;
  value: Generated<number>;
}

interface StatusChangesTable {
  id: Id<'statusChange'>;
  credential_id: CredentialId;
  change: 'suspended' | 'reinstated' | 'revoked';
  reason: string;
  at: Date;
}

interface StatusPublicationsTable {
  list_id: StatusListId;
  media_type: StatusMediaType;
  version: number;
  body: string;
  signed_by: KeyId;
  published_at: Date;
  expires_at: Date;
}

interface VerificationsTable {
  id: VerificationId;
  organisation_id: OrganisationId;
  verdict: 'accepted' | 'rejected' | 'undetermined';
  report: string;
  verified_at: Date;
  policy_id: PolicyId | null;
  policy_version: number | null;
  /** Compact JWS. */
  receipt: string | null;
}

interface NetworkStatisticsTable {
  day: string;
  /** As they are published, and nothing else. */
  figures: Json<unknown>;
  computed_at: Date;
}

export interface Tables
  extends
    ArchiveTables,
    VcApiTables,
    AgreementTables,
    PresentationTables,
    RelianceTables,
    RepresentationTables,
    PersonalDataTables,
    EvidenceTables,
    DeskTables,
    LifeTables,
    MembershipTables,
    PolicyTables,
    SharingTables {
  settings: { name: string; value: string };
  network_statistics: NetworkStatisticsTable;
  organisations: OrganisationsTable;
  people: PeopleTable;
  memberships: MembershipsTable;
  sessions: SessionsTable;
  refresh_tokens: RefreshTokensTable;
  invitations: InvitationsTable;
  clients: ClientsTable;
  mailed_tokens: MailedTokensTable;
  sign_in_failures: SignInFailuresTable;
  known_sign_ins: KnownSignInsTable;
  outgoing_mails: OutgoingMailsTable;
  idempotency_keys: IdempotencyKeysTable;
  audit_entries: AuditEntriesTable;
  log_entries: LogEntriesTable;
  identifiers: IdentifiersTable;
  signing_keys: SigningKeysTable;
  dossier_versions: DossierVersionsTable;
  accreditations: AccreditationsTable;
  applications: ApplicationsTable;
  application_messages: ApplicationMessagesTable;
  checks: ChecksTable;
  credentials: CredentialsTable;
  credential_forms: CredentialFormsTable;
  status_lists: StatusListsTable;
  status_entries: StatusEntriesTable;
  status_changes: StatusChangesTable;
  status_publications: StatusPublicationsTable;
  verifications: VerificationsTable;
}

/**
 * The database or a transaction on it: a store's required first argument. Inside a transaction everything goes through
 * that transaction (the embedded database has one connection: a query beside it would wait for ever).
 */
export type Executor = Kysely<Tables>;
