import { Type, type Static } from 'typebox';
import { ASSURANCE_LEVELS } from '../../credentials/assurance.js';
import { PROFILES } from '../../credentials/profiles/index.js';
import { pageOf } from '../../http/paging.js';
import { JURISDICTION_PATTERN } from '../../credentials/profiles/subjectSchemas.js';

export const CredentialType = Type.Enum(
  PROFILES.map(({ type }) => type),
  { description: 'A credential type that this service knows' },
);

const Jurisdictions = Type.Array(Type.String({ pattern: JURISDICTION_PATTERN }), {
  minItems: 1,
  maxItems: 300,
  uniqueItems: true,
  description: 'ISO 3166-1 or -2; a country covers its subdivisions',
  examples: [['GB']],
});

const terms = {
  organisationId: Type.String({ format: 'uuid' }),
  credentialTypes: Type.Array(CredentialType, { minItems: 1, maxItems: 50, uniqueItems: true }),
  jurisdictions: Jurisdictions,
  maxAssurance: Type.Enum([...ASSURANCE_LEVELS], {
    description: 'The highest assurance level that the registrar may issue',
  }),
  expiresAt: Type.Optional(Type.String({ format: 'date-time' })),
};

export const NewAccreditation = Type.Object(terms, {
  title: 'NewAccreditation',
  additionalProperties: false,
});
export type NewAccreditation = Static<typeof NewAccreditation>;

export const Accreditation = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    ...terms,
    createdAt: Type.String({ format: 'date-time' }),
  },
  { title: 'Accreditation' },
);
export type Accreditation = Static<typeof Accreditation>;

const { organisationId: _named, ...withoutOrganisation } = Accreditation.properties;

export const Registrar = Type.Object(
  {
    organisation: Type.Object({
      id: Type.String({ format: 'uuid' }),
      slug: Type.String(),
      did: Type.String(),
      name: Type.String(),
    }),
    accreditations: Type.Array(Type.Object(withoutOrganisation)),
  },
  { title: 'Registrar' },
);
export type Registrar = Static<typeof Registrar>;

export const RegistrarPage = pageOf(Registrar);
