import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import {
  mayRead,
  mayWrite,
  type Caller,
  type OrganisationCaller,
  type OperatorCaller,
  type Scope,
} from '../kernel/caller.js';
import { AppError, missingRight, notFound } from '../kernel/errors.js';
import type { OrganisationId } from '../kernel/ids.js';

/**
 * Who may call a route. Every route declares one, and the app refuses to start on a route that does not. `scope` names what the caller
 * must be allowed to read (GET) or to change (everything else).
 */
export type Access =
  /** Everybody; a token is not looked at. */
  | { readonly kind: 'public' }
  /** Everybody; who sends a token must send a good one and, in an organisation, have the scope. */
  | { readonly kind: 'anyone'; readonly scope: Scope }
  /** Whoever is signed in, in any role, the operator too. */
  | { readonly kind: 'signedIn' }
  /** People only, clients not: whoever acts here does it in person. */
  | { readonly kind: 'person' }
  /** For an organisation, with the scope; with `own`, only for the organisation that `:id` names. */
  | { readonly kind: 'organisation'; readonly scope: Scope; readonly own?: true }
  /** For any organisation; what it may see or do, the service decides by what is asked for. */
  | { readonly kind: 'anyOrganisation' }
  /** Any member of the organisation that `:id` names. */
  | { readonly kind: 'member'; readonly own: true }
  /** An administrator (a person) of the organisation that `:id` names. */
  | { readonly kind: 'admin'; readonly own: true }
  | { readonly kind: 'operator' };

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether who was let in before would be let in again now: for answers that take long. */
    isStillAdmitted(request: FastifyRequest): Promise<boolean>;
  }
  interface FastifyContextConfig {
    access?: Access;
    /** The answer holds a secret: it is never stored for replay. */
    secretAnswer?: true;
  }
  interface FastifyRequest {
    /** Set by the access rule before a handler runs; null for an anonymous caller. */
    caller: Caller | null;
  }
}

/** Throws `auth/required` unless the request bears a good token, and finds out who that is now. */
export type Authenticate = (request: FastifyRequest) => Promise<Caller>;

export function guardAccess(app: FastifyInstance, authenticate: Authenticate): void {
  app.decorateRequest('caller', null);
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => void routes.push(route));
  // Asked at the end, since the rule of a plugin's routes is added by a hook that runs after this one.
  app.addHook('onReady', async () => {
    for (const { method, url, config } of routes) {
      if (!config?.access) {
        throw new Error(`${String(method)} ${url} declares no access rule`);
      }
    }
  });
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    // Only the handler for unknown routes has none.
    if (!access || access.kind === 'public') return;
    if (access.kind === 'anyone' && request.headers.authorization === undefined) return;
    request.caller = await authenticate(request);
    admit(request.caller, access, request);
  });
  app.decorate('isStillAdmitted', async (request: FastifyRequest) => {
    const { access } = request.routeOptions.config;
    if (!access || access.kind === 'public') return true;
    try {
      admit(await authenticate(request), access, request);
      return true;
    } catch (error) {
      if (error instanceof AppError) return false;
      throw error;
    }
  });
}

/** What a handler does, it does on behalf of its caller, whom the access rule has admitted by then. */
export type OnBehalfOf = <T>(caller: Caller | null, handle: () => T) => T;

/** Must be added before any route is. */
export function actForCaller(app: FastifyInstance, onBehalfOf: OnBehalfOf): void {
  app.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = function (request, reply) {
      return onBehalfOf(request.caller, () => handler.call(this, request, reply));
    };
  });
}

function admit(caller: Caller, access: Exclude<Access, { kind: 'public' }>, request: FastifyRequest): void {
  if (access.kind === 'signedIn') return;
  if (access.kind === 'operator') {
    if (caller.kind !== 'operator') throw forbidden('Only the operator of this installation may do this.');
    return;
  }
  if (access.kind === 'person') {
    if (caller.kind === 'client') throw forbidden('Only a person may do this, not a machine client.');
    return;
  }
  if (caller.kind === 'operator') {
    if (access.kind === 'anyone') return;
    if ('own' in access) throw notFound('organisation');
    throw forbidden('The operator acts for no organisation: sign in as a member of one.');
  }
  if ('own' in access && (request.params as { id?: string }).id !== caller.organisationId)
    throw notFound('organisation');
  if (access.kind === 'member' && caller.kind === 'client')
    throw forbidden('Only a person may do this, not a machine client.');
  if (access.kind === 'admin' && !(caller.kind === 'member' && caller.role === 'admin')) {
    throw forbidden('Only an administrator of the organisation may do this.');
  }
  if ('scope' in access) requireScope(caller, access.scope, request.method);
}

function requireScope(caller: OrganisationCaller, scope: Scope, method: string): void {
  const allowed = method === 'GET' || method === 'HEAD' ? mayRead(caller, scope) : mayWrite(caller, scope);
  if (!allowed) throw missingRight(scope);
}

function forbidden(detail: string): AppError {
  return new AppError('auth/forbidden', detail);
}

/** The caller of a route whose access rule lets only organisations in. */
export function organisationCaller(request: FastifyRequest): OrganisationCaller {
  const { caller } = request;
  if (!caller || caller.kind === 'operator')
    throw new Error('the access rule of this route admits no organisation');
  return caller;
}

export function operatorCaller(request: FastifyRequest): OperatorCaller {
  const { caller } = request;
  if (caller?.kind !== 'operator')
    throw new Error('the access rule of this route admits others than the operator');
  return caller;
}

export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error('the access rule of this route admits anonymous callers');
  return request.caller;
}

/** The organisation a signed-in caller acts for; the operator and anonymous callers have none. */
export function organisationOf(caller: Caller | null): OrganisationId | undefined {
  return caller && caller.kind !== 'operator' ? caller.organisationId : undefined;
}
