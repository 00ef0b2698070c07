import { Type, type Static } from 'typebox';
import { CRYPTOSUITE_NAMES, INSTANCE_FORMATS, KEY_TYPES } from './rules.js';

const closed = { additionalProperties: false } as const;
const instant = (description: string) => Type.String({ format: 'date-time', description });
const anyObject = (description: string) =>
  Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true, description });

const Format = Type.Enum([...INSTANCE_FORMATS], {
  description:
    'How it secures, by media subtype. `vc`: a Data Integrity proof. `vc+jwt`, `vc+sd-jwt`: VC-JOSE-COSE; every member of the subject but its `id` can be kept back by the holder in the latter',
});
const Cryptosuite = Type.Enum([...CRYPTOSUITE_NAMES], {
  description: 'With the format `vc`, and only there',
});
const KeyType = Type.Enum([...KEY_TYPES], { description: 'Has to fit the cryptosuite' });

export const InstanceParams = Type.Object({
  id: Type.String({ format: 'uuid', description: 'The own organisation' }),
  instanceId: Type.String({ format: 'uuid' }),
});
export const OwnInstanceParams = Type.Object({
  instance: Type.String({ format: 'uuid', description: 'An issuer instance of the own organisation' }),
});

export const InstanceInput = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '\\S',
      description: 'What it is for, for the members of the organisation',
      examples: ['Interoperability tests'],
    }),
    format: Format,
    cryptosuite: Type.Optional(Cryptosuite),
    keyType: KeyType,
    did: Type.Enum(['web', 'key'], {
      description:
        'The method of its DID. `web`: a document of ours, below /vc-api/. `key`: the key is the DID, which needs no document',
    }),
    statusList: Type.Boolean({
      description: 'Whether what it issues gets a place in a status list, so that it can be revoked',
    }),
  },
  { ...closed, title: 'IssuerInstanceInput' },
);
export type InstanceInput = Static<typeof InstanceInput>;

export const Instance = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    format: Format,
    cryptosuite: Type.Optional(Cryptosuite),
    keyType: KeyType,
    did: Type.String({ description: 'The issuer of what it issues: its own DID, never the organisation’s' }),
    statusList: Type.Boolean(),
    issueUrl: Type.String({ format: 'uri', description: 'Where it issues' }),
    createdAt: instant('When it was created'),
    endedAt: Type.Optional(instant('From then on it issues nothing any more')),
  },
  { ...closed, title: 'IssuerInstance' },
);
export type Instance = Static<typeof Instance>;

const AnyCredential = Type.Unknown({ description: 'Any value is looked at; what is no credential is a 400' });

export const IssueRequest = Type.Object(
  {
    credential: AnyCredential,
    options: Type.Optional(
      Type.Object(
        {
          credentialId: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 2000,
              description: 'What to call a credential without `id` when its status is to be changed',
            }),
          ),
          mandatoryPointers: Type.Optional(
            Type.Array(Type.String({ maxLength: 2000 }), {
              maxItems: 1000,
              description:
                'JSON Pointers to what a holder cannot keep back; with `ecdsa-sd-2023` and `vc+sd-jwt`',
            }),
          ),
        },
        { ...closed, description: 'An option that is not known is a 400' },
      ),
    ),
  },
  { ...closed, title: 'IssueCredentialRequest' },
);
export type IssueRequest = Static<typeof IssueRequest>;

export const IssueAnswer = Type.Object(
  {
    verifiableCredential: anyObject(
      'The secured credential; a token comes as an `EnvelopedVerifiableCredential`',
    ),
  },
  { title: 'IssueCredentialAnswer' },
);

export const DeriveRequest = Type.Object(
  {
    verifiableCredential: Type.Unknown({
      description: 'A credential with a base proof of `ecdsa-sd-2023`; any value is looked at',
    }),
    options: Type.Optional(
      Type.Object(
        {
          selectivePointers: Type.Optional(
            Type.Array(Type.String({ maxLength: 2000 }), {
              maxItems: 1000,
              description: 'JSON Pointers to what is disclosed beside what is mandatory',
            }),
          ),
        },
        closed,
      ),
    ),
  },
  { ...closed, title: 'DeriveCredentialRequest' },
);
export type DeriveRequest = Static<typeof DeriveRequest>;

export const DeriveAnswer = Type.Object(
  { verifiableCredential: anyObject('What was selected, with a proof of exactly that') },
  { title: 'DeriveCredentialAnswer' },
);

export const StatusRequest = Type.Object(
  {
    credentialId: Type.String({
      minLength: 1,
      maxLength: 2000,
      description: "The credential's `id`, or `options.credentialId` of when it was issued",
    }),
    credentialStatus: Type.Object(
      {
        id: Type.Optional(Type.String({ maxLength: 2000 })),
        type: Type.Enum(['BitstringStatusListEntry']),
        statusPurpose: Type.Enum(['revocation']),
        statusListIndex: Type.Optional(Type.String({ maxLength: 20 })),
        statusListCredential: Type.Optional(Type.String({ maxLength: 2000 })),
      },
      closed,
    ),
    status: Type.Optional(
      Type.Boolean({ description: '`true`, as when it is left out: revoked. Revocation is final' }),
    ),
    indexAllocator: Type.Optional(Type.String({ maxLength: 2000, description: 'Not used here' })),
  },
  { ...closed, title: 'UpdateCredentialStatusRequest' },
);
export type StatusRequest = Static<typeof StatusRequest>;
