import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { actorOf, type Actor, type MemberCaller, type OperatorCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../../kernel/errors.js';
import type { PersonId, SessionId } from '../../../kernel/ids.js';
import type { AccountsDeps } from '../dependencies.js';
import { deleteMailedTokensOf, invalidToken, type MailedTokens } from '../mailedTokens.js';
import type { MailTexts } from '../mails.js';
import { addressKey, findPasswordFault } from '../rules.js';
import { invalidCredentials } from '../sessions/service.js';
import { endSessions, lockPasswordHash } from '../sessions/store.js';
import type { Throttle } from '../sessions/throttle.js';
import { findPerson, findPersonByAddress, updatePasswordHash } from './store.js';

export interface PasswordService {
  /**
   * Ends the person's other sessions. Throws `accounts/invalid-credentials` for a wrong current password, `accounts/throttled`, and
   * `request/invalid` for a new one that is too easy to guess.
   */
  changePassword(
    caller: MemberCaller | OperatorCaller,
    change: { currentPassword: string; newPassword: string },
    ip: string,
  ): Promise<void>;
  /** Answers alike for every address. Throws `accounts/mail-not-configured`. */
  requestPasswordReset(email: string): Promise<void>;
  /** Ends all sessions of the person. Throws `accounts/token-invalid`, and `request/invalid` as above. */
  confirmPasswordReset(token: string, newPassword: string): Promise<void>;
  /** The operator's command, where no mail is configured. Ends all sessions; throws `resource/not-found`, `request/invalid`. */
  resetPasswordByOperator(email: string, newPassword: string): Promise<void>;
}

type PasswordDeps = AccountsDeps & {
  readonly throttle: Throttle;
  readonly mailedTokens: MailedTokens;
  readonly mailTexts: MailTexts;
};

const RESET_WITHIN_SECONDS = 3600;

export function createPasswordService(deps: PasswordDeps): PasswordService {
  return {
    changePassword: (caller, change, ip) => changePassword(deps, caller, change, ip),

    async requestPasswordReset(email) {
      const { queueMail } = deps;
      if (!queueMail) {
        throw new AppError('accounts/mail-not-configured', 'This installation sends no mail.');
      }
      const at = deps.clock.now();
      const emailKey = addressKey(email);
      await deps.db.transaction().execute(async (trx) => {
        const person = await findPersonByAddress(trx, emailKey);
        const token = await deps.mailedTokens.create(trx, {
          purpose: 'password_reset',
          emailKey,
          ...(person ? { personId: person.id } : {}),
          at,
          validSeconds: RESET_WITHIN_SECONDS,
        });
        if (person && token !== undefined) {
          await queueMail(trx, deps.mailTexts.resetPassword(person.email, token), at);
        }
      });
    },

    async confirmPasswordReset(token, newPassword) {
      const passwordHash = await deps.passwords.hash(newPassword);
      const at = deps.clock.now();
      await deps.db.transaction().execute(async (trx) => {
        const { personId } = await deps.mailedTokens.consume(trx, 'password_reset', token, at);
        const person = personId === null ? undefined : await findPerson(trx, personId);
        if (!person) throw invalidToken();
        requireGoodPassword(newPassword, person.email);
        const actor = { kind: person.isOperator ? 'operator' : 'person', id: person.id } as const;
        await replacePassword(trx, person.id, passwordHash, at, actor);
      });
    },

    async resetPasswordByOperator(email, newPassword) {
      requireGoodPassword(newPassword, email);
      const passwordHash = await deps.passwords.hash(newPassword);
      const at = deps.clock.now();
      await deps.db.transaction().execute(async (trx) => {
        const person = await findPersonByAddress(trx, addressKey(email));
        if (!person) throw notFound('account');
        await replacePassword(trx, person.id, passwordHash, at, { kind: 'operator' });
      });
    },
  };
}

/** Whoever holds a stolen session must not find the password out by it: so it is throttled as a sign-in is. */
async function changePassword(
  deps: PasswordDeps,
  caller: MemberCaller | OperatorCaller,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
  ip: string,
): Promise<void> {
  const { personId, sessionId } = caller;
  const person = await findPerson(deps.db, personId);
  if (!person) throw notFound('account');
  requireGoodPassword(newPassword, person.email);
  const attempt = { emailKey: addressKey(person.email), ip };
  await deps.throttle.admit(deps.db, attempt, deps.clock.now());
  const matches = await deps.passwords.verify(person.passwordHash, currentPassword);
  const passwordHash = matches ? await deps.passwords.hash(newPassword) : undefined;
  const at = deps.clock.now();
  const isChanged = await deps.db.transaction().execute(async (trx) => {
    const isRight =
      passwordHash !== undefined && (await lockPasswordHash(trx, personId)) === person.passwordHash;
    await deps.throttle.settle(trx, attempt, isRight, at);
    if (isRight) await replacePassword(trx, personId, passwordHash, at, actorOf(caller), sessionId);
    return isRight;
  });
  if (!isChanged) throw invalidCredentials();
}

function requireGoodPassword(newPassword: string, email: string): void {
  const fault = findPasswordFault(newPassword, { email });
  if (fault !== undefined) throw invalidField('/newPassword', fault);
}

async function replacePassword(
  trx: Executor,
  personId: PersonId,
  passwordHash: string,
  at: Date,
  actor: Actor,
  except?: SessionId,
): Promise<void> {
  await updatePasswordHash(trx, personId, passwordHash);
  await endSessions(trx, { personIds: [personId], ...(except === undefined ? {} : { except }) }, at);
  await deleteMailedTokensOf(trx, [personId]);
  await recordAudit(trx, { at, actor, action: 'person.password-changed', subjectId: personId });
}
