import { Type, type Static } from 'typebox';
import { DURATION_PATTERN } from '../../../kernel/instants.js';

const closed = { additionalProperties: false } as const;

const requireMinute = Type.Optional(
  Type.Boolean({ description: 'Each approval names the minute of the meeting that decided' }),
);

export const ConsentRule = Type.Union(
  [
    Type.Object({ kind: Type.Literal('anyDelegate'), requireMinute }, { ...closed }),
    Type.Object(
      {
        kind: Type.Literal('mOfN'),
        m: Type.Integer({ minimum: 1, maximum: 50, description: 'So many different delegates' }),
        requireMinute,
      },
      { ...closed },
    ),
  ],
  { title: 'ConsentRule' },
);

const documentsWithin = Type.String({
  pattern: DURATION_PATTERN,
  maxLength: 30,
  description:
    'ISO 8601 duration, one hour to 90 days: within it you answer who asks for a document; a later answer stands on record',
  examples: ['P5D'],
});

export const ConsentRules = Type.Object(
  {
    rules: Type.Object(
      {
        public: Type.Optional(ConsentRule),
        internal: Type.Optional(ConsentRule),
        personal: Type.Optional(ConsentRule),
      },
      { ...closed, description: 'What is left out goes by the default' },
    ),
    documentsWithin: Type.Optional(documentsWithin),
  },
  { ...closed, title: 'ConsentRules' },
);
export type ConsentRules = Static<typeof ConsentRules>;

export const ConsentRulesInForce = Type.Object(
  {
    version: Type.Integer({ minimum: 0, description: '0: none were settled yet. Also the ETag' }),
    delegates: Type.Integer({ minimum: 0, description: 'How many people have the role now' }),
    rules: Type.Object(
      { public: ConsentRule, internal: ConsentRule, personal: ConsentRule },
      { description: 'By which a request of this moment would be decided' },
    ),
    documentsWithin,
  },
  { title: 'ConsentRulesInForce' },
);
export type ConsentRulesInForce = Static<typeof ConsentRulesInForce>;
