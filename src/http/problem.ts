import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { AppError, type ErrorCode, type FieldError } from '../kernel/errors.js';
import { EVIDENCE_PROBLEMS } from './evidenceProblems.js';
import { APPLICATION_PROBLEMS } from './applicationProblems.js';
import { kind, type ProblemKind } from './problemKind.js';
import { SHARING_PROBLEMS } from './sharingProblems.js';

export const PROBLEMS: Readonly<Record<ErrorCode, ProblemKind>> = {
  'request/invalid': kind(
    400,
    'The request is not valid',
    'Mend what `errors` names; each has a JSON Pointer into what you sent. Unknown members are refused, and nothing is converted from another type.',
  ),
  'request/malformed-json': kind(400, 'The body is not JSON', 'Send one JSON document in UTF-8.'),
  'request/too-large': kind(
    413,
    'The request is too large',
    'Send less at once; the limits are in the configuration table.',
  ),
  'request/unsupported-media-type': kind(
    415,
    'This kind of content is not taken here',
    'Send the Content-Type that the API reference names for this route.',
  ),
  'request/not-acceptable': kind(
    406,
    'There is no such representation',
    'Ask, by Accept, for one of the media types that the API reference names.',
  ),
  'request/rate-limited': kind(429, 'Too many requests', 'Wait for as long as Retry-After says.'),
  'request/unavailable': kind(503, 'Not ready', 'Try again in a moment.'),
  'request/no-such-route': kind(
    404,
    'There is no such route',
    'Compare method and path with the API reference at /docs.',
  ),
  'request/failed': kind(
    400,
    'The request cannot be read',
    'Compare the request with the API reference at /docs.',
  ),
  'auth/required': kind(
    401,
    'Sign in first',
    'Send a valid access token as `Authorization: Bearer …`; they last 15 minutes.',
  ),
  'auth/forbidden': kind(
    403,
    'You do not have the right',
    'Ask an administrator of your organisation for the role or scope that the detail names.',
  ),
  'resource/not-found': kind(
    404,
    'Not found',
    'Check the id. What belongs to another organisation looks as if it did not exist.',
  ),
  'idempotency/key-reused': kind(
    422,
    'The Idempotency-Key was used for another body or query',
    'Use a fresh key for a new request.',
  ),
  'idempotency/in-progress': kind(
    409,
    'The first request with this key is not finished',
    'Wait for its answer, or look whether it took effect.',
  ),
  'idempotency/answer-not-kept': kind(
    409,
    'The first request with this key was answered',
    'Its answer held a secret, or was cut off, and is not stored: look whether it took effect, and use a fresh key for a new one.',
  ),
  'accounts/invalid-credentials': kind(
    401,
    'Address or password is wrong',
    'Check both. A forgotten password is reset by mail or by the operator.',
  ),
  'accounts/throttled': kind(
    429,
    'Too many failed sign-ins',
    'Wait for as long as Retry-After says; nothing is locked for good.',
  ),
  'accounts/invalid-refresh-token': kind(401, 'The refresh token is not valid', 'Sign in again.'),
  'accounts/address-taken': kind(
    409,
    'The address has an account already',
    'Sign in with it, or ask for an invitation.',
  ),
  'accounts/already-member': kind(
    409,
    'Is a member already',
    'Change the role of the existing member instead.',
  ),
  'accounts/last-admin': kind(
    409,
    'An organisation needs an administrator',
    'Make somebody else an administrator first, or close the organisation.',
  ),
  'accounts/name-fixed': kind(
    409,
    'The name of an accredited registrar is fixed',
    'Ask the operator to end the accreditation, change the name, and be accredited anew under it.',
  ),
  'accounts/token-invalid': kind(
    400,
    'The link is not valid',
    'It was used, has expired or was withdrawn: ask for a new one.',
  ),
  'accounts/mail-not-configured': kind(
    409,
    'This installation sends no mail',
    'Ask its operator, who can reset a password with `coop-passport reset-password`.',
  ),
  'keys/already-revoked': kind(409, 'The key is revoked already', 'Nothing is left to do.'),
  'keys/none-active': kind(
    409,
    'There is no key to sign with',
    'Ask who runs the installation to look at your keys.',
  ),
  'keys/not-active': kind(409, 'The key does not sign any more', 'Rotate the key that is active now.'),
  'dossiers/version-required': kind(
    428,
    'Say which version you change',
    'GET the dossier and send its ETag as If-Match.',
  ),
  'dossiers/version-stale': kind(
    412,
    'The dossier has changed since',
    'GET it again, apply your change to the newest version, and send its ETag.',
  ),
  'dossiers/identity-missing': kind(
    409,
    'The dossier does not say who the organisation is',
    'PUT the dossier with the block legalIdentity first.',
  ),
  'dossiers/key-missing': kind(
    503,
    'The key of this dossier is not here',
    'The key store lacks a key that was never erased: the operator must restore the key store, as docs/personal-data.md tells. Nothing is lost.',
  ),
  'dossiers/erased-meanwhile': kind(
    409,
    'The dossier was erased in the meantime',
    'Nothing was saved. Send it again if the new dossier is to hold it.',
  ),
  'dossiers/must-be-kept': kind(
    409,
    'There is a duty to keep the dossier',
    'Ask again once the duties that `duties` lists have ended; `until` is the instant from which none is left, where that is known.',
  ),
  'dossiers/not-provable': kind(
    410,
    'Nothing can be proven of this version',
    'Save the dossier again and have that version examined; what was erased does not come back.',
  ),
  'credentials/erased': kind(
    410,
    'The credential was erased',
    'It held personal data and went with the dossier; its metadata, status and records stay.',
  ),
  ...EVIDENCE_PROBLEMS,
  ...APPLICATION_PROBLEMS,
  ...SHARING_PROBLEMS,
  'representation/none-open': kind(
    409,
    'Nothing waits for this',
    'Ask the registrar for a new letter or domain proof: the one before was used, has expired, or was about another legal entity.',
  ),
  'representation/code-wrong': kind(
    400,
    'The code is another one',
    'Compare it with the letter; after ten wrong ones the registrar has to send a new letter.',
  ),
  'representation/throttled': kind(429, 'Too many attempts', 'Wait for as long as Retry-After says.'),
  'representation/domain-not-proven': kind(
    409,
    'The domain does not show the proof',
    'Publish what GET …/representation names, in one of the two places, then try again; `errors` says what was found in each.',
  ),
  'credentials/duplicate': kind(
    409,
    'There is a live credential for this registration number',
    'It must be revoked or expire before another is issued.',
  ),
  'credentials/not-issued': kind(
    409,
    'Not issued yet',
    'Ask again in a moment; the application says whether issuance failed.',
  ),
  'credentials/format-unavailable': kind(
    406,
    'Not available in this format',
    'Ask, by Accept, for a format that the credential has; its metadata lists them.',
  ),
  'credentials/already-revoked': kind(
    409,
    'The credential is revoked',
    'Revocation is final; issue a new one.',
  ),
  'credentials/already-suspended': kind(
    409,
    'The credential is suspended already',
    'Reinstate or revoke it.',
  ),
  'credentials/not-suspended': kind(409, 'The credential is not suspended', 'Nothing is left to do.'),
  'credentials/concern-open': kind(
    409,
    'What the credential rests on is out of order',
    'Put right what the detail names, or check it anew; then lift the suspension. Or renew the credential.',
  ),
  'credentials/not-renewable': kind(
    409,
    'The credential cannot be renewed now',
    'Wait for its renewal window (`renewableFrom` in its metadata), or apply for a new one when it is over.',
  ),
  'credentials/not-reissuable': kind(
    409,
    'The credential cannot be issued once more now',
    'Ask for `needsReissue=any` in the list of credentials: what stands there can be, unless it is suspended.',
  ),
  'contests/already-open': kind(
    409,
    'This statement is contested already',
    'Wait for the answer, or withdraw the contest and open another.',
  ),
  'contests/closed': kind(409, 'The contest is closed', 'Nothing is left to do; open another if need be.'),
  'accreditations/ended': kind(409, 'The accreditation has ended already', 'Nothing is left to do.'),
  'members/file-unreadable': kind(
    400,
    'The file cannot be read to its end',
    'Mend the line that the detail names, and send the file again; nothing of it was taken.',
  ),
  'members/duplicate': kind(
    409,
    'This co-op stands in your register already',
    'Change or remove the other entry of the same number and authority.',
  ),
  'members/import-working': kind(409, 'The import is not finished', 'Wait until its status is `finished`.'),
  'members/already-joined': kind(
    409,
    'The organisation has joined as another member',
    'One account stands for one member of a federation: sign in with the account of the co-op that was invited.',
  ),
  'policies/version-required': kind(
    428,
    'Say which version you change',
    'GET the policy and send its ETag as If-Match.',
  ),
  'policies/version-stale': kind(
    412,
    'The policy has changed since',
    'GET it again, apply your change to the newest version, and send its ETag.',
  ),
  'policies/archived': kind(
    409,
    'The policy is archived',
    'Decide under another one; copy its rules into a new policy if you still want them.',
  ),
  'vc-api/not-verified': kind(
    400,
    'It does not verify',
    'Look at `problemDetails`: what is wrong is of the kinds that VC Data Model 2.0 section 7.2 and its sister specifications name.',
  ),
  'vc-api/instance-ended': kind(
    409,
    'The issuer instance has ended',
    'Create another one; what this one issued is still verified.',
  ),
};

/** RFC 9457, with `code` and `errors` as members of our own. */
export const Problem = Type.Object(
  {
    type: Type.String({ format: 'uri', description: 'A page that explains the error' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    code: Type.String({ description: 'Stable, for programs' }),
    detail: Type.Optional(Type.String({ description: 'For people: what was wrong and what to do' })),
    instance: Type.String({
      description: 'Names this occurrence; give it to the operator when you ask for help',
    }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({ description: 'JSON Pointer, RFC 6901' }),
          detail: Type.String(),
        }),
      ),
    ),
  },
  { title: 'Problem' },
);
export type Problem = Static<typeof Problem>;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export function handleErrors(app: FastifyInstance, publicUrl: string): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = toAppError(error, request);
    if (known) return sendProblem(reply, known, request, publicUrl);
    request.log.error({ err: { name: error.name, stack: stackOnly(error) } }, 'unexpected error');
    return reply.code(500).type(PROBLEM_MEDIA_TYPE).send(internalProblem(request, publicUrl));
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new AppError('request/no-such-route', 'There is nothing at this method and path.'),
      request,
      publicUrl,
    ),
  );
}

/** For what the router refuses before any route or hook has had its turn, such as an address that cannot be decoded. */
export function answerUnroutable(
  publicUrl: string,
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    void reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' });
    const known = toAppError(error, request);
    sendProblem(
      reply,
      known ?? new AppError('request/failed', 'The address cannot be read.'),
      request,
      publicUrl,
    );
  };
}

function sendProblem(
  reply: FastifyReply,
  error: AppError,
  request: FastifyRequest,
  publicUrl: string,
): FastifyReply {
  const { status, title } = PROBLEMS[error.code];
  const { errors, retryAfterSeconds, members } = error.options;
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  const problem: Problem = {
    ...members,
    type: `${publicUrl}/errors/${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.detail,
    instance: `urn:uuid:${request.id}`,
    ...(errors ? { errors: errors.map(({ pointer, detail }) => ({ pointer, detail })) } : {}),
  };
  return reply.code(status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
}

function internalProblem(request: FastifyRequest, publicUrl: string): string {
  const problem: Problem = {
    type: `${publicUrl}/errors/internal`,
    title: 'Something went wrong here',
    status: 500,
    code: 'internal',
    instance: `urn:uuid:${request.id}`,
  };
  return JSON.stringify(problem);
}

/** The message of an unknown error can hold what somebody sent; its class and its stack's places cannot. */
function stackOnly(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}

function toAppError(error: FastifyError, request: FastifyRequest): AppError | undefined {
  if (error instanceof AppError) return error;
  if (error.validation) {
    return new AppError('request/invalid', 'The request is not valid.', { errors: fieldErrors(error) });
  }
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new AppError('request/malformed-json', 'The body is not one JSON document in UTF-8.');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError('request/too-large', 'The body is larger than this route takes.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError('request/unsupported-media-type', 'This route does not take that Content-Type.');
    default:
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) return undefined;
  request.log.info({ code: error.code, status }, 'refused by the framework');
  return new AppError('request/failed', 'The request cannot be read as HTTP or as what its headers say.');
}

const MOST_ERRORS = 20;

/** Pointers and plain words from Ajv's errors; never the submitted value. */
function fieldErrors(error: FastifyError): FieldError[] {
  const base = error.validationContext === 'body' ? '' : `/${error.validationContext ?? ''}`;
  return (error.validation ?? []).slice(0, MOST_ERRORS).map((issue) => {
    const at = `${base}${issue.instancePath}`;
    const { missingProperty, additionalProperty, allowedValues } = issue.params;
    if (typeof missingProperty === 'string')
      return { pointer: child(at, missingProperty), detail: 'is required' };
    if (typeof additionalProperty === 'string')
      return { pointer: child(at, additionalProperty), detail: 'is not a known member' };
    if (Array.isArray(allowedValues))
      return { pointer: at, detail: `must be one of: ${allowedValues.join(', ')}` };
    return { pointer: at, detail: issue.message ?? 'is not valid' };
  });
}

/** A member's name is the sender's text: shown escaped as a pointer, and only as much as helps to find it. */
function child(pointer: string, member: string): string {
  return `${pointer}/${member.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
