import { Type } from 'typebox';
import { block, closed, count, date, optionalText, percent, text } from './shapes.js';

const MemberClass = closed(
  {
    name: text(100, 'What the by-laws call it', 'Worker members'),
    memberCount: count('How many members are in it'),
    votesPerMember: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1_000_000, description: 'Votes of each; 0 for a class without' }),
    ),
    voteShare: Type.Optional(percent('Per cent of all votes that the class holds together')),
    isTransacting: Type.Optional(
      Type.Boolean({ description: 'Whether its members trade with, work for or live in the co-op' }),
    ),
    isInvestor: Type.Optional(Type.Boolean({ description: 'Whether its members only put in capital' })),
  },
  { title: 'MemberClass' },
);

const ByLaws = closed(
  {
    digest: Type.String({
      pattern: '^sha256-[A-Za-z0-9+/]{43}=$',
      description: 'Of the document, as its upload as evidence answered',
    }),
    adoptedOn: Type.Optional(date('When the members adopted this version')),
  },
  { title: 'ByLaws' },
);

/** What makes it a co-operative: who its members are and how they decide. */
export const democraticControl = block(
  'democraticControl',
  closed(
    {
      category: text(100, 'Kind of co-operative, by who its members are', 'housing'),
      votingRule: text(100, 'How votes are counted', 'one_member_one_vote'),
      memberCount: count('Members with a vote'),
      memberCountOn: date('The day that the members were counted'),
      memberClasses: Type.Optional(Type.Array(MemberClass, { maxItems: 50 })),
      transactingVoteShare: Type.Optional(
        percent('Per cent of the votes held by members who transact with the co-op'),
      ),
      largestVoteShare: Type.Optional(percent('Per cent of the votes held by the member with most votes')),
      investorVoteShare: Type.Optional(
        percent('Per cent of the votes held by members who only put in capital'),
      ),
      assetLock: Type.Optional(
        Type.Union([Type.Boolean(), text(500, 'Which lock, in words')], {
          description: 'Whether, or by what, assets are kept from being shared out to members',
        }),
      ),
      surplusDistribution: optionalText(
        500,
        'What becomes of a surplus: reserves, dividend on transactions, common purposes',
      ),
      lastGeneralMeetingOn: Type.Optional(date('Of the latest general meeting of the members')),
      byLaws: Type.Optional(ByLaws),
    },
    { title: 'DemocraticControl' },
  ),
);
