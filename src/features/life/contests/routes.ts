import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { PageQuery, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { ContestId, CredentialId } from '../../../kernel/ids.js';
import { Contest, ContestAnswer, ContestPage, ContestWithdrawal, NewContest } from './schemas.js';
import type { ContestService } from './service.js';

const CredentialParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const ContestParams = Type.Object({
  id: Type.String({ format: 'uuid' }),
  contestId: Type.String({ format: 'uuid' }),
});
/** Who may apply for a credential may contest what it says. */
const asHolder = { access: { kind: 'organisation', scope: 'applications' } } as const;
const asIssuer = { access: { kind: 'organisation', scope: 'credentials' } } as const;

export function addContestRoutes(server: Server, contests: ContestService): void {
  server.post(
    '/v1/credentials/:id/contests',
    {
      config: asHolder,
      schema: {
        operationId: 'openContest',
        tags: ['credentials'],
        summary: 'Contest something that a credential says about you',
        description:
          'The registrar is told, and while the contest is open every verification report notes the place that is contested. The verdict does not change.',
        params: CredentialParams,
        body: NewContest,
        response: { 201: Contest },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const caller = organisationCaller(request);
      const contest = await contests.openContest(caller, id as CredentialId, request.body);
      return reply.code(201).header('location', `/v1/credentials/${id}/contests`).send(contest);
    },
  );

  server.get(
    '/v1/credentials/:id/contests',
    {
      config: asIssuer,
      schema: {
        operationId: 'listContests',
        tags: ['credentials'],
        summary: 'What is and was contested of a credential, oldest first',
        description: 'For its holder and its issuer.',
        params: CredentialParams,
        querystring: PageQuery,
        response: { 200: ContestPage },
      },
    },
    async (request) =>
      contests.listContests(
        organisationCaller(request),
        request.params.id as CredentialId,
        toPageRequest(request.query),
      ),
  );

  server.post(
    '/v1/credentials/:id/contests/:contestId/resolution',
    {
      config: asIssuer,
      schema: {
        operationId: 'answerContest',
        tags: ['credentials'],
        summary: 'Answer a contest',
        description:
          'For the issuer. The note goes from verification reports; who upholds a contest suspends, revokes or renews the credential as well.',
        params: ContestParams,
        body: ContestAnswer,
        response: { 200: Contest },
      },
    },
    async (request) => {
      const { id, contestId } = request.params;
      const caller = organisationCaller(request);
      return contests.answerContest(caller, id as CredentialId, contestId as ContestId, request.body);
    },
  );

  server.post(
    '/v1/credentials/:id/contests/:contestId/withdrawal',
    {
      config: asHolder,
      schema: {
        operationId: 'withdrawContest',
        tags: ['credentials'],
        summary: 'Take a contest back',
        params: ContestParams,
        body: ContestWithdrawal,
        response: { 200: Contest },
      },
    },
    async (request) => {
      const { id, contestId } = request.params;
      return contests.withdrawContest(
        organisationCaller(request),
        id as CredentialId,
        contestId as ContestId,
      );
    },
  );
}
