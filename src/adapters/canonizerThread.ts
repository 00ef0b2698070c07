import { parentPort, workerData } from 'node:worker_threads';
import { createContextCatalogue } from '../credentials/contexts/catalogue.js';
import { createCanonizer } from '../credentials/jsonLd/inProcessCanonizer.js';
import type { CanonizerJob } from './canonizerWorker.js';

/** The other side of `canonizerWorker.ts`: one job at a time. */
const canonizer = createCanonizer(createContextCatalogue(workerData as ReadonlyMap<string, unknown>));

parentPort?.on('message', (job: CanonizerJob) => {
  void perform(job).then((answer) => parentPort?.postMessage({ answer }));
});
// Everything is loaded: from here on the time counts as the document's.
parentPort?.postMessage('ready');

function perform(job: CanonizerJob) {
  return job.kind === 'canonize'
    ? canonizer.canonize(job.document, job.hash)
    : canonizer.select(job.document, job.selections);
}
