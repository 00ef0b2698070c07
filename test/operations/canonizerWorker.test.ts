import { afterAll, describe, expect, it } from 'vitest';
import { readdirSync } from 'node:fs';
import { BoundedWorker } from '../../src/adapters/boundedWorker.js';
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

  it('answers as in process for every official vector, though what objects share is closed there', async () => {
    const root = new URL('../vectors/w3c/', import.meta.url);
    const paths = readdirSync(root, { recursive: true, encoding: 'utf8' });
    const documents = paths
      .filter((path) => path.endsWith('.json'))
      .map(readJsonVector)
      .filter((vector) => Object.hasOwn(vector, '@context'));
    expect(documents.length).toBeGreaterThan(20);
    for (const { proof: _, ...vector } of documents) {
      const answer = await worker.canonize(vector, 'sha256');
      expect(answer).toHaveProperty('nquads');
      expect(answer).toEqual(await canonizer.canonize(vector, 'sha256'));
      expect(await worker.select(vector, [['/@context']])).toEqual(
        await canonizer.select(vector, [['/@context']]),
      );
    }
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype', '__defineSetter__'])(
    'reads a stranger’s names and nodes called %s as it does in process, or refuses them',
    async (name) => {
      const extended = {
        ...document,
        '@context': [document['@context'], { [name]: `urn:x:${name}` }].flat(),
      };
      for (const stranger of [
        { ...document, id: name },
        { ...document, type: ['VerifiableCredential', name] },
        { ...document, credentialSubject: { id: `_:${name}`, [name]: { id: `urn:${name}` } } },
        { ...extended, credentialSubject: { [name]: { [name]: name } } },
      ]) {
        const answer = await worker.canonize(stranger, 'sha256');
        expect(answer).toEqual(await canonizer.canonize(stranger, 'sha256'));
        expect('problem' in answer ? answer.problem : 'none').toMatch(/^(none|notJsonLd)$/);
      }
      expect(await worker.canonize(document, 'sha256')).toEqual(await canonizer.canonize(document, 'sha256'));
    },
  );

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

describe('what the objects of a thread share', () => {
  const module = new URL('../support/sealedThread.ts', import.meta.url);
  const thread = new BoundedWorker({
    module,
    timeoutMs: 3_000,
    threads: 1,
    maxWaiting: 8,
    memoryMegabytes: 64,
  });
  afterAll(() => thread.close());

  it.each(['prototype', 'constructor', 'method', 'list', 'function'])(
    'takes nothing up by its %s, and leaves an object its own members',
    async (place) => {
      expect(await thread.run(place)).toEqual({ refused: true, own: ['constructor', 'toString'] });
    },
  );
});
