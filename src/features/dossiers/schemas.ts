import { Type, type Static } from 'typebox';
import { PROVENANCE_TIERS } from '../../credentials/assurance.js';
import { JURISDICTION_PATTERN } from '../../credentials/profiles/subjectSchemas.js';

/** The blocks of the KYC dossier as they go over the wire; also what `blocks` holds in the database. */

const text = (maxLength: number, description: string, example?: string) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: '\\S',
    description,
    ...(example === undefined ? {} : { examples: [example] }),
  });
const closed = { additionalProperties: false } as const;
const date = (description: string) => Type.String({ format: 'date', description });
const percent = (description: string) => Type.Number({ minimum: 0, maximum: 100, description });

export const Jurisdiction = Type.String({
  pattern: JURISDICTION_PATTERN,
  description: 'ISO 3166-1 alpha-2 or ISO 3166-2',
  examples: ['GB', 'GB-ENG'],
});

const RegistrationAuthority = Type.Object(
  {
    name: text(200, 'The register or regulator', 'Regulator of Social Housing'),
    code: Type.Optional(text(20, 'Code in the GLEIF Registration Authorities List', 'RA000585')),
  },
  closed,
);

const LegalIdentity = Type.Object(
  {
    legalName: text(300, 'As it stands in the register', 'Albion Housing Co-operative Limited'),
    tradingNames: Type.Optional(
      Type.Array(text(300, 'A name in use beside the legal one'), { maxItems: 20 }),
    ),
    registrationNumber: text(100, 'As the authority writes it', 'C3719'),
    registrationAuthority: RegistrationAuthority,
    jurisdiction: Jurisdiction,
    legalForm: Type.Optional(text(200, 'ISO 20275 (ELF) code, or the form in words', 'Registered society')),
    status: Type.Optional(text(100, 'As the register says', 'active')),
    incorporatedOn: Type.Optional(date('When it was incorporated or registered')),
  },
  { ...closed, title: 'LegalIdentity' },
);

const Address = Type.Object(
  {
    type: Type.Enum(['registered', 'business', 'alternative']),
    street: text(300, 'Street and number'),
    locality: text(150, 'Town'),
    region: Type.Optional(text(150, 'Region or county')),
    postalCode: Type.Optional(text(30, 'Postal code')),
    country: Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' }),
  },
  { ...closed, title: 'Address' },
);

const Identifier = Type.Object(
  {
    scheme: text(100, 'What kind of identifier', 'LEI'),
    id: text(100, 'The identifier itself'),
    uri: Type.Optional(Type.String({ format: 'uri', maxLength: 500 })),
  },
  { ...closed, title: 'Identifier' },
);

const DemocraticControl = Type.Object(
  {
    category: text(100, 'Kind of co-operative, by who its members are', 'housing'),
    votingRule: text(100, 'How votes are counted', 'one_member_one_vote'),
    memberCount: Type.Integer({ minimum: 0, maximum: 1_000_000_000 }),
    memberCountOn: date('The day that the members were counted'),
    transactingVoteShare: Type.Optional(
      percent('Per cent of the votes held by members who transact with the co-op'),
    ),
    largestVoteShare: Type.Optional(percent('Per cent of the votes held by the member with most votes')),
    assetLock: Type.Optional(
      Type.Union([Type.Boolean(), text(500, 'Which lock, in words')], {
        description: 'Whether, or by what, assets are kept from being shared out to members',
      }),
    ),
  },
  { ...closed, title: 'DemocraticControl' },
);

const blocks = {
  legalIdentity: Type.Optional(LegalIdentity),
  addresses: Type.Optional(Type.Array(Address, { maxItems: 50 })),
  identifiers: Type.Optional(Type.Array(Identifier, { maxItems: 50 })),
  democraticControl: Type.Optional(DemocraticControl),
};

export const DossierBlocks = Type.Object(blocks, { ...closed, title: 'DossierBlocks' });
export type DossierBlocks = Static<typeof DossierBlocks>;

export const ProvenanceTier = Type.Enum([...PROVENANCE_TIERS], {
  description: 'Computed from the confirmed checks of the field; never typed in',
});

export const Dossier = Type.Object(
  {
    ...blocks,
    version: Type.Integer({
      minimum: 0,
      description: 'Grows by one with every PUT; 0 before the first. Also the ETag',
    }),
    provenance: Type.Record(Type.String(), Type.Object({ tier: ProvenanceTier }), {
      description: 'For every field, keyed by JSON Pointer (RFC 6901), where it comes from',
    }),
  },
  { title: 'Dossier' },
);
export type Dossier = Static<typeof Dossier>;
