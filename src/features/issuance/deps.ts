import type { Kysely } from 'kysely';
import type { DossierSealing } from '../../adapters/database/dossierSealing.js';
import type { ConcernKind } from '../../kernel/credentialLife.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { AssuranceLevel } from '../../credentials/assurance.js';
import type { CredentialOrder, Party } from '../../credentials/credentialOrder.js';
import type { PublicJwk } from '../../credentials/keys.js';
import type { SecuringTools } from '../../credentials/securing/credentialProof.js';
import type { IssuerKey } from '../../credentials/securing/issuerKey.js';
import type { OwnListKind, StatusPlaces } from '../../credentials/status/statusLists.js';
import type { IssuanceRecord } from '../../credentials/verification/sources.js';
import type { CredentialReport } from '../../credentials/verification/report.js';
import type { ApplicationId, CredentialId, KeyId, OrganisationId, StatusListId } from '../../kernel/ids.js';
import type { NewNotice } from '../../kernel/notices.js';
import type { Clock, Logger, SigningAlgorithm } from '../../kernel/ports.js';

export interface ActiveKey extends IssuerKey {
  readonly id: KeyId;
  readonly publicJwk: PublicJwk;
}

/** What this feature needs of others; each function takes the caller's transaction. */
export interface IssuanceDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly publicUrl: string;
  readonly tools: SecuringTools;
  readonly sealing: DossierSealing;
  readonly activeKey: (
    executor: Executor,
    organisationId: OrganisationId,
    algorithm: SigningAlgorithm,
  ) => Promise<ActiveKey>;
  /** Holds the key's row, so that it cannot be revoked before the transaction is over. */
  readonly holdTrustedKey: (trx: Executor, keyId: KeyId) => Promise<boolean>;
  /** For each form, in order, a place in a list of every kind that it wants. */
  readonly allocateStatus: (
    trx: Executor,
    order: { issuerId: OrganisationId; credentialId: CredentialId; at: Date },
    wanted: readonly (readonly OwnListKind[])[],
  ) => Promise<StatusPlaces[]>;
  readonly findHighestAssurance: (
    trx: Executor,
    registrarId: OrganisationId,
    wanted: { credentialType: string; jurisdiction: string; at: Date },
  ) => Promise<AssuranceLevel | undefined>;
  readonly isOpenOrganisation: (executor: Executor, id: OrganisationId) => Promise<boolean>;
  readonly findParties: (executor: Executor, ids: readonly OrganisationId[]) => Promise<Party[]>;
  /** Our own verifier, with the record of this issuance as it is about to be written. */
  readonly verifyBeforeRelease: (secured: string, record: IssuanceRecord) => Promise<CredentialReport>;
  /** Holds the application's row; false when it is not approved (any more). */
  readonly holdApproved: (trx: Executor, id: ApplicationId) => Promise<boolean>;
  /** Moves the application on once all its credentials are settled. */
  readonly settleApplication: (
    trx: Executor,
    id: ApplicationId,
    outcome: 'issue' | 'failIssuance',
    at: Date,
  ) => Promise<void>;
  /** With the intent: what the credential will rest on. */
  readonly recordGrounds: (trx: Executor, id: CredentialId, order: CredentialOrder) => Promise<void>;
  /** Comes before anything is held that a change of the holder's credentials touches. */
  readonly holdHolder: (trx: Executor, holderId: OrganisationId) => Promise<void>;
  /** What a credential rests on, and what is open about it, becomes that of the one that says the same in its place. */
  readonly carryOver: (trx: Executor, link: { from: CredentialId; to: CredentialId }) => Promise<void>;
  /** What it rests on may have changed or lapsed since that was examined. */
  readonly onIssued: (
    trx: Executor,
    issued: { id: CredentialId; holder_id: OrganisationId },
    at: Date,
  ) => Promise<void>;
  /** Revokes what has a successor, unless it is revoked already; returns the lists to publish once the transaction is over. */
  readonly revokeSuperseded: (trx: Executor, id: CredentialId, at: Date) => Promise<StatusListId[]>;
  readonly publishStatus: (listIds: readonly StatusListId[]) => Promise<void>;
  readonly notify: (trx: Executor, notice: NewNotice) => Promise<void>;
  readonly concernsOf: (executor: Executor, id: CredentialId) => Promise<OpenConcern[]>;
  readonly listStatusChanges: (executor: Executor, id: CredentialId) => Promise<StatusChangeRow[]>;
}

export interface OpenConcern {
  readonly kind: ConcernKind;
  readonly pointer: string;
  readonly since: Date;
  readonly suspendsAt: Date;
  readonly enforcedAt?: Date;
}

export interface StatusChangeRow {
  readonly change: 'suspended' | 'reinstated' | 'revoked';
  readonly reason: string;
  readonly at: Date;
}
