import { Type, type Static } from 'typebox';
import { pageOf, PageQuery } from '../../../http/paging.js';
import { PURPOSES } from '../../../reference/purposes.js';

const closed = { additionalProperties: false } as const;
const uuid = (description: string) => Type.String({ format: 'uuid', description });
const instant = (description: string) => Type.String({ format: 'date-time', description });

const Party = Type.Object({ id: uuid('Of the organisation'), did: Type.String(), name: Type.String() });

const Basis = Type.Object(
  {
    kind: Type.Enum(['consent', 'agreement']),
    agreementId: Type.Optional(uuid('With `agreement`')),
    version: Type.Optional(Type.Integer({ description: 'With `agreement`: the version that both accepted' })),
  },
  { title: 'GrantBasis', description: 'By what it was granted: the delegates, or a standing agreement' },
);

export const Grant = Type.Object(
  {
    id: uuid('UUIDv7'),
    requestId: uuid('Of the request for access'),
    partner: Type.Object(Party.properties, { description: 'Who may read' }),
    holder: Type.Object(Party.properties, { description: 'Whose dossier it is' }),
    fields: Type.Array(Type.String(), { description: 'JSON Pointers: these, and what lies below them' }),
    purposes: Type.Array(Type.String(), { description: 'For nothing else' }),
    evidence: Type.Boolean({ description: 'Also the files that were handed in for these fields' }),
    retention: Type.String({ description: 'How long the partner keeps what it has read' }),
    dossierVersion: Type.Integer({ description: 'What is released is what stands in this version' }),
    basis: Basis,
    state: Type.Enum(
      ['live', 'withdrawn', 'given_back', 'agreement_ended', 'organisation_closed', 'erased', 'expired'],
      { description: 'Only under a live one is anything released' },
    ),
    grantedAt: instant('When it was granted'),
    expiresAt: instant('When it ends by itself'),
    endedAt: Type.Optional(instant('When it was ended before')),
    reason: Type.Optional(Type.String({ description: 'Of a withdrawal' })),
  },
  { title: 'Grant' },
);
export type Grant = Static<typeof Grant>;

export const GrantPage = pageOf(Grant);

export const GrantsQuery = Type.Object(
  {
    ...PageQuery.properties,
    role: Type.Optional(
      Type.Enum(['partner', 'holder'], {
        default: 'partner',
        description: '`partner`: what you may read; `holder`: what you have released',
      }),
    ),
  },
  closed,
);

export const ReadingQuery = Type.Object(
  {
    purpose: Type.Optional(
      Type.Enum(
        PURPOSES.map(({ term }) => term),
        { description: 'For which of the granted purposes you read; for all of them when absent' },
      ),
    ),
  },
  closed,
);

export const GrantEnding = Type.Object(
  {
    reason: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1000, pattern: '\\S', description: 'The other side reads it' }),
    ),
  },
  { ...closed, title: 'GrantEnding' },
);
export type GrantEnding = Static<typeof GrantEnding>;

const ReleasedField = Type.Object(
  {
    pointer: Type.String({ description: 'JSON Pointer of the field in the dossier' }),
    value: Type.Optional(Type.Unknown({ description: 'What the field says' })),
    length: Type.Optional(Type.Integer({ description: 'Of a list, how many items it has' })),
    salt: Type.Optional(Type.String({ description: 'With a proof: base64url' })),
    index: Type.Optional(Type.Integer({ description: 'With a proof: place of the leaf in the tree' })),
    path: Type.Optional(
      Type.Array(Type.String(), {
        description: "With a proof: from the leaf's sibling upwards (RFC 9162 §2.1.3.1), base64url",
      }),
    ),
  },
  { title: 'ReleasedField' },
);

const ReleasedProof = Type.Object(
  {
    credentialId: uuid('Of the `KycDossierCredential`'),
    credential: Type.String({
      description: 'The credential (`application/vc+jwt`), against which all fields are proven',
    }),
    dossierVersion: Type.Integer({
      description: 'The version that its registrar examined, in which the fields say the same',
    }),
    merkleRoot: Type.Object({ alg: Type.Literal('sha-256'), value: Type.String(), size: Type.Integer() }),
  },
  { title: 'ReleasedProof' },
);

export const ReleasedData = Type.Object(
  {
    grantId: uuid('Of the grant'),
    dossierVersion: Type.Integer(),
    fields: Type.Array(ReleasedField, {
      description: 'With `proof`, to be sent as `fields` to POST /v1/verifications with the credential',
    }),
    proof: Type.Union([ReleasedProof, Type.Null()]),
    unprovenBecause: Type.Optional(
      Type.Enum(['no-credential', 'other-values', 'not-provable'], {
        description:
          'Without `proof`: there is no valid `KycDossierCredential`; what its registrar examined said something else; that version cannot be proven',
      }),
    ),
    accessId: uuid('Under which this reading is on record'),
  },
  { title: 'ReleasedData' },
);
export type ReleasedData = Static<typeof ReleasedData>;

export const GrantAccess = Type.Object(
  {
    id: uuid('UUIDv7'),
    at: instant('When'),
    by: Type.Object(
      { kind: Type.Enum(['person', 'client']), id: uuid('Of the person or the client at the partner') },
      { description: 'Who' },
    ),
    kind: Type.Enum(['data', 'evidence']),
    fields: Type.Array(Type.String(), { description: 'What was released' }),
    purposes: Type.Array(Type.String(), { description: 'For what' }),
    evidenceId: Type.Optional(uuid('With `evidence`: of the file')),
  },
  { title: 'GrantAccess' },
);
export type GrantAccess = Static<typeof GrantAccess>;
export const GrantAccessPage = pageOf(GrantAccess);
