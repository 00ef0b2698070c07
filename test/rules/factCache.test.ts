import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FactCache } from '../../src/kernel/factCache.js';
import type { FactCacheOptions } from '../../src/kernel/factCache.js';
import { runs } from '../support/properties.js';

function buildCache(options: Partial<FactCacheOptions<string>> = {}) {
  const clock = { now: 0 };
  const cache = new FactCache<string, string>({
    maxEntries: 10,
    ttlSeconds: 60,
    now: () => clock.now,
    ...options,
  });
  return { cache, clock };
}

/** A source that counts how often it is asked. */
function buildSource(value = 'value') {
  const source: { value: string | undefined; loads: number } = { value, loads: 0 };
  const load = (): Promise<string | undefined> => {
    source.loads += 1;
    return Promise.resolve(source.value);
  };
  return { source, load };
}

function buildDeferred() {
  let settle: (value: string | undefined) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const promise = new Promise<string | undefined>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  return { promise, settle, fail };
}

describe('a cache of facts', () => {
  it('loads a fact once while it is fresh', async () => {
    const { cache, clock } = buildCache();
    const { source, load } = buildSource();
    await cache.get('a', load);
    clock.now = 59_999;
    expect(await cache.get('a', load)).toBe('value');
    expect(source.loads).toBe(1);
  });

  it('loads again when the time to live is over, also for a fact kept at time 0', async () => {
    const { cache, clock } = buildCache();
    const { source, load } = buildSource();
    await cache.get('a', load);
    clock.now = 60_000;
    await cache.get('a', load);
    expect(source.loads).toBe(2);
  });

  it('counts the age of a fact from before its reading', async () => {
    const { cache, clock } = buildCache();
    const slow = buildDeferred();
    const first = cache.get('a', () => slow.promise);
    clock.now = 59_000;
    slow.settle('old');
    await first;
    clock.now = 61_000;
    expect(await cache.get('a', buildSource('new').load)).toBe('new');
  });

  it('does not keep a fact for longer when the clock is set back', async () => {
    const { cache, clock } = buildCache();
    const { source, load } = buildSource();
    clock.now = 100_000;
    await cache.get('a', load);
    clock.now = 10_000;
    await cache.get('a', load);
    expect(source.loads).toBe(2);
  });

  it('lets a value expire by its own account when that is sooner', async () => {
    const { cache, clock } = buildCache({ ttlSecondsOf: () => 5 });
    const { source, load } = buildSource();
    await cache.get('a', load);
    clock.now = 5_000;
    await cache.get('a', load);
    expect(source.loads).toBe(2);
  });

  it.each([0, -1, Number.NaN])('does not keep a value that holds for %s seconds', async (seconds) => {
    const { cache } = buildCache({ ttlSecondsOf: () => seconds });
    const { source, load } = buildSource();
    await cache.get('a', load);
    await cache.get('a', load);
    expect(source.loads).toBe(2);
  });

  it('forgets the least recently used beyond its bound', async () => {
    const { cache } = buildCache({ maxEntries: 2 });
    const { source, load } = buildSource();
    for (const key of ['a', 'b', 'c', 'a']) await cache.get(key, load);
    expect(source.loads).toBe(4);
  });

  it('keeps no failure', async () => {
    const { cache } = buildCache();
    const failure = cache.get('a', () => Promise.reject(new Error('down')));
    await expect(failure).rejects.toThrow('down');
    expect(await cache.get('a', buildSource().load)).toBe('value');
  });

  it('keeps no failure of a load that throws at once', async () => {
    const { cache } = buildCache();
    const failure = cache.get('a', () => {
      throw new Error('down');
    });
    await expect(failure).rejects.toThrow('down');
    expect(await cache.get('a', buildSource().load)).toBe('value');
  });

  it('does not keep that there is nothing', async () => {
    const { cache } = buildCache();
    const { source, load } = buildSource();
    source.value = undefined;
    expect(await cache.get('a', load)).toBeUndefined();
    source.value = 'now there is';
    expect(await cache.get('a', load)).toBe('now there is');
  });

  it('shares one load among those who ask at the same time', async () => {
    const { cache } = buildCache();
    const { source, load } = buildSource();
    const values = await Promise.all([cache.get('a', load), cache.get('a', load), cache.get('a', load)]);
    expect(values).toEqual(['value', 'value', 'value']);
    expect(source.loads).toBe(1);
  });

  it('gives the failure of a shared load to all who wait', async () => {
    const { cache } = buildCache();
    const shared = buildDeferred();
    const waiting = [cache.get('a', () => shared.promise), cache.get('a', () => shared.promise)];
    shared.fail(new Error('down'));
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('an invalidation', () => {
  it.each(['invalidate', 'clear'] as const)('by %s drops what is kept', async (how) => {
    const { cache } = buildCache();
    await cache.get('a', buildSource('old').load);
    if (how === 'clear') cache.clear();
    else cache.invalidate('a');
    expect(await cache.get('a', buildSource('new').load)).toBe('new');
  });

  it('leaves other keys alone', async () => {
    const { cache } = buildCache();
    const { source, load } = buildSource();
    await cache.get('a', load);
    cache.invalidate('b');
    await cache.get('a', load);
    expect(source.loads).toBe(1);
  });

  it('during a load makes later readers load anew and wins over the late end of the old load', async () => {
    const { cache } = buildCache();
    const old = buildDeferred();
    const stale = cache.get('a', () => old.promise);
    cache.invalidate('a');
    expect(await cache.get('a', buildSource('new').load)).toBe('new');
    old.settle('old');
    expect(await stale).toBe('old');
    expect(await cache.get('a', buildSource('unused').load)).toBe('new');
  });

  it('never lets a reader who came after it see what was true only before it (property)', async () => {
    const step = fc.constantFrom('change', 'read', 'settleOldest', 'settleNewest', 'clear');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { cache } = buildCache();
        let truth = 0;
        const pending: { settle: () => void }[] = [];
        const reads: Promise<void>[] = [];
        for (const name of steps) {
          if (name === 'change') {
            truth += 1;
            cache.invalidate('a');
          } else if (name === 'clear') cache.clear();
          else if (name === 'settleOldest') pending.shift()?.settle();
          else if (name === 'settleNewest') pending.pop()?.settle();
          else {
            const truthAtRead = truth;
            const read = cache.get('a', () => {
              const seen = String(truth);
              const { promise, settle } = buildDeferred();
              pending.push({ settle: () => settle(seen) });
              return promise;
            });
            reads.push(read.then((value) => expect(Number(value)).toBeGreaterThanOrEqual(truthAtRead)));
          }
          await Promise.resolve();
          await Promise.resolve();
        }
        for (const { settle } of pending) settle();
        await Promise.all(reads);
        expect(await cache.get('a', () => Promise.resolve(String(truth)))).toBe(String(truth));
      }),
      runs(200),
    );
  });
});

describe('a suspended cache', () => {
  it('loads every time, without sharing', async () => {
    const { cache } = buildCache();
    const { source, load } = buildSource();
    await cache.get('a', load);
    cache.suspend();
    await Promise.all([cache.get('a', load), cache.get('a', load)]);
    expect(source.loads).toBe(3);
  });

  it('starts empty when it resumes', async () => {
    const { cache } = buildCache();
    await cache.get('a', buildSource('before').load);
    cache.suspend();
    await cache.get('a', buildSource('meanwhile').load);
    cache.resume();
    expect(await cache.get('a', buildSource('after').load)).toBe('after');
  });

  it.each(['before', 'during'] as const)(
    'does not keep what began to load %s the suspension and ends after it',
    async (when) => {
      const { cache } = buildCache();
      const old = buildDeferred();
      if (when === 'during') cache.suspend();
      const stale = cache.get('a', () => old.promise);
      cache.suspend();
      cache.resume();
      old.settle('old');
      await stale;
      expect(await cache.get('a', buildSource('new').load)).toBe('new');
    },
  );

  it('keeps again after it has resumed', async () => {
    const { cache } = buildCache();
    const { source, load } = buildSource();
    cache.suspend();
    cache.resume();
    await cache.get('a', load);
    await cache.get('a', load);
    expect(source.loads).toBe(1);
  });
});
