import { Type, type Static } from 'typebox';
import { FieldProof } from '../../../http/fieldProof.js';

export const ProofRequest = Type.Object(
  {
    version: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2_147_483_647,
        description: 'The version that a `KycDossierCredential` names; the newest one when absent',
      }),
    ),
    fields: Type.Array(
      Type.String({
        pattern: '^(/([^~/]|~[01])*)+$',
        maxLength: 500,
        description: 'JSON Pointer of a field, a list or a block: everything below it is proven',
        examples: ['/officers'],
      }),
      { minItems: 1, maxItems: 100, uniqueItems: true },
    ),
  },
  { title: 'ProofRequest', additionalProperties: false },
);
export type ProofRequest = Static<typeof ProofRequest>;

export const DossierProofs = Type.Object(
  {
    version: Type.Integer(),
    merkleRoot: Type.Object({
      alg: Type.Literal('sha-256'),
      value: Type.String({ description: 'As the `KycDossierCredential` of this version has it' }),
      size: Type.Integer(),
    }),
    fields: Type.Array(FieldProof, { description: 'To be sent as `fields` to POST /v1/verifications' }),
  },
  { title: 'DossierProofs' },
);
export type DossierProofs = Static<typeof DossierProofs>;
