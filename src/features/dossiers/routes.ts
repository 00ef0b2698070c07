import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { PROFILES } from '../../credentials/profiles/index.js';
import { organisationCaller } from '../../http/access.js';
import type { Server } from '../../http/server.js';
import { PageQuery, pageOf, toPageRequest } from '../../http/paging.js';
import type { EvidenceId, OrganisationId } from '../../kernel/ids.js';
import { readUpload } from './upload.js';
import { etagOf } from './rules.js';
import { Completeness, Dossier, DossierBlocks, Evidence, EvidenceMetadata } from './schemas.js';
import type { DossierService } from './service.js';
import type { EvidenceService } from './evidence.js';

const OrganisationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const EvidenceParams = Type.Object({
  id: Type.String({ format: 'uuid' }),
  evidenceId: Type.String({ format: 'uuid' }),
});

const CredentialType = Type.Enum(PROFILES.map(({ type }) => type));

const ownDossier = { access: { kind: 'organisation', scope: 'dossier', own: true } } as const;

export function addDossierRoutes(server: Server, dossiers: DossierService): void {
  server.get(
    '/v1/organisations/:id/dossier',
    {
      config: ownDossier,
      schema: {
        operationId: 'getDossier',
        tags: ['dossier'],
        summary: 'The newest version of the own dossier',
        params: OrganisationParams,
        response: { 200: Dossier },
      },
    },
    async (request, reply) => {
      const dossier = await dossiers.readDossier(request.params.id as OrganisationId);
      return reply.header('etag', etagOf(dossier.version)).send(dossier);
    },
  );

  server.get(
    '/v1/organisations/:id/dossier/completeness',
    {
      config: ownDossier,
      schema: {
        operationId: 'getDossierCompleteness',
        tags: ['dossier'],
        summary: 'What is still needed for each wanted credential, and the next useful step',
        params: OrganisationParams,
        querystring: Type.Object(
          {
            credentialType: Type.Optional(
              Type.Union([CredentialType, Type.Array(CredentialType, { maxItems: 20 })], {
                description: 'May be given several times; all types when absent',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: Completeness },
      },
    },
    async (request) => {
      const { credentialType } = request.query;
      const wanted = credentialType === undefined ? undefined : [credentialType].flat();
      return dossiers.readCompleteness(
        request.params.id as OrganisationId,
        PROFILES.filter(({ type }) => wanted?.includes(type) ?? true),
      );
    },
  );

  server.put(
    '/v1/organisations/:id/dossier',
    {
      config: ownDossier,
      schema: {
        operationId: 'putDossier',
        tags: ['dossier'],
        summary: 'Save a new version of the dossier',
        description:
          'The blocks replace those of the version before. After the first version, `If-Match` must carry the ETag of the newest one.',
        params: OrganisationParams,
        headers: Type.Object({
          'if-match': Type.Optional(
            Type.String({ maxLength: 200, description: 'ETag of the newest version' }),
          ),
        }),
        body: DossierBlocks,
        response: { 200: Dossier },
      },
    },
    async (request, reply) => {
      const saved = await dossiers.saveDossier(
        organisationCaller(request),
        request.body,
        request.headers['if-match'],
      );
      return reply.header('etag', etagOf(saved.version)).send(saved);
    },
  );
}

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
          'Two parts: `metadata` (JSON) and `file`. The file is stored encrypted; what kind it is, is found by looking at its content.',
        consumes: ['multipart/form-data'],
        params: OrganisationParams,
        body: Type.Object({ metadata: EvidenceMetadata, file: Type.String({ format: 'binary' }) }),
        response: { 201: Evidence },
      },
    },
    async (request, reply) => {
      const { metadata, file } = await readUpload(request, evidence, maxBytes);
      const added = await evidence.addEvidence(organisationCaller(request), metadata, file);
      return reply
        .code(201)
        .header('location', `/v1/organisations/${request.params.id}/evidence/${added.id}`)
        .send(added);
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
      config: { access: { kind: 'anyOrganisation' } },
      schema: {
        operationId: 'getEvidence',
        tags: ['dossier'],
        summary: 'The file itself',
        description:
          'For the owner, for a registrar that has an application before it for which the piece was handed in, and for whoever was sent it with a message.',
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
      const { id, evidenceId } = request.params;
      const opened = await evidence.openEvidence(
        organisationCaller(request),
        id as OrganisationId,
        evidenceId as EvidenceId,
      );
      return reply
        .type(opened.evidence.mediaType)
        .header('content-disposition', 'attachment')
        .header('content-security-policy', "sandbox; default-src 'none'")
        .header('cache-control', 'private, no-store')
        .header('content-length', opened.evidence.size)
        .send(opened.content);
    },
  );
}
