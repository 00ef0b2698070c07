import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import {
  createIdempotencyStore,
  type PurgeableIdempotencyStore,
} from '../../src/adapters/database/idempotencyStore.js';
import { sha256 } from '../../src/kernel/canonicalJson.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { openTestDatabase } from '../support/database.js';

const NOW = new Date('2026-11-20T12:00:00.000Z');
const TOMORROW = addSeconds(NOW, 24 * 3600);
const [DIGEST, OTHER_DIGEST] = [sha256('{"a":1}'), sha256('{"a":2}')];

let database: DatabaseConnection;
let store: PurgeableIdempotencyStore;
beforeAll(async () => {
  database = await openTestDatabase();
  store = createIdempotencyStore(database.db);
});
afterAll(() => database.close());

const scopeOf = (key: string, caller = 'member:1') => ({ caller, route: 'POST /v1/applications', key });

describe('an idempotency key', () => {
  it('is claimed by one of many at once', async () => {
    const uses = await Promise.all(
      Array.from({ length: 8 }, () => store.claim(scopeOf('race'), DIGEST, NOW)),
    );
    expect(uses.filter(({ use }) => use === 'none')).toHaveLength(1);
    expect(uses.filter(({ use }) => use === 'started')).toHaveLength(7);
  });

  it('gives its answer again, with the digest of what it came with', async () => {
    const scope = scopeOf('answered');
    await store.claim(scope, DIGEST, NOW);
    const answer = { status: 201, location: '/v1/applications/1', body: '{"id":"1"}' };
    await store.keepAnswer(scope, answer);
    expect(await store.claim(scope, OTHER_DIGEST, addSeconds(NOW, 60))).toEqual({
      use: 'answered',
      requestDigest: DIGEST,
      answer,
    });
  });

  it('keeps an answer without its body', async () => {
    await store.claim(scopeOf('secret'), DIGEST, NOW);
    await store.keepAnswer(scopeOf('secret'), { status: 201 });
    expect(await store.claim(scopeOf('secret'), DIGEST, NOW)).toMatchObject({ answer: { status: 201 } });
  });

  it('belongs to its caller', async () => {
    await store.claim(scopeOf('mine'), DIGEST, NOW);
    expect(await store.claim(scopeOf('mine', 'member:2'), DIGEST, NOW)).toEqual({ use: 'none' });
  });

  it('is free again when it was released, and not when it was answered', async () => {
    const scope = scopeOf('released');
    await store.claim(scope, DIGEST, NOW);
    await store.release(scope);
    expect(await store.claim(scope, OTHER_DIGEST, NOW)).toEqual({ use: 'none' });
    await store.keepAnswer(scope, { status: 201 });
    await store.release(scope);
    expect(await store.claim(scope, OTHER_DIGEST, NOW)).toMatchObject({ use: 'answered' });
  });

  it('counts as unused after 24 hours, and forgets its first answer', async () => {
    const scope = scopeOf('old');
    await store.claim(scope, DIGEST, NOW);
    await store.keepAnswer(scope, { status: 201, body: '{}' });
    expect(await store.claim(scope, DIGEST, addSeconds(TOMORROW, -1))).toMatchObject({ use: 'answered' });
    expect(await store.claim(scope, OTHER_DIGEST, TOMORROW)).toEqual({ use: 'none' });
    expect(await store.claim(scope, OTHER_DIGEST, TOMORROW)).toEqual({
      use: 'started',
      requestDigest: OTHER_DIGEST,
    });
  });

  it('is purged after 24 hours', async () => {
    expect(await store.purge(addSeconds(TOMORROW, -1))).toBe(0);
    expect(await store.purge(addSeconds(TOMORROW, 1))).toBeGreaterThan(0);
  });
});
