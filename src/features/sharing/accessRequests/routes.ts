import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { AccessRequestId } from '../../../kernel/ids.js';
import {
  AccessRequest,
  AccessRequestPage,
  AccessRequestsQuery,
  NewAccessRequest,
  NewApproval,
  Refusal,
  RequestWithdrawal,
} from './schemas.js';
import type { AccessRequestService } from './service.js';

const config = { access: { kind: 'organisation', scope: 'sharing' } } as const;
const RequestParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export function addAccessRequestRoutes(server: Server, requests: AccessRequestService): void {
  server.post(
    '/v1/access-requests',
    {
      config,
      schema: {
        operationId: 'askForAccess',
        tags: ['sharing'],
        summary: 'Ask a co-op for fields of its dossier',
        description:
          'Where a standing agreement covers it, it is `granted` at once. Else the co-op’s delegates decide within 30 days, by the rule that is in force now. You may have five open requests to one co-op.',
        body: NewAccessRequest,
        response: { 201: AccessRequest },
      },
    },
    async (request, reply) => {
      const made = await requests.askForAccess(organisationCaller(request), request.body);
      return reply.code(201).header('location', `/v1/access-requests/${made.id}`).send(made);
    },
  );

  server.get(
    '/v1/access-requests',
    {
      config,
      schema: {
        operationId: 'listAccessRequests',
        tags: ['sharing'],
        summary: 'What you have asked for, or what is asked of you, oldest first',
        querystring: AccessRequestsQuery,
        response: { 200: AccessRequestPage },
      },
    },
    async (request) => {
      const { role = 'partner', open: onlyOpen = false, ...page } = request.query;
      return requests.listRequests(organisationCaller(request), { role, onlyOpen }, toPageRequest(page));
    },
  );

  server.get(
    '/v1/access-requests/:id',
    {
      config,
      schema: {
        operationId: 'getAccessRequest',
        tags: ['sharing'],
        summary: 'A request, for who asks and who is asked',
        params: RequestParams,
        response: { 200: AccessRequest },
      },
    },
    async (request) =>
      requests.readRequest(organisationCaller(request), request.params.id as AccessRequestId),
  );

  addDecisionRoutes(server, requests);
}

function addDecisionRoutes(server: Server, requests: AccessRequestService): void {
  server.post(
    '/v1/access-requests/:id/approvals',
    {
      config,
      schema: {
        operationId: 'approveAccess',
        tags: ['sharing'],
        summary: 'Approve a request, as a delegate of the co-op',
        description:
          'With the last approval that the rule asks for, the fields are granted as they stand then. An approval is void once one of the fields says something else, and once the person is no delegate any more.',
        params: RequestParams,
        body: NewApproval,
        response: { 201: AccessRequest },
      },
    },
    async (request, reply) => {
      const id = request.params.id as AccessRequestId;
      const approved = await requests.approve(organisationCaller(request), id, request.body);
      return reply.code(201).header('location', `/v1/access-requests/${approved.id}`).send(approved);
    },
  );

  server.post(
    '/v1/access-requests/:id/refuse',
    {
      config,
      schema: {
        operationId: 'refuseAccess',
        tags: ['sharing'],
        summary: 'Refuse a request, as a delegate of the co-op',
        description: 'One delegate is enough. The partner reads the reason.',
        params: RequestParams,
        body: Refusal,
        response: { 200: AccessRequest },
      },
    },
    async (request) =>
      requests.refuse(organisationCaller(request), request.params.id as AccessRequestId, request.body),
  );

  server.post(
    '/v1/access-requests/:id/withdraw',
    {
      config,
      schema: {
        operationId: 'withdrawAccessRequest',
        tags: ['sharing'],
        summary: 'Take back a request of your own',
        params: RequestParams,
        body: RequestWithdrawal,
        response: { 200: AccessRequest },
      },
    },
    async (request) => requests.withdraw(organisationCaller(request), request.params.id as AccessRequestId),
  );
}
