import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { html, readable, sayNothingOfLink, sendPage, wantsPage } from '../../../http/page.js';
import { PageQuery, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { PresentationRequestId } from '../../../kernel/ids.js';
import {
  AnsweredRequest,
  MadePresentationRequest,
  NewPresentationRequest,
  OpenRequest,
  PresentationRequest,
  PresentationRequestPage,
  RequestAnswer,
} from './schemas.js';
import type { PresentationRequestService } from './service.js';

const access = { kind: 'organisation', scope: 'sharing' } as const;
const RequestParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const LinkParams = Type.Object({ requestCode: Type.String({ minLength: 1, maxLength: 100 }) });

export function addPresentationRequestRoutes(
  server: Server,
  requests: PresentationRequestService,
  answersPerMinute: number,
): void {
  server.post(
    '/v1/presentation-requests',
    {
      config: { access, secretAnswer: true },
      schema: {
        operationId: 'askForPresentation',
        tags: ['sharing'],
        summary: 'Ask a co-op to present its credentials',
        description:
          'Gives a link, once, to be handed to the co-op as it is or as a QR code. One answer is taken. It is verified under the policy, in the version of now, and its report is yours.',
        body: NewPresentationRequest,
        response: { 201: MadePresentationRequest },
      },
    },
    async (request, reply) => {
      const made = await requests.ask(organisationCaller(request), request.body);
      return reply
        .code(201)
        .header('location', `/v1/presentation-requests/${made.id}`)
        .header('cache-control', 'no-store')
        .send(made);
    },
  );

  server.get(
    '/v1/presentation-requests',
    {
      config: { access },
      schema: {
        operationId: 'listPresentationRequests',
        tags: ['sharing'],
        summary: 'What you asked for, oldest first',
        querystring: PageQuery,
        response: { 200: PresentationRequestPage },
      },
    },
    async (request) =>
      requests.listRequests(organisationCaller(request).organisationId, toPageRequest(request.query)),
  );

  server.get(
    '/v1/presentation-requests/:id',
    {
      config: { access },
      schema: {
        operationId: 'getPresentationRequest',
        tags: ['sharing'],
        summary: 'A request of yours, and what came of it',
        params: RequestParams,
        response: { 200: PresentationRequest },
      },
    },
    async (request) =>
      requests.readRequest(
        organisationCaller(request).organisationId,
        request.params.id as PresentationRequestId,
      ),
  );

  server.delete(
    '/v1/presentation-requests/:id',
    {
      config: { access },
      schema: {
        operationId: 'cancelPresentationRequest',
        tags: ['sharing'],
        summary: 'Take a request back',
        description: 'Nobody answers it any more; the record stays.',
        params: RequestParams,
        response: { 204: Type.Null({ description: 'Taken back, or over before' }) },
      },
    },
    async (request, reply) => {
      await requests.cancel(organisationCaller(request), request.params.id as PresentationRequestId);
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/present/:requestCode',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'openPresentationRequest',
        tags: ['sharing'],
        summary: 'What is asked for by a link: a page, or JSON',
        params: LinkParams,
        response: {
          200: {
            description: 'The request',
            content: {
              'application/json': { schema: OpenRequest },
              'text/html': { schema: Type.String() },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const open = await requests.open(request.params.requestCode);
      sayNothingOfLink(reply);
      return wantsPage(request, reply) ? showRequest(reply, open) : reply.send(open);
    },
  );

  server.post(
    '/present/:requestCode',
    {
      config: {
        access: { kind: 'anyone', scope: 'sharing' },
        secretAnswer: true,
        rateLimit: { max: answersPerMinute, timeWindow: 60_000 },
      },
      schema: {
        operationId: 'answerPresentationRequest',
        tags: ['sharing'],
        summary: 'Answer what is asked for by a link',
        description:
          'Signed in, with `credentialIds` of yours, and what is to be shown of them; or anybody, with a `presentation` made elsewhere. What its holder did not sign for this request is refused, and the request stays open.',
        params: LinkParams,
        body: RequestAnswer,
        response: { 200: AnsweredRequest },
      },
    },
    async (request) => requests.answer(request.params.requestCode, request.caller, request.body),
  );
}

function showRequest(reply: FastifyReply, { asker, purpose, policy, expiresAt }: OpenRequest): FastifyReply {
  return sendPage(
    reply,
    `${asker.name} asks for your passport`,
    html`
      <dl>
        <dt>Who asks</dt>
        <dd>${asker.name}<br /><code>${asker.did}</code></dd>
        <dt>What for</dt>
        <dd>${purpose}</dd>
        <dt>Judged by</dt>
        <dd>${policy.name}: ${[...new Set(policy.rules.map(({ rule }) => rule))].join(', ')}</dd>
        <dt>Answer until</dt>
        <dd>${readable(expiresAt)}</dd>
      </dl>
      <p>
        Nothing is shown of you by opening this page. To answer, sign in to Coop Passport as a delegate of
        your co-operative and send the credentials that you choose to this address; the API reference calls it
        <code>answerPresentationRequest</code>. Be sure that you know ${asker.name} and expect this request.
      </p>
    `,
  );
}
