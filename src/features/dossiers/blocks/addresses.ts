import { Type } from 'typebox';
import { ADDRESS_TYPES } from '../../../credentials/profiles/subjectSchemas.js';
import { block, closed, country, optionalText, text } from './shapes.js';

const Address = closed(
  {
    type: Type.Enum([...ADDRESS_TYPES], { description: 'BODS 0.4 address type' }),
    street: text(300, 'Street and number'),
    locality: text(150, 'Town'),
    region: optionalText(150, 'Region or county'),
    postalCode: optionalText(30, 'Postal code'),
    country,
  },
  { title: 'Address' },
);

/** Where the co-op is found. Published in a credential, so never where a person lives. */
export const addresses = block('addresses', Type.Array(Address, { maxItems: 50 }));
