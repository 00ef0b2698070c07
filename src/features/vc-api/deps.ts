import type { Kysely } from 'kysely';
import type { Tables } from '../../adapters/database/schema.js';
import type { BudgetedHttp } from '../../adapters/callBudget.js';
import type { KeyCustody } from '../../adapters/keys/keyCustody.js';
import type { Canonizer } from '../../credentials/jsonLd/canonizer.js';
import type { ProfileCatalogue } from '../../credentials/profiles/catalogue.js';
import type { VerificationSources } from '../../credentials/verification/sources.js';
import type { Clock } from '../../kernel/ports.js';

/** What the composition root hands in. */
export interface VcApiParts {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  /** Under a time limit: what it is asked for comes from strangers. */
  readonly canonizer: Canonizer;
  /** For what was composed here: no strangers' documents are in its way. */
  readonly ownCanonizer: Canonizer;
  /** Makes the instances' DIDs and keys, and signs with them. */
  readonly custody: Pick<KeyCustody, 'sign' | 'createInstanceIdentifier' | 'retireKey'>;
  /** What a verification asks of the outside. */
  readonly sources: VerificationSources;
  /** What a call of anybody's may cost. */
  readonly http: Pick<BudgetedHttp, 'within'>;
  /** After the commit: this process forgets what the list at this path below /vc-api/ said. */
  readonly onStatusListChanged: (path: string) => void;
}

export interface VcApiDeps extends VcApiParts {
  /** Origin of the installation. */
  readonly publicUrl: string;
  readonly profiles: ProfileCatalogue;
}
