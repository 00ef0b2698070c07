import { Type, type Static } from 'typebox';
import { ROLES, SCOPES } from '../../kernel/caller.js';
import { PASSWORD_LENGTH } from './rules.js';
import { JURISDICTION_PATTERN } from '../../credentials/profiles/subjectSchemas.js';

/** Wire shapes that several parts of this feature share. */

export const closed = { additionalProperties: false } as const;

/**
 * No control characters, nothing that turns the direction of writing (a name that reads as another), no blank at either end. PostgreSQL
 * takes no U+0000 in text.
 */
const SHOWN = '[^\\p{Cc}\\p{Cs}\\u202a-\\u202e\\u2066-\\u2069]';
const SHOWN_MARK = '[^\\s\\p{Cc}\\p{Cs}\\u202a-\\u202e\\u2066-\\u2069]';
export const LINE_PATTERN = `^${SHOWN_MARK}(${SHOWN}*${SHOWN_MARK})?$`;

export const line = (maxLength: number, description: string, example?: string) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: LINE_PATTERN,
    description,
    ...(example === undefined ? {} : { examples: [example] }),
  });

export const Uuid = (description: string) => Type.String({ format: 'uuid', description });
export const Instant = (description: string) => Type.String({ format: 'date-time', description });

export const Jurisdiction = Type.String({
  pattern: JURISDICTION_PATTERN,
  description: 'ISO 3166-1 alpha-2 or ISO 3166-2',
  examples: ['GB', 'GB-ENG', 'CA-QC'],
});
export const Website = Type.String({
  maxLength: 300,
  format: 'uri',
  pattern: '^https?://',
  examples: ['https://albion.example'],
});
export const Email = Type.String({
  format: 'email',
  maxLength: 254,
  description: 'Compared without regard to case',
  examples: ['ada@albion.example'],
});
/** An address to look up: what is no address is simply unknown. PostgreSQL takes no U+0000. */
export const EmailToFind = Type.String({
  minLength: 1,
  maxLength: 254,
  pattern: LINE_PATTERN,
  examples: ['ada@albion.example'],
});
export const NewPassword = Type.String({
  minLength: PASSWORD_LENGTH.least,
  maxLength: PASSWORD_LENGTH.most,
  description:
    "At least 12 characters of any kind; neither the e-mail address nor the organisation's name (NIST SP 800-63B)",
  examples: ['correct horse battery staple'],
});
export const Password = Type.String({ minLength: 1, maxLength: 1000 });
export const MailedToken = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'From the link; it works once',
});
export const Role = Type.Enum([...ROLES], {
  description:
    'admin: all; delegate: approves disclosures, votes; reviewer: works on applications; viewer: reads',
});
export const Scope = Type.Enum([...SCOPES]);
export const Scopes = Type.Array(Scope, { minItems: 1, maxItems: SCOPES.length, uniqueItems: true });

export const OrganisationParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export const Organisation = Type.Object(
  {
    id: Uuid('UUIDv7'),
    slug: Type.String({
      description: 'Part of the DID: never changes, never returns',
      examples: ['albion-housing-co-operative'],
    }),
    did: Type.String({ examples: ['did:web:passport.example:orgs:albion-housing-co-operative'] }),
    name: Type.String({ examples: ['Albion Housing Co-operative'] }),
    jurisdiction: Type.String({ examples: ['GB-ENG'] }),
    registrationNumber: Type.Optional(Type.String({ description: 'As the organisation itself states it' })),
    website: Type.Optional(Type.String()),
    createdAt: Instant('When the account was opened'),
    closedAt: Type.Optional(Instant('When the account was closed; the DID stays resolvable')),
  },
  {
    title: 'Organisation',
    ...closed,
    description: 'The public profile: self-declared, not examined by anybody',
  },
);
export type Organisation = Static<typeof Organisation>;

export const Member = Type.Object(
  {
    id: Uuid('Of the membership'),
    personId: Uuid('Of the person, who may be a member of other organisations too'),
    name: Type.String(),
    email: Type.String(),
    role: Role,
    createdAt: Instant('Member since'),
  },
  { ...closed, title: 'Member' },
);
export type Member = Static<typeof Member>;

export const Session = Type.Object(
  {
    accessToken: Type.String({ description: 'Send it as `Authorization: Bearer …`' }),
    refreshToken: Type.String({ description: 'For POST /v1/sessions/refresh; lasts 30 days, works once' }),
    expiresAt: Instant('Of the access token: 15 minutes'),
  },
  { ...closed, title: 'Session' },
);
export type Session = Static<typeof Session>;

export const Joined = Type.Object(
  { organisation: Organisation, member: Member, session: Session },
  { ...closed, title: 'Joined' },
);
export type Joined = Static<typeof Joined>;
