import { Type, type TSchema } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import type { Server } from '../../../http/server.js';
import type { ApplicationId, ProposalId } from '../../../kernel/ids.js';
import { DURATION_PATTERN } from '../../../kernel/instants.js';
import { Application, Decision, Nothing } from '../schemas.js';
import type { ApplicationService } from '../service.js';
import { ApplicationDraft, Confirmation } from './schemas.js';

const ApplicationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const asRegistrar = { access: { kind: 'organisation', scope: 'review' } } as const;

export function addDecisionRoutes(server: Server, applications: ApplicationService): void {
  server.get(
    '/v1/applications/:id/draft',
    {
      config: { access: { kind: 'anyOrganisation' } },
      schema: {
        operationId: 'draftCredentials',
        tags: ['applications'],
        summary: 'What an approval now would issue, and what stands in its way',
        params: ApplicationParams,
        querystring: Type.Object(
          {
            validFor: Type.Optional(
              Type.String({
                pattern: DURATION_PATTERN,
                maxLength: 40,
                description: 'As in the decision',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: ApplicationDraft },
      },
    },
    async (request) =>
      applications.draftCredentials(
        organisationCaller(request),
        request.params.id as ApplicationId,
        request.query.validFor,
      ),
  );

  server.post(
    '/v1/applications/:id/decision',
    {
      config: asRegistrar,
      schema: {
        ...action('decideApplication', 'Approve, refuse, or ask for more', Decision),
        description:
          'Where two persons must approve, the first call proposes: the application stays in review, with `proposal`. The same call by another person, or their confirmation, decides.',
      },
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
    '/v1/applications/:id/decision/confirmation',
    {
      config: asRegistrar,
      schema: action(
        'confirmDecision',
        'Confirm, as the second person, what a colleague has proposed',
        Confirmation,
      ),
    },
    async (request) =>
      applications.confirmDecision(
        organisationCaller(request),
        request.params.id as ApplicationId,
        request.body.proposalId as ProposalId,
      ),
  );

  server.delete(
    '/v1/applications/:id/decision/proposal',
    {
      config: asRegistrar,
      schema: {
        operationId: 'withdrawProposal',
        tags: ['applications'],
        summary: 'Take back what is proposed',
        params: ApplicationParams,
        response: { 204: Type.Null({ description: 'Nothing is proposed' }) },
      },
    },
    async (request, reply) => {
      await applications.withdrawProposal(organisationCaller(request), request.params.id as ApplicationId);
      return reply.code(204).send(null);
    },
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
