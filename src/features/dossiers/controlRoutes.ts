import { Type } from 'typebox';
import { organisationCaller } from '../../http/access.js';
import { versionTag } from '../../http/entityTag.js';
import type { Server } from '../../http/server.js';
import type { OrganisationId } from '../../kernel/ids.js';
import { controlPersons } from './blocks/controlPersons.js';
import type { ControlPersonsService } from './controlPersons.js';
import { ControlDeclaration, ControlSummary, SavedControl } from './controlSchemas.js';

const OrganisationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 200, description: 'ETag of the newest version of the dossier' }),
  ),
});
const ownDossier = { access: { kind: 'organisation', scope: 'dossier', own: true } } as const;

export function addControlRoutes(server: Server, control: ControlPersonsService): void {
  server.get(
    '/v1/organisations/:id/dossier/control-persons',
    {
      config: ownDossier,
      schema: {
        operationId: 'getControlPersons',
        tags: ['dossier'],
        summary: 'Who controls the own organisation, summed up',
        description: 'From the statements of the block `controlPersons` in the newest version.',
        params: OrganisationParams,
        response: { 200: ControlSummary },
      },
    },
    async (request, reply) => {
      const { version, summary } = await control.readSummary(request.params.id as OrganisationId);
      return reply.header('etag', versionTag(version)).send(summary as never);
    },
  );

  server.post(
    '/v1/organisations/:id/dossier/control-persons',
    {
      config: ownDossier,
      schema: {
        operationId: 'declareControlPersons',
        tags: ['dossier'],
        summary: 'Declare that there is no beneficial owner, and who manages',
        description:
          'The usual case of a co-operative. Writes the BODS statements from the block `legalIdentity` and these facts, in place of those before, and saves a new version of the dossier. `If-Match` as for PUT.',
        params: OrganisationParams,
        headers: IfMatch,
        body: ControlDeclaration,
        response: { 200: SavedControl },
      },
    },
    async (request, reply) => {
      const saved = await control.declareNoBeneficialOwner(
        organisationCaller(request),
        request.body,
        request.headers['if-match'],
      );
      return reply.header('etag', versionTag(saved.version)).send(saved);
    },
  );

  server.get(
    '/v1/organisations/:id/dossier/bods',
    {
      config: ownDossier,
      schema: {
        operationId: 'getBodsFile',
        tags: ['dossier'],
        summary: 'The control persons as a file of the Beneficial Ownership Data Standard 0.4',
        params: OrganisationParams,
        response: { 200: controlPersons.schema },
      },
    },
    async (request, reply) => {
      const { version, statements } = await control.readFile(request.params.id as OrganisationId);
      return reply
        .header('etag', versionTag(version))
        .header('content-disposition', 'attachment; filename="bods.json"')
        .header('cache-control', 'private, no-store')
        .send(statements ?? []);
    },
  );

  server.put(
    '/v1/organisations/:id/dossier/bods',
    {
      config: ownDossier,
      schema: {
        operationId: 'putBodsFile',
        tags: ['dossier'],
        summary: 'Take the control persons from a BODS file',
        description:
          'An array of BODS 0.4 statements, in place of those before; saves a new version of the dossier. What the standard refuses is named by statement and place. `If-Match` as for PUT of the dossier.',
        params: OrganisationParams,
        headers: IfMatch,
        body: controlPersons.schema,
        response: { 200: SavedControl },
      },
    },
    async (request, reply) => {
      const saved = await control.replaceByFile(
        organisationCaller(request),
        request.body,
        request.headers['if-match'],
      );
      return reply.header('etag', versionTag(saved.version)).send(saved);
    },
  );
}
