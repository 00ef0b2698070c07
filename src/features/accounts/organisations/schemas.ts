import { Type, type Static } from 'typebox';
import { PageQuery } from '../../../http/paging.js';
import {
  closed,
  Email,
  Joined,
  Jurisdiction,
  line,
  LINE_PATTERN,
  MailedToken,
  NewPassword,
  Organisation,
  Website,
} from '../wire.js';

const Name = line(200, 'The name it is known by', 'Albion Housing Co-operative');

export const Registration = Type.Object(
  {
    organisation: Type.Object(
      {
        name: Name,
        jurisdiction: Jurisdiction,
        registrationNumber: Type.Optional(line(100, 'As the register writes it', 'C3719')),
        website: Type.Optional(Website),
      },
      closed,
    ),
    admin: Type.Object(
      { name: line(200, 'Of the person', 'Ada Albion'), email: Email, password: NewPassword },
      closed,
    ),
  },
  { ...closed, title: 'Registration' },
);
export type Registration = Static<typeof Registration>;

export const ConfirmationSent = Type.Object(
  { status: Type.Literal('confirmation_sent') },
  {
    title: 'ConfirmationSent',
    ...closed,
    description: 'The same for every address, whether it has an account or not',
  },
);
export const Confirmation = Type.Object({ token: MailedToken }, { ...closed, title: 'Confirmation' });
export const RegistrationAnswer = { 201: Joined, 202: ConfirmationSent } as const;

export const DirectoryQuery = Type.Object(
  {
    ...PageQuery.properties,
    q: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, pattern: LINE_PATTERN, description: 'Part of the name' }),
    ),
  },
  closed,
);

export const OrganisationChanges = Type.Object(
  {
    name: Type.Optional(Name),
    website: Type.Optional(Type.Union([Website, Type.Null()], { description: '`null` removes it' })),
    listed: Type.Optional(Type.Boolean({ description: 'Show it in the public directory' })),
  },
  { title: 'OrganisationChanges', ...closed, minProperties: 1 },
);
export type OrganisationChanges = Static<typeof OrganisationChanges>;

export const OwnOrganisation = Type.Object(
  { ...Organisation.properties, listed: Type.Boolean({ description: 'Stands in the public directory' }) },
  { ...closed, title: 'OwnOrganisation' },
);
export type OwnOrganisation = Static<typeof OwnOrganisation>;

export const OrganisationExport = Type.Object(
  { exportedAt: Type.String({ format: 'date-time' }) },
  {
    title: 'OrganisationExport',
    additionalProperties: true,
    description: 'One member for each part of the product; no secrets, no hashes',
  },
);
