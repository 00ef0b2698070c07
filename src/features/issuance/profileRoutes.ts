import { Type } from 'typebox';
import { profileContext, profileSchema } from '../../credentials/profiles/publication.js';
import type { Profile } from '../../credentials/profiles/profile.js';
import { notFound } from '../../kernel/errors.js';
import type { Server } from '../../http/server.js';

const ProfileParams = Type.Object({
  type: Type.String({ maxLength: 100 }),
  version: Type.String({ pattern: '^v\\d{1,4}$' }),
});
const Anything = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true });

/** The JSON Schemas and JSON-LD contexts that credentials point to: a version never changes, so they may be kept for good. */
export function addProfileRoutes(server: Server, profiles: readonly Profile[], publicUrl: string): void {
  const find = (params: { type: string; version: string }): Profile => {
    const profile = profiles.find(
      ({ type, version }) => type === params.type && `v${version}` === params.version,
    );
    if (!profile) throw notFound('version of a credential type');
    return profile;
  };
  const published = [
    {
      path: 'schemas',
      operationId: 'getSchema',
      mediaType: 'application/schema+json',
      summary: 'JSON Schema of a credential type',
      make: profileSchema,
    },
    {
      path: 'contexts',
      operationId: 'getContext',
      mediaType: 'application/ld+json',
      summary: 'JSON-LD context of a credential type',
      make: profileContext,
    },
  ] as const;
  for (const { path, operationId, mediaType, summary, make } of published) {
    server.get(
      `/${path}/:type/:version`,
      {
        config: { access: { kind: 'public' } },
        schema: {
          operationId,
          tags: ['credential types'],
          summary,
          params: ProfileParams,
          response: { 200: { description: summary, content: { [mediaType]: { schema: Anything } } } },
        },
      },
      async (request, reply) =>
        reply
          .type(mediaType)
          .header('cache-control', 'public, max-age=31536000, immutable')
          .send(make(find(request.params), publicUrl) as Record<string, unknown>),
    );
  }
}
