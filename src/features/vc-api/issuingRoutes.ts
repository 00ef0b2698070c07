import { Type } from 'typebox';
import { organisationCaller } from '../../http/access.js';
import type { Server } from '../../http/server.js';
import type { InstanceId } from '../../kernel/ids.js';
import { IssueAnswer, IssueRequest, OwnInstanceParams, StatusRequest } from './schemas.js';
import type { VcApiService } from './service.js';

const mayIssue = { access: { kind: 'organisation', scope: 'credentials' } } as const;

/** What an instance's owner does through it (VCALM §3.2). */
export function addIssuingRoutes(server: Server, vcApi: VcApiService): void {
  server.post(
    '/vc-api/:instance/credentials/issue',
    {
      // A base proof of selective disclosure holds what only its holder may know, so the answer is not stored for replay.
      config: { ...mayIssue, takesAnyValue: { judged: [] }, secretAnswer: true },
      schema: {
        operationId: 'issueThroughInstance',
        tags: ['vc-api'],
        summary: 'Issue a credential (VCALM)',
        description:
          'VC Data Model 2.0, and 1.1 with Data Integrity. `issuer` may be left out, or is the DID of the instance. Nothing else is filled in but the proof and, where the instance has a status list, `credentialStatus`.',
        params: OwnInstanceParams,
        body: IssueRequest,
        response: { 201: IssueAnswer },
      },
    },
    async (request, reply) => {
      const verifiableCredential = await vcApi.issueCredential(
        organisationCaller(request),
        request.params.instance as InstanceId,
        request.body,
      );
      return reply.code(201).header('cache-control', 'no-store').send({ verifiableCredential });
    },
  );

  server.post(
    '/vc-api/:instance/credentials/status',
    {
      config: mayIssue,
      schema: {
        operationId: 'updateStatusThroughInstance',
        tags: ['vc-api'],
        summary: 'Revoke what an instance issued (VCALM)',
        description: 'Answers once the status list that says so is served. Revocation is final.',
        params: OwnInstanceParams,
        body: StatusRequest,
        response: {
          200: Type.Object({ credentialId: Type.String() }, { title: 'UpdateCredentialStatusAnswer' }),
        },
      },
    },
    async (request) => {
      const { params, body } = request;
      await vcApi.statusLists.changeStatus(organisationCaller(request), params.instance as InstanceId, body);
      return { credentialId: body.credentialId };
    },
  );
}
