import { Type, type Static } from 'typebox';

export const ConsentReceipt = Type.Object(
  {
    grantId: Type.String({ format: 'uuid' }),
    state: Type.String({ description: 'Of the grant, which the receipt is about: each state has its own' }),
    receipt: Type.Unsafe<Readonly<Record<string, unknown>>>({
      type: 'object',
      additionalProperties: true,
      description: 'ISO/IEC TS 27560 in JSON-LD, with its context inside; what `jws` signs',
    }),
    jws: Type.String({
      description:
        'Compact JWS (RFC 7515) over the receipt, by the co-op’s DID: `kid` names the key. Anybody can check it',
    }),
    createdAt: Type.String({ format: 'date-time' }),
  },
  { title: 'ConsentReceipt' },
);
export type ConsentReceipt = Static<typeof ConsentReceipt>;
