import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { PageQuery, pageOf, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { MemberCaller } from '../../../kernel/caller.js';
import type { InvitationId, MembershipId } from '../../../kernel/ids.js';
import { Joined, Member, OrganisationParams } from '../wire.js';
import type { InvitationService } from './invitations.js';
import { Acceptance, Invitation, InvitationInput, NewInvitation, RoleChange } from './schemas.js';
import type { MemberService } from './service.js';

const MEMBER = { access: { kind: 'member', own: true } } as const;
const ADMIN = { access: { kind: 'admin', own: true } } as const;
const MemberParams = Type.Object({
  id: Type.String({ format: 'uuid' }),
  memberId: Type.String({ format: 'uuid' }),
});
const InvitationParams = Type.Object({
  id: Type.String({ format: 'uuid' }),
  invitationId: Type.String({ format: 'uuid' }),
});

export function addMemberRoutes(server: Server, members: MemberService): void {
  server.get(
    '/v1/organisations/:id/members',
    {
      config: MEMBER,
      schema: {
        operationId: 'listMembers',
        tags: ['accounts'],
        summary: 'Members of the own organisation',
        params: OrganisationParams,
        querystring: PageQuery,
        response: { 200: pageOf(Member) },
      },
    },
    async (request) =>
      members.listMembers(organisationCaller(request) as MemberCaller, toPageRequest(request.query)),
  );

  server.patch(
    '/v1/organisations/:id/members/:memberId',
    {
      config: ADMIN,
      schema: {
        operationId: 'changeMemberRole',
        tags: ['accounts'],
        summary: 'Change the role of a member',
        description: 'Binds at the next request of that member. The only administrator stays one.',
        params: MemberParams,
        body: RoleChange,
        response: { 200: Member },
      },
    },
    async (request) =>
      members.changeRole(
        organisationCaller(request) as MemberCaller,
        request.params.memberId as MembershipId,
        request.body.role,
      ),
  );

  server.delete(
    '/v1/organisations/:id/members/:memberId',
    {
      config: MEMBER,
      schema: {
        operationId: 'removeMember',
        tags: ['accounts'],
        summary: 'Remove a member, or leave',
        description: 'Administrators remove anybody, others themselves. The only administrator stays.',
        params: MemberParams,
        response: { 204: Type.Null({ description: 'Removed' }) },
      },
    },
    async (request, reply) => {
      await members.removeMember(
        organisationCaller(request) as MemberCaller,
        request.params.memberId as MembershipId,
      );
      return reply.code(204).send(null);
    },
  );
}

export function addInvitationRoutes(server: Server, invitations: InvitationService): void {
  server.post(
    '/v1/organisations/:id/invitations',
    {
      config: { ...ADMIN, secretAnswer: true },
      schema: {
        operationId: 'createInvitation',
        tags: ['accounts'],
        summary: 'Invite somebody',
        description:
          'Replaces an open invitation to the same address. Where this installation sends no mail, the token is in the answer, this one time.',
        params: OrganisationParams,
        body: InvitationInput,
        response: { 201: NewInvitation },
      },
    },
    async (request, reply) => {
      const invitation = await invitations.invite(organisationCaller(request) as MemberCaller, request.body);
      return reply
        .code(201)
        .header('location', `/v1/organisations/${request.params.id}/invitations/${invitation.id}`)
        .header('cache-control', 'no-store')
        .send(invitation);
    },
  );

  server.get(
    '/v1/organisations/:id/invitations',
    {
      config: ADMIN,
      schema: {
        operationId: 'listInvitations',
        tags: ['accounts'],
        summary: 'Open invitations',
        params: OrganisationParams,
        querystring: PageQuery,
        response: { 200: pageOf(Invitation) },
      },
    },
    async (request) =>
      invitations.listInvitations(organisationCaller(request) as MemberCaller, toPageRequest(request.query)),
  );

  server.delete(
    '/v1/organisations/:id/invitations/:invitationId',
    {
      config: ADMIN,
      schema: {
        operationId: 'withdrawInvitation',
        tags: ['accounts'],
        summary: 'Withdraw an invitation',
        params: InvitationParams,
        response: { 204: Type.Null({ description: 'Withdrawn' }) },
      },
    },
    async (request, reply) => {
      await invitations.withdrawInvitation(
        organisationCaller(request) as MemberCaller,
        request.params.invitationId as InvitationId,
      );
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/v1/invitations/acceptances',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'acceptInvitation',
        tags: ['accounts'],
        summary: 'Accept an invitation',
        description:
          'Somebody with an account states its password (throttled like a sign-in); somebody without states a name and the password to be.',
        body: Acceptance,
        response: { 201: Joined },
      },
    },
    async (request, reply) => {
      const joined = await invitations.acceptInvitation(request.body, request.ip);
      return reply
        .code(201)
        .header('location', `/v1/organisations/${joined.organisation.id}/members/${joined.member.id}`)
        .header('cache-control', 'no-store')
        .send(joined);
    },
  );
}
