import type { Kysely } from 'kysely';
import { inWork } from '../../adapters/database/context.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import { newId, type Id } from '../../kernel/ids.js';
import { addSeconds } from '../../kernel/instants.js';
import type { Clock, Logger, Mail, Mailer } from '../../kernel/ports.js';

/** Seals what stands in the database; the envelope's part that is needed here. */
export interface MailSealer {
  seal(plaintext: Uint8Array, context: string): Buffer;
  open(sealed: Uint8Array, context: string): Buffer;
}

export interface MailOutboxDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly mailer: Mailer;
  readonly sealer: MailSealer;
  readonly logger: Logger;
}

export interface MailOutbox {
  /** Written in the transaction that causes the mail, and sent after it committed: at least once, rarely twice. */
  queueMail(trx: Executor, mail: Mail, at: Date): Promise<void>;
  /** The same for many, in one statement. */
  queueMails(trx: Executor, mails: readonly Mail[], at: Date): Promise<void>;
  /** Sends what is due now, each by one process only; returns how many were sent. */
  deliverDueMails(): Promise<number>;
  /** Drops what could not be sent for a week. */
  purgeFailedMails(): Promise<void>;
}

const BATCH = 10;
const MOST_ATTEMPTS = 12;
const FAILED_KEPT_SECONDS = 7 * 24 * 3600;

/**
 * Seconds until the next try after `attempts` of them: one minute, doubling up to an hour. It is also the lease under which a process
 * sends, so it must be longer than sending a batch can take.
 */
export function retrySeconds(attempts: number): number {
  return Math.min(3600, 60 * 2 ** Math.max(0, attempts - 1));
}

export function createMailOutbox(deps: MailOutboxDeps): MailOutbox {
  const queueMails: MailOutbox['queueMails'] = async (trx, mails, at) => {
    if (mails.length === 0) return;
    await trx
      .insertInto('outgoing_mails')
      .values(
        mails.map((mail) => {
          const id = newId<'mail'>();
          const sealed_mail = deps.sealer.seal(Buffer.from(JSON.stringify(mail)), contextOf(id));
          return { id, sealed_mail, created_at: at, next_attempt_at: at };
        }),
      )
      .execute();
  };

  return {
    queueMails,
    queueMail: (trx, mail, at) => queueMails(trx, [mail], at),

    deliverDueMails: () => inWork('upkeep', () => deliverDueMails(deps)),

    purgeFailedMails: () =>
      inWork('upkeep', async () => {
        await deps.db
          .deleteFrom('outgoing_mails')
          .where('failed_at', '<', addSeconds(deps.clock.now(), -FAILED_KEPT_SECONDS))
          .execute();
      }),
  };
}

async function deliverDueMails(deps: MailOutboxDeps): Promise<number> {
  let sent = 0;
  for (let i = 0; i < BATCH; i += 1) {
    const claimed = await claimDueMail(deps.db, deps.clock.now());
    if (!claimed) break;
    if (await deliver(deps, claimed)) sent += 1;
  }
  return sent;
}

interface ClaimedMail {
  readonly id: Id<'mail'>;
  readonly sealed_mail: Buffer;
  readonly attempts: number;
}

/**
 * The next try is scheduled before this one begins: a process that dies while it sends leaves a mail that is due again later. No
 * transaction stays open while a mail server is spoken to, which would block the embedded database's one connection.
 */
async function claimDueMail(db: Kysely<Tables>, now: Date): Promise<ClaimedMail | undefined> {
  return db.transaction().execute(async (trx) => {
    const due = await trx
      .selectFrom('outgoing_mails')
      .select(['id', 'sealed_mail', 'attempts'])
      .where('failed_at', 'is', null)
      .where('next_attempt_at', '<=', now)
      .orderBy('next_attempt_at')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (!due) return undefined;
    const attempts = due.attempts + 1;
    await trx
      .updateTable('outgoing_mails')
      .set({ attempts, next_attempt_at: addSeconds(now, retrySeconds(attempts)) })
      .where('id', '=', due.id)
      .execute();
    return { ...due, attempts };
  });
}

async function deliver({ db, clock, mailer, sealer, logger }: MailOutboxDeps, claimed: ClaimedMail) {
  try {
    const mail = JSON.parse(sealer.open(claimed.sealed_mail, contextOf(claimed.id)).toString('utf8')) as Mail;
    await mailer.send(mail);
  } catch (error) {
    // The server's words can hold the address, so only the kind of failure is logged.
    const code = (error as { code?: unknown }).code;
    logger.warn({ mailId: claimed.id, attempts: claimed.attempts, code }, 'a mail was not sent');
    if (claimed.attempts >= MOST_ATTEMPTS) {
      await db
        .updateTable('outgoing_mails')
        .set({ failed_at: clock.now() })
        .where('id', '=', claimed.id)
        .execute();
    }
    return false;
  }
  await db.deleteFrom('outgoing_mails').where('id', '=', claimed.id).execute();
  return true;
}

function contextOf(id: Id<'mail'>): string {
  return `outgoing-mail:${id}`;
}
