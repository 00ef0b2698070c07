import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { html, readable, sayNothingOfLink, sendPage, wantsPage } from '../../../http/page.js';
import { PageQuery, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import { invalidField } from '../../../kernel/errors.js';
import type { ShareLinkId } from '../../../kernel/ids.js';
import {
  MadeShareLink,
  NewShareLink,
  PassportOpening,
  SharedPassport,
  ShareLink,
  ShareLinkPage,
} from './schemas.js';
import type { ShareLinkService } from './service.js';

const access = { kind: 'organisation', scope: 'sharing' } as const;
const LinkParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const CodeParams = Type.Object({ linkCode: Type.String({ minLength: 1, maxLength: 100 }) });

export function addShareLinkRoutes(server: Server, links: ShareLinkService, openingsPerMinute: number): void {
  server.post(
    '/v1/share-links',
    {
      config: { access, secretAnswer: true },
      schema: {
        operationId: 'makeShareLink',
        tags: ['sharing'],
        summary: 'Make a link to your passport',
        description:
          'Whoever has it sees the public credentials, as they stand then, so many times and so long, until you end it. Nothing that is about persons is shown.',
        body: NewShareLink,
        response: { 201: MadeShareLink },
      },
    },
    async (request, reply) => {
      const made = await links.makeLink(organisationCaller(request), request.body);
      return reply
        .code(201)
        .header('location', `/v1/share-links/${made.id}`)
        .header('cache-control', 'no-store')
        .send(made);
    },
  );

  server.get(
    '/v1/share-links',
    {
      config: { access },
      schema: {
        operationId: 'listShareLinks',
        tags: ['sharing'],
        summary: 'Your links and how often they were opened, oldest first',
        querystring: PageQuery,
        response: { 200: ShareLinkPage },
      },
    },
    async (request) =>
      links.listLinks(organisationCaller(request).organisationId, toPageRequest(request.query)),
  );

  server.get(
    '/v1/share-links/:id',
    {
      config: { access },
      schema: {
        operationId: 'getShareLink',
        tags: ['sharing'],
        summary: 'A link of yours',
        params: LinkParams,
        response: { 200: ShareLink },
      },
    },
    async (request) =>
      links.readLink(organisationCaller(request).organisationId, request.params.id as ShareLinkId),
  );

  server.delete(
    '/v1/share-links/:id',
    {
      config: { access },
      schema: {
        operationId: 'endShareLink',
        tags: ['sharing'],
        summary: 'End a link, at once and for good',
        params: LinkParams,
        response: { 204: Type.Null({ description: 'It does not open any more' }) },
      },
    },
    async (request, reply) => {
      await links.endLink(organisationCaller(request), request.params.id as ShareLinkId);
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/passports/:linkCode',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'lookAtShareLink',
        tags: ['sharing'],
        summary: 'The page that a share link leads to, before it is opened',
        description: 'Shows nothing and counts nothing, since programs look at links on their own.',
        params: CodeParams,
        response: {
          200: { description: 'A page with a button', content: { 'text/html': { schema: Type.String() } } },
        },
      },
    },
    async (request, reply) => {
      await links.requireOpening(request.params.linkCode);
      sayNothingOfLink(reply);
      return askToOpen(reply);
    },
  );

  addOpening(server, links, openingsPerMinute);
}

/** In a scope of its own, since the button of a page sends a form, of nothing. */
function addOpening(server: Server, links: ShareLinkService, openingsPerMinute: number): void {
  void server.register((scope: Server, _options, done) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'buffer', bodyLimit: 1_000 },
      (_request: FastifyRequest, body: Buffer, parsed) =>
        parsed(body.length === 0 ? null : invalidField('', 'must be empty'), {}),
    );

    scope.post(
      '/passports/:linkCode',
      {
        config: {
          access: { kind: 'public' },
          secretAnswer: true,
          rateLimit: { max: openingsPerMinute, timeWindow: 60_000 },
        },
        schema: {
          operationId: 'openShareLink',
          tags: ['sharing'],
          summary: 'Open a share link: the passport as a page, or as JSON',
          description:
            'Counts as a use. For a link that has ended, of whatever reason, there is nothing here.',
          params: CodeParams,
          body: PassportOpening,
          response: {
            200: {
              description: 'The passport as it stands',
              content: {
                'application/json': { schema: SharedPassport },
                'text/html': { schema: Type.String() },
              },
            },
          },
        },
      },
      async (request, reply) => {
        const passport = await links.openLink(request.params.linkCode);
        sayNothingOfLink(reply);
        return wantsPage(request, reply) ? showPassport(reply, passport) : reply.send(passport);
      },
    );
    done();
  });
}

function askToOpen(reply: FastifyReply): FastifyReply {
  return sendPage(
    reply,
    'A co-operative shares its passport with you',
    html`
      <p>The link can be opened a limited number of times, and the co-operative sees how often that was.</p>
      <form method="post"><button>Open the passport</button></form>
    `,
  );
}

const VERDICTS = {
  accepted: 'Valid: signature, issuer, accreditation and status were checked just now',
  rejected: 'Not valid any more',
  undetermined: 'Could not be checked just now',
} as const;

function showPassport(reply: FastifyReply, { holder, openedAt, credentials }: SharedPassport): FastifyReply {
  const sections = credentials.map(
    ({ title, issuer, verdict, assurance, validUntil }) => html`
      <section>
        <h2>${title}</h2>
        <p><strong>${VERDICTS[verdict]}</strong></p>
        <dl>
          <dt>Examined and issued by</dt>
          <dd>${issuer.name ?? 'Nobody that is known here'}<br /><code>${issuer.did ?? ''}</code></dd>
          <dt>Assurance</dt>
          <dd>${assurance ?? 'not said'}</dd>
          <dt>Valid until</dt>
          <dd>${validUntil === undefined ? 'not said' : readable(validUntil)}</dd>
        </dl>
      </section>
    `,
  );
  return sendPage(
    reply,
    `Passport of ${holder.name}`,
    html`
      <p><code>${holder.did}</code>, as of ${readable(openedAt)}</p>
      ${sections.length > 0 ? sections : html`<p>No credential is valid now.</p>`}
      <p>
        A registrar that the network accredited examined the co-operative. This page says nothing about
        whether it is trustworthy or credit-worthy. Ask this address for JSON to get the signed credentials,
        and verify them yourself.
      </p>
    `,
  );
}
