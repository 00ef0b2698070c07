import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { pageOf, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { FederationMemberId, MemberImportId } from '../../../kernel/ids.js';
import { FederationMember, MemberChanges, MemberParams, MembersQuery } from './schemas.js';
import type { RegisterService } from './service.js';

const config = { access: { kind: 'organisation', scope: 'review' } } as const;

export function addRegisterRoutes(server: Server, register: RegisterService): void {
  server.get(
    '/v1/members',
    {
      config,
      schema: {
        operationId: 'listFederationMembers',
        tags: ['memberships'],
        summary: 'The members in your register, oldest first',
        querystring: MembersQuery,
        response: { 200: pageOf(FederationMember) },
      },
    },
    async (request) => {
      const { state, q, importId, changed, ...page } = request.query;
      const filter = {
        ...(state === undefined ? {} : { state }),
        ...(q === undefined ? {} : { q }),
        ...(importId === undefined ? {} : { importId: importId as MemberImportId }),
        ...(changed === undefined ? {} : { changed }),
      };
      return register.listMembers(organisationCaller(request), filter, toPageRequest(page));
    },
  );

  server.get(
    '/v1/members/:id',
    {
      config,
      schema: {
        operationId: 'getFederationMember',
        tags: ['memberships'],
        summary: 'One member in your register',
        params: MemberParams,
        response: { 200: FederationMember },
      },
    },
    async (request) =>
      register.readMember(organisationCaller(request), request.params.id as FederationMemberId),
  );

  server.patch(
    '/v1/members/:id',
    {
      config,
      schema: {
        operationId: 'changeFederationMember',
        tags: ['memberships'],
        summary: 'Correct an entry of your register',
        description:
          'A membership credential that says another standing than your register has a concern from then on: it is suspended after the grace of its type, unless the standing is what it was again or its holder renews it. To suspend or revoke it at once is your decision as its registrar.',
        params: MemberParams,
        body: MemberChanges,
        response: { 200: FederationMember },
      },
    },
    async (request) =>
      register.changeMember(
        organisationCaller(request),
        request.params.id as FederationMemberId,
        request.body,
      ),
  );

  server.delete(
    '/v1/members/:id',
    {
      config,
      schema: {
        operationId: 'removeFederationMember',
        tags: ['memberships'],
        summary: 'Take a member out of your register',
        description:
          'Takes back its open invitation. Its account stays; its membership credential is suspended after the grace of its type, and to revoke it at once is your decision as its registrar.',
        params: MemberParams,
        response: { 204: Type.Null({ description: 'Removed' }) },
      },
    },
    async (request, reply) => {
      await register.removeMember(organisationCaller(request), request.params.id as FederationMemberId);
      return reply.code(204).send(null);
    },
  );
}
