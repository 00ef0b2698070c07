import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { versionTag } from '../../../http/entityTag.js';
import type { Server } from '../../../http/server.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import type { ApplicationService } from '../service.js';
import { ReviewSettings, VersionedReviewSettings } from './schemas.js';

const OrganisationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export function addSettingsRoutes(server: Server, applications: ApplicationService): void {
  server.get(
    '/v1/organisations/:id/review-settings',
    {
      config: { access: { kind: 'organisation', scope: 'review', own: true } },
      schema: {
        operationId: 'getReviewSettings',
        tags: ['applications'],
        summary: 'How your organisation examines: who decides, by when, and what is checked besides',
        params: OrganisationParams,
        response: { 200: VersionedReviewSettings },
      },
    },
    async (request, reply) => {
      const settings = await applications.readSettings(request.params.id as OrganisationId);
      return reply.header('etag', versionTag(settings.version)).send(settings);
    },
  );

  server.put(
    '/v1/organisations/:id/review-settings',
    {
      config: { access: { kind: 'admin', own: true } },
      schema: {
        operationId: 'putReviewSettings',
        tags: ['applications'],
        summary: 'Settle how your organisation examines',
        description:
          'Replaces all settings. A review goes on under the templates that it began under; two persons decide where it was settled ' +
          'then or is settled now. After the first version, `If-Match` must carry the ETag of the newest one.',
        params: OrganisationParams,
        headers: Type.Object({
          'if-match': Type.Optional(
            Type.String({ maxLength: 200, description: 'ETag of the newest version' }),
          ),
        }),
        body: ReviewSettings,
        response: { 200: VersionedReviewSettings },
      },
    },
    async (request, reply) => {
      const settings = await applications.saveSettings(
        organisationCaller(request),
        request.body,
        request.headers['if-match'],
      );
      return reply.header('etag', versionTag(settings.version)).send(settings);
    },
  );
}
