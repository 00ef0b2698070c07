import type { KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';

const MAX_KEYS = 1_000;
const TTL_MS = 15 * 60 * 1000;

/**
 * Decrypted private keys, by `kid`: a bounded number for a bounded time, so that opening the envelope is not paid for every signature.
 * Being in here gives nobody the right to sign: that is asked of the database each time.
 */
export class UnsealedKeys {
  readonly #keys = new LRUCache<string, KeyObject>({ max: MAX_KEYS, ttl: TTL_MS });
  #generation = 0;

  /**
   * Concurrent calls each load by themselves: were they to share one load, a caller in a transaction could wait for one outside it,
   * which on the embedded database waits for that transaction.
   */
  async get(kid: string, unseal: () => Promise<KeyObject>): Promise<KeyObject> {
    const known = this.#keys.get(kid);
    if (known) return known;
    const generation = this.#generation;
    const key = await unseal();
    // What was forgotten while it was being read stays forgotten.
    if (generation === this.#generation) this.#keys.set(kid, key);
    return key;
  }

  /** Forgets the keys of one DID, or all. */
  forget(did?: string): void {
    this.#generation++;
    if (did === undefined) return this.#keys.clear();
    for (const kid of this.#keys.keys()) if (kid.startsWith(`${did}#`)) this.#keys.delete(kid);
  }
}
