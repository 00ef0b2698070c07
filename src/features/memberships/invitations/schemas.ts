import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const uuid = Type.String({ format: 'uuid' });
const instant = Type.String({ format: 'date-time' });
const Token = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'From the invitation; it works once',
});
const Consent = Type.Optional(
  Type.Boolean({
    default: true,
    description:
      'Whether your co-operative asks the federation, with this call, for its membership credential: the federation then sees the version of your dossier that is there now, and may issue a credential that says of which body you are a member, since when and in what standing. `false` to join without asking; absent, it asks',
  }),
);
const shown = (maxLength: number, description: string) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: '^[^\\p{Cc}\\p{Cs}\\u202a-\\u202e\\u2066-\\u2069]*$',
    description,
  });

export const MemberSelection = {
  importId: Type.Optional(Type.String({ format: 'uuid', description: 'Those that an import named' })),
  memberIds: Type.Optional(
    Type.Array(Type.String({ format: 'uuid' }), {
      minItems: 1,
      maxItems: 500,
      uniqueItems: true,
      description: 'These; all of your register when neither is given',
    }),
  ),
};

export const MembersToInvite = Type.Object(
  {
    ...MemberSelection,
    again: Type.Optional(
      Type.Boolean({
        description: 'Also who was invited before, more than an hour ago, and has not answered',
      }),
    ),
  },
  { ...closed, title: 'MembersToInvite' },
);
export type MembersToInvite = Static<typeof MembersToInvite>;

export const InvitedMembers = Type.Object(
  {
    invited: Type.Integer({ description: 'By this call, 500 at the most' }),
    remaining: Type.Integer({ description: 'Call again while it is not 0' }),
    withoutAddress: Type.Integer({
      description: 'Of those selected, whom no mail can reach: your register has no address of theirs',
    }),
    invitations: Type.Array(
      Type.Object(
        {
          memberId: uuid,
          name: Type.String(),
          email: Type.Optional(Type.String()),
          token: Type.String(),
          expiresAt: instant,
        },
        closed,
      ),
      {
        description:
          'Only where this installation sends no mail: take each token to the address in your register yourself. They are shown this one time',
      },
    ),
  },
  { ...closed, title: 'InvitedMembers' },
);
export type InvitedMembers = Static<typeof InvitedMembers>;

export const InvitationToken = Type.Object({ token: Token }, { ...closed, title: 'InvitationToken' });

const FederationParty = Type.Object({ id: uuid, did: Type.String(), name: Type.String() }, closed);

export const MemberInvitation = Type.Object(
  {
    federation: FederationParty,
    dossier: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'What the register says of the co-op: the first version of its dossier, if it has none',
    }),
    needsAddress: Type.Boolean({ description: 'Whether `admin.email` is to be given' }),
    expiresAt: instant,
  },
  { ...closed, title: 'MemberInvitation' },
);
export type MemberInvitation = Static<typeof MemberInvitation>;

export const NewMemberAcceptance = Type.Object(
  {
    token: Token,
    organisation: Type.Optional(
      Type.Object(
        {
          name: Type.Optional(shown(200, "As it is to be known; the register's name when absent")),
          website: Type.Optional(
            Type.String({
              maxLength: 300,
              format: 'uri',
              pattern: '^https?://',
              examples: ['https://albion.example'],
            }),
          ),
        },
        closed,
      ),
    ),
    admin: Type.Object(
      {
        name: shown(200, 'Of the person, who becomes its administrator'),
        password: Type.String({ minLength: 12, maxLength: 200 }),
        email: Type.Optional(
          Type.String({
            format: 'email',
            maxLength: 254,
            description:
              'Only where the register has no address; otherwise the account is that of the address',
          }),
        ),
      },
      closed,
    ),
    applyForMembership: Consent,
  },
  { ...closed, title: 'NewMemberAcceptance' },
);
export type NewMemberAcceptance = Static<typeof NewMemberAcceptance>;

export const MemberAcceptance = Type.Object(
  { token: Token, applyForMembership: Consent },
  { ...closed, title: 'MemberAcceptance' },
);
export type MemberAcceptance = Static<typeof MemberAcceptance>;

const accepted = {
  federation: FederationParty,
  applicationId: Type.Optional(Type.String({ format: 'uuid', description: 'To the federation' })),
  stillNeeded: Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() }, closed), {
    description:
      'What your dossier lacks, so that nothing was asked for yet: fill it in, then apply yourself',
  }),
};

export const MembershipAccepted = Type.Object(accepted, { ...closed, title: 'MembershipAccepted' });
export type MembershipAccepted = Static<typeof MembershipAccepted>;

export const NewMemberAccepted = Type.Object(
  {
    ...accepted,
    organisation: Type.Object(
      { id: uuid, slug: Type.String(), did: Type.String(), name: Type.String() },
      closed,
    ),
    session: Type.Object(
      { accessToken: Type.String(), refreshToken: Type.String(), expiresAt: instant },
      closed,
    ),
  },
  { ...closed, title: 'NewMemberAccepted' },
);
export type NewMemberAccepted = Static<typeof NewMemberAccepted>;
