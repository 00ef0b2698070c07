import type { FastifyRequest } from 'fastify';
import type { Caller } from '../kernel/caller.js';
import { canonicalJson, sha256 } from '../kernel/canonicalJson.js';
import { AppError, invalidField } from '../kernel/errors.js';
import { isUuid } from '../kernel/ids.js';
import type { Server } from './server.js';

/** One first request under a key; the answer is kept for 24 hours. */
export interface IdempotencyScope {
  readonly caller: string;
  readonly route: string;
  readonly key: string;
}

export interface KeptAnswer {
  readonly status: number;
  readonly location?: string;
  /** Absent where the answer held a secret: that it was given is known, what it said is not. */
  readonly body?: string;
}

/** What a key was used for before: nothing, a request still under way, or an answered one. */
export type EarlierUse =
  | { readonly use: 'none' }
  | { readonly use: 'started'; readonly requestDigest: Buffer }
  | { readonly use: 'answered'; readonly requestDigest: Buffer; readonly answer: KeptAnswer };

export interface IdempotencyStore {
  /** Claims the key in one statement, so that of two at once exactly one sees `none`. */
  claim(scope: IdempotencyScope, requestDigest: Buffer, now: Date): Promise<EarlierUse>;
  keepAnswer(scope: IdempotencyScope, answer: KeptAnswer): Promise<void>;
  /** After a failure of ours, so that the same request may be tried again. */
  release(scope: IdempotencyScope): Promise<void>;
}

declare module 'fastify' {
  interface FastifyRequest {
    idempotencyScope: IdempotencyScope | null;
  }
}

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * `Idempotency-Key` on creating POSTs of signed-in callers: the same body and query give the first answer again, others are a 422, one that
 * comes while the first is under way a 409. A multipart body is not compared: its key is bound to caller, route and query.
 */
export function addIdempotency(server: Server, store: IdempotencyStore, now: () => Date): void {
  server.decorateRequest('idempotencyScope', null);

  server.addHook('preHandler', async (request, reply) => {
    const scope = scopeOf(request);
    if (!scope) return;
    const digest = sha256(rightsOf(request.caller) + askedFor(request));
    const earlier = await store.claim(scope, digest, now());
    if (earlier.use === 'none') {
      request.idempotencyScope = scope;
      return;
    }
    if (!earlier.requestDigest.equals(digest)) {
      throw new AppError(
        'idempotency/key-reused',
        'This Idempotency-Key came with another body or query, or with a token of other scopes, before.',
      );
    }
    if (earlier.use === 'started') {
      throw new AppError(
        'idempotency/in-progress',
        'The first request with this Idempotency-Key is not finished.',
        { retryAfterSeconds: 1 },
      );
    }
    const { status, location, body } = earlier.answer;
    if (body === undefined)
      throw new AppError(
        'idempotency/answer-not-kept',
        'That request was answered; its answer is not stored.',
      );
    if (location !== undefined) void reply.header('location', location);
    return reply.code(status).header('idempotency-replayed', 'true').type('application/json').send(body);
  });

  server.addHook('onSend', async (request, reply, payload) => {
    const scope = request.idempotencyScope;
    if (!scope) return;
    request.idempotencyScope = null;
    // Only success is kept: a refusal changed nothing and may be mended, a failure may be tried again.
    if (reply.statusCode >= 400) return store.release(scope);
    const location = reply.getHeader('location');
    const secret = request.routeOptions.config.secretAnswer === true;
    await store.keepAnswer(scope, {
      status: reply.statusCode,
      ...(typeof location === 'string' ? { location } : {}),
      ...(secret || typeof payload !== 'string' ? {} : { body: payload }),
    });
  });
}

function scopeOf(request: FastifyRequest): IdempotencyScope | undefined {
  const key = request.headers['idempotency-key'];
  const { access } = request.routeOptions.config;
  if (key === undefined || request.method !== 'POST' || !request.caller || access?.kind === 'anyone')
    return undefined;
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw invalidField('/headers/idempotency-key', 'must be 1 to 255 visible ASCII characters');
  }
  return {
    caller: callerKey(request.caller),
    route: `${request.method} ${addressOf(request)}`,
    key,
  };
}

/** In one spelling: by what is in it, an answer is kept under the key of whoever it is about. */
function addressOf({ routeOptions, params }: FastifyRequest): string {
  const named = params as Readonly<Record<string, string>>;
  return (routeOptions.url ?? '').replaceAll(/:(\w+)/g, (_placeholder, name: string) => {
    const value = named[name] ?? '';
    return isUuid(value) ? value.toLowerCase() : encodeURIComponent(value);
  });
}

/** No JSON begins with a question mark, so a query is never taken for a body. */
function askedFor({ query, body }: FastifyRequest): string {
  const asked = Object.keys(query as object).length > 0 ? `?${canonicalJson(query)}` : '';
  return asked + (body === undefined ? '' : canonicalJson(body));
}

/** A client's token may have fewer scopes than the one that got the answer: it must not be told again what it could not have asked. */
function rightsOf(caller: Caller | null): string {
  return caller?.kind === 'client' ? `${caller.scopes.join(' ')}\n` : '';
}

function callerKey(caller: Caller): string {
  switch (caller.kind) {
    case 'member':
      return `member:${caller.membershipId}`;
    case 'client':
      return `client:${caller.clientId}`;
    case 'operator':
      return `operator:${caller.personId}`;
  }
}
