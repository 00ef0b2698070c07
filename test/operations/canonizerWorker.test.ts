import { afterAll, describe, expect, it } from 'vitest';
import { createCanonizerWorker } from '../../src/adapters/canonizerWorker.js';
import { canonizer, contexts, readJsonVector, sampleCredential } from '../support/dataIntegrity.js';
import { poisonGraph } from '../support/poison.js';

/** JSON-LD in a thread of its own, which survives what is done to it. */
const worker = createCanonizerWorker(contexts, { timeoutMs: 3_000, maxWaiting: 4, memoryMegabytes: 128 });
const hasty = createCanonizerWorker(contexts, { timeoutMs: 1, maxWaiting: 4, memoryMegabytes: 128 });

afterAll(async () => {
  await Promise.all([worker.close(), hasty.close()]);
});

describe('canonicalising in a worker', () => {
  const document = sampleCredential('did:example:issuer');

  it('answers as in process, with the contexts of the host', async () => {
    const { proof: _, ...vector } = readJsonVector('eddsa/eddsa-rdfc-2022/employ/signedDataInt.json');
    expect(await worker.canonize(vector, 'sha384')).toEqual(await canonizer.canonize(vector, 'sha384'));
    expect(await worker.canonize(document, 'sha256')).toEqual(await canonizer.canonize(document, 'sha256'));
    expect(await worker.select(document, [['/issuer'], []])).toEqual(
      await canonizer.select(document, [['/issuer'], []]),
    );
  });

  it('passes problems on', async () => {
    const unknown = { ...document, '@context': ['https://example.org/unknown'] };
    expect(await worker.canonize(unknown, 'sha256')).toEqual({ problem: 'unknownContext' });
  });

  it('ends a job that takes too long, and goes on with a new thread', async () => {
    expect(await hasty.canonize(poisonGraph(12), 'sha256')).toEqual({ problem: 'timedOut' });
    expect(await hasty.canonize({ '@context': ['https://example.org/unknown'] }, 'sha256')).toHaveProperty(
      'problem',
    );
  });

  it('ends a job whose caller has lost interest', async () => {
    const aborted = new AbortController();
    const answer = worker.canonize(poisonGraph(12), 'sha256', aborted.signal);
    aborted.abort();
    expect(await answer).toEqual({ problem: 'timedOut' });
    expect(await worker.canonize(document, 'sha256')).toHaveProperty('nquads');
  });

  it('lets only so many wait', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => worker.canonize(document, 'sha256')));
    const refused = answers.filter((answer) => 'problem' in answer && answer.problem === 'unavailable');
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.filter((answer) => 'nquads' in answer).length).toBeGreaterThanOrEqual(4);
  });

  it('answers nothing after it was closed', async () => {
    const closed = createCanonizerWorker(contexts, { timeoutMs: 1_000, maxWaiting: 1, memoryMegabytes: 64 });
    await closed.close();
    expect(await closed.canonize(document, 'sha256')).toEqual({ problem: 'unavailable' });
  });
});
