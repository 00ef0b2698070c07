import type { FastifyRequest } from 'fastify';
import { organisationCaller } from '../../../http/access.js';
import type { Server } from '../../../http/server.js';
import type { MemberCaller } from '../../../kernel/caller.js';
import { AppError } from '../../../kernel/errors.js';
import { EventDigest, EventDigestChoice } from './schemas.js';
import type { DigestService } from './service.js';

const config = { access: { kind: 'anyOrganisation' } } as const;
const tags = ['sharing'];

export function addDigestRoutes(server: Server, digests: DigestService): void {
  server.get(
    '/v1/me/event-digest',
    {
      config,
      schema: {
        operationId: 'getEventDigest',
        tags,
        summary: 'Whether you are mailed how many events your organisation had',
        response: { 200: EventDigest },
      },
    },
    async (request) => digests.readDigest(memberOf(request)),
  );

  server.put(
    '/v1/me/event-digest',
    {
      config,
      schema: {
        operationId: 'chooseEventDigest',
        tags,
        summary: 'Choose whether you are mailed how many events your organisation had',
        description:
          'Once a day at the most, for all your organisations in one mail, and only when there were any: how many of which kind, and where to read them. Each membership has a choice of its own.',
        body: EventDigestChoice,
        response: { 200: EventDigest },
      },
    },
    async (request) => digests.chooseDigest(memberOf(request), request.body.choice),
  );
}

function memberOf(request: FastifyRequest): MemberCaller {
  const caller = organisationCaller(request);
  if (caller.kind !== 'member')
    throw new AppError('auth/forbidden', 'Only a person gets mail, not a machine client.');
  return caller;
}
