import { Type } from 'typebox';
import { block, closed, country, date, text } from './shapes.js';

const Officer = closed(
  {
    fullName: text(200, 'As the identity document has it'),
    role: text(100, 'Office held', 'secretary'),
    appointedOn: Type.Optional(date('First day in office')),
    endsOn: Type.Optional(date('Last day of the present term')),
    birthDate: Type.Optional(date('Date of birth')),
    nationalities: Type.Optional(Type.Array(country, { maxItems: 5 })),
    countryOfResidence: Type.Optional(country),
  },
  { title: 'Officer' },
);

/** Board and management, as elected or appointed. */
export const officers = block('officers', Type.Array(Officer, { maxItems: 200 }), { isPersonal: true });
