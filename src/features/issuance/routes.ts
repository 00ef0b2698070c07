import { Type } from 'typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { REISSUE_CAUSES } from '../../kernel/credentialLife.js';
import { organisationCaller } from '../../http/access.js';
import { PageQuery, toPageRequest } from '../../http/paging.js';
import type { Server } from '../../http/server.js';
import type { OrganisationCaller } from '../../kernel/caller.js';
import type { SecuringFormat } from '../../credentials/profiles/profile.js';
import { FORMATS } from '../../credentials/securing/formats.js';
import { AppError } from '../../kernel/errors.js';
import type { CredentialId } from '../../kernel/ids.js';
import { CredentialReissuePage, CredentialsToReissue, MOST_REISSUED } from './reissue/schemas.js';
import { Credential, CredentialPage, StatusReason } from './schemas.js';
import type { IssuanceService } from './service.js';
import type { StatusAction } from '../../credentials/status/statusEntry.js';

const JSON_TYPE = 'application/json';
const FORM_CONTENT = Object.fromEntries(
  Object.values(FORMATS).map(({ mediaType }) => [mediaType, { schema: Type.String() }]),
);

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
            needsReissue: Type.Optional(
              Type.Enum(['any', ...REISSUE_CAUSES], {
                description: 'Only those that should be issued once more, for any reason or for this one',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: CredentialPage },
      },
    },
    async (request) => {
      const { role = 'holder', needsReissue, ...page } = request.query;
      const filter = { role, ...(needsReissue === undefined ? {} : { needsReissue }) };
      return issuance.listCredentials(organisationCaller(request), filter, toPageRequest(page));
    },
  );

  server.post(
    '/v1/credentials/reissues',
    {
      config: { access },
      schema: {
        operationId: 'reissueCredentials',
        tags: ['credentials'],
        summary: 'Issue credentials once more, under the keys of today',
        description: `For the issuer, where \`needsReissue\` says so. Each of them gets a successor that says the same on the same grounds, until the same end, and is revoked as superseded; its holder is told. At most ${MOST_REISSUED} at once: while there is a \`next\`, give it as \`after\`. What was done already is not done again.`,
        body: CredentialsToReissue,
        response: { 200: CredentialReissuePage },
      },
    },
    async (request) => issuance.reissueCredentials(organisationCaller(request), request.body),
  );

  server.get(
    '/v1/credentials/:id',
    {
      config: { access },
      schema: {
        operationId: 'getCredential',
        tags: ['credentials'],
        summary: 'A credential, or what is known of it',
        description:
          'Metadata as JSON; the credential itself, in full, when Accept names one of its formats (`formats` in the metadata).',
        params: CredentialParams,
        response: {
          200: {
            description: 'Metadata, or the credential',
            content: { [JSON_TYPE]: { schema: Credential }, ...FORM_CONTENT },
          },
        },
      },
    },
    async (request, reply) => {
      const caller = organisationCaller(request);
      const id = request.params.id as CredentialId;
      void reply.header('vary', 'accept').header('cache-control', 'private, no-store');
      const format = acceptedFormat(request, await issuance.listFormats(caller, id));
      if (format === undefined) return reply.send(await issuance.readCredential(caller, id));
      const secured = await issuance.readForm(caller, id, format);
      // All of these are text, of which the types of the routes keep no account.
      return (reply as FastifyReply).type(FORMATS[format].mediaType).send(secured);
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

/** RFC 9110 §12.5.1; no preference means the metadata, which is `undefined`. */
function acceptedFormat(
  request: FastifyRequest,
  offered: readonly SecuringFormat[],
): SecuringFormat | undefined {
  const mediaTypes = offered.map((format) => FORMATS[format].mediaType);
  const type = request.accepts().type([JSON_TYPE, ...mediaTypes]);
  if (type === JSON_TYPE) return undefined;
  const format = offered.find((one) => FORMATS[one].mediaType === type);
  if (format !== undefined) return format;
  throw new AppError(
    'credentials/format-unavailable',
    `This credential is available as ${mediaTypes.join(', ')}, its metadata as ${JSON_TYPE}.`,
  );
}
