import { Type } from 'typebox';
import { block, closed, currency, date, optionalText, text } from './shapes.js';

const Limit = closed(
  {
    matter: optionalText(300, 'What it is about; everything when absent', 'Loans'),
    amount: Type.Optional(Type.Number({ minimum: 0, maximum: 1e15, description: 'Up to how much' })),
    currency: Type.Optional(currency),
  },
  { title: 'SigningLimit' },
);

const Grant = closed(
  {
    body: text(200, 'Who granted it', 'General meeting'),
    grantedOn: date('When'),
    reference: optionalText(200, 'Of the minute or the entry', 'Minute 12/2026'),
  },
  { title: 'SigningGrant' },
);

const Signatory = closed(
  {
    fullName: text(200, 'As the identity document has it'),
    role: text(100, 'In which function', 'treasurer'),
    authority: Type.Enum(['sole', 'joint'], { description: 'Alone, or only together with others' }),
    jointWith: Type.Optional(
      Type.Array(text(200, 'The role or name of somebody who must sign too'), { minItems: 1, maxItems: 20 }),
    ),
    signaturesRequired: Type.Optional(
      Type.Integer({ minimum: 2, maximum: 20, description: 'How many sign together' }),
    ),
    limits: Type.Optional(Type.Array(Limit, { maxItems: 20 })),
    validFrom: Type.Optional(date('First day')),
    validUntil: Type.Optional(date('Last day')),
    grantedBy: Grant,
  },
  { title: 'Signatory' },
);

/** Who may bind the co-op by a signature, and within which limits. */
export const signatories = block('signatories', Type.Array(Signatory, { maxItems: 100 }), {
  isPersonal: true,
});
