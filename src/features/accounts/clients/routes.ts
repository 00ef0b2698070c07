import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { PageQuery, pageOf, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { MemberCaller } from '../../../kernel/caller.js';
import type { ClientId } from '../../../kernel/ids.js';
import { OrganisationParams } from '../wire.js';
import { Client, ClientInput, NewClient } from './schemas.js';
import type { ClientService } from './service.js';

const ADMIN = { access: { kind: 'admin', own: true } } as const;
const ClientParams = Type.Object({
  id: Type.String({ format: 'uuid' }),
  clientId: Type.String({ format: 'uuid' }),
});

export function addClientRoutes(server: Server, clients: ClientService): void {
  server.post(
    '/v1/organisations/:id/clients',
    {
      config: { ...ADMIN, secretAnswer: true },
      schema: {
        operationId: 'createClient',
        tags: ['accounts'],
        summary: 'Create a machine client',
        description: 'The secret is shown this one time. The client gets its tokens at POST /oauth2/token.',
        params: OrganisationParams,
        body: ClientInput,
        response: { 201: NewClient },
      },
    },
    async (request, reply) => {
      const client = await clients.createClient(organisationCaller(request) as MemberCaller, request.body);
      return reply
        .code(201)
        .header('location', `/v1/organisations/${request.params.id}/clients/${client.id}`)
        .header('cache-control', 'no-store')
        .send(client);
    },
  );

  server.get(
    '/v1/organisations/:id/clients',
    {
      config: ADMIN,
      schema: {
        operationId: 'listClients',
        tags: ['accounts'],
        summary: 'Machine clients',
        params: OrganisationParams,
        querystring: PageQuery,
        response: { 200: pageOf(Client) },
      },
    },
    async (request) =>
      clients.listClients(organisationCaller(request) as MemberCaller, toPageRequest(request.query)),
  );

  server.delete(
    '/v1/organisations/:id/clients/:clientId',
    {
      config: ADMIN,
      schema: {
        operationId: 'revokeClient',
        tags: ['accounts'],
        summary: 'Revoke a machine client',
        description: 'Its tokens stop working with the next request.',
        params: ClientParams,
        response: { 204: Type.Null({ description: 'Revoked' }) },
      },
    },
    async (request, reply) => {
      await clients.revokeClient(
        organisationCaller(request) as MemberCaller,
        request.params.clientId as ClientId,
      );
      return reply.code(204).send(null);
    },
  );
}
