import { Type, type Static } from 'typebox';
import { JURISDICTION_PATTERN } from '../../../credentials/profiles/subjectSchemas.js';
import { PROFILES } from '../../../credentials/profiles/index.js';
import { PageQuery } from '../../../http/paging.js';
import { ApplicationStatus, ApplicationSummary } from '../schemas.js';
import { CURSOR_PATTERN, QUEUE_SORTS } from './rules.js';

const UUID = '[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}';
const closed = { additionalProperties: false } as const;

export const QueueQuery = Type.Object(
  {
    limit: PageQuery.properties.limit,
    after: Type.Optional(
      Type.String({
        pattern: CURSOR_PATTERN,
        description: '`next` of the page before, under the same `sort`',
      }),
    ),
    role: Type.Optional(Type.Enum(['applicant', 'registrar'], { description: 'Both when absent' })),
    status: Type.Optional(
      Type.Union([ApplicationStatus, Type.Array(ApplicationStatus, { minItems: 1, maxItems: 8 })], {
        description: 'One, or several by naming it again',
      }),
    ),
    sort: Type.Optional(
      Type.Enum([...QUEUE_SORTS], { description: 'In the order of their creation when absent' }),
    ),
    order: Type.Optional(Type.Enum(['asc', 'desc'], { description: 'With `sort`; `asc` when absent' })),
    credentialType: Type.Optional(Type.Enum(PROFILES.map(({ type }) => type))),
    assignee: Type.Optional(
      Type.String({
        pattern: `^(me|nobody|${UUID})$`,
        maxLength: 36,
        description:
          'Who has taken it on: `me`, `nobody`, or a membership. Of a registrar’s queue, as what follows',
      }),
    ),
    overdue: Type.Optional(Type.Boolean({ description: '`true`: only what should be decided by now' })),
    dueBefore: Type.Optional(Type.String({ format: 'date-time', description: 'Due before this instant' })),
    jurisdiction: Type.Optional(
      Type.String({
        pattern: JURISDICTION_PATTERN,
        description: 'Of the applicant; a country with all its subdivisions',
      }),
    ),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'Words of the applicant’s name or legal name when it handed in, or their beginnings',
      }),
    ),
  },
  closed,
);
export type QueueQuery = Static<typeof QueueQuery>;

export const QueuePage = Type.Object(
  {
    items: Type.Array(ApplicationSummary),
    next: Type.Optional(
      Type.String({ description: 'Give it as `after` for the next page; absent on the last' }),
    ),
  },
  { title: 'ApplicationSummaryPage' },
);
export type QueuePage = Static<typeof QueuePage>;

export const QueueCounts = Type.Object(
  {
    byStatus: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
      description: 'Every status, with the number of applications before you',
    }),
    overdue: Type.Integer({ minimum: 0, description: 'That should be decided by now' }),
    unassigned: Type.Integer({ minimum: 0, description: 'That wait for you and nobody has taken on' }),
    mine: Type.Integer({ minimum: 0, description: 'That wait for you and you have taken on' }),
  },
  { title: 'ApplicationCounts' },
);
export type QueueCounts = Static<typeof QueueCounts>;

export const Assignee = Type.Object(
  {
    memberId: Type.Optional(
      Type.String({ format: 'uuid', description: 'A membership in the registrar; yourself when absent' }),
    ),
    handOver: Type.Optional(
      Type.Boolean({
        description: 'Also when somebody else has taken it on, who else would be named in a 409',
      }),
    ),
  },
  { ...closed, title: 'Assignee' },
);
export type Assignee = Static<typeof Assignee>;
