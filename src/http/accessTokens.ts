import fastifyJwt from '@fastify/jwt';
import type { FastifyRequest } from 'fastify';
import { SCOPES, type Scope } from '../kernel/caller.js';
import { AppError } from '../kernel/errors.js';
import { isUuid, type ClientId, type PersonId, type SessionId } from '../kernel/ids.js';
import type { Clock } from '../kernel/ports.js';
import type { Server } from './server.js';

/** How long an access token lasts, in seconds. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;

/** A clock of another process may be ahead by this much. */
const TOLERANCE_SECONDS = 60;
const TYP = 'at+jwt';
const ALGORITHM = 'HS256';

/** Whom a token is for. What this subject may do now is not in it: that is looked up with every request. */
export type TokenSubject =
  | { readonly kind: 'session'; readonly personId: PersonId; readonly sessionId: SessionId }
  | { readonly kind: 'client'; readonly clientId: ClientId; readonly scopes: readonly Scope[] };

export interface TokenTerms {
  /** Becomes `jti`. */
  readonly tokenId: string;
  readonly issuedAt: Date;
  /** Whole seconds count. */
  readonly expiresAt: Date;
}

export interface AccessTokensOptions {
  /** 32 bytes that serve nothing else. */
  readonly secret: Buffer;
  /** Issuer and audience. */
  readonly publicUrl: string;
  readonly clock: Clock;
}

/**
 * Access tokens: JWTs (RFC 7519) under HS256 and no other algorithm, all claims required and type-checked. The same subject and terms
 * give the same token, which a repeated refresh relies on.
 */
export interface AccessTokens {
  /** Registers @fastify/jwt; once, before the server listens. */
  attach(server: Server): void;
  issue(subject: TokenSubject, terms: TokenTerms): string;
  /** Throws `auth/required`. That the session or client still exists is not checked here. */
  readBearer(request: FastifyRequest): TokenSubject;
}

export function createAccessTokens(options: AccessTokensOptions): AccessTokens {
  const { publicUrl, clock } = options;
  let attached: Server | undefined;

  function server(): Server {
    if (!attached) throw new Error('access tokens are not attached to a server');
    return attached;
  }

  return {
    attach(to) {
      attached = to;
      void to.register(fastifyJwt, {
        secret: options.secret,
        sign: { algorithm: ALGORITHM, header: { alg: ALGORITHM, typ: TYP } },
        verify: {
          algorithms: [ALGORITHM],
          allowedIss: publicUrl,
          allowedAud: publicUrl,
          requiredClaims: ['iss', 'aud', 'sub', 'jti', 'iat', 'exp'],
          checkTyp: TYP,
          cache: false,
        },
      });
    },

    issue(subject, { tokenId, issuedAt, expiresAt }) {
      return server().jwt.sign({
        iss: publicUrl,
        aud: publicUrl,
        ...claimsOf(subject),
        jti: tokenId,
        iat: Math.floor(issuedAt.getTime() / 1000),
        exp: Math.floor(expiresAt.getTime() / 1000),
      });
    },

    readBearer(request) {
      const token = bearerToken(request.headers.authorization);
      const now = clock.now();
      const claims = verifySignature(server(), token, now);
      const subject = claims && hasOurTerms(claims, publicUrl, now) ? subjectOf(claims) : undefined;
      if (!subject) throw authRequired();
      return subject;
    },
  };
}

const BEARER = /^Bearer ([\w-]{1,500}\.[\w-]{1,2000}\.[\w-]{1,500})$/i;

function bearerToken(header: string | undefined): string {
  const token = BEARER.exec(header ?? '')?.[1];
  if (token === undefined) throw authRequired();
  return token;
}

function authRequired(): AppError {
  return new AppError('auth/required', 'There is no valid access token in the Authorization header.');
}

type Claims = Readonly<Record<string, unknown>>;

/** Signature, algorithm, `typ`, `crit`, issuer, audience and expiry, by @fastify/jwt. */
function verifySignature(server: Server, token: string, now: Date): Claims | undefined {
  try {
    const claims: unknown = server.jwt.verify(token, { clockTimestamp: now.getTime() });
    return typeof claims === 'object' && claims !== null ? (claims as Claims) : undefined;
  } catch {
    // Which of the many reasons it was helps nobody but a forger.
    return undefined;
  }
}

/** Once more, by ourselves: what a library lets pass (a list as `aud`, a time that is no number) is not ours. */
function hasOurTerms(claims: Claims, publicUrl: string, now: Date): boolean {
  const { iss, aud, jti, iat, exp } = claims as Record<'iss' | 'aud' | 'jti' | 'iat' | 'exp', unknown>;
  if (iss !== publicUrl || aud !== publicUrl || typeof jti !== 'string' || !isUuid(jti)) return false;
  if (!Number.isInteger(iat) || !Number.isInteger(exp)) return false;
  const [from, until, nowSeconds] = [iat as number, exp as number, now.getTime() / 1000];
  return nowSeconds < until && from <= nowSeconds + TOLERANCE_SECONDS && until - from <= ACCESS_TOKEN_SECONDS;
}

function claimsOf(subject: TokenSubject): Record<string, string> {
  return subject.kind === 'session'
    ? { sub: subject.personId, sid: subject.sessionId }
    : { sub: subject.clientId, cid: subject.clientId, scope: subject.scopes.join(' ') };
}

function subjectOf(claims: Claims): TokenSubject | undefined {
  const { sub, sid, cid, scope } = claims as Record<'sub' | 'sid' | 'cid' | 'scope', unknown>;
  if (!isId(sub) || (sid === undefined) === (cid === undefined)) return undefined;
  if (isId(sid)) return { kind: 'session', personId: sub as PersonId, sessionId: sid as SessionId };
  if (cid !== sub || typeof scope !== 'string') return undefined;
  const granted = scope.split(' ');
  return {
    kind: 'client',
    clientId: sub as ClientId,
    scopes: SCOPES.filter((known) => granted.includes(known)),
  };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && isUuid(value);
}
