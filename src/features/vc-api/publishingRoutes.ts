import { Type } from 'typebox';
import { entityTagOf, isKnownToCaller } from '../../http/entityTag.js';
import type { Server } from '../../http/server.js';
import { AppError, notFound } from '../../kernel/errors.js';
import { LIST_TTL_SECONDS, type InstanceStatusLists } from './statusLists.js';

const DID_JSON = 'application/did+json';
const NOT_CHANGED = Type.Null({ description: 'It is still the one that `If-None-Match` names' });
const instance = Type.String({ format: 'uuid', description: 'The issuer instance' });

/** What is published about instances: DID documents and status lists. */
export function addPublishingRoutes(
  server: Server,
  statusLists: InstanceStatusLists,
  documentOf: (instanceId: string) => Promise<object | undefined>,
): void {
  addDocumentRoute(server, documentOf);
  addStatusListRoute(server, statusLists);
}

function addDocumentRoute(
  server: Server,
  documentOf: (instanceId: string) => Promise<object | undefined>,
): void {
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

function addStatusListRoute(server: Server, statusLists: InstanceStatusLists): void {
  server.get(
    '/vc-api/:instance/status-lists/:instanceListId',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'getInstanceStatusList',
        tags: ['vc-api'],
        summary: 'The signed Bitstring Status List of an issuer instance',
        description:
          'Secured as the instance secures: as JSON with a proof, or as a token. It may be kept for a minute (`ttl`, `max-age`).',
        params: Type.Object({ instance, instanceListId: Type.String({ format: 'uuid' }) }),
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
      const { instance: owner, instanceListId } = request.params;
      const list = await statusLists.serve(`${owner}/status-lists/${instanceListId}`);
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
