import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { Type } from 'typebox';
import { AppError } from '../kernel/errors.js';
import type { Server } from './server.js';

export interface Readiness {
  /** Rejects while requests cannot be served. */
  check(): Promise<void>;
}

/** What who runs the service needs: is it alive, is it ready, how is it doing. */
export function addOperations(server: Server, readiness: Readiness): void {
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer, by route pattern',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
    registers: [metrics],
  });
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });

  const config = { access: { kind: 'public' }, rateLimit: false } as const;
  const Ok = Type.Object({ status: Type.Literal('ok') });
  server.get(
    '/healthz',
    {
      config,
      schema: {
        operationId: 'getHealth',
        tags: ['operations'],
        summary: 'Is the process alive',
        response: { 200: Ok },
      },
    },
    async () => ({ status: 'ok' as const }),
  );
  server.get(
    '/readyz',
    {
      config,
      schema: {
        operationId: 'getReadiness',
        tags: ['operations'],
        summary: 'Can it serve requests',
        response: { 200: Ok },
      },
    },
    async () => {
      await readiness.check().catch(() => {
        throw new AppError('request/unavailable', 'The database does not answer.', { retryAfterSeconds: 5 });
      });
      return { status: 'ok' as const };
    },
  );
  server.get(
    '/metrics',
    {
      config,
      schema: {
        operationId: 'getMetrics',
        tags: ['operations'],
        summary: 'Figures for Prometheus',
        response: {
          200: {
            description: 'Prometheus text format',
            content: { 'text/plain': { schema: Type.String() } },
          },
        },
      },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()),
  );
}
