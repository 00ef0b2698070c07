import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { DifferenceQuery, VersionDifference } from '../../../http/difference.js';
import type { Server } from '../../../http/server.js';
import type { ApplicationId } from '../../../kernel/ids.js';
import { Check, NewCheck } from '../schemas.js';
import type { ApplicationService } from '../service.js';
import { Checks, NewChecks } from './schemas.js';

const ApplicationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const asRegistrar = { access: { kind: 'organisation', scope: 'review' } } as const;

export function addReviewRoutes(server: Server, applications: ApplicationService): void {
  server.post(
    '/v1/applications/:id/checks',
    {
      config: asRegistrar,
      schema: {
        operationId: 'recordCheck',
        tags: ['applications'],
        summary: 'Record what you did to confirm a field',
        description: 'The latest check of a field counts. The first one takes the application into review.',
        params: ApplicationParams,
        body: NewCheck,
        response: { 201: Check },
      },
    },
    async (request, reply) => {
      const check = await applications.recordCheck(
        organisationCaller(request),
        request.params.id as ApplicationId,
        request.body,
      );
      return reply.code(201).header('location', `/v1/applications/${request.params.id}`).send(check);
    },
  );

  server.post(
    '/v1/applications/:id/checks/batch',
    {
      config: asRegistrar,
      schema: {
        operationId: 'recordChecks',
        tags: ['applications'],
        summary: 'Record several checks, all of them or none',
        params: ApplicationParams,
        body: NewChecks,
        response: { 201: Checks },
      },
    },
    async (request, reply) => {
      const items = await applications.recordChecks(
        organisationCaller(request),
        request.params.id as ApplicationId,
        request.body.checks,
      );
      return reply.code(201).header('location', `/v1/applications/${request.params.id}`).send({ items });
    },
  );

  server.get(
    '/v1/applications/:id/dossier-difference',
    {
      config: { access: { kind: 'anyOrganisation' } },
      schema: {
        operationId: 'compareHandedInVersions',
        tags: ['applications'],
        summary: 'What changed between two versions of the dossier that were handed in to you',
        params: ApplicationParams,
        querystring: DifferenceQuery,
        response: { 200: VersionDifference },
      },
    },
    async (request) =>
      applications.compareHandedIn(
        organisationCaller(request),
        request.params.id as ApplicationId,
        request.query,
      ),
  );
}
