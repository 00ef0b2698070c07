import type { Kysely } from 'kysely';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { PolicyRule } from '../../credentials/policies/policy.js';
import type { MembershipId, OrganisationId, PersonId, PolicyId } from '../../kernel/ids.js';
import type { NewNotice } from '../../kernel/notices.js';
import type { Clock } from '../../kernel/ports.js';
import type { Sensitivity } from '../../kernel/sensitivity.js';
import type { TellParties } from './telling.js';
import type { SharingWords } from './words.js';

/** A version of somebody's dossier, as far as sharing looks into it. */
export interface SharedVersion {
  readonly version: number;
  readonly blocks: Readonly<Record<string, unknown>>;
  /** It had blocks about persons, and they were erased. */
  readonly personalErased?: true;
}

export interface Party {
  readonly id: OrganisationId;
  readonly did: string;
  readonly name: string;
}

/** What an agreement is asked: whether it lets this partner have these fields for these purposes, now and without asking anybody. */
export interface AgreementQuestion {
  readonly holderId: OrganisationId;
  readonly partnerId: OrganisationId;
  readonly fields: readonly string[];
  readonly purposes: readonly string[];
  readonly retention: string;
  readonly now: Date;
}

/** The agreement that says yes, in the version that both have accepted. */
export interface AgreementAnswer {
  readonly agreementId: string;
  readonly version: number;
  /** A grant that rests on it lasts no longer. */
  readonly expiresAt?: Date;
}

export type AgreementFor = (
  trx: Executor,
  question: AgreementQuestion,
) => Promise<AgreementAnswer | undefined>;

/** What is asked of others. What `hold…` says stays so until the transaction is over. */
export interface SharingDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly words: SharingWords;
  readonly isFieldPlace: (pointer: string) => boolean;
  readonly sensitivityOf: (pointer: string) => Sensitivity;
  readonly findParties: (executor: Executor, ids: readonly OrganisationId[]) => Promise<Party[]>;
  readonly holdOpenOrganisation: (trx: Executor, id: OrganisationId) => Promise<boolean>;
  /** Of any organisation. */
  readonly listDelegates: (
    executor: Executor,
    organisationId: OrganisationId,
  ) => Promise<{ readonly personId: PersonId; readonly membershipId: MembershipId }[]>;
  /** Of the caller's own. */
  readonly holdDelegates: SharingDeps['listDelegates'];
  /** Of any organisation. */
  readonly isMember: (
    executor: Executor,
    personId: PersonId,
    organisationId: OrganisationId,
  ) => Promise<boolean>;
  /** An acceptance policy of one's own. Throws `resource/not-found` and `policies/archived`. */
  readonly findPolicy: (
    organisationId: OrganisationId,
    id: PolicyId,
  ) => Promise<{
    readonly id: PolicyId;
    readonly version: number;
    readonly name: string;
    readonly rules: readonly PolicyRule[];
  }>;
  /** Which dossier of an organisation it is; it is not erased before the transaction is over. */
  readonly holdGeneration: (trx: Executor, organisationId: OrganisationId) => Promise<number>;
  /** Of any organisation: what may be seen of it is for the caller to say. */
  readonly findLatestVersion: (executor: Executor, holderId: OrganisationId) => Promise<SharedVersion>;
  readonly findVersions: (
    executor: Executor,
    holderId: OrganisationId,
    versions: readonly number[],
  ) => Promise<SharedVersion[]>;
  /** Absent: there are no agreements, and every request waits for consent. */
  readonly agreementFor?: AgreementFor;
  readonly notify: (trx: Executor, notice: NewNotice) => Promise<void>;
  readonly tell: TellParties;
}
