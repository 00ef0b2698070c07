import type { Kysely } from 'kysely';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { AssuranceLevel } from '../../credentials/assurance.js';
import type { DossierSummary, ExaminedFields } from '../../credentials/dossier/summary.js';
import type { VouchedField } from '../../credentials/evidence/vouch.js';
import type { CredentialDraft, CredentialOrder, Party } from '../../credentials/credentialOrder.js';
import type {
  ApplicationId,
  CheckId,
  CredentialId,
  EvidenceId,
  MembershipId,
  OrganisationId,
  PersonId,
} from '../../kernel/ids.js';
import type { NewNotice } from '../../kernel/notices.js';
import type { Clock } from '../../kernel/ports.js';
import type { WordSealing } from './sealedWords.js';

/** What this feature needs of others; each function takes the caller's transaction. */
export interface ApplicationDeps extends WordSealing {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  /** Also closed organisations, whose names and DIDs stay known. */
  readonly findParties: (executor: Executor, ids: readonly OrganisationId[]) => Promise<Party[]>;
  /** Open organisations only. */
  readonly isOpenOrganisation: (executor: Executor, id: OrganisationId) => Promise<boolean>;
  readonly isMember: (
    executor: Executor,
    personId: PersonId,
    organisationId: OrganisationId,
  ) => Promise<boolean>;
  /** As a member who has the role for it. */
  readonly mayReview: (
    executor: Executor,
    personId: PersonId,
    organisationId: OrganisationId,
  ) => Promise<boolean>;
  /** Whether a member of the one is, or ever was, a member of the other. */
  readonly hasMemberEverOf: (
    executor: Executor,
    one: OrganisationId,
    other: OrganisationId,
  ) => Promise<boolean>;
  readonly hasMembership: (
    executor: Executor,
    membershipId: MembershipId,
    organisationId: OrganisationId,
  ) => Promise<boolean>;
  /** The organisations that a person is a member of now. */
  readonly listMemberOrganisations: (executor: Executor, personId: PersonId) => Promise<OrganisationId[]>;
  readonly findLatestDossier: (executor: Executor, organisationId: OrganisationId) => Promise<DossierVersion>;
  /** Without what it says of persons where `impersonal` is asked for. */
  readonly findDossierVersion: (
    executor: Executor,
    organisationId: OrganisationId,
    version: number,
    parts?: DossierParts,
  ) => Promise<DossierVersion>;
  readonly listEvidenceUntil: (
    executor: Executor,
    organisationId: OrganisationId,
    until: Date,
  ) => Promise<EvidenceSummary[]>;
  readonly findEvidenceFiles: (executor: Executor, ids: readonly EvidenceId[]) => Promise<EvidenceFile[]>;
  /** The same, and none of them is deleted until the end of the transaction. */
  readonly holdEvidenceFiles: (trx: Executor, ids: readonly EvidenceId[]) => Promise<EvidenceFile[]>;
  /** The piece of evidence that an attachment's URL names. */
  readonly attachedIdOf: (url: string) => EvidenceId | undefined;
  /** Of those of the pieces of evidence that are one. */
  readonly findVouches: (executor: Executor, ids: readonly EvidenceId[]) => Promise<KnownVouch[]>;
  /** `undefined` when the registrar is not accredited for this. */
  readonly findHighestAssurance: (
    trx: Executor,
    registrarId: OrganisationId,
    wanted: { credentialType: string; jurisdiction: string; at: Date },
  ) => Promise<AssuranceLevel | undefined>;
  /** What a credential claims that stands for a whole version; `undefined` for one of which nothing can be proven. */
  readonly summariseDossier: (
    executor: Executor,
    organisationId: OrganisationId,
    version: number,
    examined: ExaminedFields,
  ) => Promise<DossierSummary | undefined>;
  /** What somebody who examines a dossier should look at: plain warnings, and who controls the co-op in short. */
  readonly reviewDossier: (blocks: DossierVersion['blocks']) => {
    readonly warnings: readonly object[];
    readonly controlSummary?: object;
  };
  /** The durable intent to issue; throws `credentials/duplicate`. */
  readonly prepareCredential: (trx: Executor, order: CredentialOrder) => Promise<CredentialId>;
  /** What `prepareCredential` would make of an order; nothing is written. */
  readonly draftCredential: (executor: Executor, order: CredentialOrder) => Promise<CredentialDraft>;
  /** Whether a pointer into a dossier leads into data about persons. */
  readonly isPersonal: (pointer: string) => boolean;
  /** Tells the people of an organisation, with the write that it is about. */
  readonly notify: (trx: Executor, notice: NewNotice) => Promise<void>;
  /** Those that there are, whoever has them; they stay until the transaction is over. */
  readonly holdCredentials: (trx: Executor, ids: readonly CredentialId[]) => Promise<RenewedCredential[]>;
  /** Throws `credentials/not-renewable`. */
  readonly requireRenewable: (trx: Executor, id: CredentialId, at: Date) => Promise<void>;
  /** What was issued on that field rests on the new check from now on. */
  readonly onCheckConfirmed: (
    trx: Executor,
    parties: { holderId: OrganisationId; issuerId: OrganisationId },
    check: ConfirmedField,
    at: Date,
  ) => Promise<void>;
  readonly listCredentials: (
    executor: Executor,
    applicationId: ApplicationId,
  ) => Promise<CredentialSummary[]>;
  /** Whom a check of `/representation` binds, and whether it still does. */
  readonly representation: {
    readonly onApplicationSubmitted: (
      trx: Executor,
      application: { id: ApplicationId; applicantId: OrganisationId },
      submittedBy: MembershipId | undefined,
      at: Date,
    ) => Promise<void>;
    readonly onRepresentationChecked: (
      trx: Executor,
      application: { id: ApplicationId; applicantId: OrganisationId; registrarId: OrganisationId },
      check: { id: CheckId; at: Date; boundTo?: MembershipId },
    ) => Promise<void>;
    /** Why a confirmed check does not count any more, in words for the parties. */
    readonly findLapse: (executor: Executor, checkId: CheckId, now: Date) => Promise<string | undefined>;
    /** The same, and it stays so until the transaction is over. */
    readonly holdLapse: (trx: Executor, checkId: CheckId, now: Date) => Promise<string | undefined>;
  };
  /** Signs what is prepared; returns when all are settled or the time is up, whichever comes first. */
  readonly finishIssuance: (applicationId: ApplicationId) => Promise<void>;
}

export type DossierParts = 'whole' | 'impersonal';

export interface DossierVersion {
  readonly version: number;
  readonly blocks: Readonly<Record<string, unknown>>;
  readonly personalErased?: true;
}

export interface EvidenceSummary {
  readonly id: string;
  readonly title: string;
  readonly type: string;
  readonly mediaType: string;
  readonly size: number;
  readonly fields?: readonly string[];
  readonly details?: object;
  readonly attachment?: object;
  readonly vouch?: object;
  readonly deletedAt?: string;
}

export interface EvidenceFile {
  readonly id: EvidenceId;
  readonly ownerId: OrganisationId;
  readonly sha256: Buffer;
  readonly createdAt: Date;
  readonly deletedAt: Date | null;
}

/** What is known of a signed vouch. */
export interface KnownVouch {
  readonly evidenceId: EvidenceId;
  readonly outcome: 'pass' | 'fail' | 'undetermined';
  readonly expiresAt: Date;
  readonly fields: readonly VouchedField[];
}

export interface RenewedCredential {
  readonly id: CredentialId;
  readonly type: string;
  readonly applicationId: ApplicationId;
  readonly holderId: OrganisationId;
  readonly issuerId: OrganisationId;
  readonly isSuperseded: boolean;
  /** What says the same in its place since it was issued once more. */
  readonly reissuedAs?: CredentialId;
}

export interface ConfirmedField {
  readonly id: CheckId;
  readonly field: string;
  readonly checkedAt: Date;
  readonly evidence: unknown;
  readonly dossier: Readonly<Record<string, unknown>>;
}

export interface CredentialSummary {
  readonly id: CredentialId;
  readonly type: string;
  readonly assurance: AssuranceLevel;
  readonly state: 'prepared' | 'issued' | 'failed';
  readonly validFrom: Date;
  readonly validUntil: Date;
}
