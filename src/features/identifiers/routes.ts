import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { organisationCaller } from '../../http/access.js';
import { entityTagOf, isKnownToCaller } from '../../http/entityTag.js';
import { pageOf, PageQuery, toPageRequest } from '../../http/paging.js';
import type { Server } from '../../http/server.js';
import { notFound } from '../../kernel/errors.js';
import type { KeyId, OrganisationId } from '../../kernel/ids.js';
import {
  DidDocumentSchema,
  IssuerMetadataSchema,
  Key,
  KeyParams,
  KeyRevocation,
  KeyRotation,
  OrganisationParams,
  SlugParams,
} from './schemas.js';
import type { IdentifiersService } from './service.js';

const ownMember = { access: { kind: 'member', own: true } } as const;
const ownAdmin = { access: { kind: 'admin', own: true } } as const;

const DID_JSON = 'application/did+json';
const NotModified = Type.Null({ description: 'It is still the one that `If-None-Match` names' });

export function addIdentifierRoutes(server: Server, identifiers: IdentifiersService): void {
  addDocumentRoute(server, identifiers);
  addIssuerMetadataRoute(server, identifiers);
  addKeyReadingRoutes(server, identifiers);
  addKeyChangingRoutes(server, identifiers);
}

function addDocumentRoute(server: Server, identifiers: IdentifiersService): void {
  server.get(
    '/orgs/:slug/did.json',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'getDidDocument',
        tags: ['identifiers'],
        summary: "An organisation's DID document",
        description:
          'What did:web resolvers read. Each key stands in it as a `JsonWebKey` and as a `Multikey`. A retired key stays under `assertionMethod`; a revoked one is under no purpose and carries `revoked`, the instant of compromise.',
        params: SlugParams,
        response: {
          200: {
            description: 'The current document; it may be kept for a minute',
            content: { [DID_JSON]: { schema: DidDocumentSchema } },
          },
          304: NotModified,
        },
      },
    },
    async (request, reply) => {
      const document = await identifiers.documentOf(request.params.slug);
      if (!document) throw notFound('DID document');
      return sendForAMinute(request, reply, DID_JSON, document);
    },
  );
}

function addIssuerMetadataRoute(server: Server, identifiers: IdentifiersService): void {
  server.get(
    '/.well-known/jwt-vc-issuer/orgs/:slug',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'getIssuerMetadata',
        tags: ['identifiers'],
        summary: "An organisation's keys as an issuer of SD-JWT VCs",
        description:
          'JWT VC Issuer Metadata of the issuer `{PUBLIC_URL}/orgs/{slug}`: the keys under `assertionMethod` in its DID document, under the same ids. A retired key stays; a revoked one is gone.',
        params: SlugParams,
        response: {
          200: {
            description: 'The current metadata; it may be kept for a minute',
            content: { 'application/json': { schema: IssuerMetadataSchema } },
          },
          304: NotModified,
        },
      },
    },
    async (request, reply) => {
      const metadata = await identifiers.issuerMetadataOf(request.params.slug);
      if (!metadata) throw notFound('issuer');
      return sendForAMinute(request, reply, 'application/json', metadata);
    },
  );
}

/** With a tag of exactly what is sent, so that a caller who has it is told so. */
async function sendForAMinute(
  request: FastifyRequest,
  reply: FastifyReply,
  mediaType: string,
  document: object,
): Promise<FastifyReply> {
  const text = JSON.stringify(document);
  const etag = entityTagOf(text);
  reply.headers({
    etag,
    'cache-control': 'public, max-age=60',
    // It is data, also where a browser opens it (draft-ietf-oauth-sd-jwt-vc-19 §7.2).
    'content-security-policy': "default-src 'none'",
  });
  if (isKnownToCaller(request.headers['if-none-match'], etag)) return reply.code(304).send(null);
  return reply.type(mediaType).send(text);
}

function addKeyReadingRoutes(server: Server, identifiers: IdentifiersService): void {
  server.get(
    '/v1/organisations/:id/keys',
    {
      config: ownMember,
      schema: {
        operationId: 'listKeys',
        tags: ['identifiers'],
        summary: "The own organisation's signing keys, newest first",
        params: OrganisationParams,
        querystring: PageQuery,
        response: { 200: pageOf(Key) },
      },
    },
    async (request) =>
      identifiers.listKeys(request.params.id as OrganisationId, toPageRequest(request.query)),
  );

  server.get(
    '/v1/organisations/:id/keys/:keyId',
    {
      config: ownMember,
      schema: {
        operationId: 'getKey',
        tags: ['identifiers'],
        summary: 'One of the own signing keys',
        params: KeyParams,
        response: { 200: Key },
      },
    },
    async (request) =>
      identifiers.readKey(request.params.id as OrganisationId, request.params.keyId as KeyId),
  );
}

function addKeyChangingRoutes(server: Server, identifiers: IdentifiersService): void {
  server.post(
    '/v1/organisations/:id/keys',
    {
      config: ownAdmin,
      schema: {
        operationId: 'rotateKey',
        tags: ['identifiers'],
        summary: 'Make a new signing key; the one before is retired',
        description:
          'The new key signs from now on. The private half of the one before is destroyed; what it signed goes on being verified. Credentials that you hold are bound to your key of ES256: their issuers are told to issue them once more.',
        params: OrganisationParams,
        body: KeyRotation,
        response: { 201: Key },
      },
    },
    async (request, reply) => {
      const key = await identifiers.rotateKey(organisationCaller(request), request.body.algorithm);
      return reply
        .code(201)
        .header('location', `/v1/organisations/${request.params.id}/keys/${key.id}`)
        .send(key);
    },
  );

  server.post(
    '/v1/organisations/:id/keys/:keyId/revoke',
    {
      config: ownAdmin,
      schema: {
        operationId: 'revokeKey',
        tags: ['identifiers'],
        summary: 'Revoke a key that may be in the wrong hands',
        description:
          'Final. What the key signed is from then on accepted only where our own record shows that it was issued before `compromisedAt`. If the key was active, a new one takes its place; the status lists are signed again. Credentials that it signed are issued once more at `POST /v1/credentials/reissues`.',
        params: KeyParams,
        body: KeyRevocation,
        response: { 200: Key },
      },
    },
    async (request) => {
      const { compromisedAt, reason } = request.body;
      const keyId = request.params.keyId as KeyId;
      return identifiers.revokeKey(organisationCaller(request), keyId, {
        compromisedAt: new Date(compromisedAt),
        reason,
      });
    },
  );
}
