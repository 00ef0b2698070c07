import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Why a task has no answer. `exhausted`: it used up the memory that it may have. `unstarted`: there is no thread to be had. */
export type BoundedWorkerProblem = 'timedOut' | 'exhausted' | 'busy' | 'closed' | 'unstarted';

const START_TIMEOUT_MS = 10_000;

export class BoundedWorkerError extends Error {
  override readonly name = 'BoundedWorkerError';

  constructor(readonly problem: BoundedWorkerProblem) {
    super(problem);
  }
}

export interface BoundedWorkerOptions {
  /** A module that says once that it is ready, with any message, and then answers each message with one, `{ answer }`. */
  readonly module: URL;
  /** For one task, from when it begins, starting a thread not counted. */
  readonly timeoutMs: number;
  /** Threads at most; they are started when they are needed. */
  readonly threads: number;
  /** Tasks that may wait for a thread; beyond that they are refused. */
  readonly maxWaiting: number;
  readonly memoryMegabytes: number;
  /** What every thread is given at its start, as `workerData`; plain data. */
  readonly data?: unknown;
}

interface Task {
  readonly message: unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Work on what strangers sent, in threads of their own that are ended when they take too long or too much: the only way to stop a regular
 * expression or a canonicalisation that does not end. A thread bounds time and memory; it is no sandbox against code.
 */
export class BoundedWorker {
  readonly #options: BoundedWorkerOptions;
  readonly #idle: Worker[] = [];
  readonly #waiting: Task[] = [];
  readonly #threads = new Set<Worker>();
  #running = 0;
  #isClosed = false;

  constructor(options: BoundedWorkerOptions) {
    this.#options = options;
  }

  /** The message and the answer are plain data. Rejects with a {@link BoundedWorkerError}, or with `AbortError` of the signal. */
  run(message: unknown, signal?: AbortSignal): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new BoundedWorkerError('closed'));
    if (this.#waiting.length >= this.#options.maxWaiting) {
      return Promise.reject(new BoundedWorkerError('busy'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject, signal });
      this.#next();
    });
  }

  /** Ends all threads; what was under way or waiting rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new BoundedWorkerError('closed'));
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  #next(): void {
    if (this.#running >= this.#options.threads) return;
    const task = this.#waiting.shift();
    if (!task) return;
    this.#running += 1;
    void this.#perform(task).finally(() => {
      this.#running -= 1;
      this.#next();
    });
    this.#next();
  }

  async #perform({ message, resolve, reject, signal }: Task): Promise<void> {
    let thread: Worker | undefined;
    let isSpent = true;
    try {
      signal?.throwIfAborted();
      thread = this.#idle.pop() ?? (await this.#start());
      resolve(await this.#ask(thread, message, signal));
      isSpent = false;
    } catch (error) {
      reject(error instanceof Error ? error : new BoundedWorkerError('exhausted'));
    } finally {
      if (thread && isSpent) await thread.terminate();
      else if (thread) this.#idle.push(thread);
    }
  }

  async #ask(thread: Worker, message: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    const limit = AbortSignal.timeout(this.#options.timeoutMs);
    const ended = new AbortController();
    const bounds = AbortSignal.any([limit, ended.signal, ...(signal ? [signal] : [])]);
    const onEnd = () => ended.abort(new BoundedWorkerError(this.#isClosed ? 'closed' : 'exhausted'));
    thread.once('error', onEnd).once('exit', onEnd).ref();
    try {
      thread.postMessage(message);
      const [reply] = (await once(thread, 'message', { signal: bounds })) as [{ answer: unknown }];
      return reply.answer;
    } catch (error) {
      if (ended.signal.aborted) throw ended.signal.reason;
      signal?.throwIfAborted();
      if (limit.aborted) throw new BoundedWorkerError('timedOut');
      throw error instanceof BoundedWorkerError ? error : new BoundedWorkerError('exhausted');
    } finally {
      thread.off('error', onEnd).off('exit', onEnd).unref();
    }
  }

  async #start(): Promise<Worker> {
    const { module, memoryMegabytes, data } = this.#options;
    const isSource = module.pathname.endsWith('.ts');
    const thread = new Worker(isSource ? compileAndRun(module) : module, {
      eval: isSource,
      execArgv: [],
      workerData: data,
      // Nothing of the process's secrets.
      env: {},
      resourceLimits: {
        maxOldGenerationSizeMb: memoryMegabytes,
        maxYoungGenerationSizeMb: Math.max(1, Math.floor(memoryMegabytes / 4)),
        stackSizeMb: 2,
      },
    });
    this.#threads.add(thread);
    // An error that nobody waits for must not end the process.
    thread.on('error', () => undefined);
    thread.once('exit', () => {
      this.#threads.delete(thread);
      const place = this.#idle.indexOf(thread);
      if (place >= 0) this.#idle.splice(place, 1);
    });
    const failed = new AbortController();
    const onEnd = () => failed.abort();
    thread.once('exit', onEnd);
    try {
      // Its first message says that it is ready.
      const signal = AbortSignal.any([failed.signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
      await once(thread, 'message', { signal });
    } catch {
      await thread.terminate();
      throw new BoundedWorkerError('unstarted');
    } finally {
      thread.off('exit', onEnd);
    }
    thread.unref();
    return thread;
  }
}

/** Run from source, a thread needs what compiles it; Node 20 does not hand that down, nor take it as an option. */
function compileAndRun(module: URL): string {
  return `import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${JSON.stringify(module.href)}); })`;
}
