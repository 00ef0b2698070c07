import type { Kysely } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { FileKeyDeps } from './fileKeys.js';
import type { EvidenceType } from '../../../adapters/database/evidenceTables.js';
import type { EvidenceId, OrganisationId } from '../../../kernel/ids.js';
import type { BlobStore, Clock, VirusScanner } from '../../../kernel/ports.js';
import type { Scope } from '../../../kernel/caller.js';
import type { Party } from '../../../credentials/credentialOrder.js';
import type { KeepClaim } from './rules.js';

/** What evidence needs of others; each function takes the caller's transaction. */
export interface EvidenceDeps extends FileKeyDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly blobs: BlobStore;
  /** Absent: files are taken unscanned. */
  readonly scanner?: VirusScanner;
  readonly maxBytes: number;
  /** How long a file is kept whose owner does not say: ISO 8601 durations. */
  readonly retention: Readonly<Record<EvidenceType, string>>;
  /** The right that somebody else than its owner needs to read a piece; `undefined` for whoever may not see it. */
  readonly findEvidenceScope: (
    executor: Executor,
    readerId: OrganisationId,
    evidence: { id: EvidenceId; ownerId: OrganisationId; createdAt: Date },
  ) => Promise<Scope | undefined>;
  readonly isAccredited: (executor: Executor, organisationId: OrganisationId, at: Date) => Promise<boolean>;
  /** Keeps an erasure of the dossier waiting; the generation of the key under which it is sealed now. */
  readonly holdGeneration: (trx: Executor, organisationId: OrganisationId) => Promise<number>;
  /** What rests on these files: reviews that are open, credentials that live. */
  readonly listClaims: (
    executor: Executor,
    files: readonly { id: EvidenceId; ownerId: OrganisationId; createdAt: Date }[],
    now: Date,
  ) => Promise<(KeepClaim & { evidenceId: EvidenceId })[]>;
  readonly findParties: (executor: Executor, ids: readonly OrganisationId[]) => Promise<Party[]>;
}
