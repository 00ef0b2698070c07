import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const uuid = Type.String({ format: 'uuid' });
const MessageKind = Type.Enum(['question', 'answer', 'note']);
const about = Type.String({
  pattern: '^(/([^~/]|~[01])*)+$',
  maxLength: 300,
  description: 'JSON Pointer of the dossier field that it is about',
  examples: ['/addresses/0'],
});

export const NewMessage = Type.Object(
  {
    text: Type.String({
      minLength: 1,
      maxLength: 5000,
      pattern: '\\S',
      description: 'What you want to say or ask',
    }),
    kind: Type.Optional(
      Type.Enum(['question', 'answer', 'note'], {
        description: '`answer` where `answers` is given, else `note`',
      }),
    ),
    answers: Type.Optional(
      Type.String({ format: 'uuid', description: 'The question of the other side that this answers' }),
    ),
    about: Type.Optional(about),
    attachments: Type.Optional(
      Type.Array(uuid, {
        maxItems: 20,
        uniqueItems: true,
        description: 'Evidence of your own, which the other side may then read',
      }),
    ),
  },
  { ...closed, title: 'NewMessage' },
);
export type NewMessage = Static<typeof NewMessage>;

export const Message = Type.Object(
  {
    id: uuid,
    organisationId: uuid,
    text: Type.String({ description: 'Empty once the dossier of the applicant is erased' }),
    kind: MessageKind,
    answers: Type.Optional(uuid),
    about: Type.Optional(Type.String()),
    attachments: Type.Array(uuid, {
      description: 'Evidence of whoever says it: `/v1/organisations/{organisationId}/evidence/{id}`',
    }),
    createdAt: Type.String({ format: 'date-time' }),
  },
  { title: 'Message' },
);
export type Message = Static<typeof Message>;
