import { Type, type Static } from 'typebox';
import { Check, NewCheck } from '../schemas.js';

const closed = { additionalProperties: false } as const;

export const NewChecks = Type.Object(
  { checks: Type.Array(NewCheck, { minItems: 1, maxItems: 50 }) },
  { ...closed, title: 'NewChecks' },
);
export type NewChecks = Static<typeof NewChecks>;

export const Checks = Type.Object({ items: Type.Array(Check) }, { title: 'Checks' });
