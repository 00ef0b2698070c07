import type { Kysely } from 'kysely';
import type { PackedSealing } from '../../adapters/database/dossierSealing.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { CheckMethod } from '../../credentials/assurance.js';
import type { Actor, OrganisationCaller, Role } from '../../kernel/caller.js';
import type { ApplicationId, CheckId, EvidenceId, MembershipId, OrganisationId } from '../../kernel/ids.js';
import type { Clock, HttpClient, TxtLookup } from '../../kernel/ports.js';
import type { LapseReason } from './rules.js';

/** What this feature needs of others; each function takes the caller's transaction. */
export interface RepresentationDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  /** Bounded, and refuses what is not public. */
  readonly http: HttpClient;
  readonly resolveTxt: TxtLookup;
  readonly allowLoopback: boolean;
  /** ISO 8601 duration. */
  readonly validFor: string;
  /** For the hashes of letters' codes: whoever reads the tables cannot try codes against them. */
  readonly codeSecret: Buffer;
  readonly personal: PackedSealing;
  /** From accounts: the members of an organisation now. */
  readonly members: {
    list(executor: Executor, organisationId: OrganisationId): Promise<MemberFacts[]>;
    /** And none of them leaves or changes before the transaction is over. */
    hold(trx: Executor, organisationId: OrganisationId): Promise<MemberFacts[]>;
  };
  readonly applications: ApplicationAccess;
  /** In the transaction in which it happens: live credentials that rest on it need a look, and both sides a word. */
  readonly onRepresentationLapsed: (
    trx: Executor,
    organisationId: OrganisationId,
    at: Date,
    lapse: { readonly checkId: CheckId; readonly reason: LapseReason },
  ) => Promise<void>;
  readonly onRepresentationExpiring: (
    trx: Executor,
    organisationId: OrganisationId,
    at: Date,
    proof: { readonly checkId: CheckId },
  ) => Promise<void>;
}

export interface ApplicationFacts {
  readonly id: ApplicationId;
  readonly applicantId: OrganisationId;
  readonly registrarId: OrganisationId;
  readonly isWithdrawn: boolean;
  /** What names the legal entity in the version under review. */
  readonly entity: unknown;
}

/** From the applications feature: its rules on who may do what, when, hold here as well. */
export interface ApplicationAccess {
  /** Throws `resource/not-found` and `auth/forbidden`. */
  readFor(executor: Executor, caller: OrganisationCaller, id: ApplicationId): Promise<ApplicationFacts>;
  /**
   * Holds the application, in a state in which checks are made, for a party in the given role; a registrar's person who belongs to the
   * applicant is refused. Throws `resource/not-found`, `auth/forbidden`, `applications/own-organisation`, `applications/already-decided`
   * and `applications/wrong-state`.
   */
  holdFor(
    trx: Executor,
    caller: OrganisationCaller,
    id: ApplicationId,
    role: 'applicant' | 'registrar',
  ): Promise<ApplicationFacts>;
  /** Records a check of `/representation` on a held application, with all that follows from one. */
  recordCheck(
    trx: Executor,
    id: ApplicationId,
    check: {
      readonly method: CheckMethod;
      readonly result: 'confirmed' | 'refuted' | 'inconclusive';
      readonly evidence: RepresentationEvidence;
      readonly evidenceId?: EvidenceId;
      readonly note?: string;
      /** Who answers for the check: always somebody of the registrar. */
      readonly actor: Actor;
      /** Who was shown to act; whoever the application stands for when absent. */
      readonly boundTo?: MembershipId;
    },
  ): Promise<void>;
  findLatestCheck(
    executor: Executor,
    id: ApplicationId,
  ): Promise<{ readonly id: CheckId; readonly result: string } | undefined>;
}

/** OpenID Identity Assurance; goes into credentials, so it names nobody. */
export type RepresentationEvidence =
  | {
      readonly type: 'electronic_record';
      readonly record: { readonly type: string; readonly source: { readonly name: string } };
    }
  | { readonly type: 'document'; readonly document_details: { readonly type: string } };

export interface MemberFacts {
  readonly id: MembershipId;
  readonly name: string;
  readonly role: Role;
}
