import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { versionTag } from '../../../http/entityTag.js';
import { PageQuery, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { AgreementId } from '../../../kernel/ids.js';
import {
  Agreement,
  AgreementAcceptance,
  AgreementContent,
  AgreementMemberPage,
  AgreementPage,
  NothingMore,
} from './schemas.js';
import type { AgreementService } from './service.js';

const config = { access: { kind: 'organisation', scope: 'sharing' } } as const;
const AgreementParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const VersionParams = Type.Object({
  id: Type.String({ format: 'uuid' }),
  agreementVersion: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
});
const AgreementsQuery = Type.Object(
  {
    ...PageQuery.properties,
    joined: Type.Optional(
      Type.Boolean({ default: false, description: 'Only those of which you have accepted a version' }),
    ),
  },
  { additionalProperties: false },
);

export function addAgreementRoutes(server: Server, agreements: AgreementService): void {
  addReading(server, agreements);
  addOffering(server, agreements);
  addJoining(server, agreements);
}

function addReading(server: Server, agreements: AgreementService): void {
  server.get(
    '/v1/agreements',
    {
      config,
      schema: {
        operationId: 'listAgreements',
        tags: ['sharing'],
        summary: 'Agreements that you may join, have joined or wrote, oldest first',
        querystring: AgreementsQuery,
        response: { 200: AgreementPage },
      },
    },
    async (request) => {
      const { joined: onlyJoined = false, ...page } = request.query;
      return agreements.listAgreements(organisationCaller(request), { onlyJoined }, toPageRequest(page));
    },
  );

  server.get(
    '/v1/agreements/:id',
    {
      config,
      schema: {
        operationId: 'getAgreement',
        tags: ['sharing'],
        summary: 'An agreement in its newest version, and where you stand with it',
        params: AgreementParams,
        response: { 200: Agreement },
      },
    },
    async (request, reply) => {
      const id = request.params.id as AgreementId;
      const agreement = await agreements.readAgreement(organisationCaller(request), id);
      return reply.header('etag', versionTag(agreement.version)).send(agreement);
    },
  );

  server.get(
    '/v1/agreements/:id/versions/:agreementVersion',
    {
      config,
      schema: {
        operationId: 'getAgreementVersion',
        tags: ['sharing'],
        summary: 'A version of an agreement, as it will always be',
        params: VersionParams,
        response: { 200: Agreement },
      },
    },
    async (request) => {
      const { id, agreementVersion } = request.params;
      return agreements.readAgreement(organisationCaller(request), id as AgreementId, agreementVersion);
    },
  );

  server.get(
    '/v1/agreements/:id/members',
    {
      config,
      schema: {
        operationId: 'listAgreementMembers',
        tags: ['sharing'],
        summary: 'Who has joined an agreement, for its members and its author',
        params: AgreementParams,
        querystring: PageQuery,
        response: { 200: AgreementMemberPage },
      },
    },
    async (request) => {
      const id = request.params.id as AgreementId;
      return agreements.listMembers(organisationCaller(request), id, toPageRequest(request.query));
    },
  );
}

function addOffering(server: Server, agreements: AgreementService): void {
  server.post(
    '/v1/agreements',
    {
      config,
      schema: {
        operationId: 'offerAgreement',
        tags: ['sharing'],
        summary: 'Offer an agreement on sharing data',
        description:
          'A text for people, and terms that are evaluated here: who may join, who may ask, which fields, what for, how long. Whoever offers it has not joined it.',
        body: AgreementContent,
        response: { 201: Agreement },
      },
    },
    async (request, reply) => {
      const agreement = await agreements.offer(organisationCaller(request), request.body);
      return reply
        .code(201)
        .header('location', `/v1/agreements/${agreement.id}`)
        .header('etag', versionTag(agreement.version))
        .send(agreement);
    },
  );

  server.put(
    '/v1/agreements/:id',
    {
      config,
      schema: {
        operationId: 'offerAgreementVersion',
        tags: ['sharing'],
        summary: 'Offer the next version of an agreement',
        description:
          'For its author. Binds only those who accept it: for the others the version that they have accepted stays in force. `If-Match` must carry the ETag of the newest version.',
        params: AgreementParams,
        headers: Type.Object({
          'if-match': Type.Optional(
            Type.String({ maxLength: 200, description: 'ETag of the newest version' }),
          ),
        }),
        body: AgreementContent,
        response: { 200: Agreement },
      },
    },
    async (request, reply) => {
      const agreement = await agreements.offerVersion(
        organisationCaller(request),
        request.params.id as AgreementId,
        request.body,
        request.headers['if-match'],
      );
      return reply.header('etag', versionTag(agreement.version)).send(agreement);
    },
  );

  server.post(
    '/v1/agreements/:id/close',
    {
      config,
      schema: {
        operationId: 'closeAgreement',
        tags: ['sharing'],
        summary: 'Decide nothing by an agreement any more',
        description: 'For its author. What was granted by it runs out as it was granted.',
        params: AgreementParams,
        body: NothingMore,
        response: { 200: Agreement },
      },
    },
    async (request) => agreements.close(organisationCaller(request), request.params.id as AgreementId),
  );
}

function addJoining(server: Server, agreements: AgreementService): void {
  server.post(
    '/v1/agreements/:id/acceptances',
    {
      config,
      schema: {
        operationId: 'acceptAgreement',
        tags: ['sharing'],
        summary: 'Accept the newest version of an agreement',
        description:
          'By a delegate. It is in force once as many different delegates have accepted it as your consent rule for its most sensitive field asks for.',
        params: AgreementParams,
        body: AgreementAcceptance,
        response: { 201: Agreement },
      },
    },
    async (request, reply) => {
      const id = request.params.id as AgreementId;
      const agreement = await agreements.accept(organisationCaller(request), id, request.body);
      return reply.code(201).header('location', `/v1/agreements/${id}`).send(agreement);
    },
  );

  server.post(
    '/v1/agreements/:id/leave',
    {
      config,
      schema: {
        operationId: 'leaveAgreement',
        tags: ['sharing'],
        summary: 'Leave an agreement, at once',
        description:
          'By a delegate. What you released by it, and what others released to you by it, is released no more.',
        params: AgreementParams,
        body: NothingMore,
        response: { 200: Agreement },
      },
    },
    async (request) => agreements.leave(organisationCaller(request), request.params.id as AgreementId),
  );
}
