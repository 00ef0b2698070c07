import { Type, type Static } from 'typebox';
import { DURATION_PATTERN } from '../../kernel/instants.js';

const closed = { additionalProperties: false } as const;
const instant = (description: string) => Type.String({ format: 'date-time', description });
const legalBasis = Type.String({
  minLength: 5,
  maxLength: 300,
  pattern: '\\S',
  description: 'The law and section that the duty follows from; it names nobody, and the co-op sees it',
  examples: ['Money Laundering Regulations 2017, reg. 40'],
});

export const NewErasure = Type.Object(
  {
    confirm: Type.String({
      maxLength: 200,
      description: 'The slug of the organisation, typed in by whoever means it',
    }),
    ground: Type.Optional(
      Type.Enum(['request', 'purpose_ended', 'consent_withdrawn'], {
        default: 'request',
        description: 'Why, as Article 17(1) GDPR has it; for the audit trail',
      }),
    ),
  },
  { ...closed, title: 'NewErasure' },
);
export type NewErasure = Static<typeof NewErasure>;

export const Erasure = Type.Object(
  {
    generation: Type.Integer({
      minimum: 1,
      description:
        'Which of the dossiers of the organisation it was; what is saved from now on belongs to the next',
    }),
    erasedAt: instant('When it began; by the time of this answer its key is gone'),
  },
  { title: 'Erasure' },
);
export type Erasure = Static<typeof Erasure>;

export const NewHold = Type.Object(
  { until: instant('When it ends by itself; within ten years'), legalBasis },
  { ...closed, title: 'NewHold' },
);
export type NewHold = Static<typeof NewHold>;

export const Hold = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    registrarId: Type.String({ format: 'uuid' }),
    until: instant('When it ends by itself'),
    legalBasis,
    createdAt: instant('When it was placed'),
    releasedAt: Type.Optional(instant('When the registrar let go of it before its end')),
  },
  { title: 'Hold' },
);
export type Hold = Static<typeof Hold>;

export const Retention = Type.Object(
  {
    afterDecision: Type.String({
      pattern: DURATION_PATTERN,
      maxLength: 40,
      description:
        'For how long after a decision the dossier must be kept: ISO 8601 duration, P10Y at the most',
      examples: ['P5Y'],
    }),
    legalBasis,
  },
  { ...closed, title: 'Retention' },
);
export type Retention = Static<typeof Retention>;
