import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const id = (description: string) => Type.String({ format: 'uuid', description });
const instant = (description: string) => Type.String({ format: 'date-time', description });

const Algorithm = Type.Enum(['ES256', 'EdDSA'], {
  description: '`ES256`: a P-256 key (RFC 7518 §3.4). `EdDSA`: an Ed25519 key (RFC 8037)',
});

export const KeyParams = Type.Object({ id: id('The own organisation'), keyId: id('The key') });
export const OrganisationParams = Type.Object({ id: id('The own organisation') });
export const SlugParams = Type.Object({
  slug: Type.String({
    minLength: 1,
    maxLength: 100,
    description: "The organisation's name in its DID",
    examples: ['albion-housing-co-operative'],
  }),
});

export const Key = Type.Object(
  {
    id: id('The key'),
    kid: Type.String({
      description:
        'The `kid` of what it signs: absolute DID URL of its `JsonWebKey` method, the fragment being the RFC 7638 thumbprint',
      examples: [
        'did:web:passport.example:orgs:albion-housing-co-operative#0mN9bGfLVHjmY2aRJnZCzHxhJ6GLK7TRIBbzxYIZFRw',
      ],
    }),
    algorithm: Algorithm,
    state: Type.Enum(['active', 'retired', 'revoked'], {
      description:
        '`active`: signs. `retired`: signs nothing any more, what it signed stays valid. `revoked`: what it signed from `compromisedAt` on is refused',
    }),
    createdAt: instant('When it was made'),
    retiredAt: Type.Optional(instant('When it stopped signing')),
    revokedAt: Type.Optional(instant('When it was revoked')),
    compromisedAt: Type.Optional(instant('From then on somebody else may have signed with it')),
    reason: Type.Optional(Type.String({ description: 'Why it was revoked; only members see this' })),
  },
  { ...closed, title: 'Key' },
);
export type Key = Static<typeof Key>;

export const KeyRotation = Type.Object({ algorithm: Algorithm }, { ...closed, title: 'KeyRotation' });

export const KeyRevocation = Type.Object(
  {
    compromisedAt: Type.String({
      format: 'date-time',
      maxLength: 40,
      description:
        'The earliest instant at which somebody else may have signed with the key; not in the future',
      examples: ['2026-11-03T09:30:00Z'],
    }),
    reason: Type.String({
      minLength: 1,
      maxLength: 500,
      pattern: '\\S',
      description: 'For the members of the organisation; not published. Name no persons',
      examples: ['A backup with the key was stolen'],
    }),
  },
  { ...closed, title: 'KeyRevocation' },
);

const VerificationMethod = Type.Object(
  {
    id: Type.String(),
    type: Type.Enum(['JsonWebKey', 'Multikey']),
    controller: Type.String(),
    revoked: Type.Optional(instant('From then on the key is no longer good')),
    publicKeyJwk: Type.Optional(Type.Record(Type.String(), Type.String())),
    publicKeyMultibase: Type.Optional(Type.String()),
  },
  { title: 'VerificationMethod' },
);

/** For the API reference; what is sent is the document as the rules build it. */
export const DidDocumentSchema = Type.Object(
  {
    '@context': Type.Array(Type.String()),
    id: Type.String({ description: 'The DID' }),
    verificationMethod: Type.Array(VerificationMethod),
    authentication: Type.Array(Type.String()),
    assertionMethod: Type.Array(Type.String()),
  },
  { title: 'DidDocument', description: 'A DID document (DID Core 1.0)' },
);

const IssuerKey = Type.Object(
  {
    kid: Type.String({ description: 'The `kid` of what it signs, as in the DID document' }),
    use: Type.Enum(['sig']),
    kty: Type.Enum(['EC', 'OKP']),
    crv: Type.String(),
    x: Type.String(),
    y: Type.Optional(Type.String()),
  },
  { title: 'IssuerKey' },
);

/** For the API reference; what is sent is the document as the rules build it. */
export const IssuerMetadataSchema = Type.Object(
  {
    issuer: Type.String({ format: 'uri', description: 'The `iss` of what it issues' }),
    jwks: Type.Object({ keys: Type.Array(IssuerKey) }),
  },
  { title: 'IssuerMetadata', description: 'JWT VC Issuer Metadata (IETF, SD-JWT VC)' },
);
