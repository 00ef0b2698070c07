import { Type } from 'typebox';
import { ASSURANCE_LEVELS, CHECK_METHODS } from '../../../credentials/assurance.js';

/** How `explainAssurance` stands in an application. */
export const AssuranceExplanation = Type.Object(
  {
    level: Type.Optional(
      Type.Enum([...ASSURANCE_LEVELS], {
        description: 'What the checks give; absent while a required one is missing',
      }),
    ),
    limitedBy: Type.Array(
      Type.Object({
        field: Type.String(),
        method: Type.Optional(Type.Enum([...CHECK_METHODS])),
        level: Type.Optional(Type.Enum([...ASSURANCE_LEVELS])),
        howToRaise: Type.Array(Type.Enum([...CHECK_METHODS]), {
          description:
            'One more confirmed check by any of these raises it, or two of different kinds where only a screening stands',
        }),
      }),
      { description: 'The fields that keep it from being higher' },
    ),
  },
  { title: 'AssuranceExplanation' },
);
