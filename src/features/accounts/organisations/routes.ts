import { Type } from 'typebox';
import type { FastifyReply } from 'fastify';
import { organisationCaller } from '../../../http/access.js';
import { pageOf, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { MemberCaller } from '../../../kernel/caller.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import { Joined, Organisation, OrganisationParams } from '../wire.js';
import type { RegistrationService } from './registration.js';
import {
  Confirmation,
  DirectoryQuery,
  OrganisationChanges,
  OrganisationExport,
  OwnOrganisation,
  Registration,
  RegistrationAnswer,
} from './schemas.js';
import type { OrganisationService } from './service.js';

const PUBLIC = { access: { kind: 'public' } } as const;
const ADMIN = { access: { kind: 'admin', own: true } } as const;

export function addRegistrationRoutes(server: Server, registration: RegistrationService): void {
  server.post(
    '/v1/organisations',
    {
      config: PUBLIC,
      schema: {
        operationId: 'registerOrganisation',
        tags: ['accounts'],
        summary: 'Register an organisation with its first administrator',
        description:
          'Opens the account, makes the DID and its keys, and signs the administrator in. Where this installation sends mail the answer is 202 in every case: the link in the mail confirms it.',
        body: Registration,
        response: RegistrationAnswer,
      },
    },
    async (request, reply) => {
      const outcome = await registration.register(request.body);
      if (outcome === 'confirmation_sent') return reply.code(202).send({ status: outcome });
      return sendJoined(reply, outcome, `/v1/organisations/${outcome.organisation.id}`);
    },
  );

  server.post(
    '/v1/organisations/confirmations',
    {
      config: PUBLIC,
      schema: {
        operationId: 'confirmRegistration',
        tags: ['accounts'],
        summary: 'Confirm a registration with the token from the mail',
        description: 'The token works once, for 24 hours.',
        body: Confirmation,
        response: { 201: Joined },
      },
    },
    async (request, reply) => {
      const joined = await registration.confirmRegistration(request.body.token);
      return sendJoined(reply, joined, `/v1/organisations/${joined.organisation.id}`);
    },
  );
}

function sendJoined(reply: FastifyReply, joined: Joined, location: string): FastifyReply {
  return reply.code(201).header('location', location).header('cache-control', 'no-store').send(joined);
}

export function addOrganisationRoutes(server: Server, organisations: OrganisationService): void {
  server.get(
    '/v1/organisations',
    {
      config: PUBLIC,
      schema: {
        operationId: 'listOrganisations',
        tags: ['accounts'],
        summary: 'The public directory',
        description: 'Organisations that opted in (`listed`).',
        querystring: DirectoryQuery,
        response: { 200: pageOf(Organisation) },
      },
    },
    async (request) => organisations.listDirectory(request.query.q, toPageRequest(request.query)),
  );

  server.get(
    '/v1/organisations/:id',
    {
      config: PUBLIC,
      schema: {
        operationId: 'getOrganisation',
        tags: ['accounts'],
        summary: 'The public profile of an organisation',
        description: 'Also of a closed one, which then has `closedAt`.',
        params: OrganisationParams,
        response: { 200: Organisation },
      },
    },
    async (request) => organisations.readProfile(request.params.id as OrganisationId),
  );

  server.patch(
    '/v1/organisations/:id',
    {
      config: ADMIN,
      schema: {
        operationId: 'changeOrganisation',
        tags: ['accounts'],
        summary: 'Change the public profile',
        description: 'Slug and DID stay as they are, whatever the name.',
        params: OrganisationParams,
        body: OrganisationChanges,
        response: { 200: OwnOrganisation },
      },
    },
    async (request) =>
      organisations.changeOrganisation(organisationCaller(request) as MemberCaller, request.body),
  );

  server.delete(
    '/v1/organisations/:id',
    {
      config: ADMIN,
      schema: {
        operationId: 'closeOrganisation',
        tags: ['accounts'],
        summary: 'Close the account of the organisation',
        description:
          'For good: memberships, sessions, clients and invitations end, and people who belong to no other organisation are erased. The DID and what was issued stay.',
        params: OrganisationParams,
        response: { 204: Type.Null({ description: 'Closed' }) },
      },
    },
    async (request, reply) => {
      await organisations.closeOrganisation(organisationCaller(request) as MemberCaller);
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/v1/organisations/:id/export',
    {
      config: ADMIN,
      schema: {
        operationId: 'exportOrganisation',
        tags: ['accounts'],
        summary: "All of the organisation's data",
        params: OrganisationParams,
        response: { 200: OrganisationExport },
      },
    },
    async (request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .send(await organisations.exportOrganisation(organisationCaller(request) as MemberCaller)),
  );
}
