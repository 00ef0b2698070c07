import { createHmac } from 'node:crypto';
import type { Executor } from '../../../adapters/database/schema.js';
import { AppError } from '../../../kernel/errors.js';
import { addSeconds } from '../../../kernel/instants.js';
import { addFailure, FREE_FAILURES, networkOf, waitSeconds, type FailureCount } from '../rules.js';

/** Somebody who states a password for an address, from a network address. */
export interface SignInAttempt {
  readonly emailKey: string;
  readonly ip: string;
}

/**
 * Slows guessing down, alike for accounts that exist and that do not. The counters are in the database, under keyed hashes, so that all
 * processes share them and the tables name nobody.
 *
 * An attempt counts against the account and the network it comes from. One from a network where the account was signed in to before counts,
 * and waits, under a counter of account and network together, so that a stranger elsewhere cannot keep the owner out. A success clears the
 * account's counter and never the network's: else whoever has an account could clear it at will.
 */
export interface Throttle {
  /** Before the password is looked at. Throws `accounts/throttled`; such an attempt does not count. */
  admit(executor: Executor, attempt: SignInAttempt, now: Date): Promise<void>;
  /**
   * After the password was looked at, holding the counters until the end of the transaction. Throws `accounts/throttled` when others have
   * used up what was free in the meantime, right password or not: many at once learn no more than one after the other.
   */
  settle(trx: Executor, attempt: SignInAttempt, isRight: boolean, now: Date): Promise<void>;
  purge(executor: Executor, now: Date): Promise<void>;
}

const KNOWN_SECONDS = 90 * 24 * 3600;
const COUNTERS_KEPT_SECONDS = 3600;

interface Subjects {
  readonly account: Buffer;
  readonly network: Buffer;
  readonly accountAtNetwork: Buffer;
}

export function createThrottle(secret: Buffer): Throttle {
  function subject(kind: string, text: string): Buffer {
    return createHmac('sha256', secret).update(`${kind}\n${text}`).digest();
  }

  function subjectsOf({ emailKey, ip }: SignInAttempt): Subjects {
    const network = networkOf(ip);
    return {
      account: subject('account', emailKey),
      network: subject('network', network),
      accountAtNetwork: subject('account at network', `${network}\n${emailKey}`),
    };
  }

  return {
    async admit(executor, attempt, now) {
      const subjects = subjectsOf(attempt);
      const isKnown = await isKnownNetwork(executor, subjects, now);
      requireNoWait(countersOf(subjects, isKnown), await findCounts(executor, subjects), now);
    },

    async settle(trx, attempt, isRight, now) {
      const subjects = subjectsOf(attempt);
      const isKnown = await isKnownNetwork(trx, subjects, now);
      const counts = await lockCounts(trx, subjects, isRight ? [] : countedFor(subjects, isKnown), now);
      requireNoWait(countersOf(subjects, isKnown), counts, now);
      if (isRight) {
        await deleteCount(trx, isKnown ? subjects.accountAtNetwork : subjects.account);
        await rememberNetwork(trx, subjects, now);
        return;
      }
      for (const counted of countedFor(subjects, isKnown)) {
        await saveCount(trx, counted, addFailure(counts.get(keyOf(counted)), now));
      }
    },

    async purge(executor, now) {
      // Rows that somebody holds are left for the next time: waiting for them in another order could be a deadlock.
      const forgotten = executor
        .selectFrom('sign_in_failures')
        .select('subject')
        .where('last_failed_at', '<', addSeconds(now, -COUNTERS_KEPT_SECONDS))
        .forUpdate()
        .skipLocked();
      await executor.deleteFrom('sign_in_failures').where('subject', 'in', forgotten).execute();
      await executor
        .deleteFrom('known_sign_ins')
        .where('last_signed_in_at', '<', addSeconds(now, -KNOWN_SECONDS))
        .execute();
    },
  };
}

type Counts = ReadonlyMap<string, FailureCount>;

/** Which counters an attempt waits for. */
function countersOf(subjects: Subjects, isKnown: boolean): { subject: Buffer; free: number }[] {
  return [
    isKnown
      ? { subject: subjects.accountAtNetwork, free: FREE_FAILURES.accountAtKnownNetwork }
      : { subject: subjects.account, free: FREE_FAILURES.account },
    { subject: subjects.network, free: FREE_FAILURES.network },
  ];
}

/** Which counters a failure raises. */
function countedFor(subjects: Subjects, isKnown: boolean): Buffer[] {
  return [isKnown ? subjects.accountAtNetwork : subjects.account, subjects.network];
}

function requireNoWait(counters: { subject: Buffer; free: number }[], counts: Counts, now: Date): void {
  const wait = Math.max(
    ...counters.map(({ subject, free }) => waitSeconds(counts.get(keyOf(subject)), free, now)),
  );
  if (wait > 0) {
    throw new AppError('accounts/throttled', 'There were too many failed sign-ins. Wait, then try again.', {
      retryAfterSeconds: wait,
    });
  }
}

async function isKnownNetwork(
  executor: Executor,
  { accountAtNetwork }: Subjects,
  now: Date,
): Promise<boolean> {
  const row = await executor
    .selectFrom('known_sign_ins')
    .select('subject')
    .where('subject', '=', accountAtNetwork)
    .where('last_signed_in_at', '>', addSeconds(now, -KNOWN_SECONDS))
    .executeTakeFirst();
  return row !== undefined;
}

async function rememberNetwork(trx: Executor, { accountAtNetwork }: Subjects, now: Date): Promise<void> {
  await trx
    .insertInto('known_sign_ins')
    .values({ subject: accountAtNetwork, last_signed_in_at: now })
    .onConflict((conflict) => conflict.column('subject').doUpdateSet({ last_signed_in_at: now }))
    .execute();
}

async function findCounts(executor: Executor, subjects: Subjects): Promise<Counts> {
  return toCounts(await selectCounts(executor, subjects).execute());
}

/** Rows that are going to be raised are made first: a row that does not exist cannot be held. Always in the same order. */
async function lockCounts(
  trx: Executor,
  subjects: Subjects,
  raised: readonly Buffer[],
  now: Date,
): Promise<Counts> {
  if (raised.length > 0) {
    const rows = [...raised].sort((a, b) => Buffer.compare(a, b));
    await trx
      .insertInto('sign_in_failures')
      .values(rows.map((subject) => ({ subject, failures: 0, last_failed_at: now })))
      .onConflict((conflict) => conflict.column('subject').doNothing())
      .execute();
  }
  return toCounts(await selectCounts(trx, subjects).orderBy('subject').forUpdate().execute());
}

function selectCounts(executor: Executor, { account, network, accountAtNetwork }: Subjects) {
  return executor
    .selectFrom('sign_in_failures')
    .selectAll()
    .where('subject', 'in', [account, network, accountAtNetwork]);
}

function toCounts(rows: { subject: Buffer; failures: number; last_failed_at: Date }[]): Counts {
  return new Map(
    rows.map((row) => [keyOf(row.subject), { failures: row.failures, lastFailedAt: row.last_failed_at }]),
  );
}

async function saveCount(trx: Executor, subject: Buffer, count: FailureCount): Promise<void> {
  await trx
    .updateTable('sign_in_failures')
    .set({ failures: count.failures, last_failed_at: count.lastFailedAt })
    .where('subject', '=', subject)
    .execute();
}

async function deleteCount(trx: Executor, subject: Buffer): Promise<void> {
  await trx.deleteFrom('sign_in_failures').where('subject', '=', subject).execute();
}

function keyOf(subject: Buffer): string {
  return subject.toString('base64');
}
