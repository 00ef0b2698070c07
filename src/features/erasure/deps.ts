import type { Kysely } from 'kysely';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { OrganisationId, StatusListId } from '../../kernel/ids.js';
import type { Clock, DossierKeys, DossierRef, Logger } from '../../kernel/ports.js';
import type { Hold } from './rules.js';

/** What this feature needs of others; each function takes the caller's transaction. */
export interface ErasureDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keys: DossierKeys;
  /** Also of closed organisations. */
  readonly findSlug: (executor: Executor, id: OrganisationId) => Promise<string | undefined>;
  readonly listReviewsOf: (executor: Executor, applicantId: OrganisationId) => Promise<ReviewRow[]>;
  readonly wasAccredited: (executor: Executor, registrarId: OrganisationId, at: Date) => Promise<boolean>;
  /** Of others than the organisation, on files of its dossier that are there. */
  readonly listFileHolds: (executor: Executor, organisationId: OrganisationId) => Promise<Hold[]>;
  /** Begins an erasure: waits for whoever seals, and lets nobody seal until the transaction is over. */
  readonly holdDossier: (trx: Executor, organisationId: OrganisationId) => Promise<void>;
  /** Of the dossier that the organisation has now. */
  readonly findGeneration: (executor: Executor, organisationId: OrganisationId) => Promise<number>;
  /** The encrypted files, which nobody can read any more. */
  readonly deleteFiles: (dossier: DossierRef) => Promise<void>;
  /**
   * What the key sealed goes from the tables, and credentials that hold it are revoked. Returns the status lists to publish once the
   * transaction is over.
   */
  readonly eraseRows: (trx: Executor, dossier: DossierRef, at: Date) => Promise<StatusListId[]>;
  readonly publishStatus: (listIds: readonly StatusListId[]) => Promise<void>;
}

export interface ReviewRow {
  readonly registrarId: OrganisationId;
  readonly isOpen: boolean;
  readonly decidedAt?: Date;
}
