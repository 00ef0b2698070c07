import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { parseDateTimeStamp } from '../../credentials/dateTimeStamp.js';
import { AppError, invalidField, notFound } from '../../kernel/errors.js';
import type { Clock } from '../../kernel/ports.js';
import { isKnownToCaller } from '../../http/entityTag.js';
import type { Server } from '../../http/server.js';
import type { StatusListId } from '../../kernel/ids.js';
import type { StatusPublisher } from './publication.js';
import { STATUS_TTL_SECONDS } from './signing.js';
import { isSettled, type StatusHistory } from './history.js';

export function addStatusListRoutes(
  server: Server,
  publisher: StatusPublisher,
  history: StatusHistory,
  clock: Clock,
): void {
  server.get(
    '/status/:listId',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'getStatusList',
        tags: ['status'],
        summary: 'A signed status list',
        description:
          'A Bitstring Status List (W3C: one purpose, as `application/vc+jwt` or `application/vc`) or a Token Status List (IETF: two bits, 1 revoked, 2 suspended, as `application/statuslist+jwt`), of one issuer. It may be kept for a minute (`ttl`, `max-age`). With `timestamp` or `time` it is the list as it stood then, signed by the key that its issuer has now, with the dates between which it said this; a time before there was the list is a 404.',
        params: Type.Object({ listId: Type.String({ format: 'uuid' }) }),
        // Closed, so that who asks for another time by another name is not given today's list.
        querystring: Type.Object(
          {
            timestamp: Type.Optional(
              Type.String({
                maxLength: 40,
                description: 'The list as of then: RFC 3339, or whole seconds since 1970; not in the future',
                examples: ['2026-11-20T09:00:00Z'],
              }),
            ),
            time: Type.Optional(
              Type.String({
                pattern: SECONDS,
                description:
                  'The same under the name that Token Status List §8.4 gives it: whole seconds since 1970',
              }),
            ),
          },
          { additionalProperties: false },
        ),
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
      const listId = request.params.listId as StatusListId;
      const at = readInstant(request.query, clock.now());
      const list = at ? await history.serveAsOf(listId, at) : await publisher.serve(listId);
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
        .header('cache-control', `public, max-age=${maxAge(at, clock.now())}`)
        .header('vary', 'accept');
      if (isKnownToCaller(request.headers['if-none-match'], served.etag))
        return (reply as FastifyReply).code(304).send();
      return reply.type(served.mediaType).send(served.body);
    },
  );
}

const SECONDS = '^\\d{1,12}$';
/** What was so is so for ever; what signs it may be replaced. */
const PAST_MAX_AGE_SECONDS = 86_400;

function maxAge(at: Date | undefined, now: Date): number {
  return at && isSettled(at, now) ? PAST_MAX_AGE_SECONDS : STATUS_TTL_SECONDS;
}

/** `undefined` where today's list is asked for. */
function readInstant(
  { timestamp, time }: { readonly timestamp?: string; readonly time?: string },
  now: Date,
): Date | undefined {
  if (timestamp !== undefined && time !== undefined)
    throw invalidField('/querystring/time', 'is another name of "timestamp": send one of them');
  const [name, text] = timestamp === undefined ? ['time', time] : ['timestamp', timestamp];
  if (text === undefined) return undefined;
  const at = new RegExp(SECONDS).test(text) ? new Date(Number(text) * 1000) : parseDateTimeStamp(text);
  if (!at)
    throw invalidField(`/querystring/${name}`, 'must be an RFC 3339 instant, or whole seconds since 1970');
  if (at > now) throw invalidField(`/querystring/${name}`, 'must not lie in the future');
  return at;
}
