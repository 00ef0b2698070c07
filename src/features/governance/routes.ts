import { Type } from 'typebox';
import { operatorCaller } from '../../http/access.js';
import { PageQuery, toPageRequest } from '../../http/paging.js';
import type { Server } from '../../http/server.js';
import type { AccreditationId } from '../../kernel/ids.js';
import { Accreditation, NewAccreditation, RegistrarPage } from './schemas.js';
import type { GovernanceService } from './service.js';

export function addGovernanceRoutes(server: Server, governance: GovernanceService): void {
  server.post(
    '/v1/accreditations',
    {
      config: { access: { kind: 'operator' } },
      schema: {
        operationId: 'accreditRegistrar',
        tags: ['governance'],
        summary: 'Accredit a founding registrar',
        description: 'For the operator, while the network is being founded.',
        body: NewAccreditation,
        response: { 201: Accreditation },
      },
    },
    async (request, reply) => {
      const accreditation = await governance.accredit(operatorCaller(request), request.body);
      return reply.code(201).header('location', `/v1/accreditations/${accreditation.id}`).send(accreditation);
    },
  );

  server.delete(
    '/v1/accreditations/:id',
    {
      config: { access: { kind: 'operator' } },
      schema: {
        operationId: 'endAccreditation',
        tags: ['governance'],
        summary: 'End an accreditation',
        description: 'What was issued while it held stays accredited.',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        response: { 204: Type.Null({ description: 'Ended' }) },
      },
    },
    async (request, reply) => {
      await governance.endAccreditation(operatorCaller(request), request.params.id as AccreditationId);
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/v1/registrars',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'listRegistrars',
        tags: ['governance'],
        summary: 'Who is accredited for what',
        querystring: Type.Object(
          {
            ...PageQuery.properties,
            asOf: Type.Optional(
              Type.String({ format: 'date-time', description: 'An instant in the past; now when absent' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: RegistrarPage },
      },
    },
    async (request) => {
      const { asOf, ...page } = request.query;
      return governance.listRegistrars(asOf === undefined ? undefined : new Date(asOf), toPageRequest(page));
    },
  );
}
