import { parentPort, workerData } from 'node:worker_threads';
import { createContextCatalogue } from '../credentials/contexts/catalogue.js';
import { CREDENTIALS_V2_CONTEXT } from '../credentials/dataModel.js';
import { createCanonizer } from '../credentials/jsonLd/inProcessCanonizer.js';
import type { CanonizerJob } from './canonizerWorker.js';
import { sealPrototypes } from './sealedPrototypes.js';

/** The other side of `canonizerWorker.ts`: one job at a time. */
sealPrototypes();
const canonizer = createCanonizer(createContextCatalogue(workerData as ReadonlyMap<string, unknown>));

parentPort?.on('message', (job: CanonizerJob) => {
  void perform(job).then((answer) => parentPort?.postMessage({ answer }));
});
// What every first document would pay for, loading and reading the contexts that all have, does not count as its time.
const usual = { '@context': CREDENTIALS_V2_CONTEXT, type: 'VerifiableCredential' };
void canonizer
  .select(usual, [['/type']])
  .then(() => canonizer.canonize(usual, 'sha256'))
  .then(() => parentPort?.postMessage('ready'));

function perform(job: CanonizerJob) {
  return job.kind === 'canonize'
    ? canonizer.canonize(job.document, job.hash)
    : canonizer.select(job.document, job.selections);
}
