import { LRUCache } from 'lru-cache';

export interface FactCacheOptions<V> {
  readonly maxEntries: number;
  readonly ttlSeconds: number;
  /** What a value weighs, at least 1, and what all that are kept may weigh together, for values whose size somebody else decides. */
  readonly weight?: { readonly of: (value: V) => number; readonly most: number };
  /** Milliseconds, from any fixed origin. */
  readonly now: () => number;
  /** How long a value holds by its own account; the shorter of this and `ttlSeconds` counts, and below 0 it is not kept. */
  readonly ttlSecondsOf?: (value: V) => number;
}

interface Fact<V> {
  readonly value: V;
  readonly loadedAt: number;
  readonly expiresAt: number;
}

/**
 * Facts read from elsewhere, kept for a bounded time and in a bounded number. Concurrent reads of a key share one load.
 * A load that was under way when its key was invalidated still answers those who waited for it, and is not kept: who
 * asks after the invalidation causes a new one. What fails or is `undefined` is never kept.
 *
 * `suspend()` is for when invalidations may be getting lost: until `resume()` every read loads by itself.
 */
export class FactCache<K extends string, V extends {}> {
  readonly #facts: LRUCache<K, Fact<V>>;
  /** A load that is no longer here when it ends was invalidated in between. */
  readonly #loads = new Map<K, Promise<V | undefined>>();
  readonly #options: FactCacheOptions<V>;
  #isSuspended = false;

  constructor(options: FactCacheOptions<V>) {
    this.#options = options;
    // Expiry is ours: lru-cache takes an entry stored at time 0 for one without expiry.
    const { maxEntries: max, weight } = options;
    this.#facts = new LRUCache({
      max,
      ...(weight && { maxSize: weight.most, sizeCalculation: ({ value }: Fact<V>) => weight.of(value) }),
    });
  }

  /** Rejects as `load` does. */
  async get(key: K, load: () => Promise<V | undefined>): Promise<V | undefined> {
    if (this.#isSuspended) return await load();
    const kept = this.#findFresh(key);
    if (kept !== undefined) return kept;
    return await (this.#loads.get(key) ?? this.#load(key, load));
  }

  invalidate(key: K): void {
    this.#facts.delete(key);
    this.#loads.delete(key);
  }

  clear(): void {
    this.#facts.clear();
    this.#loads.clear();
  }

  suspend(): void {
    this.#isSuspended = true;
    this.clear();
  }

  resume(): void {
    this.clear();
    this.#isSuspended = false;
  }

  #findFresh(key: K): V | undefined {
    const fact = this.#facts.get(key);
    if (fact === undefined) return undefined;
    const now = this.#options.now();
    // A clock that was set back would otherwise keep a fact for longer than allowed.
    if (now >= fact.loadedAt && now < fact.expiresAt) return fact.value;
    this.#facts.delete(key);
    return undefined;
  }

  async #load(key: K, load: () => Promise<V | undefined>): Promise<V | undefined> {
    // A fact may change while it is read, so its age counts from before the reading.
    const loadedAt = this.#options.now();
    const loading = startLoading(load);
    this.#loads.set(key, loading);
    try {
      const value = await loading;
      if (value !== undefined && this.#loads.get(key) === loading) this.#keep(key, value, loadedAt);
      return value;
    } finally {
      if (this.#loads.get(key) === loading) this.#loads.delete(key);
    }
  }

  #keep(key: K, value: V, loadedAt: number): void {
    const { ttlSeconds, ttlSecondsOf } = this.#options;
    const seconds = Math.min(ttlSeconds, ttlSecondsOf?.(value) ?? ttlSeconds);
    // Also not for NaN.
    if (!(seconds > 0)) return;
    this.#facts.set(key, { value, loadedAt, expiresAt: loadedAt + seconds * 1000 });
  }
}

/** Turns a load that throws at once into one that rejects. */
async function startLoading<V>(load: () => Promise<V>): Promise<V> {
  return await load();
}
