import { parentPort } from 'node:worker_threads';
import { evaluateJsonSchema } from '../credentials/schemas/jsonSchema.js';
import { sealPrototypes } from './sealedPrototypes.js';

sealPrototypes();

/** The other side of `schemaWorker.ts`: one task at a time, `{ schema, instance }` as JSON text. */
parentPort?.on('message', (message: string) => {
  const { schema, instance } = JSON.parse(message) as { schema: unknown; instance: unknown };
  parentPort?.postMessage({ answer: evaluateJsonSchema(schema, instance) });
});
// Compiled here, the rules of the usual dialect do not count against the first task's time.
evaluateJsonSchema({ $schema: 'https://json-schema.org/draft/2020-12/schema' }, {});
parentPort?.postMessage('ready');
