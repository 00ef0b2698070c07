import type { Kysely } from 'kysely';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { AssuranceLevel } from '../../credentials/assurance.js';
import type { Party } from '../../credentials/credentialOrder.js';
import type { ProfileCatalogue } from '../../credentials/profiles/catalogue.js';
import type { StatusPlace, StatusPurpose } from '../../credentials/status/statusEntry.js';
import type { CredentialReport } from '../../credentials/verification/report.js';
import type { IssuanceRecord } from '../../credentials/verification/sources.js';
import type { ApplicationId, CredentialId, KeyId, OrganisationId } from '../../kernel/ids.js';
import type { Clock, Logger, Signer, SigningAlgorithm, SigningKey } from '../../kernel/ports.js';

/** What this feature needs of others; each function takes the caller's transaction. */
export interface IssuanceDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly publicUrl: string;
  readonly profiles: ProfileCatalogue;
  readonly signer: Signer;
  readonly activeKey: (
    executor: Executor,
    organisationId: OrganisationId,
    algorithm: SigningAlgorithm,
  ) => Promise<SigningKey & { readonly id: KeyId }>;
  /** Holds the key's row, so that it cannot be revoked before the transaction is over. */
  readonly holdTrustedKey: (trx: Executor, keyId: KeyId) => Promise<boolean>;
  readonly allocateStatus: (
    trx: Executor,
    order: { issuerId: OrganisationId; credentialId: CredentialId; at: Date },
  ) => Promise<Record<StatusPurpose, StatusPlace>>;
  readonly findHighestAssurance: (
    trx: Executor,
    registrarId: OrganisationId,
    wanted: { credentialType: string; jurisdiction: string; at: Date },
  ) => Promise<AssuranceLevel | undefined>;
  readonly isOpenOrganisation: (executor: Executor, id: OrganisationId) => Promise<boolean>;
  readonly findParties: (executor: Executor, ids: readonly OrganisationId[]) => Promise<Party[]>;
  /** Our own verifier, with the record of this issuance as it is about to be written. */
  readonly verifyBeforeRelease: (secured: unknown, record: IssuanceRecord) => Promise<CredentialReport>;
  /** Holds the application's row; false when it is not approved (any more). */
  readonly holdApproved: (trx: Executor, id: ApplicationId) => Promise<boolean>;
  /** Moves the application on once all its credentials are settled. */
  readonly settleApplication: (
    trx: Executor,
    id: ApplicationId,
    outcome: 'issue' | 'failIssuance',
    at: Date,
  ) => Promise<void>;
  readonly listStatusChanges: (executor: Executor, id: CredentialId) => Promise<StatusChangeRow[]>;
}

export interface StatusChangeRow {
  readonly change: 'suspended' | 'reinstated' | 'revoked';
  readonly reason: string;
  readonly at: Date;
}
