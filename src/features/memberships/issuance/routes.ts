import { organisationCaller } from '../../../http/access.js';
import { pageOf, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { MemberIssuanceId } from '../../../kernel/ids.js';
import { IssuanceParams, ItemsQuery, MemberIssuance, MemberIssuanceItem, MembersToIssue } from './schemas.js';
import type { MemberIssuanceService } from './service.js';

const config = { access: { kind: 'organisation', scope: 'review' } } as const;

export function addMemberIssuanceRoutes(server: Server, issuance: MemberIssuanceService): void {
  server.post(
    '/v1/member-issuances',
    {
      config,
      schema: {
        operationId: 'issueToMembers',
        tags: ['memberships'],
        summary: 'Issue membership credentials to all who have joined and asked for one',
        description:
          'Each application goes the usual way: where its dossier says what your register says, the checks are recorded from it and the application is approved in your name, under your accreditation. What differs, what somebody has examined otherwise, and what has changed meanwhile is reported and left alone.',
        body: MembersToIssue,
        response: { 201: MemberIssuance },
      },
    },
    async (request, reply) => {
      const issued = await issuance.issueToMembers(organisationCaller(request), request.body);
      return reply.code(201).header('location', `/v1/member-issuances/${issued.id}`).send(issued);
    },
  );

  server.get(
    '/v1/member-issuances/:id',
    {
      config,
      schema: {
        operationId: 'getMemberIssuance',
        tags: ['memberships'],
        summary: 'An order to issue, and how far it is',
        params: IssuanceParams,
        response: { 200: MemberIssuance },
      },
    },
    async (request) =>
      issuance.readIssuance(organisationCaller(request), request.params.id as MemberIssuanceId),
  );

  server.get(
    '/v1/member-issuances/:id/items',
    {
      config,
      schema: {
        operationId: 'listIssuanceItems',
        tags: ['memberships'],
        summary: 'What became of each member',
        params: IssuanceParams,
        querystring: ItemsQuery,
        response: { 200: pageOf(MemberIssuanceItem) },
      },
    },
    async (request) => {
      const { outcome, ...page } = request.query;
      return issuance.listItems(
        organisationCaller(request),
        request.params.id as MemberIssuanceId,
        outcome === undefined ? {} : { outcome },
        toPageRequest(page),
      );
    },
  );
}
