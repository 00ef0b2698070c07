import type { Kysely } from 'kysely';
import { inWork } from '../../adapters/database/context.js';
import type { Tables } from '../../adapters/database/schema.js';
import type { Authenticate } from '../../http/access.js';
import type { AccessTokens, TokenSubject } from '../../http/accessTokens.js';
import type { Server } from '../../http/server.js';
import type { Caller } from '../../kernel/caller.js';
import { AppError } from '../../kernel/errors.js';
import type { Clock } from '../../kernel/ports.js';
import { findLiveClient } from './clients/store.js';
import { findLiveSession } from './sessions/store.js';

export interface AuthenticateDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly accessTokens: AccessTokens;
}

/**
 * Who bears the token now: with every request one query, so that a removed member, a changed role, a sign-out and a revoked client bind at
 * the next request in every process. Throws `auth/required`.
 */
export function createAuthenticate(deps: AuthenticateDeps): (server: Server) => Authenticate {
  return (server) => {
    deps.accessTokens.attach(server);
    return async (request) => {
      const subject = deps.accessTokens.readBearer(request);
      const caller = await inWork('accounts', () => loadCaller(deps, subject));
      if (!caller) throw new AppError('auth/required', 'The session or client is over. Sign in again.');
      return caller;
    };
  };
}

async function loadCaller(
  { db, clock }: AuthenticateDeps,
  subject: TokenSubject,
): Promise<Caller | undefined> {
  if (subject.kind === 'client') {
    const client = await findLiveClient(db, subject.clientId);
    if (!client) return undefined;
    // What the token was narrowed to, as far as the client still has it.
    const scopes = subject.scopes.filter((scope) => client.scopes.includes(scope));
    return { kind: 'client', clientId: subject.clientId, organisationId: client.organisationId, scopes };
  }
  const { personId, sessionId } = subject;
  const session = await findLiveSession(db, sessionId, personId, clock.now());
  if (!session) return undefined;
  const { membershipId, organisationId, role } = session;
  if (membershipId === null) return { kind: 'operator', personId, sessionId };
  if (organisationId === null || role === null) return undefined;
  return { kind: 'member', personId, sessionId, membershipId, organisationId, role };
}
