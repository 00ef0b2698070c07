import type { Kysely } from 'kysely';
import { Type } from 'typebox';
import type { Tables } from '../../../adapters/database/schema.js';
import { DifferenceQuery, VersionDifference } from '../../../http/difference.js';
import type { Server } from '../../../http/server.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import type { DossierVersions } from '../versions.js';
import { compareDossierVersions } from './service.js';

export function addDossierDifferenceRoute(
  server: Server,
  deps: { readonly db: Kysely<Tables>; readonly versions: DossierVersions },
): void {
  server.get(
    '/v1/organisations/:id/dossier/difference',
    {
      config: { access: { kind: 'organisation', scope: 'dossier', own: true } },
      schema: {
        operationId: 'compareDossierVersions',
        tags: ['dossier'],
        summary: 'What changed between two versions of the own dossier',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        querystring: DifferenceQuery,
        response: { 200: VersionDifference },
      },
    },
    async (request) => compareDossierVersions(deps, request.params.id as OrganisationId, request.query),
  );
}
