import { Type, type Static } from 'typebox';
import { pageOf, PageQuery } from '../../../http/paging.js';

const uuid = (description: string) => Type.String({ format: 'uuid', description });
const instant = (description: string) => Type.String({ format: 'date-time', description });

export const NewReliance = Type.Object(
  {
    verificationId: uuid('Of a verification of yours that was accepted'),
    purpose: Type.String({
      minLength: 1,
      maxLength: 500,
      pattern: '\\S',
      description: 'What you rely on it for; the holder reads it',
      examples: ['Opening a business account'],
    }),
  },
  { title: 'NewReliance', additionalProperties: false },
);
export type NewReliance = Static<typeof NewReliance>;

const Party = Type.Object({ id: uuid('Of the organisation'), did: Type.String(), name: Type.String() });

export const Reliance = Type.Object(
  {
    id: uuid('UUIDv7'),
    partner: Type.Object(Party.properties, { description: 'Who relies' }),
    holder: Type.Object(Party.properties, { description: 'Whom the credentials are about' }),
    credentials: Type.Array(
      Type.Object({
        id: uuid('Of the credential'),
        type: Type.String({ examples: ['CoopLegalIdentityCredential'] }),
        validUntil: instant('When it expires'),
      }),
      { description: 'All those that the verification was of' },
    ),
    verificationId: Type.Optional(uuid('For the partner only')),
    purpose: Type.String(),
    since: instant('From when on the partner is told of changes'),
    endedAt: Type.Optional(instant('From when on it is not told any more')),
  },
  { title: 'Reliance' },
);
export type Reliance = Static<typeof Reliance>;

export const ReliancePage = pageOf(Reliance);

export const ReliancesQuery = Type.Object(
  {
    ...PageQuery.properties,
    role: Type.Optional(
      Type.Enum(['partner', 'holder'], {
        default: 'partner',
        description: '`partner`: where you rely on others; `holder`: who relies on your credentials',
      }),
    ),
  },
  { additionalProperties: false },
);
