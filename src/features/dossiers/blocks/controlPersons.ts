import { Type } from 'typebox';
import { block } from './shapes.js';

/** A statement of the Beneficial Ownership Data Standard 0.4, judged by the standard's own schema. */
const BodsStatement = Type.Object(
  {
    statementId: Type.String({ minLength: 1, maxLength: 200 }),
    recordType: Type.Enum(['entity', 'person', 'relationship']),
  },
  {
    additionalProperties: true,
    title: 'BodsStatement',
    description: 'A BODS 0.4 statement; what else it must hold, its own schema says',
  },
);

/** Who controls the co-op, or why nobody does beyond its members. */
export const controlPersons = block('controlPersons', Type.Array(BodsStatement, { maxItems: 500 }), {
  isPersonal: true,
});
