import { Type, type Static } from 'typebox';
import { closed, EmailToFind, MailedToken, NewPassword, Password, Role, Scope, Uuid } from '../wire.js';

export const Me = Type.Object(
  {
    person: Type.Optional(
      Type.Object({ id: Uuid('UUIDv7'), name: Type.String(), email: Type.String() }, closed),
    ),
    operator: Type.Boolean({ description: 'Runs this installation' }),
    organisation: Type.Optional(
      Type.Object(
        { id: Uuid('UUIDv7'), slug: Type.String(), did: Type.String(), name: Type.String() },
        { ...closed, description: 'The one that is acted for; the operator acts for none' },
      ),
    ),
    membership: Type.Optional(Type.Object({ id: Uuid('UUIDv7'), role: Role }, closed)),
    client: Type.Optional(Type.Object({ id: Uuid('UUIDv7'), name: Type.String() }, closed)),
    scopes: Type.Array(Scope, { description: 'What may be changed' }),
    memberships: Type.Array(
      Type.Object({ organisationId: Uuid('UUIDv7'), organisationName: Type.String(), role: Role }, closed),
      { description: 'All of the person; sign in with `organisationId` for another one' },
    ),
  },
  { ...closed, title: 'Me' },
);
export type Me = Static<typeof Me>;

export const PasswordChange = Type.Object(
  { currentPassword: Password, newPassword: NewPassword },
  { ...closed, title: 'PasswordChange' },
);
export const PasswordReset = Type.Object({ email: EmailToFind }, { ...closed, title: 'PasswordReset' });
export const PasswordResetAccepted = Type.Object(
  { status: Type.Literal('accepted') },
  {
    title: 'PasswordResetAccepted',
    ...closed,
    description: 'The same for every address, whether it has an account or not',
  },
);
export const PasswordResetConfirmation = Type.Object(
  { token: MailedToken, newPassword: NewPassword },
  { ...closed, title: 'PasswordResetConfirmation' },
);
