import { Type } from 'typebox';
import type { FastifyRequest } from 'fastify';
import { organisationCaller } from '../../http/access.js';
import { PageQuery, toPageRequest } from '../../http/paging.js';
import type { Server } from '../../http/server.js';
import type { OrganisationCaller } from '../../kernel/caller.js';
import { AppError } from '../../kernel/errors.js';
import type { CredentialId } from '../../kernel/ids.js';
import { Credential, CredentialPage, StatusReason } from './schemas.js';
import type { IssuanceService } from './service.js';
import type { StatusAction } from '../../credentials/status/statusEntry.js';

const JSON_TYPE = 'application/json';
const VC_JWT = 'application/vc+jwt';

const CredentialParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const access = { kind: 'organisation', scope: 'credentials' } as const;

export interface CredentialRouteDeps {
  readonly issuance: IssuanceService;
  readonly changeStatus: (
    caller: OrganisationCaller,
    id: CredentialId,
    action: StatusAction,
    reason: string,
  ) => Promise<void>;
}

export function addCredentialRoutes(server: Server, { issuance, changeStatus }: CredentialRouteDeps): void {
  server.get(
    '/v1/credentials',
    {
      config: { access },
      schema: {
        operationId: 'listCredentials',
        tags: ['credentials'],
        summary: 'Credentials that you hold or have issued, oldest first',
        querystring: Type.Object(
          {
            ...PageQuery.properties,
            role: Type.Optional(Type.Enum(['holder', 'issuer'], { default: 'holder' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: CredentialPage },
      },
    },
    async (request) => {
      const { role = 'holder', ...page } = request.query;
      return issuance.listCredentials(organisationCaller(request), role, toPageRequest(page));
    },
  );

  server.get(
    '/v1/credentials/:id',
    {
      config: { access },
      schema: {
        operationId: 'getCredential',
        tags: ['credentials'],
        summary: 'A credential, or what is known of it',
        description: 'Metadata as JSON; the credential itself when Accept names one of its formats.',
        params: CredentialParams,
        response: {
          200: {
            description: 'Metadata, or the credential',
            content: { [JSON_TYPE]: { schema: Credential }, [VC_JWT]: { schema: Type.String() } },
          },
        },
      },
    },
    async (request, reply) => {
      const caller = organisationCaller(request);
      const id = request.params.id as CredentialId;
      void reply.header('vary', 'accept').header('cache-control', 'private, no-store');
      if (acceptedType(request) === JSON_TYPE) return reply.send(await issuance.readCredential(caller, id));
      return reply.type(VC_JWT).send(await issuance.readToken(caller, id));
    },
  );

  for (const action of ['suspend', 'reinstate', 'revoke'] as const) {
    server.post(
      `/v1/credentials/:id/${action}`,
      {
        config: { access },
        schema: {
          operationId: `${action}Credential`,
          tags: ['credentials'],
          summary: STATUS_SUMMARIES[action],
          description: 'For the issuer. The answer comes once the status list that says so is being served.',
          params: CredentialParams,
          body: StatusReason,
          response: { 200: Credential },
        },
      },
      async (request) => {
        const caller = organisationCaller(request);
        const id = request.params.id as CredentialId;
        await changeStatus(caller, id, action, request.body.reason);
        return issuance.readCredential(caller, id);
      },
    );
  }
}

const STATUS_SUMMARIES: Readonly<Record<StatusAction, string>> = {
  suspend: 'Suspend a credential',
  reinstate: 'Lift a suspension',
  revoke: 'Revoke a credential for good',
};

/** RFC 9110 §12.5.1; no preference means the metadata. */
function acceptedType(request: FastifyRequest): typeof JSON_TYPE | typeof VC_JWT {
  const type = request.accepts().type([JSON_TYPE, VC_JWT]);
  if (type === JSON_TYPE || type === VC_JWT) return type;
  throw new AppError(
    'credentials/format-unavailable',
    `This credential is available as ${VC_JWT}, its metadata as ${JSON_TYPE}.`,
  );
}
