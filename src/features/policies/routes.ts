import { Type } from 'typebox';
import { READY_MADE_POLICIES } from '../../credentials/policies/readyMade/index.js';
import { organisationCaller } from '../../http/access.js';
import { versionTag } from '../../http/entityTag.js';
import { PageQuery, toPageRequest } from '../../http/paging.js';
import type { Server } from '../../http/server.js';
import type { PolicyId } from '../../kernel/ids.js';
import { Policy, PolicyArchiving, PolicyBody, PolicyPage, PolicyTemplates } from './schemas.js';
import type { PolicyService } from './service.js';

const PolicyParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const VersionParams = Type.Object({
  id: Type.String({ format: 'uuid' }),
  policyVersion: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
});
/** Who verifies may read by what; what is demanded, the organisation's delegates say. */
const toRead = { access: { kind: 'organisation', scope: 'verify' } } as const;
const toWrite = { access: { kind: 'organisation', scope: 'sharing' } } as const;

export function addPolicyRoutes(server: Server, policies: PolicyService): void {
  server.get(
    '/v1/policies/templates',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'listPolicyTemplates',
        tags: ['policies'],
        summary: 'Ready-made policies to copy',
        response: { 200: PolicyTemplates },
      },
    },
    (): PolicyTemplates => ({
      items: READY_MADE_POLICIES.map(({ key, name, description, rules }) => ({
        key,
        policy: { name, description, rules: [...rules] },
      })),
    }),
  );

  server.post(
    '/v1/policies',
    {
      config: toWrite,
      schema: {
        operationId: 'createPolicy',
        tags: ['policies'],
        summary: 'Say what you demand before you accept',
        description:
          'Version 1 of a policy. Verify under it with `policyId` at `POST /v1/verifications`. For administrators, delegates and clients with `sharing`.',
        body: PolicyBody,
        response: { 201: Policy },
      },
    },
    async (request, reply) => {
      const policy = await policies.createPolicy(organisationCaller(request), request.body);
      return reply
        .code(201)
        .header('location', `/v1/policies/${policy.id}`)
        .header('etag', versionTag(policy.version))
        .send(policy);
    },
  );

  server.get(
    '/v1/policies',
    {
      config: toRead,
      schema: {
        operationId: 'listPolicies',
        tags: ['policies'],
        summary: 'Your policies in their newest versions, the archived ones too, oldest first',
        querystring: PageQuery,
        response: { 200: PolicyPage },
      },
    },
    async (request) =>
      policies.listPolicies(organisationCaller(request).organisationId, toPageRequest(request.query)),
  );

  server.get(
    '/v1/policies/:id',
    {
      config: toRead,
      schema: {
        operationId: 'getPolicy',
        tags: ['policies'],
        summary: 'A policy in its newest version',
        params: PolicyParams,
        response: { 200: Policy },
      },
    },
    async (request, reply) => {
      const { organisationId } = organisationCaller(request);
      const policy = await policies.readPolicy(organisationId, { id: request.params.id as PolicyId });
      return reply.header('etag', versionTag(policy.version)).send(policy);
    },
  );

  server.get(
    '/v1/policies/:id/versions/:policyVersion',
    {
      config: toRead,
      schema: {
        operationId: 'getPolicyVersion',
        tags: ['policies'],
        summary: 'A version of a policy, as it will always be',
        description: 'They are counted from 1 to the `version` of the newest one.',
        params: VersionParams,
        response: { 200: Policy },
      },
    },
    async (request) => {
      const { id, policyVersion: version } = request.params;
      return policies.readPolicy(organisationCaller(request).organisationId, { id: id as PolicyId, version });
    },
  );

  server.put(
    '/v1/policies/:id',
    {
      config: toWrite,
      schema: {
        operationId: 'putPolicy',
        tags: ['policies'],
        summary: 'Save the next version of a policy',
        description:
          'Replaces name, description and rules; the version before stays as it was, and so does what was decided under it. `If-Match` must carry the ETag of the newest version.',
        params: PolicyParams,
        headers: Type.Object({
          'if-match': Type.Optional(
            Type.String({ maxLength: 200, description: 'ETag of the newest version' }),
          ),
        }),
        body: PolicyBody,
        response: { 200: Policy },
      },
    },
    async (request, reply) => {
      const policy = await policies.changePolicy(
        organisationCaller(request),
        request.params.id as PolicyId,
        request.body,
        request.headers['if-match'],
      );
      return reply.header('etag', versionTag(policy.version)).send(policy);
    },
  );

  server.post(
    '/v1/policies/:id/archive',
    {
      config: toWrite,
      schema: {
        operationId: 'archivePolicy',
        tags: ['policies'],
        summary: 'Decide nothing under a policy any more',
        description: 'It stays readable, since verifications refer to it; nothing is ever deleted.',
        params: PolicyParams,
        body: PolicyArchiving,
        response: { 200: Policy },
      },
    },
    async (request) => policies.archivePolicy(organisationCaller(request), request.params.id as PolicyId),
  );
}
