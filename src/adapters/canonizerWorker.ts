import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { ContextCatalogue } from '../credentials/contexts/catalogue.js';
import type {
  CanonizeAnswer,
  CanonizeHash,
  Canonizer,
  JsonObject,
  SelectAnswer,
} from '../credentials/jsonLd/canonizer.js';

export type CanonizerJob =
  | {
      readonly id: number;
      readonly kind: 'canonize';
      readonly document: JsonObject;
      readonly hash: CanonizeHash;
    }
  | {
      readonly id: number;
      readonly kind: 'select';
      readonly document: JsonObject;
      readonly selections: readonly (readonly string[])[];
    };

export interface CanonizerAnswer {
  readonly id: number;
  readonly result: CanonizeAnswer | SelectAnswer;
}

export interface CanonizerWorkerOptions {
  readonly contexts: ContextCatalogue;
  /** For one job, from when the thread begins with it. */
  readonly timeLimitMs: number;
  /** Jobs that wait for the thread; what comes on top is `unavailable`. */
  readonly maxWaiting: number;
  /** Of the thread's heap. A thread that needs more ends, and its job with it. */
  readonly maxMemoryMb: number;
}

export interface CanonizerWorker extends Canonizer {
  /** Ends the thread; what was under way or waiting is `unavailable`, as is everything asked afterwards. */
  close(): Promise<void>;
}

type Result = CanonizerAnswer['result'];
/** Without its id, which it gets when it is sent. */
type Request = CanonizerJob extends infer Job ? (Job extends CanonizerJob ? Omit<Job, 'id'> : never) : never;

interface Waiting {
  readonly request: Request;
  readonly signal: AbortSignal | undefined;
  readonly settle: (result: Result) => void;
}

/** A credential takes milliseconds; what strangers send may take so long before it is given up. */
const LIMITS: Omit<CanonizerWorkerOptions, 'contexts'> = {
  timeLimitMs: 2_000,
  maxWaiting: 32,
  maxMemoryMb: 256,
};

/** Starting a thread and loading JSON-LD takes longer than a job may. */
const START_LIMIT_MS = 15_000;

/**
 * Canonicalises in a thread of its own, one job at a time: a job that goes on for too long is ended together with the thread, and the next
 * one gets a new thread. The thread is started by the first job, and does not keep the process alive.
 */
export function createCanonizerWorker(
  given: Pick<CanonizerWorkerOptions, 'contexts'> & Partial<CanonizerWorkerOptions>,
): CanonizerWorker {
  const options: CanonizerWorkerOptions = { ...LIMITS, ...given };
  const waiting: Waiting[] = [];
  let thread: CanonizerThread | undefined;
  let isBusy = false;
  let isClosed = false;

  const ask = (request: Request, signal: AbortSignal | undefined): Promise<Result> => {
    if (isClosed || waiting.length >= options.maxWaiting) return Promise.resolve({ problem: 'unavailable' });
    return new Promise((settle) => {
      waiting.push({ request, signal, settle });
      void work();
    });
  };

  const work = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      if (isClosed) job.settle({ problem: 'unavailable' });
      else if (job.signal?.aborted === true) job.settle({ problem: 'timedOut' });
      else {
        thread ??= new CanonizerThread(options);
        const result = await thread.run(job.request, job.signal);
        if (thread.isEnded) thread = undefined;
        job.settle(result);
      }
    }
    isBusy = false;
  };

  return {
    canonize: async (document, hash, signal) =>
      (await ask({ kind: 'canonize', document, hash }, signal)) as CanonizeAnswer,
    select: async (document, selections, signal) =>
      (await ask({ kind: 'select', document, selections }, signal)) as SelectAnswer,
    close: async () => {
      isClosed = true;
      await thread?.end();
    },
  };
}

/** One thread from its start to its end. */
class CanonizerThread {
  readonly #worker: Worker;
  readonly #timeLimitMs: number;
  #isOnline = false;
  #isEnded = false;
  #nextId = 0;

  constructor({ contexts, timeLimitMs, maxMemoryMb }: CanonizerWorkerOptions) {
    this.#timeLimitMs = timeLimitMs;
    this.#worker = startThread({
      workerData: contexts.additional,
      resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb },
      env: {},
    });
    this.#worker.unref();
    this.#worker.on('error', () => (this.#isEnded = true));
    this.#worker.on('exit', () => (this.#isEnded = true));
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#worker.terminate();
  }

  /** Never rejects. */
  async run(request: Request, signal: AbortSignal | undefined): Promise<Result> {
    if (!this.#isOnline && !(await this.#waitUntilOnline())) return { problem: 'unavailable' };
    if (signal?.aborted === true) return { problem: 'timedOut' };
    const id = this.#nextId++;
    const result = await new Promise<Result | undefined>((resolve) => {
      const give = (answer: Result | undefined) => {
        clearTimeout(timer);
        this.#worker.off('message', onMessage).off('exit', onEnd).off('error', onEnd);
        signal?.removeEventListener('abort', onAbort);
        resolve(answer);
      };
      const onMessage = (answer: CanonizerAnswer) => answer.id === id && give(answer.result);
      // Out of memory, or a crash: of this document another thread would say the same.
      const onEnd = () => give({ problem: 'tooComplex' });
      const onAbort = () => give(undefined);
      const timer = setTimeout(onAbort, this.#timeLimitMs);
      signal?.addEventListener('abort', onAbort);
      this.#worker.on('message', onMessage).on('exit', onEnd).on('error', onEnd);
      this.#worker.postMessage({ id, ...request } satisfies CanonizerJob);
    });
    if (result) return result;
    await this.end();
    return { problem: 'timedOut' };
  }

  async #waitUntilOnline(): Promise<boolean> {
    this.#isOnline = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), START_LIMIT_MS);
      const settle = (isOnline: boolean) => () => {
        clearTimeout(timer);
        resolve(isOnline);
      };
      this.#worker.once('message', settle(true)).once('error', settle(false)).once('exit', settle(false));
    });
    if (!this.#isOnline) await this.end();
    return this.#isOnline;
  }
}

/** Run from its sources, as in development and in tests, a thread has to bring its own loader. */
function startThread(options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./canonizerThread.js', import.meta.url), options);
  const source = new URL('./canonizerThread.ts', import.meta.url).href;
  const boot = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(source)}); });`;
  return new Worker(boot, { ...options, eval: true });
}
