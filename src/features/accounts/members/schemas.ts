import { Type, type Static } from 'typebox';
import { closed, Email, Instant, line, MailedToken, Role, Uuid } from '../wire.js';

export const RoleChange = Type.Object({ role: Role }, { ...closed, title: 'RoleChange' });

export const InvitationInput = Type.Object(
  { email: Email, role: Role },
  { ...closed, title: 'InvitationInput' },
);

const invitationMembers = {
  id: Uuid('UUIDv7'),
  email: Type.String(),
  role: Role,
  createdAt: Instant('When it was sent'),
  expiresAt: Instant('Seven days later'),
};

export const Invitation = Type.Object(invitationMembers, { ...closed, title: 'Invitation' });
export type Invitation = Static<typeof Invitation>;

export const NewInvitation = Type.Object(
  {
    ...invitationMembers,
    token: Type.Optional(
      Type.String({
        description:
          'Only where this installation sends no mail, and this one time: hand it over by a safe channel',
      }),
    ),
  },
  { ...closed, title: 'NewInvitation' },
);
export type NewInvitation = Static<typeof NewInvitation>;

export const Acceptance = Type.Object(
  {
    token: MailedToken,
    name: Type.Optional(line(200, 'Of the person; needed where the address has no account yet', 'Ben Bevan')),
    password: Type.String({
      minLength: 1,
      maxLength: 1000,
      description: 'Of the account; where there is none yet, the password it gets (12 to 200 characters)',
    }),
  },
  { ...closed, title: 'Acceptance' },
);
export type Acceptance = Static<typeof Acceptance>;
