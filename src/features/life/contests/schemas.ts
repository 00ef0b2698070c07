import { Type, type Static } from 'typebox';
import { pageOf } from '../../../http/paging.js';

const closed = { additionalProperties: false } as const;
const uuid = Type.String({ format: 'uuid' });
const instant = Type.String({ format: 'date-time' });
const text = (description: string) =>
  Type.String({ minLength: 1, maxLength: 5000, pattern: '\\S', description });

export const NewContest = Type.Object(
  {
    pointer: Type.String({
      pattern: '^/credentialSubject/([^~/]|~[01])+$',
      maxLength: 300,
      description: 'JSON Pointer of the member of the credential that you contest',
      examples: ['/credentialSubject/memberCount'],
    }),
    statement: text('What is wrong with it. For the registrar; nobody else is shown it'),
  },
  { ...closed, title: 'NewContest' },
);
export type NewContest = Static<typeof NewContest>;

export const ContestAnswer = Type.Object(
  {
    outcome: Type.Enum(['upheld', 'dismissed']),
    reason: text('For the holder'),
  },
  { ...closed, title: 'ContestAnswer' },
);
export type ContestAnswer = Static<typeof ContestAnswer>;

export const ContestWithdrawal = Type.Object({}, { ...closed, title: 'ContestWithdrawal' });

export const Contest = Type.Object(
  {
    id: uuid,
    credentialId: uuid,
    pointer: Type.String(),
    statement: Type.String({ description: 'Empty, as the reason, once the dossier of the holder is erased' }),
    since: instant,
    state: Type.Enum(['open', 'upheld', 'dismissed', 'withdrawn']),
    closedAt: Type.Optional(instant),
    reason: Type.Optional(Type.String()),
  },
  { title: 'Contest' },
);
export type Contest = Static<typeof Contest>;

export const ContestPage = pageOf(Contest);
