import { Type, type Static } from 'typebox';
import { PageQuery } from '../../../http/paging.js';
import { DURATION_PATTERN } from '../../../kernel/instants.js';
import { MemberSelection } from '../invitations/schemas.js';

const closed = { additionalProperties: false } as const;
const uuid = Type.String({ format: 'uuid' });
const instant = Type.String({ format: 'date-time' });
const count = (description: string) => Type.Integer({ minimum: 0, description });

export const IssuanceParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export const MembersToIssue = Type.Object(
  {
    ...MemberSelection,
    validFor: Type.Optional(
      Type.String({
        pattern: DURATION_PATTERN,
        maxLength: 40,
        description: 'ISO 8601 duration, at most what the profile allows',
        examples: ['P1Y'],
      }),
    ),
    sentByOurselves: Type.Optional(
      Type.Boolean({
        description:
          'Where tokens were handed to you and not mailed: that you took every one to the address that your register has. It becomes part of the check of who represents the co-op',
      }),
    ),
  },
  { ...closed, title: 'MembersToIssue' },
);
export type MembersToIssue = Static<typeof MembersToIssue>;

export const MemberIssuance = Type.Object(
  {
    id: uuid,
    status: Type.Enum(['working', 'finished'], {
      description: 'While it is `working` it goes on by itself, also after a restart',
    }),
    counts: Type.Object(
      {
        notJoined: count('Of those selected, who have not accepted, so that there is nothing to decide'),
        waiting: count('Still to be looked at'),
        issued: count('Have their credential, from this or from an earlier time'),
        proposed: count('Wait for a second reviewer'),
        notReady: count('Are for a person to examine'),
        failed: count('Were refused by the rules of a decision'),
      },
      closed,
    ),
    createdAt: instant,
    finishedAt: Type.Optional(instant),
  },
  { ...closed, title: 'MemberIssuance' },
);
export type MemberIssuance = Static<typeof MemberIssuance>;

const Outcome = Type.Enum(['issued', 'proposed', 'not_ready', 'failed']);

export const ItemsQuery = Type.Object({ ...PageQuery.properties, outcome: Type.Optional(Outcome) }, closed);

export const MemberIssuanceItem = Type.Object(
  {
    memberId: uuid,
    outcome: Type.Enum(['issued', 'proposed', 'not_ready', 'failed', 'waiting']),
    reason: Type.Optional(
      Type.String({ description: 'For programs; the code of an error where one was met' }),
    ),
    detail: Type.Optional(Type.String({ description: 'For people' })),
    applicationId: Type.Optional(uuid),
    credentialId: Type.Optional(uuid),
  },
  { ...closed, title: 'MemberIssuanceItem' },
);
export type MemberIssuanceItem = Static<typeof MemberIssuanceItem>;
