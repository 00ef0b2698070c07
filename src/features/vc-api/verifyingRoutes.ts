import { PROBLEM_MEDIA_TYPE } from '../../http/problem.js';
import type { Server } from '../../http/server.js';
import { DeriveAnswer, DeriveRequest } from './schemas.js';
import type { VcApiService } from './service.js';
import {
  CredentialVerified,
  NotVerified,
  PresentationVerified,
  VerifyCredentialRequest,
  VerifyPresentationRequest,
} from './verifyingSchemas.js';

const REFUSED = {
  description: 'It does not verify; `problemDetails` says why',
  content: { [PROBLEM_MEDIA_TYPE]: { schema: NotVerified } },
};

/**
 * What everybody may ask (VCALM §3.3, §3.5.1). Nothing is stored; a verification asks what the specifications say, and not for this network's
 * trust.
 */
export function addVerifyingRoutes(
  server: Server,
  vcApi: VcApiService,
  verificationsPerMinute: number,
): void {
  const config = {
    access: { kind: 'public' },
    takesAnyValue: { judged: [] },
    rateLimit: { max: verificationsPerMinute, timeWindow: 60_000 },
  } as const;

  server.post(
    '/vc-api/credentials/verify',
    {
      config,
      schema: {
        operationId: 'verifyCredentialAsApi',
        tags: ['vc-api'],
        summary: 'Verify a credential (VCALM)',
        description:
          'Format, signature, key, issuer, dates, schema and status; not whether this network accredited the issuer, which is POST /v1/verifications. What could not be found out is not verified.',
        body: VerifyCredentialRequest,
        response: { 200: CredentialVerified, 400: REFUSED },
      },
    },
    async ({ body }) => {
      await vcApi.verifyCredential(body);
      const { verifiableCredential: credential, options } = body;
      return {
        verified: true as const,
        problemDetails: [],
        ...(options?.returnCredential === true ? { credential } : {}),
      };
    },
  );

  server.post(
    '/vc-api/presentations/verify',
    {
      config,
      schema: {
        operationId: 'verifyPresentationAsApi',
        tags: ['vc-api'],
        summary: 'Verify a presentation and all credentials in it (VCALM)',
        description:
          '`domain` and `challenge` are compared when they are given. Who presents has to be the holder, and need not be the subject of the credentials.',
        body: VerifyPresentationRequest,
        response: { 200: PresentationVerified, 400: REFUSED },
      },
    },
    async ({ body }) => {
      await vcApi.verifyPresentation(body);
      const { verifiablePresentation, options } = body;
      return {
        verified: true as const,
        problemDetails: [],
        ...(options?.returnPresentation === true ? { verifiablePresentation } : {}),
      };
    },
  );

  server.post(
    '/vc-api/credentials/derive',
    {
      config,
      schema: {
        operationId: 'deriveCredential',
        tags: ['vc-api'],
        summary: 'Derive a credential that discloses a part (VCALM)',
        description: 'With `ecdsa-sd-2023`. Needs no key, and does not say that the credential verifies.',
        body: DeriveRequest,
        response: { 201: DeriveAnswer },
      },
    },
    async (request, reply) => {
      const verifiableCredential = await vcApi.deriveCredential(request.body);
      return reply.code(201).header('cache-control', 'no-store').send({ verifiableCredential });
    },
  );
}
