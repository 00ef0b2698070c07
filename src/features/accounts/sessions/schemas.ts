import { Type } from 'typebox';
import { closed, EmailToFind, Password } from '../wire.js';

export const SignInInput = Type.Object(
  {
    email: EmailToFind,
    password: Password,
    organisationId: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'For people in several organisations; absent: the one joined first',
      }),
    ),
  },
  { ...closed, title: 'SignInInput' },
);

export const RefreshInput = Type.Object(
  { refreshToken: Type.String({ minLength: 1, maxLength: 200 }) },
  { ...closed, title: 'RefreshInput' },
);
