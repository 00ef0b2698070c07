import { Type } from 'typebox';
import { block, closed, text } from './shapes.js';

const Identifier = closed(
  {
    scheme: text(100, 'What kind of identifier', 'LEI'),
    id: text(100, 'The identifier itself'),
    uri: Type.Optional(Type.String({ format: 'uri', maxLength: 500 })),
  },
  { title: 'Identifier' },
);

/** What others call the co-op: LEI, EUID, VAT number, .coop domain and further schemes. */
export const identifiers = block('identifiers', Type.Array(Identifier, { maxItems: 50 }));
