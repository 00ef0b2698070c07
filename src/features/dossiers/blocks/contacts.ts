import { Type } from 'typebox';
import { block, closed, optionalText } from './shapes.js';

const Contact = closed(
  {
    purpose: Type.Enum(['general', 'compliance', 'membership', 'billing'], {
      description: 'What it is for',
    }),
    email: Type.Optional(
      Type.String({ format: 'email', maxLength: 254, description: 'Of the office, not of a person' }),
    ),
    phone: Type.Optional(
      Type.String({
        pattern: '^\\+[0-9]{4,15}$',
        description: 'In international form (E.164)',
        examples: ['+442071234567'],
      }),
    ),
    website: Type.Optional(Type.String({ format: 'uri', pattern: '^https?://', maxLength: 500 })),
    hours: optionalText(200, 'When somebody answers'),
  },
  { title: 'Contact' },
);

/** How the co-op's office is reached. No check of who may act for the co-op relies on it: that goes through the register's contact. */
export const contacts = block('contacts', Type.Array(Contact, { maxItems: 20 }));
