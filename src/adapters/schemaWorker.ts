import { evaluated, type SchemaEvaluation, type SchemaValidator } from '../credentials/schemas/evaluation.js';
import { BoundedWorker, BoundedWorkerError, type BoundedWorkerOptions } from './boundedWorker.js';

export interface SchemaWorker extends SchemaValidator {
  close(): Promise<void>;
}

const LIMITS: Omit<BoundedWorkerOptions, 'module'> = {
  timeoutMs: 1_000,
  threads: 1,
  maxWaiting: 32,
  memoryMegabytes: 64,
};

/** Checks against schemas by strangers, in a thread: what takes longer than a second, or more memory than it may, is `tooComplex`. */
export function createSchemaWorker(limits: Partial<typeof LIMITS> = {}): SchemaWorker {
  const name = import.meta.url.endsWith('.ts') ? './schemaWorkerThread.ts' : './schemaWorkerThread.js';
  const worker = new BoundedWorker({ ...LIMITS, ...limits, module: new URL(name, import.meta.url) });
  return {
    async validate(schema, instance) {
      try {
        // As text: copying an object that deep would be recursive.
        const message = JSON.stringify({ schema, instance });
        return (await worker.run(message)) as SchemaEvaluation;
      } catch (error) {
        const isSpent =
          error instanceof BoundedWorkerError &&
          (error.problem === 'timedOut' || error.problem === 'exhausted');
        return evaluated(isSpent ? 'tooComplex' : 'unavailable');
      }
    },
    close: () => worker.close(),
  };
}
