import { Type } from 'typebox';
import { PROFILES } from '../../credentials/profiles/index.js';
import { organisationCaller } from '../../http/access.js';
import { versionTag } from '../../http/entityTag.js';
import type { Server } from '../../http/server.js';
import type { OrganisationId } from '../../kernel/ids.js';
import { Completeness, Dossier, DossierBlocks } from './schemas.js';
import type { DossierService } from './service.js';

const OrganisationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
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
      return reply.header('etag', versionTag(dossier.version)).send(dossier);
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
      return reply.header('etag', versionTag(saved.version)).send(saved);
    },
  );
}
