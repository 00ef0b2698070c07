import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import type { Server } from '../../../http/server.js';
import { PageQuery, pageOf, toPageRequest } from '../../../http/paging.js';
import type { EvidenceId, OrganisationId } from '../../../kernel/ids.js';
import { evidencePath, fileNameFor } from './rules.js';
import { Evidence, EvidenceMetadata, NewHold } from './schemas.js';
import type { EvidenceService } from './service.js';
import { readUpload } from './upload.js';

const OrganisationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const EvidenceParams = Type.Object({
  id: Type.String({ format: 'uuid' }),
  evidenceId: Type.String({ format: 'uuid' }),
});

const ownDossier = { access: { kind: 'organisation', scope: 'dossier', own: true } } as const;
const whoeverSeesIt = { access: { kind: 'anyOrganisation' } } as const;

export function addEvidenceRoutes(server: Server, evidence: EvidenceService, maxBytes: number): void {
  server.post(
    '/v1/organisations/:id/evidence',
    {
      config: ownDossier,
      // The parts are checked while they stream in, so there is no body as a whole to validate.
      validatorCompiler: () => () => true,
      schema: {
        operationId: 'addEvidence',
        tags: ['dossier'],
        summary: 'Hand in a piece of evidence',
        description:
          'Two parts: `metadata` (JSON) and `file`. The file is scanned where a scanner is configured, and stored encrypted; what kind it is, is found by looking at its content.',
        consumes: ['multipart/form-data'],
        params: OrganisationParams,
        body: Type.Object({ metadata: EvidenceMetadata, file: Type.String({ format: 'binary' }) }),
        response: { 201: Evidence },
      },
    },
    async (request, reply) => {
      const caller = organisationCaller(request);
      const { metadata, file } = await readUpload(request, evidence, caller, maxBytes);
      const added = await evidence.addEvidence(caller, metadata, file);
      return reply.code(201).header('location', evidencePath(request.params.id, added.id)).send(added);
    },
  );

  server.get(
    '/v1/organisations/:id/evidence',
    {
      config: ownDossier,
      schema: {
        operationId: 'listEvidence',
        tags: ['dossier'],
        summary: 'The own evidence, oldest first',
        params: OrganisationParams,
        querystring: PageQuery,
        response: { 200: pageOf(Evidence) },
      },
    },
    async (request) =>
      evidence.listEvidence(request.params.id as OrganisationId, toPageRequest(request.query)),
  );

  server.get(
    '/v1/organisations/:id/evidence/:evidenceId',
    {
      config: whoeverSeesIt,
      schema: {
        operationId: 'getEvidence',
        tags: ['dossier'],
        summary: 'The file itself',
        description:
          'For the owner, and for a registrar that has an application before it for which the piece was handed in.',
        params: EvidenceParams,
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
      const opened = await evidence.openEvidence(organisationCaller(request), ...named(request.params));
      const { title, media_type: mediaType, size_bytes: size } = opened.evidence;
      return reply
        .type(mediaType)
        .header('content-disposition', `attachment; filename="${fileNameFor({ title, mediaType })}"`)
        .header('content-security-policy', "sandbox; default-src 'none'")
        .header('cache-control', 'private, no-store')
        .header('content-length', size)
        .send(opened.content);
    },
  );

  server.put(
    '/v1/organisations/:id/evidence/:evidenceId/hold',
    {
      config: whoeverSeesIt,
      schema: {
        operationId: 'holdEvidence',
        tags: ['dossier'],
        summary: 'Have a file kept for longer than its period',
        description:
          'For whoever may see the file and has a duty to keep it. One hold for each organisation; another one replaces it.',
        params: EvidenceParams,
        body: NewHold,
        response: { 200: Evidence },
      },
    },
    async (request) =>
      evidence.holdEvidence(organisationCaller(request), ...named(request.params), request.body),
  );

  server.delete(
    '/v1/organisations/:id/evidence/:evidenceId/hold',
    {
      config: whoeverSeesIt,
      schema: {
        operationId: 'liftEvidenceHold',
        tags: ['dossier'],
        summary: 'End your own hold on a file',
        params: EvidenceParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await evidence.liftHold(organisationCaller(request), ...named(request.params));
      return reply.code(204).send(null);
    },
  );
}

function named(params: { id: string; evidenceId: string }): [OrganisationId, EvidenceId] {
  return [params.id as OrganisationId, params.evidenceId as EvidenceId];
}
