import { Type, type Static } from 'typebox';
import { PolicyRules } from '../../../credentials/policies/policy.js';
import { DURATION_PATTERN } from '../../../kernel/instants.js';
import { pageOf } from '../../../http/paging.js';
import { shownCredentials } from '../presentations/schemas.js';

const uuid = (description: string) => Type.String({ format: 'uuid', description });
const instant = (description: string) => Type.String({ format: 'date-time', description });
const closed = { additionalProperties: false } as const;

export const NewPresentationRequest = Type.Object(
  {
    policyId: uuid('Of a policy of yours, under which the answer is judged'),
    policyVersion: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Of it; the newest when absent' }),
    ),
    purpose: Type.String({
      minLength: 1,
      maxLength: 500,
      pattern: '\\S',
      description: 'What you ask for; whoever has the link reads it',
      examples: ['Opening a business account'],
    }),
    validFor: Type.Optional(
      Type.String({
        pattern: DURATION_PATTERN,
        maxLength: 20,
        default: 'P7D',
        description: 'How long it may be answered (ISO 8601), 90 days at the most',
      }),
    ),
  },
  { ...closed, title: 'NewPresentationRequest' },
);
export type NewPresentationRequest = Static<typeof NewPresentationRequest>;

const request = {
  id: uuid('UUIDv7'),
  status: Type.Enum(['open', 'answered', 'cancelled', 'expired']),
  policy: Type.Object({ id: Type.String({ format: 'uuid' }), version: Type.Integer() }),
  purpose: Type.String(),
  createdAt: instant('When it was made'),
  expiresAt: instant('Until when it may be answered'),
  answeredAt: Type.Optional(instant('When it was answered')),
  cancelledAt: Type.Optional(instant('When you took it back')),
  verificationId: Type.Optional(uuid('Of the report on the answer: GET /v1/verifications/{id}')),
};

export const PresentationRequest = Type.Object(request, { title: 'PresentationRequest' });
export type PresentationRequest = Static<typeof PresentationRequest>;
export const PresentationRequestPage = pageOf(PresentationRequest);

export const MadePresentationRequest = Type.Object(
  {
    ...request,
    link: Type.String({
      format: 'uri',
      description: 'To be handed to the co-op; shown this once. As a page, and as JSON by Accept',
    }),
    qrContent: Type.String({ description: 'What a QR code of it says' }),
  },
  { title: 'MadePresentationRequest' },
);
export type MadePresentationRequest = Static<typeof MadePresentationRequest>;

/** What whoever has the link sees. */
export const OpenRequest = Type.Object(
  {
    id: uuid('Of the request'),
    asker: Type.Object({ did: Type.String(), name: Type.String() }, { description: 'Who asks' }),
    purpose: Type.String(),
    policy: Type.Object(
      { name: Type.String(), rules: PolicyRules },
      { description: 'What the asker demands before it accepts' },
    ),
    audience: Type.String({ description: 'Whom the presentation must be made for' }),
    nonce: Type.String({ description: 'What must stand in it' }),
    expiresAt: instant('Until when it may be answered'),
  },
  { title: 'OpenPresentationRequest' },
);
export type OpenRequest = Static<typeof OpenRequest>;

export const RequestAnswer = Type.Union(
  [
    Type.Object(shownCredentials, {
      ...closed,
      title: 'AnswerWithCredentials',
      description: 'For who is signed in: the presentation is made and handed over',
    }),
    Type.Object(
      {
        presentation: Type.String({
          minLength: 1,
          maxLength: 2_000_000,
          description: 'Made elsewhere, for `audience` and `nonce`',
        }),
      },
      { ...closed, title: 'AnswerWithPresentation' },
    ),
  ],
  { title: 'PresentationRequestAnswer' },
);
export type RequestAnswer = Static<typeof RequestAnswer>;

/** The verdict is the asker's. */
export const AnsweredRequest = Type.Object(
  { id: uuid('Of the request'), answeredAt: instant('When it was taken') },
  { title: 'AnsweredPresentationRequest' },
);
export type AnsweredRequest = Static<typeof AnsweredRequest>;
