import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import type { Server } from '../../../http/server.js';
import type { ApplicationId } from '../../../kernel/ids.js';
import { Application, Nothing } from '../schemas.js';
import type { ApplicationService } from '../service.js';
import { Assignee, QueueCounts, QueuePage, QueueQuery } from './schemas.js';

const ApplicationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const asRegistrar = { access: { kind: 'organisation', scope: 'review' } } as const;
const asEither = { access: { kind: 'anyOrganisation' } } as const;

export function addQueueRoutes(server: Server, applications: ApplicationService): void {
  server.get(
    '/v1/applications',
    {
      config: asEither,
      schema: {
        operationId: 'listApplications',
        tags: ['applications'],
        summary: 'Your applications, and those before you as a registrar, oldest first',
        querystring: QueueQuery,
        response: { 200: QueuePage },
      },
    },
    async (request) => applications.listApplications(organisationCaller(request), request.query),
  );

  server.get(
    '/v1/applications/counts',
    {
      config: asRegistrar,
      schema: {
        operationId: 'countApplications',
        tags: ['applications'],
        summary: 'How many applications are before you, by status',
        response: { 200: QueueCounts },
      },
    },
    async (request) => applications.countApplications(organisationCaller(request)),
  );

  server.post(
    '/v1/applications/claims',
    {
      config: asRegistrar,
      schema: {
        operationId: 'claimNextApplication',
        tags: ['applications'],
        summary: 'Take on the next one',
        description:
          'The application that is due first among those that nobody has taken on, but none of an organisation that you belong to. 204 when there is none left.',
        body: Nothing,
        response: { 200: Application, 204: Type.Null({ description: 'Nothing is left to take on' }) },
      },
    },
    async (request, reply) => {
      const claimed = await applications.claimNextApplication(organisationCaller(request));
      return claimed ? reply.send(claimed) : reply.code(204).send(null);
    },
  );

  server.post(
    '/v1/applications/:id/assignee',
    {
      config: asRegistrar,
      schema: {
        operationId: 'assignApplication',
        tags: ['applications'],
        summary: 'Take it on, or hand it to a colleague',
        description:
          'What somebody else has taken on is a 409 that names the membership as `assigneeId`, unless they hand it on themselves, an administrator does, or `handOver` is true.',
        params: ApplicationParams,
        body: Assignee,
        response: { 200: Application },
      },
    },
    async (request) =>
      applications.assignApplication(
        organisationCaller(request),
        request.params.id as ApplicationId,
        request.body,
      ),
  );

  server.delete(
    '/v1/applications/:id/assignee',
    {
      config: asRegistrar,
      schema: {
        operationId: 'releaseApplication',
        tags: ['applications'],
        summary: 'Give it back, for a colleague to take on',
        params: ApplicationParams,
        response: { 204: Type.Null({ description: 'Nobody has taken it on' }) },
      },
    },
    async (request, reply) => {
      await applications.releaseApplication(organisationCaller(request), request.params.id as ApplicationId);
      return reply.code(204).send(null);
    },
  );
}
