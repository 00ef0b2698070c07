import type { SigningKey } from '../../kernel/ports.js';

/** An issuer's key under both names that it has in the DID document. */
export interface IssuerKey extends SigningKey {
  /** Absolute DID URL of the `Multikey` method, which Data Integrity proofs name. */
  readonly multikeyId: string;
}
