import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifySchema } from 'fastify';
import { Problem, PROBLEM_MEDIA_TYPE } from './problem.js';
import type { Access } from './access.js';
import { tidyApiDocument } from './apiDocument.js';
import type { Server } from './server.js';

/** The chapters of the API reference, in the order in which a newcomer needs them; a route names one of them. */
const TAGS = [
  { name: 'accounts', description: 'Organisations, their people and machine clients, signing in' },
  { name: 'identifiers', description: 'DIDs and the signing keys behind them' },
  { name: 'dossier', description: 'What an organisation says about itself, and the evidence for it' },
  {
    name: 'applications',
    description: 'Requesting credentials from a registrar, and examining such requests',
  },
  {
    name: 'memberships',
    description: "A federation's register of its members: import, invitations, credentials for all of them",
  },
  { name: 'credentials', description: 'Issued credentials and their life' },
  {
    name: 'notices',
    description: 'What an organisation is told: what lapses, what was changed, what waits for it',
  },
  { name: 'credential types', description: 'JSON Schemas and JSON-LD contexts of the credential types' },
  { name: 'status', description: 'Published status lists: what is suspended or revoked' },
  { name: 'verification', description: 'Checking credentials and presentations' },
  { name: 'network', description: 'What the network does, in numbers that name nobody' },
  {
    name: 'policies',
    description:
      'What an organisation demands before it accepts: versioned rules, and trying them on the past',
  },
  {
    name: 'sharing',
    description: 'Who relies on whose credentials',
  },
  { name: 'vc-api', description: 'The W3C VC API (VCALM); only where the operator has switched it on' },
  { name: 'governance', description: 'Who is accredited to issue what' },
  { name: 'errors', description: 'What an error code means and what to do about it' },
  { name: 'operations', description: 'For who runs the service' },
];

/** openapi.yaml comes from the routes' schemas; `npm run openapi` writes it, `npm run check` fails when it lags behind. */
export async function addOpenApi(server: Server, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Coop Passport',
        version,
        description:
          'A registrar examines a co-operative once and issues verifiable credentials about it; any partner re-uses that work under its own policy.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'The installation that serves this document' }],
      tags: TAGS,
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'From POST /v1/sessions or POST /oauth2/token',
          },
        },
        schemas: { Problem: Problem as never },
      },
    },
    transform: ({ schema, url, route }) => {
      const { config } = route;
      return nameWildcard(describe(schema, config?.access), url, config?.wildcardName);
    },
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new Error('the API is described in OpenAPI 3');
      return tidyApiDocument(document.openapiObject);
    },
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
    await docs.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: true,
      uiConfig: { validatorUrl: null },
      theme: {
        title: 'Coop Passport API',
        css: [{ filename: 'theme.css', content: '.swagger-ui .topbar { display: none; }' }],
      },
    });
  });
}

const PROBLEM_CONTENT = { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } };
const PROBLEMS = {
  '4XX': { description: 'The request was refused; `code` says why (RFC 9457)', content: PROBLEM_CONTENT },
  '5XX': { description: 'Something went wrong here, or the service is not ready', content: PROBLEM_CONTENT },
};

/** Adds to a route's schema what follows from its access rule, and the problem document that every route may answer. */
function describe(schema: FastifySchema | undefined, access: Access | undefined): FastifySchema {
  const response = { ...(schema?.response as object), ...PROBLEMS };
  const security =
    access === undefined || access.kind === 'public'
      ? []
      : access.kind === 'anyone'
        ? [{}, { bearer: [] }]
        : [{ bearer: [] }];
  return { ...schema, response, security };
}

/** A path that ends in `*` takes what a parameter cannot (slashes, great length); OpenAPI has no word for it but the parameter. */
function nameWildcard(
  schema: FastifySchema,
  url: string,
  name: string | undefined,
): { schema: FastifySchema; url: string } {
  const { properties } = (schema.params ?? {}) as { properties?: Record<string, unknown> };
  if (name === undefined || !properties) return { schema, url };
  const { '*': wildcard, ...others } = properties;
  const params = { type: 'object', required: [name], properties: { ...others, [name]: wildcard } };
  return { schema: { ...schema, params }, url: url.replace(/\*$/, `:${name}`) };
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the API reference calls the part of the path that a final `*` stands for. */
    wildcardName?: string;
  }
}
