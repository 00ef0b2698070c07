import { parentPort } from 'node:worker_threads';
import { sealPrototypes } from '../../src/adapters/sealedPrototypes.js';

/** A thread like those that read strangers' documents: writes where it is told to, and says what every object has of it. */
sealPrototypes();
const shared: Readonly<Record<string, object>> = {
  prototype: Object.prototype,
  constructor: Object,
  method: Object.prototype.toString,
  list: Array.prototype,
  function: Function.prototype,
};

parentPort?.on('message', (place: string) => {
  const names: Record<string, unknown> = {};
  let refused = false;
  try {
    (shared[place] as Record<string, unknown>)['urn:x:left'] = 'behind';
  } catch {
    refused = true;
  }
  // What a document may always have of its own.
  names['toString'] = names['constructor'] = 'own';
  parentPort?.postMessage({ answer: { refused, own: Object.keys(names) } });
});
parentPort?.postMessage('ready');
