import { Type, type TSchema } from 'typebox';
import { organisationCaller } from '../../http/access.js';
import type { Server } from '../../http/server.js';
import type { ApplicationId } from '../../kernel/ids.js';
import { NewMessage } from './conversation/schemas.js';
import { addDecisionRoutes } from './decision/routes.js';
import { addQueueRoutes } from './queue/routes.js';
import { addReviewRoutes } from './review/routes.js';
import { Application, NewApplication, Nothing } from './schemas.js';
import type { ApplicationService } from './service.js';
import { addSettingsRoutes } from './settings/routes.js';

const ApplicationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const asApplicant = { access: { kind: 'organisation', scope: 'applications' } } as const;
const asEither = { access: { kind: 'anyOrganisation' } } as const;

export function addApplicationRoutes(server: Server, applications: ApplicationService): void {
  addQueueRoutes(server, applications);
  addReviewRoutes(server, applications);
  addDecisionRoutes(server, applications);
  addSettingsRoutes(server, applications);

  server.post(
    '/v1/applications',
    {
      config: asApplicant,
      schema: {
        operationId: 'submitApplication',
        tags: ['applications'],
        summary: 'Ask a registrar for credentials',
        description:
          'The newest version of your dossier goes under review; what you change afterwards does not, until you resubmit.',
        body: NewApplication,
        response: { 201: Application },
      },
    },
    async (request, reply) => {
      const application = await applications.submitApplication(organisationCaller(request), request.body);
      return reply.code(201).header('location', `/v1/applications/${application.id}`).send(application);
    },
  );

  server.get(
    '/v1/applications/:id',
    {
      config: asEither,
      schema: {
        operationId: 'getApplication',
        tags: ['applications'],
        summary: 'An application, with the dossier under review, checks and conversation',
        params: ApplicationParams,
        response: { 200: Application },
      },
    },
    async (request) =>
      applications.readApplication(organisationCaller(request), request.params.id as ApplicationId),
  );

  server.post(
    '/v1/applications/:id/messages',
    {
      config: asEither,
      schema: { ...action('addMessage', 'Ask or answer', NewMessage), response: { 201: Application } },
    },
    async (request, reply) => {
      const application = await applications.addMessage(
        organisationCaller(request),
        request.params.id as ApplicationId,
        request.body,
      );
      return reply.code(201).header('location', `/v1/applications/${application.id}`).send(application);
    },
  );

  server.post(
    '/v1/applications/:id/resubmit',
    {
      config: asApplicant,
      schema: action('resubmitApplication', 'Hand in the newest version of the dossier', Nothing),
    },
    async (request) =>
      applications.resubmitApplication(organisationCaller(request), request.params.id as ApplicationId),
  );

  server.post(
    '/v1/applications/:id/withdraw',
    { config: asApplicant, schema: action('withdrawApplication', 'Take the application back', Nothing) },
    async (request) =>
      applications.withdrawApplication(organisationCaller(request), request.params.id as ApplicationId),
  );
}

function action<Body extends TSchema>(operationId: string, summary: string, body: Body) {
  return {
    operationId,
    tags: ['applications'],
    summary,
    params: ApplicationParams,
    body,
    response: { 200: Application },
  };
}
