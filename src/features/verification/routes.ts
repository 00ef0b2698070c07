import { Type } from 'typebox';
import { organisationCaller, organisationOf } from '../../http/access.js';
import type { Server } from '../../http/server.js';
import { AppError, invalidField, type FieldError } from '../../kernel/errors.js';
import type { PolicyId, VerificationId } from '../../kernel/ids.js';
import { Report, VerificationRequest } from './schemas.js';
import type { FieldProof } from '../../credentials/dossier/commitment.js';
import type { PolicyChoice, VerificationService, VerifyOptions } from './service.js';
import type { Submission } from './submission.js';

export function addVerificationRoutes(
  server: Server,
  verification: VerificationService,
  perMinute: number,
): void {
  server.post(
    '/v1/verifications',
    {
      config: {
        access: { kind: 'anyone', scope: 'verify' },
        takesAnyValue: { judged: ['credential', 'presentation'] },
        rateLimit: { max: perMinute, timeWindow: 60_000 },
      },
      schema: {
        operationId: 'verify',
        tags: ['verification'],
        summary: 'Verify a credential or a presentation',
        description:
          'Send `credential`, or `presentation` with `audience` and `nonce`. Any value is judged: what is not a credential gives the verdict `rejected`, not an error. Without a token nothing is stored. With `policyId` every rule of that policy gives a check of its own with what was demanded and what was found, and the verdict is over all of them. With `receipt` the report is signed by your organisation, so that you can show it to others. With `asOf` the verdict is the one of then, from the keys, status, accreditations and archived foreign documents that were recorded until then; what was learned later stands in `since`, and what is not archived is undetermined.',
        body: VerificationRequest,
        response: { 200: Report },
      },
    },
    async (request) => {
      const submission = toSubmission(request.body);
      const verifierId = organisationOf(request.caller);
      const options = toOptions(request.body);
      if (verifierId !== undefined) return verification.verify(submission, verifierId, options);
      const [wanted] = Object.keys(options) as (keyof VerifyOptions)[];
      if (wanted === undefined) return verification.verify(submission, undefined);
      throw request.caller
        ? new AppError('auth/forbidden', `${SIGNED_IN_ONLY[wanted]}: sign in as a member of an organisation.`)
        : new AppError('auth/required', `${SIGNED_IN_ONLY[wanted]}: sign in, or leave it out.`);
    },
  );

  server.get(
    '/v1/verifications/:id',
    {
      config: { access: { kind: 'organisation', scope: 'verify' } },
      schema: {
        operationId: 'getVerification',
        tags: ['verification'],
        summary: 'A stored report, for who asked for it',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        response: { 200: Report },
      },
    },
    async (request) =>
      verification.readVerification(
        request.params.id as VerificationId,
        organisationCaller(request).organisationId,
      ),
  );
}

const SIGNED_IN_ONLY = {
  policy: '"policyId" names a policy of an organisation',
  asOf: '"asOf" is for members of this network',
  receipt: '"receipt" is signed by an organisation',
} as const satisfies Record<keyof VerifyOptions, string>;

function toOptions(body: VerificationRequest): VerifyOptions {
  const policy = toPolicyChoice(body);
  return {
    ...(policy && { policy }),
    ...(body.asOf !== undefined && { asOf: toInstant(body.asOf) }),
    ...(body.receipt === true && { receipt: true }),
  };
}

/** A leap second is a date-time, and no instant here. */
function toInstant(text: string): Date {
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) throw invalidField('/asOf', 'is not an instant that is known here');
  return instant;
}

function toPolicyChoice({ policyId, policyVersion }: VerificationRequest): PolicyChoice | undefined {
  if (policyId !== undefined) {
    return { id: policyId as PolicyId, ...(policyVersion !== undefined && { version: policyVersion }) };
  }
  if (policyVersion !== undefined) throw invalidField('/policyVersion', 'belongs to a policyId');
  return undefined;
}

/** Exactly one of the two, and what belongs to it. */
function toSubmission(body: VerificationRequest): Submission {
  const { audience, nonce, fields } = body;
  const errors: FieldError[] = [];
  const isPresentation = Object.hasOwn(body, 'presentation');
  if (Object.hasOwn(body, 'credential') === isPresentation) {
    throw new AppError('request/invalid', 'Send either a credential or a presentation.', {
      errors: [
        {
          pointer: isPresentation ? '/presentation' : '/credential',
          detail: 'send exactly one of "credential" and "presentation"',
        },
      ],
    });
  }
  for (const [member, value] of Object.entries({ audience, nonce })) {
    if (isPresentation && value === undefined)
      errors.push({ pointer: `/${member}`, detail: 'is required with a presentation' });
    if (!isPresentation && value !== undefined)
      errors.push({ pointer: `/${member}`, detail: 'belongs to a presentation' });
  }
  if (isPresentation && fields !== undefined)
    errors.push({ pointer: '/fields', detail: 'belongs to a credential' });
  for (const [index, field] of (fields ?? []).entries()) {
    if (field.length !== undefined && Object.hasOwn(field, 'value'))
      errors.push({
        pointer: `/fields/${index}`,
        detail: 'has both `value` and `length`: a proof is of one',
      });
  }
  if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
  if (audience === undefined || nonce === undefined) {
    return { credential: body.credential, ...(fields && { fields: fields.map(toFieldProof) }) };
  }
  return { presentation: body.presentation, audience, nonce };
}

/** A list is told by its length, everything else by its value; what has neither proves nothing. */
function toFieldProof(field: NonNullable<VerificationRequest['fields']>[number]): FieldProof {
  const { length, value, ...rest } = field;
  return length === undefined ? { ...rest, value } : { ...rest, length };
}
