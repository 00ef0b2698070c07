import { Type, type Static } from 'typebox';
import { PageQuery } from '../../../http/paging.js';
import { MEMBER_COLUMNS } from '../register/rules.js';

const closed = { additionalProperties: false } as const;
const uuid = Type.String({ format: 'uuid' });
const instant = Type.String({ format: 'date-time' });
const count = (description: string) => Type.Integer({ minimum: 0, description });

export const ImportParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export const ImportQuery = Type.Object(
  {
    dryRun: Type.Optional(Type.Boolean({ description: 'Says what would happen, and does none of it' })),
    mapping: Type.Optional(
      Type.String({
        maxLength: 4000,
        description: `For a file with other columns: a JSON object from our names (${MEMBER_COLUMNS.join(', ')}) to the file's. Columns that it does not name are not read; without a mapping each must be one of ours`,
        examples: ['{"name":"organisation_name","registrationNumber":"registration_number"}'],
      }),
    ),
    constants: Type.Optional(
      Type.String({
        maxLength: 4000,
        description: 'What holds for every line: a JSON object from our names to values',
        examples: ['{"jurisdiction":"GB-ENG","standing":"good_standing"}'],
      }),
    ),
    delimiter: Type.Optional(
      Type.Enum(['comma', 'semicolon', 'tab'], {
        description: 'Between the cells of a CSV; comma when absent',
      }),
    ),
  },
  closed,
);

export const MemberImport = Type.Object(
  {
    id: uuid,
    status: Type.Enum(['receiving', 'working', 'finished'], {
      description: 'Once it is `working` it goes on by itself, also after a restart',
    }),
    dryRun: Type.Boolean(),
    counts: Type.Object(
      {
        lines: count('In the file, without its header and without blank ones'),
        added: count('New in your register'),
        unchanged: count('As your register has them'),
        changed: count('With something new in them'),
        failed: count('With something wrong, so that nothing of them was taken'),
      },
      { ...closed, description: 'The last four add up to the first when it is finished' },
    ),
    createdAt: instant,
    finishedAt: Type.Optional(instant),
  },
  { ...closed, title: 'MemberImport' },
);
export type MemberImport = Static<typeof MemberImport>;

const LineOutcome = Type.Enum(['added', 'unchanged', 'changed', 'failed']);

export const LinesQuery = Type.Object(
  { ...PageQuery.properties, outcome: Type.Optional(LineOutcome) },
  closed,
);

export const ImportLine = Type.Object(
  {
    line: Type.Integer({ description: 'Where it begins in the file; the first line is 1' }),
    outcome: Type.Enum(['added', 'unchanged', 'changed', 'failed', 'waiting']),
    errors: Type.Array(
      Type.Object(
        {
          pointer: Type.String({ description: 'JSON Pointer into the line, by our names of the columns' }),
          column: Type.Optional(Type.String({ description: "The file's name of the column" })),
          detail: Type.String({ description: 'What is wrong; never what stands there' }),
        },
        closed,
      ),
    ),
    memberId: Type.Optional(uuid),
  },
  { ...closed, title: 'ImportLine' },
);
export type ImportLine = Static<typeof ImportLine>;
