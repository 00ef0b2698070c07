import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { AppError } from '../kernel/errors.js';

export interface Passwords {
  /** argon2id in PHC string format. Throws `request/unavailable` when too many are waiting already. */
  hash(password: string): Promise<string>;
  /** Without a hash (no such account) it works as hard and answers false. Throws `request/unavailable` as above. */
  verify(passwordHash: string | null, password: string): Promise<boolean>;
}

export interface PasswordsOptions {
  /** How many are computed at once; each takes 19 MiB and one thread of libuv's pool. */
  readonly concurrency?: number;
  /** How many may wait for their turn. */
  readonly maxWaiting?: number;
  /** KiB of memory and passes of one hash; less than the default only where guessing does not matter. */
  readonly cost?: { readonly memoryCost: number; readonly timeCost: number };
}

/** The OWASP Password Storage Cheat Sheet's parameters for argon2id; the enum behind `algorithm` is a `const enum` without a value. */
const COST = { memoryCost: 19_456, timeCost: 2 } as const;
const ARGON2ID = { algorithm: 2, parallelism: 1 } as const;

/**
 * Hashes in a bounded number at a time, so that a flood of sign-ins takes neither the memory nor the whole thread pool, which files and
 * name look-ups need too. Passwords are brought to NFKC first (NIST SP 800-63B §3.1.1.2), since keyboards differ.
 */
export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const takeTurn = createTurnstile(
    options.concurrency ?? Math.min(3, availableParallelism()),
    options.maxWaiting ?? 100,
  );
  const parameters = { ...ARGON2ID, ...(options.cost ?? COST) };
  let decoy: Promise<string> | undefined;

  return {
    hash: (password) => takeTurn(() => hash(password.normalize('NFKC'), parameters)),
    async verify(passwordHash, password) {
      const isReal = passwordHash !== null;
      const against = passwordHash ?? (await (decoy ??= hash('nobody has this password', parameters)));
      const matches = await takeTurn(() => verify(against, password.normalize('NFKC')));
      return isReal && matches;
    },
  };
}

/** Runs at most `width` tasks at once, in the order of their coming; refuses when `maxWaiting` wait. */
function createTurnstile(width: number, maxWaiting: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (task) => {
    if (running >= width) {
      if (waiting.length >= maxWaiting) {
        throw new AppError('request/unavailable', 'Too many sign-ins are under way.', {
          retryAfterSeconds: 2,
        });
      }
      // Whoever leaves hands the place over, so `running` stays as it is.
      await new Promise<void>((enter) => waiting.push(enter));
    } else {
      running += 1;
    }
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
