import type { ContextCatalogue } from '../credentials/contexts/catalogue.js';
import type {
  CanonizeAnswer,
  CanonizeHash,
  CanonizeProblem,
  Canonizer,
  JsonObject,
  SelectAnswer,
} from '../credentials/jsonLd/canonizer.js';
import { BoundedWorker, BoundedWorkerError, type BoundedWorkerOptions } from './boundedWorker.js';

/** What its thread is asked. */
export type CanonizerJob =
  | { readonly kind: 'canonize'; readonly document: JsonObject; readonly hash: CanonizeHash }
  | {
      readonly kind: 'select';
      readonly document: JsonObject;
      readonly selections: readonly (readonly string[])[];
    };

export interface CanonizerWorker extends Canonizer {
  /** Ends the thread; what was under way or waiting is `unavailable`, as is everything asked afterwards. */
  close(): Promise<void>;
}

/** A credential takes milliseconds; what strangers send may take so long before it is given up. */
const LIMITS: Omit<BoundedWorkerOptions, 'module' | 'data'> = {
  timeoutMs: 3_000,
  threads: 1,
  maxWaiting: 32,
  memoryMegabytes: 256,
};

/** Canonicalises JSON-LD by strangers in a thread: what takes longer than it may is `timedOut`, what takes more memory `tooComplex`. */
export function createCanonizerWorker(
  contexts: ContextCatalogue,
  limits: Partial<typeof LIMITS> = {},
): CanonizerWorker {
  const name = import.meta.url.endsWith('.ts') ? './canonizerThread.ts' : './canonizerThread.js';
  const worker = new BoundedWorker({
    ...LIMITS,
    ...limits,
    module: new URL(name, import.meta.url),
    data: contexts.additional,
  });

  async function ask<Answer>(
    job: CanonizerJob,
    signal: AbortSignal | undefined,
  ): Promise<Answer | { readonly problem: CanonizeProblem }> {
    try {
      return (await worker.run(job, signal)) as Answer;
    } catch (error) {
      return { problem: problemOf(error) };
    }
  }

  return {
    canonize: (document, hash, signal) => ask<CanonizeAnswer>({ kind: 'canonize', document, hash }, signal),
    select: (document, selections, signal) =>
      ask<SelectAnswer>({ kind: 'select', document, selections }, signal),
    close: () => worker.close(),
  };
}

function problemOf(error: unknown): CanonizeProblem {
  if (!(error instanceof BoundedWorkerError)) return 'timedOut'; // The caller's signal.
  if (error.problem === 'exhausted') return 'tooComplex';
  return error.problem === 'timedOut' ? 'timedOut' : 'unavailable';
}
