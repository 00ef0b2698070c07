import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { PageQuery, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { WebhookId } from '../../../kernel/ids.js';
import {
  DeliveriesQuery,
  Delivery,
  DeliveryPage,
  NewWebhook,
  Replay,
  Replayed,
  SecretRotation,
  Webhook,
  WebhookChanges,
  WebhookPage,
  WebhookTest,
  WebhookWithSecret,
} from './schemas.js';
import type { WebhookService } from './service.js';

const config = { access: { kind: 'organisation', scope: 'sharing' } } as const;
const params = Type.Object({ id: Type.String({ format: 'uuid' }) });
const tags = ['sharing'];
/** Each makes a request to elsewhere while its caller waits. */
const TESTS_PER_MINUTE = 60;

export function addWebhookRoutes(server: Server, webhooks: WebhookService): void {
  addOwnWebhookRoutes(server, webhooks);
  addDeliveryRoutes(server, webhooks);
}

function addOwnWebhookRoutes(server: Server, webhooks: WebhookService): void {
  server.post(
    '/v1/webhooks',
    {
      config: { ...config, secretAnswer: true },
      schema: {
        operationId: 'createWebhook',
        tags,
        summary: 'Have events delivered to an address of yours',
        description:
          'Signed as Standard Webhooks has it, at least once, and tried again for a day. The secret is shown this one time.',
        body: NewWebhook,
        response: { 201: WebhookWithSecret },
      },
    },
    async (request, reply) => {
      const webhook = await webhooks.createWebhook(organisationCaller(request), request.body);
      return reply
        .code(201)
        .header('location', `/v1/webhooks/${webhook.id}`)
        .header('cache-control', 'no-store')
        .send(webhook);
    },
  );

  server.get(
    '/v1/webhooks',
    {
      config,
      schema: {
        operationId: 'listWebhooks',
        tags,
        summary: 'Your webhooks, oldest first',
        querystring: PageQuery,
        response: { 200: WebhookPage },
      },
    },
    async (request) => webhooks.listWebhooks(organisationCaller(request), toPageRequest(request.query)),
  );

  server.get(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        operationId: 'getWebhook',
        tags,
        summary: 'A webhook, and how it fares',
        params,
        response: { 200: Webhook },
      },
    },
    async (request) => webhooks.readWebhook(organisationCaller(request), request.params.id as WebhookId),
  );

  server.patch(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        operationId: 'changeWebhook',
        tags,
        summary: 'Change, pause or enable a webhook',
        description:
          'While it is paused or disabled nothing is kept for it, and what was pending is dead: replay that, and read the rest from your events.',
        params,
        body: WebhookChanges,
        response: { 200: Webhook },
      },
    },
    async (request) =>
      webhooks.changeWebhook(organisationCaller(request), request.params.id as WebhookId, request.body),
  );

  server.delete(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        operationId: 'deleteWebhook',
        tags,
        summary: 'Remove a webhook with its deliveries',
        params,
        response: { 204: Type.Null({ description: 'Removed' }) },
      },
    },
    async (request, reply) => {
      await webhooks.deleteWebhook(organisationCaller(request), request.params.id as WebhookId);
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/v1/webhooks/:id/secret',
    {
      config: { ...config, secretAnswer: true },
      schema: {
        operationId: 'rotateWebhookSecret',
        tags,
        summary: 'Get a new secret',
        description:
          'The one before signs beside it for a while, so that a receiver may change over. The secret is shown this one time.',
        params,
        body: SecretRotation,
        response: { 200: WebhookWithSecret },
      },
    },
    async (request, reply) => {
      const id = request.params.id as WebhookId;
      void reply.header('cache-control', 'no-store');
      return webhooks.rotateSecret(organisationCaller(request), id, request.body);
    },
  );
}

function addDeliveryRoutes(server: Server, webhooks: WebhookService): void {
  server.post(
    '/v1/webhooks/:id/test',
    {
      config: { ...config, rateLimit: { max: TESTS_PER_MINUTE, timeWindow: 60_000 } },
      schema: {
        operationId: 'testWebhook',
        tags,
        summary: 'Try a webhook out',
        description:
          'Delivers an event of the type `webhook.test` at once, also where the webhook is disabled, and answers with what came of it. It is not tried again.',
        params,
        body: WebhookTest,
        response: { 200: Delivery },
      },
    },
    async (request) => webhooks.testWebhook(organisationCaller(request), request.params.id as WebhookId),
  );

  server.get(
    '/v1/webhooks/:id/deliveries',
    {
      config,
      schema: {
        operationId: 'listDeliveries',
        tags,
        summary: 'What was delivered, is to be, or was given up (`state=dead`), oldest first',
        description: 'For as long as the events are kept: 90 days.',
        params,
        querystring: DeliveriesQuery,
        response: { 200: DeliveryPage },
      },
    },
    async (request) => {
      const { state, ...page } = request.query;
      const id = request.params.id as WebhookId;
      return webhooks.listDeliveries(organisationCaller(request), id, state, toPageRequest(page));
    },
  );

  server.post(
    '/v1/webhooks/:id/replays',
    {
      config,
      schema: {
        operationId: 'replayDeliveries',
        tags,
        summary: 'Deliver again what was given up',
        description: 'One dead delivery, or all of them; each is tried for a day once more.',
        params,
        body: Replay,
        response: { 200: Replayed },
      },
    },
    async (request) => ({
      count: await webhooks.replay(organisationCaller(request), request.params.id as WebhookId, request.body),
    }),
  );
}
