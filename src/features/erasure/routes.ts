import { Type } from 'typebox';
import { organisationCaller } from '../../http/access.js';
import { PageQuery, pageOf, toPageRequest } from '../../http/paging.js';
import type { Server } from '../../http/server.js';
import type { MemberCaller } from '../../kernel/caller.js';
import type { HoldId, OrganisationId } from '../../kernel/ids.js';
import { Erasure, Hold, NewErasure, NewHold, Retention } from './schemas.js';
import type { ErasureService } from './service.js';

const OrganisationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const HoldParams = Type.Object({
  id: Type.String({ format: 'uuid' }),
  holdId: Type.String({ format: 'uuid' }),
});
const admin = { access: { kind: 'admin', own: true } } as const;
const member = { access: { kind: 'member', own: true } } as const;
const examiner = { access: { kind: 'anyOrganisation' } } as const;
const NOTHING = { 204: Type.Null({ description: 'Done' }) };

export function addErasureRoutes(server: Server, erasure: ErasureService): void {
  server.post(
    '/v1/organisations/:id/dossier/erasure',
    {
      config: admin,
      schema: {
        operationId: 'eraseDossier',
        tags: ['dossier'],
        summary: 'Erase what the dossier says of persons, and its evidence',
        description:
          'For good: the key is destroyed that sealed the blocks about persons of all versions, the evidence, messages and notes, and the credentials that hold personal data, which are revoked. A duty to keep any of it is a 409 that says until when. Blocks that are not about persons, the audit trail, the log and other credentials stay.',
        params: OrganisationParams,
        body: NewErasure,
        response: { 200: Erasure },
      },
    },
    async (request) => erasure.eraseDossier(organisationCaller(request) as MemberCaller, request.body),
  );
  addHoldRoutes(server, erasure);
  addRetentionRoutes(server, erasure);
}

function addHoldRoutes(server: Server, erasure: ErasureService): void {
  server.post(
    '/v1/organisations/:id/holds',
    {
      config: examiner,
      schema: {
        operationId: 'placeHold',
        tags: ['dossier'],
        summary: 'Keep a dossier from being erased, by a legal duty',
        description:
          'For a registrar that has decided on it. The co-op sees who holds its dossier, why and until when.',
        params: OrganisationParams,
        body: NewHold,
        response: { 201: Hold },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const hold = await erasure.placeHold(organisationCaller(request), id as OrganisationId, request.body);
      return reply.code(201).header('location', `/v1/organisations/${id}/holds/${hold.id}`).send(hold);
    },
  );

  server.get(
    '/v1/organisations/:id/holds',
    {
      config: examiner,
      schema: {
        operationId: 'listHolds',
        tags: ['dossier'],
        summary: 'The holds on the own dossier, or those that you have placed on it, oldest first',
        params: OrganisationParams,
        querystring: PageQuery,
        response: { 200: pageOf(Hold) },
      },
    },
    async (request) =>
      erasure.listHolds(
        organisationCaller(request),
        request.params.id as OrganisationId,
        toPageRequest(request.query),
      ),
  );

  server.delete(
    '/v1/organisations/:id/holds/:holdId',
    {
      config: examiner,
      schema: {
        operationId: 'releaseHold',
        tags: ['dossier'],
        summary: 'Let go of a dossier before the hold ends',
        params: HoldParams,
        response: NOTHING,
      },
    },
    async (request, reply) => {
      const { id, holdId } = request.params;
      await erasure.releaseHold(organisationCaller(request), id as OrganisationId, holdId as HoldId);
      return reply.code(204).send(null);
    },
  );
}

function addRetentionRoutes(server: Server, erasure: ErasureService): void {
  server.get(
    '/v1/organisations/:id/retention',
    {
      config: member,
      schema: {
        operationId: 'getRetention',
        tags: ['dossier'],
        summary: 'For how long your organisation must keep what it has decided on',
        params: OrganisationParams,
        response: { 200: Retention },
      },
    },
    async (request) => erasure.readRetention(request.params.id as OrganisationId),
  );

  server.put(
    '/v1/organisations/:id/retention',
    {
      config: admin,
      schema: {
        operationId: 'putRetention',
        tags: ['dossier'],
        summary: 'Set for how long your organisation must keep what it has decided on',
        description:
          'A legal duty of a registrar, such as that of anti-money-laundering law. Until it ends no dossier can be erased on which you decided while you were accredited. Counts for past decisions as well.',
        params: OrganisationParams,
        body: Retention,
        response: { 200: Retention },
      },
    },
    async (request) => erasure.putRetention(organisationCaller(request) as MemberCaller, request.body),
  );

  server.delete(
    '/v1/organisations/:id/retention',
    {
      config: admin,
      schema: {
        operationId: 'removeRetention',
        tags: ['dossier'],
        summary: 'Your organisation has no such duty any more',
        params: OrganisationParams,
        response: NOTHING,
      },
    },
    async (request, reply) => {
      await erasure.removeRetention(organisationCaller(request) as MemberCaller);
      return reply.code(204).send(null);
    },
  );
}
