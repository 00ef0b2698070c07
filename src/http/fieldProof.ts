import { Type, type Static } from 'typebox';

/** A field of a dossier with its proof, as it goes over the wire: `value`, or of a list its `length`. */
export const FieldProof = Type.Object(
  {
    pointer: Type.String({ maxLength: 500, description: 'JSON Pointer of the field in the dossier' }),
    value: Type.Optional(Type.Unknown({ description: 'What the field says' })),
    length: Type.Optional(Type.Integer({ minimum: 0, description: 'Of a list, how many items it has' })),
    salt: Type.String({ maxLength: 100, description: 'base64url' }),
    index: Type.Integer({ minimum: 0, description: 'Place of the leaf in the tree' }),
    path: Type.Array(Type.String({ maxLength: 100 }), {
      maxItems: 64,
      description: "From the leaf's sibling upwards (RFC 9162 §2.1.3.1), base64url",
    }),
  },
  { title: 'FieldProof', additionalProperties: false },
);
export type FieldProof = Static<typeof FieldProof>;
