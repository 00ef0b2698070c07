import { Type } from 'typebox';
import type { Server } from '../../http/server.js';
import { notFound } from '../../kernel/errors.js';
import { BLOCKS } from './blocks/index.js';

/** The JSON Schemas of the dossier's blocks, from the very shapes that a PUT is judged by. */

type PublishedBlock = (typeof BLOCKS)[number];

export function blockSchemaUrl(
  { name, version }: Pick<PublishedBlock, 'name' | 'version'>,
  publicUrl: string,
): string {
  return `${publicUrl}/schemas/dossier/${name}/v${version}`;
}

export function publishBlockSchema(block: PublishedBlock, publicUrl: string): string {
  const head = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: blockSchemaUrl(block, publicUrl),
  };
  return JSON.stringify({ ...head, ...block.schema });
}

const SchemaList = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        block: Type.String(),
        version: Type.Integer(),
        url: Type.String({ format: 'uri' }),
        isPersonal: Type.Boolean({ description: 'Holds data about persons, and is kept apart' }),
      }),
    ),
  },
  { title: 'DossierSchemaList' },
);

/** A version never changes, so it may be kept for good; a block that changes gets a new one. */
export function addBlockSchemaRoutes(server: Server, publicUrl: string): void {
  server.get(
    '/schemas/dossier',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'listDossierSchemas',
        tags: ['dossier'],
        summary: 'The JSON Schemas of the dossier’s blocks',
        response: { 200: SchemaList },
      },
    },
    async () => ({
      items: BLOCKS.map((block) => ({
        block: block.name,
        version: block.version,
        url: blockSchemaUrl(block, publicUrl),
        isPersonal: block.isPersonal,
      })),
    }),
  );

  const summary = 'JSON Schema of a block of the dossier';
  server.get(
    '/schemas/dossier/:block/:blockVersion',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'getDossierSchema',
        tags: ['dossier'],
        summary,
        params: Type.Object({
          block: Type.String({ maxLength: 100 }),
          blockVersion: Type.String({ pattern: '^v\\d{1,4}$' }),
        }),
        response: {
          200: {
            description: summary,
            content: {
              'application/schema+json': {
                schema: Type.Unsafe<string>({ type: 'object', additionalProperties: true }),
              },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const { block: name, blockVersion } = request.params;
      const block = BLOCKS.find((known) => known.name === name && `v${known.version}` === blockVersion);
      if (!block) throw notFound('version of a block');
      return reply
        .type('application/schema+json')
        .headers({
          'cache-control': 'public, max-age=31536000, immutable',
          'content-security-policy': "default-src 'none'",
        })
        .send(publishBlockSchema(block, publicUrl));
    },
  );
}
