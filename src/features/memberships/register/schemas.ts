import { Type, type Static } from 'typebox';
import { PageQuery } from '../../../http/paging.js';

const closed = { additionalProperties: false } as const;
const uuid = Type.String({ format: 'uuid' });
const instant = Type.String({ format: 'date-time' });
const cell = (description: string) => Type.Optional(Type.String({ description }));

const record = {
  name: Type.String({ description: 'Legal name' }),
  registrationNumber: Type.String({ description: 'As the authority writes it' }),
  registrationAuthority: Type.String({ description: 'The register or regulator' }),
  registrationAuthorityCode: cell('Its code in the GLEIF Registration Authorities List'),
  jurisdiction: Type.String({ description: 'ISO 3166-1 alpha-2 or ISO 3166-2' }),
  legalForm: cell('ISO 20275 (ELF) code, or in words'),
  registeredOn: cell('Date of registration'),
  email: cell('Where your own register says that the co-op can be reached'),
  memberNumber: cell('As you count your members'),
  memberSince: cell('Date'),
  standing: Type.String({ description: 'As you put it', examples: ['good_standing'] }),
};

export const MemberState = Type.Enum(['imported', 'invited', 'joined', 'issued'], {
  description: '`issued`: got its membership credential; what became of that since, the credential says',
});

export const MemberParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
export const MembersQuery = Type.Object(
  {
    ...PageQuery.properties,
    state: Type.Optional(MemberState),
    q: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'Part of the name or of a number' }),
    ),
    importId: Type.Optional(Type.String({ format: 'uuid', description: 'Those that an import named' })),
    changed: Type.Optional(
      Type.Boolean({ description: 'Those of whom your register said something new after they had joined' }),
    ),
  },
  closed,
);

export const FederationMember = Type.Object(
  {
    id: uuid,
    state: MemberState,
    record: Type.Object(record, closed),
    organisationId: Type.Optional(Type.String({ format: 'uuid', description: 'Its account here' })),
    credentialId: Type.Optional(Type.String({ format: 'uuid', description: 'The latest from you' })),
    joinedAt: Type.Optional(instant),
    changedAt: Type.Optional(instant),
    createdAt: instant,
    updatedAt: instant,
  },
  {
    ...closed,
    title: 'FederationMember',
    description: "An entry of a federation's own register; nobody else sees it",
  },
);
export type FederationMember = Static<typeof FederationMember>;

const change = (description: string, maxLength: number) =>
  Type.Optional(Type.String({ minLength: 1, maxLength, description }));
const removable = (description: string, maxLength: number) =>
  Type.Optional(
    Type.Union([Type.String({ minLength: 1, maxLength }), Type.Null()], {
      description: `${description}; \`null\` takes it away`,
    }),
  );

export const MemberChanges = Type.Object(
  {
    name: change('Legal name', 200),
    registrationNumber: change('As the authority writes it', 100),
    registrationAuthority: change('The register or regulator', 200),
    registrationAuthorityCode: removable('GLEIF code of the authority', 20),
    jurisdiction: change('ISO 3166', 6),
    legalForm: removable('Legal form', 200),
    registeredOn: removable('Date of registration', 10),
    email: removable('Address; another one takes back the open invitation', 254),
    memberNumber: removable('Number of the member', 100),
    memberSince: removable('Date', 10),
    standing: change('Standing', 100),
  },
  { ...closed, title: 'MemberChanges', minProperties: 1 },
);
export type MemberChanges = Static<typeof MemberChanges>;
