import { Type } from 'typebox';
import { callerOf } from '../../../http/access.js';
import type { Server } from '../../../http/server.js';
import type { MemberCaller, OperatorCaller } from '../../../kernel/caller.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import { Session } from '../wire.js';
import { RefreshInput, SignInInput } from './schemas.js';
import type { SessionService } from './service.js';

const PUBLIC = { access: { kind: 'public' } } as const;

export function addSessionRoutes(server: Server, sessions: SessionService): void {
  server.post(
    '/v1/sessions',
    {
      config: PUBLIC,
      schema: {
        operationId: 'signIn',
        tags: ['accounts'],
        summary: 'Sign in',
        description:
          'A session lasts for 90 days at most. After too many failures, of an account or from a network, the answer is 429 with Retry-After for at most a minute at a time.',
        body: SignInInput,
        response: { 201: Session },
      },
    },
    async (request, reply) => {
      const { email, password, organisationId } = request.body;
      const session = await sessions.signIn(
        {
          email,
          password,
          ...(organisationId === undefined ? {} : { organisationId: organisationId as OrganisationId }),
        },
        request.ip,
      );
      return reply
        .code(201)
        .header('location', '/v1/sessions/current')
        .header('cache-control', 'no-store')
        .send(session);
    },
  );

  server.post(
    '/v1/sessions/refresh',
    {
      config: PUBLIC,
      schema: {
        operationId: 'refreshSession',
        tags: ['accounts'],
        summary: 'Exchange the refresh token for new tokens',
        description:
          'Each refresh token works once. The same one again within 10 seconds gives the same answer, for one that was lost on the way; later it ends the session, since two parties hold it.',
        body: RefreshInput,
        response: { 200: Session },
      },
    },
    async (request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .send(await sessions.refreshSession(request.body.refreshToken)),
  );

  server.delete(
    '/v1/sessions/current',
    {
      config: { access: { kind: 'person' } },
      schema: {
        operationId: 'signOut',
        tags: ['accounts'],
        summary: 'Sign out',
        description: 'The tokens of this session stop working with the next request.',
        response: { 204: Type.Null({ description: 'Signed out' }) },
      },
    },
    async (request, reply) => {
      await sessions.signOut(callerOf(request) as MemberCaller | OperatorCaller);
      return reply.code(204).send(null);
    },
  );
}
