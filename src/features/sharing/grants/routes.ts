import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { PageQuery, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { GrantId } from '../../../kernel/ids.js';
import {
  Grant,
  GrantAccessPage,
  GrantEnding,
  GrantPage,
  GrantsQuery,
  ReadingQuery,
  ReleasedData,
} from './schemas.js';
import type { GrantService } from './service.js';

const config = { access: { kind: 'organisation', scope: 'sharing' } } as const;
const GrantParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export function addGrantRoutes(server: Server, grants: GrantService): void {
  server.get(
    '/v1/grants',
    {
      config,
      schema: {
        operationId: 'listGrants',
        tags: ['sharing'],
        summary: 'What you may read of others, or have released to them, oldest first',
        querystring: GrantsQuery,
        response: { 200: GrantPage },
      },
    },
    async (request) => {
      const { role = 'partner', ...page } = request.query;
      return grants.listGrants(organisationCaller(request), role, toPageRequest(page));
    },
  );

  server.get(
    '/v1/grants/:id',
    {
      config,
      schema: {
        operationId: 'getGrant',
        tags: ['sharing'],
        summary: 'A grant, for both sides; the record stays when it is over',
        params: GrantParams,
        response: { 200: Grant },
      },
    },
    async (request) => grants.readGrant(organisationCaller(request), request.params.id as GrantId),
  );

  server.get(
    '/v1/grants/:id/data',
    {
      config,
      schema: {
        operationId: 'readGrantedData',
        tags: ['sharing'],
        summary: 'The granted fields, with their proofs',
        description:
          'For the partner, while the grant is live. Exactly what stood at the granted fields in the version that was released; each reading is on record, and the co-op sees it.',
        params: GrantParams,
        querystring: ReadingQuery,
        response: { 200: ReleasedData },
      },
    },
    async (request, reply) => {
      const caller = organisationCaller(request);
      const released = await grants.readData(caller, request.params.id as GrantId, request.query.purpose);
      return reply.header('cache-control', 'private, no-store').send(released);
    },
  );

  server.get(
    '/v1/grants/:id/accesses',
    {
      config,
      schema: {
        operationId: 'listGrantAccesses',
        tags: ['sharing'],
        summary: 'Who has read what under a grant, oldest first',
        params: GrantParams,
        querystring: PageQuery,
        response: { 200: GrantAccessPage },
      },
    },
    async (request) =>
      grants.listAccesses(
        organisationCaller(request),
        request.params.id as GrantId,
        toPageRequest(request.query),
      ),
  );

  server.post(
    '/v1/grants/:id/withdraw',
    {
      config,
      schema: {
        operationId: 'withdrawGrant',
        tags: ['sharing'],
        summary: 'End a grant',
        description:
          'By the co-op, whenever it wants: once this is answered, nothing more is released. The partner may give a grant back.',
        params: GrantParams,
        body: GrantEnding,
        response: { 200: Grant },
      },
    },
    async (request) =>
      grants.endGrant(organisationCaller(request), request.params.id as GrantId, request.body),
  );
}
