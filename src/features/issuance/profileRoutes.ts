import { Type } from 'typebox';
import { profileContext, profileSchema } from '../../credentials/profiles/publication.js';
import type { Profile } from '../../credentials/profiles/profile.js';
import { publishTypeMetadata } from '../../credentials/profiles/typeMetadata.js';
import { notFound } from '../../kernel/errors.js';
import type { Server } from '../../http/server.js';

const ProfileParams = Type.Object({
  type: Type.String({ maxLength: 100 }),
  version: Type.String({ pattern: '^v\\d{1,4}$' }),
});
const Anything = Type.Unsafe<string>({ type: 'object', additionalProperties: true });

const Label = Type.Object({ locale: Type.String(), label: Type.String() }, { title: 'ClaimLabel' });
const ClaimMetadata = Type.Object(
  {
    path: Type.Array(Type.Union([Type.String(), Type.Null()]), {
      minItems: 1,
      description: 'The claim; `null` stands for every element of an array',
    }),
    display: Type.Array(Label),
    mandatory: Type.Boolean({ description: 'The issuer always includes it' }),
    sd: Type.Enum(['always', 'never'], { description: 'Whether the holder may keep it back' }),
  },
  { title: 'ClaimMetadata' },
);
const TypeMetadata = Type.Unsafe<string>(
  Type.Object(
    {
      vct: Type.String({ format: 'uri', description: 'The type: the address of this document' }),
      name: Type.String(),
      description: Type.String(),
      display: Type.Array(
        Type.Object(
          { locale: Type.String(), name: Type.String(), description: Type.String() },
          { title: 'TypeLabel' },
        ),
      ),
      claims: Type.Array(ClaimMetadata),
    },
    { title: 'TypeMetadata', description: 'SD-JWT VC Type Metadata (IETF)' },
  ),
);

/**
 * The JSON Schemas, JSON-LD contexts and SD-JWT VC type metadata that credentials point to: a version never changes, so they may be kept for
 * good. Each is sent as the very text that is made here, since `vct#integrity` is of the bytes.
 */
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
      shape: Anything,
      make: (profile: Profile) => JSON.stringify(profileSchema(profile, publicUrl)),
    },
    {
      path: 'contexts',
      operationId: 'getContext',
      mediaType: 'application/ld+json',
      summary: 'JSON-LD context of a credential type',
      shape: Anything,
      make: (profile: Profile) => JSON.stringify(profileContext(profile, publicUrl)),
    },
    {
      path: 'types',
      operationId: 'getTypeMetadata',
      mediaType: 'application/json',
      summary: 'SD-JWT VC type metadata of a credential type',
      shape: TypeMetadata,
      make: (profile: Profile) => publishTypeMetadata(profile, publicUrl).text,
    },
  ] as const;
  for (const { path, operationId, mediaType, summary, shape, make } of published) {
    server.get(
      `/${path}/:type/:version`,
      {
        config: { access: { kind: 'public' } },
        schema: {
          operationId,
          tags: ['credential types'],
          summary,
          params: ProfileParams,
          response: { 200: { description: summary, content: { [mediaType]: { schema: shape } } } },
        },
      },
      async (request, reply) =>
        reply
          .type(mediaType)
          .headers({
            'cache-control': 'public, max-age=31536000, immutable',
            // It is data, also where a browser opens it (draft-ietf-oauth-sd-jwt-vc-19 §7.2).
            'content-security-policy': "default-src 'none'",
          })
          .send(make(find(request.params))),
    );
  }
}
