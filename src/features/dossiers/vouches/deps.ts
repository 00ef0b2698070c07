import type { Kysely } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { Party } from '../../../credentials/credentialOrder.js';
import type { VerificationSources } from '../../../credentials/verification/sources.js';
import type { KeyId, OrganisationId } from '../../../kernel/ids.js';
import type { Clock, Signer, SigningKey } from '../../../kernel/ports.js';
import type { DossierVersions } from '../versions.js';
import type { EvidenceDeps, EvidenceService } from '../evidence/service.js';

export interface VouchDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly evidence: EvidenceService;
  readonly sealing: EvidenceDeps['sealing'];
  readonly versions: DossierVersions;
  readonly retention: EvidenceDeps['retention'];
  readonly signer: Signer;
  readonly activeKey: (
    executor: Executor,
    id: OrganisationId,
  ) => Promise<SigningKey & { readonly id: KeyId }>;
  /** Nothing may be known against the key until the end of the transaction. */
  readonly holdTrustedKey: (trx: Executor, keyId: KeyId) => Promise<boolean>;
  readonly resolveDid: VerificationSources['resolveDid'];
  readonly findParties: (executor: Executor, ids: readonly OrganisationId[]) => Promise<Party[]>;
  readonly findPartyByDid: (executor: Executor, did: string) => Promise<Party | undefined>;
  readonly isOpenOrganisation: (executor: Executor, id: OrganisationId) => Promise<boolean>;
}
