import { describe, expect, it } from 'vitest';
import { budgetOutbound } from '../../src/adapters/callBudget.js';
import { createResolution } from '../../src/features/identifiers/resolution.js';

const answer = { status: 200, contentType: '', headers: {}, body: Buffer.from('') };

describe('an anonymous resolution', () => {
  it('makes three requests to elsewhere at most', async () => {
    let requests = 0;
    const http = budgetOutbound({ get: async () => ((requests += 1), answer) });
    const resolution = createResolution({
      http,
      readDid: async () => {
        for (let i = 0; i < 10; i++)
          await http.get('https://a.example', { accept: '', maxBytes: 1, timeoutMs: 1 });
        return { problem: 'notFound' };
      },
    });
    await expect(resolution.resolve('did:web:a.example', {})).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
    });
    expect(requests).toBe(3);
  });

  it.each([
    ['invalidDocument', 'INVALID_DID_DOCUMENT', 500],
    ['unreachable', 'INTERNAL_ERROR', 500],
    ['notFound', 'NOT_FOUND', 404],
    ['methodNotSupported', 'METHOD_NOT_SUPPORTED', 501],
  ] as const)('of what is %s fails with %s', async (problem, code, status) => {
    const http = budgetOutbound({ get: async () => answer });
    const resolution = createResolution({ http, readDid: async () => ({ problem }) });
    await expect(resolution.resolve('did:web:a.example', {})).rejects.toMatchObject({ code, status });
  });

  it('says nothing of why a store failed', async () => {
    const http = budgetOutbound({ get: async () => answer });
    const resolution = createResolution({ http, readDid: () => Promise.reject(new Error('secret')) });
    const failure = await resolution.resolve('did:web:a.example', {}).catch((error: unknown) => error);
    expect(JSON.stringify((failure as { error: object }).error)).not.toContain('secret');
  });
});

describe('a call', () => {
  it('has one time for all that it wants canonicalised, and nobody else’s', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const answer = { nquads: [] };
    const http = budgetOutbound({
      get: async () => ({ status: 200, contentType: '', headers: {}, body: Buffer.from('') }),
    });
    const canonizer = http.budgetCanonizer({
      canonize: async (_document, _hash, signal) => (signals.push(signal), answer),
      select: async (_document, _selections, signal) => (signals.push(signal), { ...answer, selections: [] }),
    });
    const twice = async () => {
      await canonizer.canonize({}, 'sha256');
      await canonizer.select({}, []);
    };
    await http.within(1, twice);
    await http.within(1, twice);
    await canonizer.canonize({}, 'sha256');
    const [first, second, third, fourth, outside] = signals;
    expect(first).toBeInstanceOf(AbortSignal);
    expect(second).toBe(first);
    expect(fourth).toBe(third);
    expect(third).not.toBe(first);
    expect(outside).toBeUndefined();
  });
});
