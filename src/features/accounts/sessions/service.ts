import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { actorOf, SYSTEM, type MemberCaller, type OperatorCaller } from '../../../kernel/caller.js';
import { AppError } from '../../../kernel/errors.js';
import type { OrganisationId, PersonId } from '../../../kernel/ids.js';
import type { AccountsDeps } from '../dependencies.js';
import { addressKey, judgeRefresh } from '../rules.js';
import { hashSecretToken } from '../../../kernel/secretTokens.js';
import type { Session } from '../wire.js';
import {
  endSessions,
  findRefreshToken,
  findSignInCandidate,
  lockPasswordHash,
  lockSessionOfToken,
  markRefreshTokenUsed,
  type SignInCandidate,
} from './store.js';
import type { Throttle } from './throttle.js';
import type { SessionTokens } from './tokens.js';

export interface SignIn {
  readonly email: string;
  readonly password: string;
  readonly organisationId?: OrganisationId;
}

export interface SessionService {
  /**
   * Throws `accounts/invalid-credentials`, alike for an unknown account, a wrong password and no membership, and `accounts/throttled`.
   * Without an organisation: the operator's session for the operator, the earliest live membership for others.
   */
  signIn(input: SignIn, ip: string): Promise<Session>;
  /** Throws `accounts/invalid-refresh-token`; a token that was used before ends the whole session. */
  refreshSession(refreshToken: string): Promise<Session>;
  signOut(caller: MemberCaller | OperatorCaller): Promise<void>;
}

type SessionDeps = Pick<AccountsDeps, 'db' | 'clock' | 'passwords'> & {
  readonly throttle: Throttle;
  readonly tokens: SessionTokens;
};

export function createSessions(deps: SessionDeps): SessionService {
  return {
    async signIn({ email, password, organisationId }, ip) {
      const attempt = { emailKey: addressKey(email), ip };
      await deps.throttle.admit(deps.db, attempt, deps.clock.now());
      const candidate = await findSignInCandidate(deps.db, attempt.emailKey, organisationId);
      const matches = await deps.passwords.verify(candidate?.passwordHash ?? null, password);
      const at = deps.clock.now();
      const session = await deps.db.transaction().execute(async (trx) => {
        const isRight = matches && candidate !== undefined && (await isUnchanged(trx, candidate));
        const who = isRight ? admittedAs(candidate, organisationId) : undefined;
        await deps.throttle.settle(trx, attempt, who !== undefined, at);
        return who && startSession(deps, trx, who, at);
      });
      if (!session) throw invalidCredentials();
      return session;
    },

    async refreshSession(refreshToken) {
      const at = deps.clock.now();
      const session = await deps.db.transaction().execute((trx) => refresh(deps, trx, refreshToken, at));
      if (!session) {
        throw new AppError('accounts/invalid-refresh-token', 'The refresh token is not valid any more.');
      }
      return session;
    },

    async signOut(caller) {
      const at = deps.clock.now();
      await deps.db.transaction().execute(async (trx) => {
        await endSessions(trx, { sessionId: caller.sessionId }, at);
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'session.ended',
          ...(caller.kind === 'member' ? { organisationId: caller.organisationId } : {}),
          subjectId: caller.sessionId,
        });
      });
    },
  };
}

export function invalidCredentials(): AppError {
  return new AppError('accounts/invalid-credentials', 'The address or the password is wrong.');
}

type Admitted = Pick<SignInCandidate, 'personId' | 'membershipId' | 'organisationId'>;

function admittedAs(candidate: SignInCandidate, asked: OrganisationId | undefined): Admitted | undefined {
  const { personId } = candidate;
  if (candidate.isOperator && asked === undefined) {
    return { personId, membershipId: null, organisationId: null };
  }
  return candidate.membershipId === null ? undefined : candidate;
}

/** Hashing takes its time: a password that was changed meanwhile must not give a session that the change should have ended. */
async function isUnchanged(trx: Executor, candidate: SignInCandidate): Promise<boolean> {
  return (await lockPasswordHash(trx, candidate.personId)) === candidate.passwordHash;
}

async function startSession(deps: SessionDeps, trx: Executor, who: Admitted, at: Date): Promise<Session> {
  const { personId, membershipId, organisationId } = who;
  const session = await deps.tokens.startSession(trx, { personId, membershipId }, at);
  await recordAudit(trx, {
    at,
    actor: { kind: membershipId === null ? 'operator' : 'person', id: personId satisfies PersonId },
    action: 'session.started',
    ...(organisationId === null ? {} : { organisationId }),
  });
  return session;
}

/** `undefined` where there is no new session; what that changed is kept, so it must not throw. */
async function refresh(
  { tokens }: SessionDeps,
  trx: Executor,
  refreshToken: string,
  at: Date,
): Promise<Session | undefined> {
  const hash = hashSecretToken(refreshToken);
  if (!(await lockSessionOfToken(trx, hash))) return undefined;
  const token = await findRefreshToken(trx, hash, at);
  if (!token) return undefined;
  const successor = tokens.successorOf(refreshToken);
  switch (judgeRefresh(token, at)) {
    case 'rotate': {
      const successorId = await tokens.storeRefreshToken(trx, token, successor, at);
      await markRefreshTokenUsed(trx, token.id, successorId, at);
      return tokens.answer(token, successor, successorId, at);
    }
    case 'repeat':
      if (!token.successorId || !token.usedAt) return undefined;
      return tokens.answer(token, successor, token.successorId, token.usedAt);
    case 'expired':
      return undefined;
    case 'reused':
      await endSessions(trx, { sessionId: token.sessionId }, at);
      await recordAudit(trx, {
        at,
        actor: SYSTEM,
        action: 'session.ended-by-token-reuse',
        ...(token.organisationId === null ? {} : { organisationId: token.organisationId }),
        subjectId: token.sessionId,
      });
      return undefined;
  }
}
