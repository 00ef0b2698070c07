import { parentPort } from 'node:worker_threads';
import { evaluateJsonSchema } from '../credentials/schemas/jsonSchema.js';

/** The other side of `schemaWorker.ts`: one task at a time, `{ schema, instance }` as JSON text. */
parentPort?.on('message', (message: string) => {
  const { schema, instance } = JSON.parse(message) as { schema: unknown; instance: unknown };
  parentPort?.postMessage({ answer: evaluateJsonSchema(schema, instance) });
});
parentPort?.postMessage('ready');
