import { Type } from 'typebox';
import { entityTagOf, isKnownToCaller } from '../../http/entityTag.js';
import type { Server } from '../../http/server.js';
import { AppError, notFound } from '../../kernel/errors.js';
import type { PublicRouteParts } from './routes.js';
import { DeriveAnswer, DeriveRequest } from './schemas.js';
import type { VcApiService } from './service.js';
import { LIST_TTL_SECONDS } from './statusLists.js';

const DID_JSON = 'application/did+json';
const NOT_CHANGED = Type.Null({ description: 'It is still the one that `If-None-Match` names' });
const instance = Type.String({ format: 'uuid', description: 'The issuer instance' });

/** What everybody may ask (VCALM §3.3, §3.5), and what is published about instances. */
export function addPublicRoutes(server: Server, vcApi: VcApiService, parts: PublicRouteParts): void {
  addDerivingRoute(server, vcApi, parts);
  addDocumentRoute(server, parts);
  addStatusListRoute(server, vcApi);
}

function addDerivingRoute(
  server: Server,
  vcApi: VcApiService,
  { verificationsPerMinute: max }: PublicRouteParts,
): void {
  server.post(
    '/vc-api/credentials/derive',
    {
      config: {
        access: { kind: 'public' },
        takesAnyValue: true,
        rateLimit: { max, timeWindow: 60_000 },
      },
      schema: {
        operationId: 'deriveCredential',
        tags: ['vc-api'],
        summary: 'Derive a credential that discloses a part (VCALM)',
        description:
          'With `ecdsa-sd-2023`. Needs no key, stores nothing, and does not say that the credential verifies.',
        body: DeriveRequest,
        response: { 201: DeriveAnswer },
      },
    },
    async (request, reply) => {
      const verifiableCredential = await vcApi.deriveCredential(request.body);
      return reply.code(201).header('cache-control', 'no-store').send({ verifiableCredential });
    },
  );
}

function addDocumentRoute(server: Server, { documentOf }: PublicRouteParts): void {
  server.get(
    '/vc-api/:instance/did.json',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'getInstanceDidDocument',
        tags: ['vc-api'],
        summary: 'The DID document of an issuer instance with a did:web',
        params: Type.Object({ instance }),
        response: {
          200: {
            description: 'The current document; it may be kept for a minute',
            content: {
              [DID_JSON]: { schema: Type.Object({ id: Type.String() }, { title: 'InstanceDidDocument' }) },
            },
          },
          304: NOT_CHANGED,
        },
      },
    },
    async (request, reply) => {
      const document = await documentOf(request.params.instance);
      if (!document) throw notFound('DID document');
      const text = JSON.stringify(document);
      const etag = entityTagOf(text);
      reply.headers({ etag, 'cache-control': 'public, max-age=60' });
      if (isKnownToCaller(request.headers['if-none-match'], etag)) return reply.code(304).send(null);
      return reply.type(DID_JSON).send(text as never);
    },
  );
}

const PROOF_TYPES = ['application/vc', 'application/ld+json', 'application/json'];
const TOKEN_TYPES = ['application/vc+jwt'];

function addStatusListRoute(server: Server, { statusLists }: VcApiService): void {
  server.get(
    '/vc-api/:instance/status-lists/:listId',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'getInstanceStatusList',
        tags: ['vc-api'],
        summary: 'The signed Bitstring Status List of an issuer instance',
        description:
          'Secured as the instance secures: as JSON with a proof, or as a token. It may be kept for a minute (`ttl`, `max-age`).',
        params: Type.Object({ instance, listId: Type.String({ format: 'uuid' }) }),
        response: {
          200: {
            description: 'BitstringStatusListCredential',
            content: Object.fromEntries([
              ...PROOF_TYPES.map((type) => [type, { schema: Type.Object({}) }]),
              ...TOKEN_TYPES.map((type) => [type, { schema: Type.String() }]),
            ]) as Record<string, { schema: ReturnType<typeof Type.String> }>,
          },
          304: NOT_CHANGED,
        },
      },
    },
    async (request, reply) => {
      const list = await statusLists.serve(request.params.instance, request.params.listId);
      if (!list) throw notFound('status list');
      const types = 'token' in list ? TOKEN_TYPES : PROOF_TYPES;
      const type = request.accepts().type(types);
      if (typeof type !== 'string')
        throw new AppError('request/not-acceptable', `This list is available as ${types[0]}.`);
      const text = 'token' in list ? list.token : JSON.stringify(list.document);
      const etag = entityTagOf(text);
      reply.headers({ etag, 'cache-control': `public, max-age=${LIST_TTL_SECONDS}`, vary: 'accept' });
      if (isKnownToCaller(request.headers['if-none-match'], etag)) return reply.code(304).send(null);
      return reply.type(type).send(text);
    },
  );
}
