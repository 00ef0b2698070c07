import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import type { Server } from '../../../http/server.js';
import type { EvidenceId, GrantId } from '../../../kernel/ids.js';
import { EvidenceLink, NewEvidenceLink, ReleasedFiles } from './schemas.js';
import type { EvidenceLinkService } from './service.js';

const access = { kind: 'organisation', scope: 'sharing' } as const;
const GrantParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export function addEvidenceLinkRoutes(server: Server, links: EvidenceLinkService): void {
  server.get(
    '/v1/grants/:id/evidence',
    {
      config: { access },
      schema: {
        operationId: 'listGrantedEvidence',
        tags: ['sharing'],
        summary: 'The files that a grant releases, for both sides',
        description:
          'Those that were handed in for granted fields and for nothing else, before these were granted; and those that were attached to an answer since.',
        params: GrantParams,
        response: { 200: ReleasedFiles },
      },
    },
    async (request) => ({
      items: await links.listFiles(organisationCaller(request), request.params.id as GrantId),
    }),
  );

  server.post(
    '/v1/grants/:id/evidence-links',
    {
      config: { access, secretAnswer: true },
      schema: {
        operationId: 'makeEvidenceLink',
        tags: ['sharing'],
        summary: 'A link to a file, for five minutes',
        params: GrantParams,
        body: NewEvidenceLink,
        response: { 201: EvidenceLink },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const evidenceId = request.body.evidenceId as EvidenceId;
      const link = await links.makeLink(organisationCaller(request), id as GrantId, evidenceId);
      return reply.code(201).header('location', link.url).header('cache-control', 'no-store').send(link);
    },
  );

  server.get(
    '/v1/evidence-links/:linkToken',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'followEvidenceLink',
        tags: ['sharing'],
        summary: 'The file that a link leads to',
        description: 'Each time is on record, and the co-op sees it.',
        params: Type.Object({ linkToken: Type.String({ pattern: '^[A-Za-z0-9_-]{1,100}$' }) }),
        response: {
          200: {
            description: 'The content',
            content: {
              'application/octet-stream': {
                schema: Type.Unsafe<Readable>({ type: 'string', format: 'binary' }),
              },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const file = await links.openLink(request.params.linkToken);
      return reply
        .type(file.mediaType)
        .header('content-disposition', `attachment; filename="${file.fileName}"`)
        .header('content-security-policy', "sandbox; default-src 'none'")
        .header('cache-control', 'private, no-store')
        .header('referrer-policy', 'no-referrer')
        .header('content-length', file.size)
        .send(file.content);
    },
  );
}
