import { Type } from 'typebox';
import { organisationCaller } from '../../http/access.js';
import { pageOf, PageQuery, toPageRequest } from '../../http/paging.js';
import type { Server } from '../../http/server.js';
import type { InstanceId, OrganisationId } from '../../kernel/ids.js';
import { Instance, InstanceInput, InstanceParams } from './schemas.js';
import type { InstanceService } from './instances.js';
import type { VcApiService } from './service.js';
import { addIssuingRoutes } from './issuingRoutes.js';
import { addPublishingRoutes } from './publishingRoutes.js';
import { addVerifyingRoutes } from './verifyingRoutes.js';

const ownMember = { access: { kind: 'member', own: true } } as const;
const ownAdmin = { access: { kind: 'admin', own: true } } as const;
const OrganisationParams = Type.Object({
  id: Type.String({ format: 'uuid', description: 'The own organisation' }),
});

/** @param documentOf the current DID document of an instance with a did:web */
export function addVcApiRoutes(
  server: Server,
  vcApi: VcApiService,
  documentOf: (instanceId: string) => Promise<object | undefined>,
  verificationsPerMinute: number,
): void {
  addInstanceRoutes(server, vcApi.instances);
  addIssuingRoutes(server, vcApi);
  addVerifyingRoutes(server, vcApi, verificationsPerMinute);
  addPublishingRoutes(server, vcApi.statusLists, documentOf);
}

function addInstanceRoutes(server: Server, instances: InstanceService): void {
  server.post(
    '/v1/organisations/:id/issuer-instances',
    {
      config: ownAdmin,
      schema: {
        operationId: 'createIssuerInstance',
        tags: ['vc-api'],
        summary: 'Create an issuer of the W3C VC API',
        description:
          'It has a DID and a key of its own. What it signs never counts as accredited, and the credential types of this network are issued through an application only.',
        params: OrganisationParams,
        body: InstanceInput,
        response: { 201: Instance },
      },
    },
    async (request, reply) => {
      const instance = await instances.createInstance(organisationCaller(request), request.body);
      return reply
        .code(201)
        .header('location', `/v1/organisations/${request.params.id}/issuer-instances/${instance.id}`)
        .send(instance);
    },
  );

  server.get(
    '/v1/organisations/:id/issuer-instances',
    {
      config: ownMember,
      schema: {
        operationId: 'listIssuerInstances',
        tags: ['vc-api'],
        summary: "The own organisation's issuer instances, newest first",
        params: OrganisationParams,
        querystring: PageQuery,
        response: { 200: pageOf(Instance) },
      },
    },
    async (request) =>
      instances.listInstances(request.params.id as OrganisationId, toPageRequest(request.query)),
  );

  server.get(
    '/v1/organisations/:id/issuer-instances/:instanceId',
    {
      config: ownMember,
      schema: {
        operationId: 'getIssuerInstance',
        tags: ['vc-api'],
        summary: 'One of the own issuer instances',
        params: InstanceParams,
        response: { 200: Instance },
      },
    },
    async ({ params }) =>
      instances.readInstance(params.id as OrganisationId, params.instanceId as InstanceId),
  );

  server.delete(
    '/v1/organisations/:id/issuer-instances/:instanceId',
    {
      config: ownAdmin,
      schema: {
        operationId: 'endIssuerInstance',
        tags: ['vc-api'],
        summary: 'End an issuer instance',
        description:
          'It issues nothing any more. What it issued is still verified, and its status list goes on.',
        params: InstanceParams,
        response: { 204: Type.Null({ description: 'Ended' }) },
      },
    },
    async (request, reply) => {
      await instances.endInstance(organisationCaller(request), request.params.instanceId as InstanceId);
      return reply.code(204).send(null);
    },
  );
}
