import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifySchema } from 'fastify';
import { Problem, PROBLEM_MEDIA_TYPE } from './problem.js';
import type { Server } from './server.js';
import type { Access } from './access.js';

const VERSION = '0.1.0';

/** openapi.yaml comes from the routes' schemas; `npm run openapi` writes it, `npm run check` fails when it lags behind. */
export async function addOpenApi(server: Server, publicUrl: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Coop Passport',
        version: VERSION,
        description:
          'A registrar examines a co-operative once and issues verifiable credentials about it; any partner re-uses that work under its own policy.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: publicUrl }],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'From POST /v1/sessions or POST /oauth2/token',
          },
        },
        schemas: { Problem: withoutId(Problem) as never },
      },
    },
    transform: ({ schema, url, route }) => ({
      schema: describe(schema ?? {}, (route.config as { access?: Access } | undefined)?.access),
      url,
    }),
  });
  server.get(
    '/openapi.yaml',
    { schema: { hide: true }, config: { access: { kind: 'public' } } },
    (_request, reply) => reply.type('application/yaml').send(server.swagger({ yaml: true })),
  );
  await server.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      // The pages of Swagger UI come with the plugin, so their rule is given here; they are served under their own, laxer policy.
      route.config = { ...route.config, access: { kind: 'public' } };
      route.schema = { ...route.schema, hide: true };
    });
    await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  });
}

const PROBLEM_CONTENT = {
  description: 'The request was refused; `code` says why (RFC 9457)',
  content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** Adds to a route's schema what follows from its access rule, and the problem document that every route may answer. */
function describe(schema: FastifySchema, access: Access | undefined): FastifySchema {
  const response = { ...(schema.response as object), '4XX': PROBLEM_CONTENT, '5XX': PROBLEM_CONTENT };
  const security =
    access === undefined || access.kind === 'public'
      ? []
      : access.kind === 'anyone'
        ? [{}, { bearer: [] }]
        : [{ bearer: [] }];
  return { ...schema, response, security } as FastifySchema;
}

function withoutId(schema: object): object {
  const { $id: _id, ...rest } = schema as { $id?: string };
  return rest;
}
