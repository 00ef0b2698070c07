import type { Executor } from '../../../adapters/database/schema.js';
import type { AgreementId } from '../../../kernel/ids.js';
import type { SharingDeps } from '../deps.js';
import type { AgreementEnding } from '../grants/watching.js';

export interface AgreementDeps extends Pick<
  SharingDeps,
  | 'db'
  | 'clock'
  | 'words'
  | 'isFieldPlace'
  | 'sensitivityOf'
  | 'findParties'
  | 'holdDelegates'
  | 'listDelegates'
> {
  /** In the transaction of who leaves. */
  readonly endGrantsOf: (trx: Executor, which: AgreementEnding) => Promise<void>;
  /** All its members, in one statement. */
  readonly tellMembers: (
    trx: Executor,
    agreement: { readonly id: AgreementId; readonly version: number },
    at: Date,
  ) => Promise<void>;
}
