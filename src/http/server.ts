import accepts from '@fastify/accepts';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  type RawServerDefault,
} from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { v7 } from 'uuid';
import { AppError } from '../kernel/errors.js';
import type { Config } from '../config.js';
import { actForCaller, guardAccess, type Authenticate, type OnBehalfOf } from './access.js';
import { addIdempotency, type IdempotencyStore } from './idempotency.js';
import { addOpenApi } from './openapi.js';
import { addOperations, type Readiness } from './operations.js';
import { answerUnroutable, handleErrors } from './problem.js';
import { checkBeforeValidation, parseJsonStrictly, validateStrictly } from './validation.js';

/** The server that features add their routes to; TypeBox schemas type the handlers. */
export type Server = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface ServerParts {
  readonly authenticate: (server: Server) => Authenticate;
  readonly onBehalfOf: OnBehalfOf;
  readonly idempotency: IdempotencyStore;
  readonly readiness: Readiness;
  readonly now: () => Date;
  /** Of this service, for the API description. */
  readonly version: string;
  /** Where log lines go; standard output unless a test reads them. */
  readonly logStream?: { write(line: string): void };
}

/** A server with everything that all routes share, in the order in which a request meets it; features are added afterwards. */
export async function buildServer(config: Config, parts: ServerParts): Promise<Server> {
  const server: Server = Fastify(options(config, parts)).withTypeProvider<TypeBoxTypeProvider>();
  handleErrors(server, config.publicUrl);
  validateStrictly(server);
  parseJsonStrictly(server);
  await server.register(helmet, {
    // The API serves data, not pages: a browser that is shown an answer may run and load nothing.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    // Credentials, DID documents and status lists are there for anybody to read.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    hsts: config.publicUrl.startsWith('https:'),
  });
  await server.register(cors, {
    // No cookies are used, so any page may call the API with a token that it holds.
    origin: '*',
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['etag', 'location', 'retry-after', 'x-request-id', 'idempotency-replayed'],
  });
  await server.register(accepts);
  await server.register(multipart, { throwFileSizeLimit: true });
  await server.register(rateLimit, {
    max: config.rateLimitPerMinute,
    timeWindow: 60_000,
    errorResponseBuilder: (_request, context) =>
      new AppError('request/rate-limited', 'You have made too many requests.', {
        retryAfterSeconds: Math.ceil(context.ttl / 1000),
      }),
  });
  server.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id));
  guardAccess(server, parts.authenticate(server));
  actForCaller(server, parts.onBehalfOf);
  checkBeforeValidation(server);
  addIdempotency(server, parts.idempotency, parts.now);
  await addOpenApi(server, parts.version);
  addOperations(server, parts.readiness);
  return server;
}

function options(config: Config, parts: ServerParts): FastifyServerOptions {
  return {
    logger: {
      level: config.logLevel,
      // What is logged of a request is its method, its route's pattern and its outcome: a URL or a header may hold somebody's secret.
      serializers: {
        req: (request) => ({ method: request.method, route: request.routeOptions.url ?? 'none' }),
        res: (reply) => ({ status: reply.statusCode }),
        err: (error: Error) => ({ type: error.name, message: '', stack: '' }),
      },
      redact: [
        '*.password',
        '*.token',
        '*.accessToken',
        '*.refreshToken',
        '*.secret',
        '*.authorization',
        '*.credential',
      ],
      ...(parts.logStream ? { stream: parts.logStream } : {}),
    },
    bodyLimit: config.bodyMaxBytes,
    genReqId: () => v7(),
    // Only the proxies that are named are believed; by default none.
    trustProxy: config.trustProxy ? [...config.trustProxy] : false,
    frameworkErrors: answerUnroutable(config.publicUrl),
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 300 },
  };
}
