import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { AppError, notFound } from '../../kernel/errors.js';
import { isKnownToCaller } from '../../http/entityTag.js';
import type { Server } from '../../http/server.js';
import type { StatusListId } from '../../kernel/ids.js';
import { STATUS_TTL_SECONDS, type StatusPublisher } from './publication.js';

export function addStatusListRoutes(server: Server, publisher: StatusPublisher): void {
  server.get(
    '/status/:listId',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'getStatusList',
        tags: ['status'],
        summary: 'A signed status list',
        description:
          'A Bitstring Status List (W3C: one purpose, as `application/vc+jwt` or `application/vc`) or a Token Status List (IETF: two bits, 1 revoked, 2 suspended, as `application/statuslist+jwt`), of one issuer. It may be kept for a minute (`ttl`, `max-age`).',
        params: Type.Object({ listId: Type.String({ format: 'uuid' }) }),
        // Closed, so that who asks for the list of another time is told that there is none, and not given today's.
        querystring: Type.Object({}, { additionalProperties: false }),
        response: {
          200: {
            description: 'A bitstring list secured with JOSE or with a Data Integrity proof, or a token list',
            content: {
              'application/vc+jwt': { schema: Type.String() },
              'application/vc': { schema: Type.String({ description: 'JSON text' }) },
              'application/statuslist+jwt': { schema: Type.String() },
            },
          },
          304: Type.Null({ description: 'Not changed since the ETag in If-None-Match' }),
        },
      },
    },
    async (request, reply) => {
      const list = await publisher.serve(request.params.listId as StatusListId);
      if (!list) throw notFound('status list');
      const mediaTypes = list.map(({ mediaType }) => mediaType);
      const accepted = request.accepts().type(mediaTypes);
      const served = list.find(({ mediaType }) => mediaType === accepted);
      if (!served) {
        throw new AppError(
          'request/not-acceptable',
          `This status list is available as ${mediaTypes.join(' and ')}.`,
        );
      }
      void reply
        .header('etag', served.etag)
        .header('cache-control', `public, max-age=${STATUS_TTL_SECONDS}`)
        .header('vary', 'accept');
      if (isKnownToCaller(request.headers['if-none-match'], served.etag))
        return (reply as FastifyReply).code(304).send();
      return reply.type(served.mediaType).send(served.body);
    },
  );
}
