import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AppError, notFound } from '../../kernel/errors.js';
import { isKnownToCaller } from '../../http/entityTag.js';
import type { Server } from '../../http/server.js';
import type { StatusListId } from '../../kernel/ids.js';
import { STATUS_TTL_SECONDS, type StatusPublisher } from './publication.js';

const MEDIA_TYPE = 'application/vc+jwt';

export function addStatusListRoutes(server: Server, publisher: StatusPublisher): void {
  server.get(
    '/status/:listId',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'getStatusList',
        tags: ['status'],
        summary: 'A signed Bitstring Status List',
        description: 'One purpose, one issuer; it may be kept for a minute (`ttl`, `max-age`).',
        params: Type.Object({ listId: Type.String({ format: 'uuid' }) }),
        // Closed, so that who asks for the list of another time is told that there is none, and not given today's.
        querystring: Type.Object({}, { additionalProperties: false }),
        response: {
          200: {
            description: 'BitstringStatusListCredential, secured with JOSE',
            content: { [MEDIA_TYPE]: { schema: Type.String() } },
          },
          304: Type.Null({ description: 'Not changed since the ETag in If-None-Match' }),
        },
      },
    },
    async (request, reply) => {
      requireAccepted(request);
      const list = await publisher.serve(request.params.listId as StatusListId);
      if (!list) throw notFound('status list');
      void reply
        .header('etag', list.etag)
        .header('cache-control', `public, max-age=${STATUS_TTL_SECONDS}`)
        .header('vary', 'accept');
      if (isKnownToCaller(request.headers['if-none-match'], list.etag))
        return (reply as FastifyReply).code(304).send();
      return reply.type(MEDIA_TYPE).send(list.token);
    },
  );
}

function requireAccepted(request: FastifyRequest): void {
  if (request.accepts().type([MEDIA_TYPE]) !== MEDIA_TYPE) {
    throw new AppError('request/not-acceptable', `A status list is available as ${MEDIA_TYPE}.`);
  }
}
