import { Type, type Static } from 'typebox';
import { MINIMUM_CELL } from './rules.js';

const AtLeast = Type.Integer({
  minimum: MINIMUM_CELL,
  multipleOf: MINIMUM_CELL,
  description: 'Rounded down to a multiple of five',
});
const Method = Type.String({ description: 'What was counted, and what it stands for' });
const instant = (description: string) => Type.String({ format: 'date-time', description });

export const NetworkStatistics = Type.Object(
  {
    asOf: instant('The beginning of a day: nothing later is in the figures'),
    since: instant('From when on verifications and first passports count: a year before'),
    minimumCell: Type.Literal(MINIMUM_CELL),
    disclosure: Type.String({ description: 'What is left out' }),
    verifications: Type.Object({
      atLeast: Type.Optional(AtLeast),
      byVerdict: Type.Object({
        accepted: Type.Optional(AtLeast),
        rejected: Type.Optional(AtLeast),
        undetermined: Type.Optional(AtLeast),
      }),
      method: Method,
    }),
    reliances: Type.Object({ atLeast: Type.Optional(AtLeast), method: Method }),
    examinationsAvoided: Type.Object({ atLeast: Type.Optional(AtLeast), method: Method }),
    timeToPassport: Type.Object({
      median: Type.Optional(
        Type.String({ description: 'ISO 8601 duration, rounded up', examples: ['P12D', 'PT5H'] }),
      ),
      method: Method,
    }),
  },
  { title: 'NetworkStatistics' },
);
export type NetworkStatistics = Static<typeof NetworkStatistics>;
