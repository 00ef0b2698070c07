import { createHmac } from 'node:crypto';
import type { Executor } from '../../adapters/database/schema.js';
import { AppError } from '../../kernel/errors.js';
import { newId, type Id, type PersonId } from '../../kernel/ids.js';
import { addSeconds } from '../../kernel/instants.js';
import type { Secrets } from './dependencies.js';
import { hashSecretToken, newSecretToken } from '../../kernel/secretTokens.js';

/** Links that are sent by mail: each works once and for a limited time. */
export interface MailedTokens {
  /**
   * `undefined` when this address got enough mail in the past hour: then none is sent, and nobody is told. A `payload` waits sealed until the
   * token comes back.
   */
  create(trx: Executor, order: MailedTokenOrder): Promise<string | undefined>;
  /** Uses the token up. Throws `accounts/token-invalid` for one that is unknown, used, expired or for another purpose. */
  consume(
    trx: Executor,
    purpose: Purpose,
    token: string,
    at: Date,
  ): Promise<{ personId: PersonId | null; payload?: Buffer }>;
}

export type Purpose = 'registration' | 'password_reset';

export interface MailedTokenOrder {
  readonly purpose: Purpose;
  readonly emailKey: string;
  readonly personId?: PersonId;
  readonly payload?: Buffer;
  readonly at: Date;
  readonly validSeconds: number;
}

const MOST_MAILS_AN_HOUR = 3;

export function createMailedTokens(secrets: Secrets): MailedTokens {
  const recipientSecret = secrets.deriveSecret('mail-recipient');

  return {
    async create(trx, { purpose, emailKey, personId, payload, at, validSeconds }) {
      const recipientHash = createHmac('sha256', recipientSecret).update(emailKey).digest();
      if ((await countRecent(trx, recipientHash, at)) >= MOST_MAILS_AN_HOUR) return undefined;
      const id = newId<'mailedToken'>();
      const { token, hash } = newSecretToken();
      await trx
        .insertInto('mailed_tokens')
        .values({
          id,
          purpose,
          token_hash: hash,
          recipient_hash: recipientHash,
          person_id: personId ?? null,
          sealed_payload: payload ? secrets.seal(payload, contextOf(id)) : null,
          created_at: at,
          expires_at: addSeconds(at, validSeconds),
        })
        .execute();
      return token;
    },

    async consume(trx, purpose, token, at) {
      const row = await trx
        .selectFrom('mailed_tokens')
        .select(['id', 'person_id', 'sealed_payload'])
        .where('token_hash', '=', hashSecretToken(token))
        .where('purpose', '=', purpose)
        .where('used_at', 'is', null)
        .where('expires_at', '>', at)
        .forUpdate()
        .executeTakeFirst();
      if (!row) throw invalidToken();
      await trx
        .updateTable('mailed_tokens')
        .set({ used_at: at, sealed_payload: null })
        .where('id', '=', row.id)
        .execute();
      return {
        personId: row.person_id,
        ...(row.sealed_payload ? { payload: secrets.open(row.sealed_payload, contextOf(row.id)) } : {}),
      };
    },
  };
}

export function invalidToken(): AppError {
  return new AppError('accounts/token-invalid', 'This link was used, has expired or was withdrawn.');
}

function contextOf(id: Id<'mailedToken'>): string {
  return `mailed-token:${id}`;
}

async function countRecent(trx: Executor, recipientHash: Buffer, at: Date): Promise<number> {
  const { count } = await trx
    .selectFrom('mailed_tokens')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('recipient_hash', '=', recipientHash)
    .where('created_at', '>', addSeconds(at, -3600))
    .executeTakeFirstOrThrow();
  return count;
}

/** What an erased person, or a new password, makes void. */
export async function deleteMailedTokensOf(trx: Executor, personIds: readonly PersonId[]): Promise<void> {
  if (personIds.length === 0) return;
  await trx
    .deleteFrom('mailed_tokens')
    .where('person_id', 'in', [...personIds])
    .execute();
}

/** Two hours after the end of their time, when they do not count against an address any more. */
export async function deleteOldMailedTokens(trx: Executor, now: Date): Promise<void> {
  await trx.deleteFrom('mailed_tokens').where('expires_at', '<', addSeconds(now, -7200)).execute();
}
