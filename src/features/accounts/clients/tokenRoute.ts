import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Server } from '../../../http/server.js';
import { AppError } from '../../../kernel/errors.js';
import type { Static } from 'typebox';
import { TokenAnswer, TokenError, TokenRequest } from './schemas.js';
import type { ClientCredentials, ClientService } from './service.js';

type OAuthCode = Static<typeof TokenError>['error'];

/** Told as RFC 6749 §5.2 has it, which OAuth 2 libraries understand, and not as a problem document. */
class OAuthError extends Error {
  override readonly name = 'OAuthError';

  constructor(
    readonly code: OAuthCode,
    readonly description: string,
  ) {
    super(code);
  }
}

/** `POST /oauth2/token`, the client credentials grant (RFC 6749 §4.4), in a scope of its own: form-encoded bodies, errors of its own. */
export function addTokenRoute(server: Server, clients: ClientService): void {
  void server.register((scope: Server, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'buffer' },
      (_request: FastifyRequest, body: Buffer, parsed) => {
        try {
          parsed(null, parseForm(body));
        } catch (error) {
          parsed(error as Error);
        }
      },
    );
    scope.setErrorHandler((error, _request, reply) => answerError(error, reply));

    scope.post(
      '/oauth2/token',
      {
        config: { access: { kind: 'public' } },
        bodyLimit: 16_384,
        schema: {
          operationId: 'createToken',
          tags: ['accounts'],
          summary: 'An access token for a machine client',
          description:
            'OAuth 2 client credentials (RFC 6749 §4.4), form-encoded; the client states its id and secret by HTTP Basic or in the body. Errors have the form of RFC 6749 §5.2.',
          consumes: ['application/x-www-form-urlencoded'],
          body: TokenRequest,
          response: { 200: TokenAnswer, 400: TokenError, 401: TokenError },
        },
      },
      async (request, reply) => {
        const { body } = request;
        const credentials = readCredentials(request.headers.authorization, body);
        if (body.grant_type === undefined) throw new OAuthError('invalid_request', 'grant_type is missing');
        if (body.grant_type !== 'client_credentials') {
          throw new OAuthError('unsupported_grant_type', 'only client_credentials is supported');
        }
        const grant = await clients.grantToken(credentials, body.scope);
        if ('refused' in grant) throw refusal(grant.refused);
        return noStore(reply).send({
          access_token: grant.accessToken,
          token_type: 'Bearer',
          expires_in: grant.expiresInSeconds,
          scope: grant.scopes.join(' '),
        });
      },
    );
    done();
  });
}

function refusal(code: 'invalid_client' | 'invalid_scope'): OAuthError {
  return code === 'invalid_client'
    ? invalidClient('the client is unknown or its secret is wrong')
    : new OAuthError(code, 'the client does not have all of these scopes');
}

function invalidClient(description: string): OAuthError {
  return new OAuthError('invalid_client', description);
}

function answerError(error: unknown, reply: FastifyReply): FastifyReply {
  const known = toOAuthError(error);
  // Rate limits and failures of ours are told as everywhere else.
  if (!known) throw error;
  const isClientError = known.code === 'invalid_client';
  if (isClientError) void reply.header('www-authenticate', 'Basic realm="oauth2", charset="UTF-8"');
  return noStore(reply)
    .code(isClientError ? 401 : 400)
    .send({ error: known.code, error_description: known.description });
}

function toOAuthError(error: unknown): OAuthError | undefined {
  if (error instanceof OAuthError) return error;
  if (!(error instanceof Error) || !isRequestsFault(error)) return undefined;
  return new OAuthError('invalid_request', 'the body is not a form-encoded token request');
}

/** What the framework, or a check that all routes share, found wrong with the request. */
function isRequestsFault(error: Error): boolean {
  if (error instanceof AppError) return error.code === 'request/invalid';
  const { statusCode = 500, validation } = error as { statusCode?: number; validation?: unknown };
  return validation !== undefined || statusCode < 500;
}

/** RFC 6749 §5.1 */
function noStore(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Repeated parameters are an error, empty ones count as omitted (RFC 6749 §3.2). */
function parseForm(body: Buffer): Record<string, string> {
  const pairs = [...new URLSearchParams(decodeText(body))];
  const names = new Set(pairs.map(([name]) => name));
  if (names.size !== pairs.length) throw new OAuthError('invalid_request', 'a parameter is repeated');
  return Object.fromEntries(pairs.filter(([, value]) => value !== ''));
}

function decodeText(body: Buffer): string {
  try {
    return UTF8.decode(body);
  } catch {
    throw new OAuthError('invalid_request', 'the body is not UTF-8');
  }
}

/** By HTTP Basic or in the body (RFC 6749 §2.3.1), one of them only (§2.3). */
function readCredentials(
  authorization: string | undefined,
  body: Static<typeof TokenRequest>,
): ClientCredentials {
  if (authorization !== undefined) {
    const credentials = readBasic(authorization);
    const isTwice =
      body.client_secret !== undefined || (body.client_id ?? credentials.clientId) !== credentials.clientId;
    if (isTwice) throw new OAuthError('invalid_request', 'the client states its credentials twice');
    return credentials;
  }
  if (body.client_id === undefined || body.client_secret === undefined) {
    throw invalidClient('the client does not state its credentials');
  }
  return { clientId: body.client_id, secret: body.client_secret };
}

const BASIC = /^Basic ([A-Za-z0-9+/]{1,4000}={0,2})$/i;

/** Both halves are form-encoded before they are joined by a colon (RFC 6749 §2.3.1). */
function readBasic(authorization: string): ClientCredentials {
  const encoded = BASIC.exec(authorization)?.[1];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) throw invalidClient('the Authorization header is not HTTP Basic');
  return { clientId: decodeFormValue(text.slice(0, colon)), secret: decodeFormValue(text.slice(colon + 1)) };
}

function decodeFormValue(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidClient('the credentials are not form-encoded');
  }
}
