import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { PageQuery, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { PresentationId } from '../../../kernel/ids.js';
import { MadePresentation, NewPresentation, PresentationPage, PresentationRecord } from './schemas.js';
import type { PresentationService } from './service.js';

const access = { kind: 'organisation', scope: 'sharing' } as const;

export function addPresentationRoutes(server: Server, presentations: PresentationService): void {
  server.post(
    '/v1/presentations',
    {
      // What it shows of persons is not kept for a repeated request.
      config: { access, secretAnswer: true },
      schema: {
        operationId: 'present',
        tags: ['sharing'],
        summary: 'Present credentials of yours to one verifier',
        description:
          'Signed by you for this audience and this nonce, and good for five minutes. What was shown to whom stays on your record; the presentation itself is not kept.',
        body: NewPresentation,
        response: { 201: MadePresentation },
      },
    },
    async (request, reply) => {
      const made = await presentations.present(organisationCaller(request), request.body);
      return reply
        .code(201)
        .header('location', `/v1/presentations/${made.id}`)
        .header('cache-control', 'no-store')
        .send(made);
    },
  );

  server.get(
    '/v1/presentations',
    {
      config: { access },
      schema: {
        operationId: 'listPresentations',
        tags: ['sharing'],
        summary: 'What you presented to whom, oldest first',
        querystring: PageQuery,
        response: { 200: PresentationPage },
      },
    },
    async (request) =>
      presentations.listPresentations(
        organisationCaller(request).organisationId,
        toPageRequest(request.query),
      ),
  );

  server.get(
    '/v1/presentations/:id',
    {
      config: { access },
      schema: {
        operationId: 'getPresentation',
        tags: ['sharing'],
        summary: 'What was presented',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        response: { 200: PresentationRecord },
      },
    },
    async (request) =>
      presentations.readPresentation(
        organisationCaller(request).organisationId,
        request.params.id as PresentationId,
      ),
  );
}
