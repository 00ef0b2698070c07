import type { Logger } from '../kernel/ports.js';

export interface PeriodicWork {
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/** Does `work` every `intervalMs`, one round after the other; a round that fails is logged and the next one comes all the same. */
export function repeatWork(
  name: string,
  intervalMs: number,
  work: () => Promise<unknown>,
  logger: Logger,
): PeriodicWork {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<unknown> = Promise.resolve();

  function schedule(): void {
    timer = setTimeout(() => {
      round = work()
        .catch((error: unknown) =>
          logger.error({ work: name, reason: (error as Error).name }, 'periodic work failed'),
        )
        .finally(() => {
          if (!isStopped) schedule();
        });
    }, intervalMs);
    timer.unref();
  }

  schedule();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
