import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { notFound, type ErrorCode } from '../kernel/errors.js';
import { html, sendPage, wantsPage } from './page.js';
import { PROBLEMS } from './problem.js';
import type { Server } from './server.js';

const INTERNAL: Explanation = {
  status: 500,
  title: 'Something went wrong here',
  remedy: 'It is not your doing. Try again, and if it stays, tell the operator the `instance` of the answer.',
};

const response = {
  200: {
    description: 'The explanation',
    content: {
      'text/html': { schema: Type.String() },
      'application/json': {
        schema: Type.Object(
          {
            code: Type.String(),
            status: Type.Integer(),
            title: Type.String(),
            remedy: Type.String(),
          },
          { title: 'ErrorExplanation' },
        ),
      },
    },
  },
};

/** The page that a problem's `type` points to: what the code means and what to do, as a page or as JSON. */
export function addErrorPages(server: Server): void {
  server.get(
    '/errors/:area/:reason',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'getErrorPage',
        tags: ['errors'],
        summary: 'What an error code means and what to do about it',
        params: Type.Object({
          area: Type.String({ description: 'The first part of the code', examples: ['applications'] }),
          reason: Type.String({ description: 'The second part of the code', examples: ['already-decided'] }),
        }),
        response,
      },
    },
    async (request, reply) => {
      const code = `${request.params.area}/${request.params.reason}`;
      const kind = findKind(code);
      if (!kind) throw notFound('error code');
      return explain(request, reply, code, kind);
    },
  );
  server.get(
    '/errors/internal',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'getInternalErrorPage',
        tags: ['errors'],
        summary: 'What the one error code means that has no area: something went wrong here',
        response,
      },
    },
    async (request, reply) => explain(request, reply, 'internal', INTERNAL),
  );
}

interface Explanation {
  readonly status: number;
  readonly title: string;
  readonly remedy: string;
}

function explain(
  request: FastifyRequest,
  reply: FastifyReply,
  code: string,
  { status, title, remedy }: Explanation,
): FastifyReply {
  if (!wantsPage(request, reply)) return reply.send({ code, status, title, remedy });
  const body = html`
    <p>Error code <code>${code}</code>, HTTP status ${status}</p>
    <h2>What to do</h2>
    <p>${remedy}</p>
  `;
  return sendPage(reply, title, body);
}

function findKind(code: string) {
  return Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code as ErrorCode] : undefined;
}
