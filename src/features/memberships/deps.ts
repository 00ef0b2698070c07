import type { Kysely } from 'kysely';
import type { StoredCaller } from '../../adapters/database/membershipTables.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { Party } from '../../credentials/credentialOrder.js';
import type { Actor, OrganisationCaller } from '../../kernel/caller.js';
import type { FieldError } from '../../kernel/errors.js';
import type { ApplicationId, MembershipId, OrganisationId, PersonId } from '../../kernel/ids.js';
import type { Clock, Logger, Mail } from '../../kernel/ports.js';
import type { composeDossier } from './register/rules.js';

/** What this feature needs of others; each function that writes takes the caller's transaction. */
export interface MembershipDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly publicUrl: string;
  readonly maxImportBytes: number;
  /** What a legal entity is known by across the network. */
  readonly subjectKeys: (entity: LegalEntity) => string[];
  readonly findParties: (executor: Executor, ids: readonly OrganisationId[]) => Promise<Party[]>;
  /** Absent where mail is not configured: then tokens are handed to the federation. */
  readonly queueMails?: (trx: Executor, mails: readonly Mail[], at: Date) => Promise<void>;
  readonly isAccredited: (executor: Executor, organisationId: OrganisationId, at: Date) => Promise<boolean>;
  readonly accounts: MembershipAccounts;
  readonly applications: MembershipApplications;
  readonly findLatestDossier: (
    executor: Executor,
    organisationId: OrganisationId,
  ) => Promise<{ readonly blocks: Readonly<Record<string, unknown>> }>;
  /** What was issued to these members may say otherwise than the register by now, or the same again; one that was taken out of it has no standing. */
  readonly onRegisterChanged: (
    trx: Executor,
    change: {
      federation: { id: OrganisationId; did: string };
      members: readonly { subjectKeys: readonly string[]; standing?: string; isNew?: true }[];
    },
    at: Date,
  ) => Promise<void>;
  /** Why a dossier that says this would not be saved, with pointers into it. */
  readonly contentProblems: (blocks: ReturnType<typeof composeDossier>) => FieldError[];
  /** The first version of a dossier; false where there is one already, or these blocks would not be saved. */
  readonly startDossier: (
    trx: Executor,
    organisationId: OrganisationId,
    blocks: ReturnType<typeof composeDossier>,
    by: { actor: Actor; at: Date },
  ) => Promise<boolean>;
}

export interface LegalEntity {
  readonly registrationNumber: string;
  readonly registrationAuthority: { readonly name: string; readonly code?: string };
  readonly jurisdiction: string;
}

interface MembershipAccounts {
  /** Throws `request/invalid` for a password that is too easy to guess. */
  readonly hashFirstPassword: (
    password: string,
    known: { email: string; organisationName: string },
  ) => Promise<string>;
  /** Throws `accounts/address-taken`. */
  readonly foundOrganisation: (
    trx: Executor,
    registration: {
      organisation: { name: string; jurisdiction: string; registrationNumber?: string; website?: string };
      admin: { name: string; email: string; passwordHash: string };
    },
    at: Date,
  ) => Promise<Founded>;
  /** The same as whom a request would be made now; `undefined` once the membership or the client is over. */
  readonly findCaller: (executor: Executor, stored: StoredCaller) => Promise<OrganisationCaller | undefined>;
  readonly isOpenOrganisation: (executor: Executor, id: OrganisationId) => Promise<boolean>;
  readonly isMember: (
    executor: Executor,
    personId: PersonId,
    organisationId: OrganisationId,
  ) => Promise<boolean>;
}

export interface Founded {
  readonly organisation: {
    readonly id: string;
    readonly slug: string;
    readonly did: string;
    readonly name: string;
  };
  readonly member: { readonly id: string; readonly personId: string };
  readonly session: {
    readonly accessToken: string;
    readonly refreshToken: string;
    readonly expiresAt: string;
  };
}

/** The registrar's own way through an application, step by step: nothing here goes round it. */
interface MembershipApplications {
  /** Throws what `POST /v1/applications` throws, before anything is written. */
  readonly submit: (
    trx: Executor,
    applicant: { organisationId: OrganisationId; actor: Actor; membershipId: MembershipId },
    wanted: { registrarId: string; credentialTypes: string[] },
    at: Date,
  ) => Promise<ApplicationId>;
  /** Of these applicants, those with one type before this registrar that are not at their end, and the latest that were issued. */
  readonly listOf: (
    executor: Executor,
    registrarId: OrganisationId,
    applicantIds: readonly OrganisationId[],
    credentialType: string,
  ) => Promise<{ id: ApplicationId; applicantId: OrganisationId; status: string }[]>;
  readonly read: (caller: OrganisationCaller, id: ApplicationId) => Promise<ApplicationView>;
  readonly recordCheck: (
    caller: OrganisationCaller,
    id: ApplicationId,
    check: {
      field: string;
      method: 'register_lookup' | 'callback';
      result: 'confirmed';
      evidence: {
        type: 'electronic_record';
        record: { type: string; source: { name: string }; record_number?: string };
      };
      note?: string;
    },
  ) => Promise<unknown>;
  /** Where two persons must approve, it proposes and never confirms. */
  readonly approve: (
    caller: OrganisationCaller,
    id: ApplicationId,
    terms: { validFor?: string },
  ) => Promise<ApplicationView>;
}

export interface ApplicationView {
  readonly status: string;
  readonly credentialTypes: readonly string[];
  readonly dossier: Readonly<Record<string, unknown>>;
  readonly missingChecks: readonly FieldError[];
  readonly checks: readonly { readonly field: string; readonly result: string; readonly current: boolean }[];
  readonly credentials: readonly { readonly id: string; readonly type: string; readonly state: string }[];
}

export const MEMBERSHIP_CREDENTIAL = 'FederationMembershipCredential';
