import type { Kysely } from 'kysely';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { Canonizer } from '../../credentials/jsonLd/canonizer.js';
import type { ProfileCatalogue } from '../../credentials/profiles/catalogue.js';
import type { InstanceId } from '../../kernel/ids.js';
import type { Clock, Signer, SigningAlgorithm } from '../../kernel/ports.js';

export interface VcApiDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  /** Origin of the installation. */
  readonly publicUrl: string;
  readonly profiles: ProfileCatalogue;
  /** Under a time limit: what it is asked for comes from strangers. */
  readonly canonizer: Canonizer;
  readonly signer: Signer;
  /** A DID with one key; the instance's row is written in the same transaction. */
  readonly createIdentifier: (
    trx: Executor,
    identifier: { instanceId: InstanceId; method: 'web' | 'key'; algorithm: SigningAlgorithm; at: Date },
  ) => Promise<{ did: string }>;
  /** Destroys the private half of a key; what it signed is still verified. */
  readonly retireKey: (trx: Executor, key: { kid: string; at: Date }) => Promise<void>;
}
