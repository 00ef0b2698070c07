import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import type { Server } from '../../../http/server.js';
import type { PolicyId, VerificationId } from '../../../kernel/ids.js';
import { DryRun, DryRunQuery, DryRunRequest } from './schemas.js';
import type { DryRunService } from './service.js';

export function addDryRunRoutes(server: Server, dryRuns: DryRunService): void {
  server.post(
    '/v1/policies/:id/dry-runs',
    {
      config: { access: { kind: 'organisation', scope: 'sharing' } },
      schema: {
        operationId: 'tryPolicy',
        tags: ['policies'],
        summary: 'What a changed policy would have decided',
        description:
          'Decides your stored verifications of a time again, under a draft or a version of the policy, each as of when it was made. Nothing is asked of anybody, and nothing is stored. For who may change policies and read verifications.',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        querystring: DryRunQuery,
        body: DryRunRequest,
        response: { 200: DryRun },
      },
    },
    async (request) => {
      const { limit = 100, after } = request.query;
      return dryRuns.tryPolicy(organisationCaller(request), request.params.id as PolicyId, request.body, {
        limit,
        ...(after !== undefined && { after: after as VerificationId }),
      });
    },
  );
}
