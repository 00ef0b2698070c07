import { Type } from 'typebox';
import { SCREENING_KINDS, SCREENING_RESULTS } from '../../../credentials/profiles/subjectSchemas.js';
import { block, closed, optionalText, text } from './shapes.js';

const ScreeningList = closed(
  {
    kind: Type.Enum([...SCREENING_KINDS], { description: 'What is on it' }),
    name: text(200, 'Of the list', 'UK Sanctions List'),
    publisher: optionalText(200, 'Who keeps it'),
    version: text(100, 'Version or date of the list that was searched', '2026-11-20'),
  },
  { title: 'ScreeningList' },
);

/** Against which lists the co-op and its people were screened, and what came of it. Names nobody. */
export const screening = block(
  'screening',
  closed(
    {
      lists: Type.Array(ScreeningList, { minItems: 1, maxItems: 50 }),
      screenedAt: Type.String({ format: 'date-time', description: 'When' }),
      result: Type.Enum([...SCREENING_RESULTS], { description: 'What came of it' }),
      personsScreened: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 10_000,
          description: 'How many persons were searched beside the co-op itself',
        }),
      ),
    },
    { title: 'Screening' },
  ),
);
