import { Type, type Static } from 'typebox';
import {
  MAX_STATEMENT_LENGTH,
  MAX_VOUCH_LENGTH,
  MAX_VOUCHED_FIELDS,
} from '../../../credentials/evidence/vouch.js';
import { DURATION_PATTERN } from '../../../kernel/instants.js';

const closed = { additionalProperties: false } as const;
const uuid = Type.String({ format: 'uuid' });
const instant = Type.String({ format: 'date-time' });
const text = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: '\\S', description });

export const VouchSummary = Type.Object(
  {
    voucher: Type.Object(
      {
        did: Type.String(),
        name: Type.Optional(Type.String({ description: 'As it is known here; absent for a stranger' })),
      },
      { description: 'Who signed, if the signature is valid' },
    ),
    statement: Type.String(),
    fields: Type.Array(Type.String(), { description: 'JSON Pointers of what is vouched for' }),
    dossierVersion: Type.Optional(Type.Integer({ minimum: 1 })),
    issuedAt: instant,
    expiresAt: instant,
    outcome: Type.Enum(['pass', 'fail', 'undetermined'], {
      description: '`undetermined`: the voucher’s key could not be asked for; do not rely on it',
    }),
    code: Type.String({ description: 'As in verification reports', examples: ['signature/valid'] }),
    checkedAt: instant,
  },
  { title: 'VouchSummary' },
);
export type VouchSummary = Static<typeof VouchSummary>;

const Pointers = Type.Array(
  Type.String({
    pattern: '^(/([^~/]|~[01])*)+$',
    maxLength: 300,
    description: 'JSON Pointer of a dossier field',
  }),
  { minItems: 1, maxItems: MAX_VOUCHED_FIELDS, uniqueItems: true },
);

export const NewVouchRequest = Type.Object(
  {
    voucherId: Type.String({ format: 'uuid', description: 'The organisation that you ask' }),
    fields: Pointers,
    note: Type.Optional(text(1000, 'For those whom you ask')),
  },
  { ...closed, title: 'NewVouchRequest' },
);
export type NewVouchRequest = Static<typeof NewVouchRequest>;

const Party = Type.Object({ id: uuid, did: Type.String(), name: Type.String() });

export const VouchRequest = Type.Object(
  {
    id: uuid,
    subject: Party,
    voucher: Party,
    dossierVersion: Type.Integer({ minimum: 1 }),
    fields: Type.Array(
      Type.Object({
        pointer: Type.String(),
        value: Type.Optional(
          Type.Unknown({ description: 'As the version says that the request is about; while it is open' }),
        ),
      }),
    ),
    note: Type.Optional(Type.String()),
    status: Type.Enum(['open', 'given', 'declined', 'withdrawn']),
    createdAt: instant,
    settledAt: Type.Optional(instant),
    evidenceId: Type.Optional(uuid),
  },
  { title: 'VouchRequest' },
);
export type VouchRequest = Static<typeof VouchRequest>;

export const NewVouch = Type.Object(
  {
    requestId: uuid,
    statement: text(MAX_STATEMENT_LENGTH, 'What you say, and how you come to know it; name no person'),
    validFor: Type.Optional(
      Type.String({
        pattern: DURATION_PATTERN,
        maxLength: 40,
        description: 'ISO 8601 duration, two years at the most; one year when absent',
        examples: ['P1Y'],
      }),
    ),
  },
  { ...closed, title: 'NewVouch' },
);
export type NewVouch = Static<typeof NewVouch>;

export const GivenVouch = Type.Object(
  {
    requestId: uuid,
    token: Type.String({ description: 'Compact JWS, `typ` coop-passport-vouch+jwt, signed under your DID' }),
    expiresAt: instant,
  },
  { title: 'GivenVouch' },
);
export type GivenVouch = Static<typeof GivenVouch>;

export const ForeignVouch = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: MAX_VOUCH_LENGTH }),
    title: Type.Optional(text(200, 'What it is, for those who will read it')),
  },
  { ...closed, title: 'ForeignVouch' },
);
export type ForeignVouch = Static<typeof ForeignVouch>;
