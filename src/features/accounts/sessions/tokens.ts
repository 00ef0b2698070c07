import { createHmac } from 'node:crypto';
import type { Executor } from '../../../adapters/database/schema.js';
import { ACCESS_TOKEN_SECONDS } from '../../../http/accessTokens.js';
import { newId, type Id, type MembershipId, type PersonId, type SessionId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import type { AccountsDeps } from '../dependencies.js';
import { hashSecretToken, newSecretToken } from '../../../kernel/secretTokens.js';
import type { Session } from '../wire.js';
import { insertRefreshToken, insertSession } from './store.js';

const SESSION_SECONDS = 90 * 24 * 3600;
const REFRESH_TOKEN_SECONDS = 30 * 24 * 3600;

export interface SessionSubject {
  readonly personId: PersonId;
  readonly sessionId: SessionId;
  readonly sessionExpiresAt: Date;
}

/** The tokens of sessions. What they are is a function of rows and of a server secret, so that no secret is stored. */
export interface SessionTokens {
  /** `membershipId` null: the operator's session. */
  startSession(
    trx: Executor,
    who: { personId: PersonId; membershipId: MembershipId | null },
    at: Date,
  ): Promise<Session>;
  /** The only token that may follow this one. */
  successorOf(refreshToken: string): string;
  storeRefreshToken(
    trx: Executor,
    subject: SessionSubject,
    refreshToken: string,
    at: Date,
  ): Promise<Id<'refreshToken'>>;
  /** The same arguments give the same answer. */
  answer(
    subject: SessionSubject,
    refreshToken: string,
    refreshTokenId: Id<'refreshToken'>,
    at: Date,
  ): Session;
}

export function createSessionTokens(deps: Pick<AccountsDeps, 'accessTokens' | 'secrets'>): SessionTokens {
  const refreshSecret = deps.secrets.deriveSecret('refresh-token');

  const tokens: SessionTokens = {
    async startSession(trx, { personId, membershipId }, at) {
      const sessionId = newId<'session'>();
      const sessionExpiresAt = addSeconds(at, SESSION_SECONDS);
      await insertSession(trx, { id: sessionId, personId, membershipId, at, expiresAt: sessionExpiresAt });
      const subject = { personId, sessionId, sessionExpiresAt };
      const { token } = newSecretToken();
      const tokenId = await tokens.storeRefreshToken(trx, subject, token, at);
      return tokens.answer(subject, token, tokenId, at);
    },

    successorOf: (refreshToken) =>
      createHmac('sha256', refreshSecret).update(refreshToken).digest('base64url'),

    async storeRefreshToken(trx, { sessionId, sessionExpiresAt }, refreshToken, at) {
      const id = newId<'refreshToken'>();
      const expiresAt = earlier(addSeconds(at, REFRESH_TOKEN_SECONDS), sessionExpiresAt);
      await insertRefreshToken(trx, { id, sessionId, hash: hashSecretToken(refreshToken), at, expiresAt });
      return id;
    },

    answer({ personId, sessionId, sessionExpiresAt }, refreshToken, refreshTokenId, at) {
      const issuedAt = wholeSeconds(at);
      const expiresAt = earlier(addSeconds(issuedAt, ACCESS_TOKEN_SECONDS), wholeSeconds(sessionExpiresAt));
      const accessToken = deps.accessTokens.issue(
        { kind: 'session', personId, sessionId },
        { tokenId: refreshTokenId, issuedAt, expiresAt },
      );
      return { accessToken, refreshToken, expiresAt: expiresAt.toISOString() };
    },
  };
  return tokens;
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}

function wholeSeconds(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / 1000) * 1000);
}
