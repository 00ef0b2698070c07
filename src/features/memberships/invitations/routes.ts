import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import type { Server } from '../../../http/server.js';
import type { MemberCaller } from '../../../kernel/caller.js';
import {
  InvitationToken,
  InvitedMembers,
  MemberAcceptance,
  MemberInvitation,
  MembershipAccepted,
  MembersToInvite,
  NewMemberAcceptance,
  NewMemberAccepted,
} from './schemas.js';
import type { MemberInvitationService } from './service.js';

const PUBLIC = { access: { kind: 'public' } } as const;

export function addMemberInvitationRoutes(server: Server, invitations: MemberInvitationService): void {
  server.post(
    '/v1/member-invitations',
    {
      config: { access: { kind: 'organisation', scope: 'review' }, secretAnswer: true },
      schema: {
        operationId: 'inviteMembers',
        tags: ['memberships'],
        summary: 'Invite members of your register',
        description:
          'Each gets a token that works once, for 30 days, at the address in your register. Mail goes out for accredited registrars only; where this installation sends none, the tokens are in the answer, this one time. Who is invited already is left out.',
        body: MembersToInvite,
        response: { 200: InvitedMembers },
      },
    },
    async (request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .send(await invitations.inviteMembers(organisationCaller(request), request.body)),
  );

  server.post(
    '/v1/member-invitations/lookups',
    {
      config: PUBLIC,
      schema: {
        operationId: 'readMemberInvitation',
        tags: ['memberships'],
        summary: 'What an invitation is about: the federation, and what its register says of the co-op',
        body: InvitationToken,
        response: { 200: MemberInvitation },
      },
    },
    async (request, reply) =>
      reply.header('cache-control', 'no-store').send(await invitations.readInvitation(request.body.token)),
  );

  server.post(
    '/v1/member-invitations/acceptances',
    {
      config: PUBLIC,
      schema: {
        operationId: 'acceptMemberInvitation',
        tags: ['memberships'],
        summary: 'Accept an invitation for a co-op that has no account yet',
        description:
          'Opens its account, begins its dossier with what the register says, and, unless you say otherwise, asks the federation for its membership credential. All of it or none.',
        body: NewMemberAcceptance,
        response: { 201: NewMemberAccepted },
      },
    },
    async (request, reply) => {
      const accepted = await invitations.acceptAsNew(request.body);
      return reply
        .code(201)
        .header('location', `/v1/organisations/${accepted.organisation.id}`)
        .header('cache-control', 'no-store')
        .send(accepted);
    },
  );

  server.post(
    '/v1/organisations/:id/memberships',
    {
      config: { access: { kind: 'admin', own: true } },
      schema: {
        operationId: 'acceptMembership',
        tags: ['memberships'],
        summary: 'Accept an invitation for the co-op whose administrator you are',
        description: 'Begins its dossier where there is none; one that is there stays as it is.',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        body: MemberAcceptance,
        response: { 200: MembershipAccepted },
      },
    },
    async (request) => invitations.acceptAs(organisationCaller(request) as MemberCaller, request.body),
  );
}
