import type { ErrorCode } from '../kernel/errors.js';
import { kind, type ProblemKind } from './problemKind.js';

type SharingCode = Extract<
  ErrorCode,
  | `reliances/${string}`
  | `events/${string}`
  | `consent-rules/${string}`
  | `access-requests/${string}`
  | `grants/${string}`
  | `document-requests/${string}`
  | `webhooks/${string}`
  | `agreements/${string}`
  | `presentations/${string}`
  | `presentation-requests/${string}`
>;

export const SHARING_PROBLEMS: Readonly<Record<SharingCode, ProblemKind>> = {
  'reliances/not-accepted': kind(
    409,
    'The verification was not accepted',
    'Rely on a verification whose verdict is `accepted`, as things stand and not as of earlier.',
  ),
  'reliances/of-elsewhere': kind(
    409,
    'Not a credential of this network',
    'Nobody here learns what happens to it: verify it again whenever it matters.',
  ),
  'reliances/changed-since': kind(
    409,
    'Something has changed since the verification',
    'Verify the credential again, some seconds later at the earliest, and rely on that.',
  ),
  'reliances/already-open': kind(
    409,
    'You rely on this verification already',
    'Nothing is left to do: you are told of changes.',
  ),
  'agreements/closed': kind(
    409,
    'The agreement is closed',
    'Nothing is decided by it any more: ask the co-op for access, or join another agreement.',
  ),
  'agreements/version-required': kind(
    428,
    'Say which version you change',
    'GET the agreement and send its ETag as If-Match.',
  ),
  'agreements/version-stale': kind(
    412,
    'There is a newer version',
    'GET the agreement, read the newest version, and send its number or its ETag.',
  ),
  'agreements/already-accepted': kind(
    409,
    'Your organisation has accepted this version already',
    'Nothing is left to do: it is in force.',
  ),
  'agreements/already-approved': kind(
    409,
    'You have approved this version already',
    'Another delegate has to approve it as well.',
  ),
  'presentations/consent-required': kind(
    409,
    'Your delegates decide together about this',
    'Let the partner ask for these fields (POST /v1/access-requests); once they are granted, present them. Or leave out what is about persons.',
  ),
  'presentations/not-valid-now': kind(
    409,
    'A credential is not valid now',
    'Present credentials whose state is `active`; a verifier would refuse any other.',
  ),
  'presentations/format-unavailable': kind(
    409,
    'A credential has no form for this',
    'Look at its `formats`, and present it in the other format or leave it out.',
  ),
  'presentations/key-replaced': kind(
    409,
    'The credential is bound to a key that was replaced',
    'Present it as `vp+jwt`, or ask its issuer to issue it once more for your new key.',
  ),
  'presentation-requests/closed': kind(
    409,
    'The request is not open any more',
    'It was answered or cancelled, or its time is over: ask its sender for another one.',
  ),
  'presentation-requests/not-answered': kind(
    422,
    'This does not answer the request',
    'Send a presentation that its holder signed for the `audience` and the `nonce` of this request, in the last minutes. The request stays open.',
  ),
  'consent-rules/version-required': kind(
    428,
    'Say which version you change',
    'GET the consent rules and send their ETag as If-Match.',
  ),
  'consent-rules/version-stale': kind(
    412,
    'The consent rules have changed since',
    'GET them again, apply your change to the newest version, and send its ETag.',
  ),
  'access-requests/too-many-open': kind(
    409,
    'Too many requests are open',
    'Wait until the co-op has decided, or withdraw one of your requests to it.',
  ),
  'access-requests/asked-too-often': kind(
    429,
    'The same co-op was asked too often',
    'Try again tomorrow; ask for all that you need in one request.',
  ),
  'access-requests/settled': kind(
    409,
    'The request is settled',
    'Look at it; the partner may make another one.',
  ),
  'access-requests/already-approved': kind(
    409,
    'You have approved this request already',
    'Another delegate has to approve it as well.',
  ),
  'access-requests/nothing-there': kind(
    409,
    'There is nothing to release',
    'The dossier says nothing at these places: fill them in, or refuse the request.',
  ),
  'grants/over': kind(
    410,
    'The grant is over',
    'Nothing is released under it any more. Ask the co-op again if you still need it.',
  ),
  'grants/other-purpose': kind(
    403,
    'Not granted for this purpose',
    'Read for a purpose that the grant names, or ask the co-op for another one.',
  ),
  'document-requests/too-many-open': kind(
    409,
    'Too many documents are asked for',
    'Wait until the organisation has answered some of your requests.',
  ),
  'document-requests/settled': kind(409, 'The request is settled', 'Look at it; nothing is left to do.'),
  'document-requests/consent-needed': kind(
    409,
    'The co-op has not granted this file',
    'Let the partner ask for the fields with `evidence: true`; answer once the co-op has granted that, or refuse.',
  ),
  'events/cursor-unknown': kind(
    410,
    'There is no such event any more',
    'Begin with the oldest one that is kept: ask without `after` and without Last-Event-ID.',
  ),
  'events/too-many-streams': kind(
    429,
    'Too many streams are open',
    'Close one of your streams, or ask for events from time to time instead.',
  ),
  'webhooks/too-many': kind(409, 'There are too many webhooks', 'Remove one that you do not need.'),
  'webhooks/disabled': kind(
    409,
    'The webhook is disabled',
    'Enable it first: PATCH it with `{"isEnabled": true}`.',
  ),
};
