import { Type } from 'typebox';
import { block, closed, date, optionalText, text } from './shapes.js';

const FederationMembership = closed(
  {
    body: text(300, 'The federation, union or apex body', 'Co-operatives UK'),
    did: Type.Optional(
      Type.String({ pattern: '^did:[a-z0-9]+:[^\\s]+$', maxLength: 500, description: "The body's DID" }),
    ),
    memberNumber: optionalText(100, 'As the body counts its members'),
    memberSince: Type.Optional(date('Since when')),
    standing: text(100, 'As the body puts it', 'good_standing'),
  },
  { title: 'FederationMembership' },
);

const Licence = closed(
  {
    sector: text(100, 'What it allows', 'credit'),
    authority: text(200, 'Who granted it'),
    number: text(100, 'As the authority writes it'),
    validUntil: Type.Optional(date('Last day')),
  },
  { title: 'Licence' },
);

/** Who recognises it as a co-operative. */
export const recognition = block(
  'recognition',
  closed(
    {
      federations: Type.Optional(Type.Array(FederationMembership, { maxItems: 20 })),
      coopDomain: Type.Optional(
        Type.String({
          pattern: '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+coop$',
          maxLength: 253,
          description: 'A domain in .coop, which only co-operatives get',
          examples: ['albion.coop'],
        }),
      ),
      licences: Type.Optional(Type.Array(Licence, { maxItems: 20 })),
    },
    { title: 'Recognition' },
  ),
);
