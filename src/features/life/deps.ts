import type { Kysely } from 'kysely';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { TellReliants } from '../../kernel/events.js';
import type { CheckId, CredentialId, OrganisationId, StatusListId } from '../../kernel/ids.js';
import type { NewNotice } from '../../kernel/notices.js';
import type { Clock, Logger } from '../../kernel/ports.js';
import type { DigestValue, Standing } from './rules.js';

/** What this feature needs of others; each function takes the caller's transaction. */
export interface LifeDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly digest: DigestValue;
  readonly notify: (trx: Executor, notice: NewNotice) => Promise<void>;
  readonly tellReliants: TellReliants<Executor>;
  /** All that an organisation holds or held, and what is being issued to it. */
  readonly listHeld: (executor: Executor, holderId: OrganisationId) => Promise<HeldCredential[]>;
  readonly findCredential: (executor: Executor, id: CredentialId) => Promise<HeldCredential | undefined>;
  /** Marks as told, and returns, some of those whose renewal window has opened. */
  readonly takeExpiring: (trx: Executor, now: Date, limit: number) => Promise<HeldCredential[]>;
  readonly findLatestDossier: (
    executor: Executor,
    holderId: OrganisationId,
  ) => Promise<{ readonly blocks: Readonly<Record<string, unknown>> }>;
  /** Why the check of who acts for the holder does not count any more; `undefined` where it does. */
  readonly findRepresentationLapse: (
    executor: Executor,
    checkId: CheckId,
    at: Date,
  ) => Promise<string | undefined>;
  /** What live credentials of an issuer and type say of any of these subjects, in the order of their holders. */
  readonly listSaid: (
    executor: Executor,
    wanted: { type: string; issuerId: OrganisationId; subjectKeys: readonly string[]; at: Date },
  ) => Promise<SaidOfSubject[]>;
  /** By the system, with its traces; returns the lists that changed, to be published once the transaction is over. */
  readonly suspend: (trx: Executor, id: CredentialId, reason: string, at: Date) => Promise<StatusListId[]>;
  readonly publish: (listIds: readonly StatusListId[]) => Promise<void>;
}

export interface SaidOfSubject {
  readonly id: CredentialId;
  readonly holderId: OrganisationId;
  readonly subjectKeys: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface HeldCredential extends Standing {
  readonly id: CredentialId;
  readonly type: string;
  readonly holder_id: OrganisationId;
  readonly issuer_id: OrganisationId;
  readonly renewable_from: Date | null;
  readonly superseded_by: CredentialId | null;
}
