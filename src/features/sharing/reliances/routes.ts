import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { RelianceId } from '../../../kernel/ids.js';
import { NewReliance, Reliance, ReliancePage, ReliancesQuery } from './schemas.js';
import type { RelianceService } from './service.js';

const config = { access: { kind: 'organisation', scope: 'sharing' } } as const;
const RelianceParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export function addRelianceRoutes(server: Server, reliances: RelianceService): void {
  server.post(
    '/v1/reliances',
    {
      config,
      schema: {
        operationId: 'rely',
        tags: ['sharing'],
        summary: 'Record that you rely on what you verified',
        description:
          'For a verification of yours that was accepted. From then on every change of its credentials reaches you as an event, until you end it. The holder sees it; the issuer and everybody else do not.',
        body: NewReliance,
        response: { 201: Reliance },
      },
    },
    async (request, reply) => {
      const reliance = await reliances.rely(organisationCaller(request), request.body);
      return reply.code(201).header('location', `/v1/reliances/${reliance.id}`).send(reliance);
    },
  );

  server.get(
    '/v1/reliances',
    {
      config,
      schema: {
        operationId: 'listReliances',
        tags: ['sharing'],
        summary: 'On whom you rely, or who relies on you, oldest first',
        querystring: ReliancesQuery,
        response: { 200: ReliancePage },
      },
    },
    async (request) => {
      const { role = 'partner', ...page } = request.query;
      return reliances.listReliances(organisationCaller(request), role, toPageRequest(page));
    },
  );

  server.get(
    '/v1/reliances/:id',
    {
      config,
      schema: {
        operationId: 'getReliance',
        tags: ['sharing'],
        summary: 'A reliance, for the partner and the holder',
        params: RelianceParams,
        response: { 200: Reliance },
      },
    },
    async (request) => reliances.readReliance(organisationCaller(request), request.params.id as RelianceId),
  );

  server.delete(
    '/v1/reliances/:id',
    {
      config,
      schema: {
        operationId: 'endReliance',
        tags: ['sharing'],
        summary: 'End a reliance',
        description: 'For the partner. Nothing more is told of its credentials; the record stays.',
        params: RelianceParams,
        response: { 204: Type.Null({ description: 'Ended' }) },
      },
    },
    async (request, reply) => {
      await reliances.endReliance(organisationCaller(request), request.params.id as RelianceId);
      return reply.code(204).send(null);
    },
  );
}
