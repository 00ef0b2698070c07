import { Type, type TSchema } from 'typebox';
import { organisationCaller } from '../../http/access.js';
import { PageQuery, toPageRequest } from '../../http/paging.js';
import type { Server } from '../../http/server.js';
import type { ApplicationId, MembershipId } from '../../kernel/ids.js';
import {
  Application,
  ApplicationPage,
  ApplicationStatus,
  Assignee,
  Check,
  Decision,
  NewApplication,
  NewCheck,
  NewMessage,
  Nothing,
} from './schemas.js';
import type { ApplicationService } from './service.js';

const ApplicationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const asApplicant = { access: { kind: 'organisation', scope: 'applications' } } as const;
const asRegistrar = { access: { kind: 'organisation', scope: 'review' } } as const;
const asEither = { access: { kind: 'anyOrganisation' } } as const;

export function addApplicationRoutes(server: Server, applications: ApplicationService): void {
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
    '/v1/applications',
    {
      config: asEither,
      schema: {
        operationId: 'listApplications',
        tags: ['applications'],
        summary: 'Your applications, and those before you as a registrar, oldest first',
        querystring: Type.Object(
          {
            ...PageQuery.properties,
            role: Type.Optional(Type.Enum(['applicant', 'registrar'], { description: 'Both when absent' })),
            status: Type.Optional(ApplicationStatus),
          },
          { additionalProperties: false },
        ),
        response: { 200: ApplicationPage },
      },
    },
    async (request) => {
      const { role, status, ...page } = request.query;
      const wanted = { ...(role === undefined ? {} : { role }), ...(status === undefined ? {} : { status }) };
      return applications.listApplications(organisationCaller(request), wanted, toPageRequest(page));
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
    '/v1/applications/:id/messages',
    {
      config: asEither,
      schema: { ...action('addMessage', 'Ask or answer', NewMessage), response: { 201: Application } },
    },
    async (request, reply) => {
      const application = await applications.addMessage(
        organisationCaller(request),
        request.params.id as ApplicationId,
        request.body.text,
      );
      return reply.code(201).header('location', `/v1/applications/${application.id}`).send(application);
    },
  );

  server.post(
    '/v1/applications/:id/assignee',
    {
      config: asRegistrar,
      schema: action('assignApplication', 'Take it on, or hand it to a colleague', Assignee),
    },
    async (request) =>
      applications.assignApplication(
        organisationCaller(request),
        request.params.id as ApplicationId,
        request.body.memberId as MembershipId | undefined,
      ),
  );

  server.post(
    '/v1/applications/:id/decision',
    {
      config: asRegistrar,
      schema: action('decideApplication', 'Approve, refuse, or ask for more', Decision),
    },
    async (request) =>
      applications.decideApplication(
        organisationCaller(request),
        request.params.id as ApplicationId,
        request.body,
      ),
  );

  server.post(
    '/v1/applications/:id/retry',
    { config: asRegistrar, schema: action('retryIssuance', 'Issue again what failed', Nothing) },
    async (request) =>
      applications.retryIssuance(organisationCaller(request), request.params.id as ApplicationId),
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
