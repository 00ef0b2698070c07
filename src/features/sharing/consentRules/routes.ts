import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { versionTag } from '../../../http/entityTag.js';
import type { Server } from '../../../http/server.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import { ConsentRules, ConsentRulesInForce } from './schemas.js';
import type { ConsentRuleService } from './service.js';

const OrganisationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export function addConsentRuleRoutes(server: Server, consentRules: ConsentRuleService): void {
  server.get(
    '/v1/organisations/:id/consent-rules',
    {
      config: { access: { kind: 'organisation', scope: 'sharing', own: true } },
      schema: {
        operationId: 'getConsentRules',
        tags: ['sharing'],
        summary: 'How your organisation decides about requests for its dossier',
        params: OrganisationParams,
        response: { 200: ConsentRulesInForce },
      },
    },
    async (request, reply) => {
      const rules = await consentRules.readRules(request.params.id as OrganisationId);
      return reply.header('etag', versionTag(rules.version)).send(rules);
    },
  );

  server.put(
    '/v1/organisations/:id/consent-rules',
    {
      config: { access: { kind: 'admin', own: true } },
      schema: {
        operationId: 'putConsentRules',
        tags: ['sharing'],
        summary: 'Settle how your organisation decides about requests for its dossier',
        description:
          'Replaces all rules, for requests that are made from then on: those that are open go on under the rule of when they were made. ' +
          'Every delegate is told. After the first version, `If-Match` must carry the ETag of the newest one.',
        params: OrganisationParams,
        headers: Type.Object({
          'if-match': Type.Optional(
            Type.String({ maxLength: 200, description: 'ETag of the newest version' }),
          ),
        }),
        body: ConsentRules,
        response: { 200: ConsentRulesInForce },
      },
    },
    async (request, reply) => {
      const rules = await consentRules.saveRules(
        organisationCaller(request),
        request.body,
        request.headers['if-match'],
      );
      return reply.header('etag', versionTag(rules.version)).send(rules);
    },
  );
}
