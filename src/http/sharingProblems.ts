import type { ErrorCode } from '../kernel/errors.js';
import { kind, type ProblemKind } from './problemKind.js';

type SharingCode = Extract<
  ErrorCode,
  | `reliances/${string}`
  | `events/${string}`
  | `webhooks/${string}`
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
