import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { onBehalfOf } from '../../../adapters/database/context.js';
import { organisationCaller } from '../../../http/access.js';
import { PageQuery, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import { AppError, invalidField } from '../../../kernel/errors.js';
import { isUuid } from '../../../kernel/ids.js';
import { EventPage } from './schemas.js';
import type { EventService } from './service.js';
import type { EventStreams } from './streams.js';

const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'text/event-stream';

export function addEventRoutes(server: Server, events: EventService, streams: EventStreams): void {
  // A stream would keep the server from closing.
  server.addHook('preClose', async () => streams.closeAll());

  server.get(
    '/v1/events',
    {
      config: { access: { kind: 'organisation', scope: 'sharing' } },
      schema: {
        operationId: 'listEvents',
        tags: ['sharing'],
        summary: 'What has happened to what you rely on, and who relies on you, oldest first',
        description:
          'Go on from the last one that you have seen (`after`) to get what is new: the order never changes, and nothing comes to stand before what you have read. With `Accept: text/event-stream` they come as server-sent events, each with its id, as they happen: the stream goes on behind `Last-Event-ID` (or `after`), is ended with the session, and an organisation may have five.',
        querystring: PageQuery,
        response: {
          200: {
            description: 'A page, or a stream',
            content: { [JSON_TYPE]: { schema: EventPage }, [STREAM_TYPE]: { schema: Type.String() } },
          },
        },
      },
    },
    async (request, reply) => {
      const caller = organisationCaller(request);
      void reply.header('vary', 'accept').header('cache-control', 'private, no-store');
      if (!wantsStream(request)) return events.listEvents(caller, toPageRequest(request.query));
      const { organisationId } = caller;
      const position = await events.findStart(organisationId, lastEventId(request) ?? request.query.after);
      const stream = streams.open({
        organisationId,
        position,
        readBehind: (place) => onBehalfOf(caller, () => events.readBehind(organisationId, place)),
        isAdmitted: () => server.isStillAdmitted(request),
      });
      // The reader may have left while its place was looked up.
      if (reply.raw.destroyed) stream.close();
      else reply.raw.once('close', stream.close);
      // What is in between must not wait for more before it passes on what there is.
      return (
        (reply as FastifyReply)
          .type(STREAM_TYPE)
          .header('x-accel-buffering', 'no')
          // Once it has ended, the connection would only keep the server from closing.
          .header('connection', 'close')
          .send(Readable.from(stream.frames))
      );
    },
  );
}

/** RFC 9110 §12.5.1; no preference means a page. */
function wantsStream(request: FastifyRequest): boolean {
  const type = request.accepts().type([JSON_TYPE, STREAM_TYPE]);
  if (type === JSON_TYPE || type === STREAM_TYPE) return type === STREAM_TYPE;
  throw new AppError('request/not-acceptable', `Events come as ${JSON_TYPE} or as ${STREAM_TYPE}.`);
}

/** What a reader of server-sent events sends when it comes again. */
function lastEventId({ headers }: FastifyRequest): string | undefined {
  const id = headers['last-event-id'];
  if (id === undefined || id === '') return undefined;
  if (typeof id !== 'string' || !isUuid(id))
    throw invalidField('/headers/last-event-id', 'must be the id of an event, as the stream gave it');
  return id;
}
