import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { PageQuery, pageOf, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { EvidenceId, OrganisationId, VouchRequestId } from '../../../kernel/ids.js';
import { evidencePath } from '../evidence/rules.js';
import { Evidence } from '../evidence/schemas.js';
import { ForeignVouch, GivenVouch, NewVouch, NewVouchRequest, VouchRequest } from './schemas.js';
import type { VouchService } from './service.js';

const OrganisationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const RequestParams = Type.Object({
  id: Type.String({ format: 'uuid' }),
  requestId: Type.String({ format: 'uuid' }),
});
const EvidenceParams = Type.Object({
  id: Type.String({ format: 'uuid' }),
  evidenceId: Type.String({ format: 'uuid' }),
});
const ownDossier = { access: { kind: 'organisation', scope: 'dossier', own: true } } as const;

export function addVouchRoutes(server: Server, vouches: VouchService): void {
  server.post(
    '/v1/organisations/:id/vouch-requests',
    {
      config: ownDossier,
      schema: {
        operationId: 'requestVouch',
        tags: ['dossier'],
        summary: 'Ask another organisation to vouch for fields of your dossier',
        description:
          'It sees these fields, as they stand in the newest version, and nothing else. At most 20 requests may be open at once, and the same organisation is asked five times a day at most.',
        params: OrganisationParams,
        body: NewVouchRequest,
        response: { 201: VouchRequest },
      },
    },
    async (request, reply) => {
      const made = await vouches.requestVouch(organisationCaller(request), request.body);
      const location = `/v1/organisations/${request.params.id}/vouch-requests/${made.id}`;
      return reply.code(201).header('location', location).send(made);
    },
  );

  server.get(
    '/v1/organisations/:id/vouch-requests',
    {
      config: ownDossier,
      schema: {
        operationId: 'listVouchRequests',
        tags: ['dossier'],
        summary: 'Whom you asked to vouch, and who asked you, oldest first; without the values',
        params: OrganisationParams,
        querystring: Type.Object(
          {
            ...PageQuery.properties,
            role: Type.Optional(Type.Enum(['subject', 'voucher'], { description: 'Both when absent' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(VouchRequest) },
      },
    },
    async (request) => {
      const { role, ...page } = request.query;
      return vouches.listRequests(request.params.id as OrganisationId, role, toPageRequest(page));
    },
  );

  server.get(
    '/v1/organisations/:id/vouch-requests/:requestId',
    {
      config: ownDossier,
      schema: {
        operationId: 'getVouchRequest',
        tags: ['dossier'],
        summary: 'What you are asked to vouch for',
        params: RequestParams,
        response: { 200: VouchRequest },
      },
    },
    async (request) =>
      vouches.readRequest(request.params.id as OrganisationId, request.params.requestId as VouchRequestId),
  );

  server.delete(
    '/v1/organisations/:id/vouch-requests/:requestId',
    {
      config: ownDossier,
      schema: {
        operationId: 'endVouchRequest',
        tags: ['dossier'],
        summary: 'Withdraw your request, or decline another’s',
        params: RequestParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await vouches.endRequest(organisationCaller(request), request.params.requestId as VouchRequestId);
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/v1/organisations/:id/vouches',
    {
      config: ownDossier,
      schema: {
        operationId: 'giveVouch',
        tags: ['dossier'],
        summary: 'Vouch for what you were asked for, under your own DID',
        description:
          'In person: an administrator or delegate of the organisation that is asked. The signed vouch becomes a piece of evidence in the dossier of who asked.',
        params: OrganisationParams,
        body: NewVouch,
        response: { 201: GivenVouch },
      },
    },
    async (request, reply) => {
      const given = await vouches.giveVouch(organisationCaller(request), request.body);
      const location = `/v1/organisations/${request.params.id}/vouch-requests/${given.requestId}`;
      return reply.code(201).header('location', location).send(given);
    },
  );

  server.post(
    '/v1/organisations/:id/evidence/vouches',
    {
      config: ownDossier,
      schema: {
        operationId: 'addForeignVouch',
        tags: ['dossier'],
        summary: 'Hand in a vouch that was signed elsewhere',
        description:
          'Its signature is verified under the DID of who vouches. Where that DID cannot be asked, the vouch is taken and stands as `undetermined`; one that is refuted is not taken.',
        params: OrganisationParams,
        body: ForeignVouch,
        response: { 201: Evidence },
      },
    },
    async (request, reply) => {
      const added = await vouches.addForeignVouch(organisationCaller(request), request.body);
      return reply.code(201).header('location', evidencePath(request.params.id, added.id)).send(added);
    },
  );

  server.post(
    '/v1/organisations/:id/evidence/:evidenceId/vouch-check',
    {
      config: { access: { kind: 'anyOrganisation' } },
      schema: {
        operationId: 'recheckVouch',
        tags: ['dossier'],
        summary: 'Verify the signature of a vouch again, now',
        params: EvidenceParams,
        response: { 200: Evidence },
      },
    },
    async (request) =>
      vouches.recheckVouch(
        organisationCaller(request),
        request.params.id as OrganisationId,
        request.params.evidenceId as EvidenceId,
      ),
  );
}
