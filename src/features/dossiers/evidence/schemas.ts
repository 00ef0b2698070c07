import { Type, type Static } from 'typebox';
import { Attachment, EvidenceDetails } from '../../../credentials/evidence/shapes.js';
import { DURATION_PATTERN } from '../../../kernel/instants.js';
import { VouchSummary } from '../vouches/schemas.js';

const closed = { additionalProperties: false } as const;
const uuid = Type.String({ format: 'uuid' });
const instant = Type.String({ format: 'date-time' });
const text = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: '\\S', description });

export const EvidenceType = Type.Enum(['document', 'electronic_record', 'vouch', 'electronic_signature'], {
  description: 'The evidence types of OpenID Identity Assurance',
});

const SupportedFields = Type.Array(
  Type.String({
    pattern: '^(/([^~/]|~[01])*)+$',
    maxLength: 300,
    description: 'JSON Pointer of a dossier field, or `/representation`',
  }),
  { maxItems: 100, uniqueItems: true, description: 'The fields that it supports' },
);

const metadata = {
  type: EvidenceType,
  title: text(200, 'What it is, for those who will read it'),
  fields: Type.Optional(SupportedFields),
  retainUntil: Type.Optional(
    Type.String({ format: 'date-time', description: 'When the file is to be deleted; or say `retention`' }),
  ),
  retention: Type.Optional(
    Type.String({
      pattern: DURATION_PATTERN,
      maxLength: 40,
      description:
        'How long the file is to be kept, as an ISO 8601 duration; what the operator configured, when neither is given',
      examples: ['P7Y'],
    }),
  ),
};

export const EvidenceMetadata = Type.Object(
  {
    ...metadata,
    details: Type.Optional(
      Type.Unsafe<EvidenceDetails>({
        ...EvidenceDetails,
        description: 'What it is in the members of OpenID Identity Assurance; `type` as above',
      }),
    ),
  },
  { ...closed, title: 'EvidenceMetadata' },
);
export type EvidenceMetadata = Static<typeof EvidenceMetadata>;

/** What all types have in common; `details` are checked against the shape of their own type. */
export const CommonMetadata = Type.Object({ ...metadata, details: Type.Optional(Type.Unknown()) }, closed);

export const Hold = Type.Object(
  {
    organisationId: uuid,
    until: instant,
    reason: Type.String(),
  },
  { title: 'EvidenceHold' },
);
export type Hold = Static<typeof Hold>;

export const NewHold = Type.Object(
  {
    until: Type.String({ format: 'date-time', description: 'Until when the file must be kept' }),
    reason: text(500, 'Which duty; shown to the owner, so name nobody'),
  },
  { ...closed, title: 'NewEvidenceHold' },
);
export type NewHold = Static<typeof NewHold>;

export const Evidence = Type.Object(
  {
    id: uuid,
    digest: Type.String({
      description: 'Of the content, as Subresource Integrity writes it: `sha256-` and Base64',
    }),
    mediaType: Type.String({ description: 'Found by looking at the content, not taken from the sender' }),
    size: Type.Integer({ minimum: 0, description: 'Bytes' }),
    type: EvidenceType,
    title: Type.String(),
    fields: Type.Optional(Type.Array(Type.String())),
    details: Type.Optional(
      Type.Unsafe<EvidenceDetails>({
        type: 'object',
        required: ['type'],
        properties: { type: Type.String() },
        additionalProperties: true,
      }),
    ),
    // To name the file in the `attachments` of other evidence; absent once it is deleted.
    attachment: Type.Optional(Attachment),
    vouch: Type.Optional(VouchSummary),
    createdAt: instant,
    retainUntil: Type.String({
      format: 'date-time',
      description: 'When the file is deleted, unless something rests on it then',
    }),
    holds: Type.Optional(Type.Array(Hold, { description: 'Who must keep it for longer' })),
    deletedAt: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'The file is gone; what is said here is what was kept',
      }),
    ),
  },
  { title: 'Evidence' },
);
export type Evidence = Static<typeof Evidence>;
