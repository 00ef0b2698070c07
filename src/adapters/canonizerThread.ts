import { parentPort, workerData } from 'node:worker_threads';
import { createContextCatalogue } from '../credentials/contexts/catalogue.js';
import { createCanonizer } from '../credentials/jsonLd/inProcessCanonizer.js';
import type { CanonizerAnswer, CanonizerJob } from './canonizerWorker.js';

/** The other side of `canonizerWorker.ts`: one job after another, until it is terminated. */
const port = parentPort;
if (!port) throw new Error('this module runs in a worker thread');

const canonizer = createCanonizer(createContextCatalogue(workerData as ReadonlyMap<string, unknown>));

port.on('message', (job: CanonizerJob) => {
  void answer(job).then((result) => {
    port.postMessage({ id: job.id, result } satisfies CanonizerAnswer);
  });
});

/** Everything is loaded: from here on the time counts as the document's. */
port.postMessage('ready');

function answer(job: CanonizerJob): Promise<CanonizerAnswer['result']> {
  return job.kind === 'canonize'
    ? canonizer.canonize(job.document, job.hash)
    : canonizer.select(job.document, job.selections);
}
