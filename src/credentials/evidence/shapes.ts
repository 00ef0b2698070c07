import { Type, type Static } from 'typebox';

/**
 * Evidence in the names of OpenID Identity Assurance 1.0 (its schema's `evidence`), each type with the members that are its own. Closed: what is
 * taken here its schema takes too (test/rules/evidenceShapes.test.ts), and not the other way round. Left out on purpose:
 *
 * - `derived_claims`: what was derived stands in the dossier, in the fields that are named beside the evidence;
 * - attachments with their `content`, an `access_token` or an `exp`: files are uploaded, and no record holds a key to one;
 * - a voucher's `birthdate`: who vouches for an organisation need not say how old they are.
 */
const closed = { additionalProperties: false } as const;
const text = (maxLength: number, description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength, pattern: '\\S', description }));
const kindOf = (description: string) =>
  Type.String({ minLength: 1, maxLength: 100, pattern: '\\S', description });
const date = Type.Optional(Type.String({ format: 'date' }));

/** Of the specification's `YYYY-MM-DDThh:mm[:ss]TZD` (ISO 8601), which leaves seconds out where RFC 3339 does not. */
const INSTANT_PATTERN =
  '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,9})?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$';
const instant = Type.Optional(
  Type.String({
    pattern: INSTANT_PATTERN,
    description: 'RFC 3339; seconds may be left out',
    examples: ['2026-11-01T10:30Z'],
  }),
);

const place = {
  formatted: text(500, 'The whole address'),
  street_address: text(300, 'Street and number'),
  locality: text(150, 'Town'),
  region: text(150, 'Region or county'),
  postal_code: text(30, 'Postal code'),
  country: text(100, 'Country, in words'),
  country_code: text(3, 'ISO 3166-1'),
};
const Source = Type.Object(
  {
    name: text(300, 'The register or body that it comes from'),
    jurisdiction: text(100, 'Its jurisdiction'),
    ...place,
  },
  closed,
);

export const SHA256_BASE64_PATTERN = '^[A-Za-z0-9+/]{43}=$';

/** OpenID Identity Assurance §5.4.6.2 (external attachments), of a file that was uploaded here. */
export const Attachment = Type.Object(
  {
    desc: text(200, 'What it is'),
    type: text(100, 'What kind of attachment'),
    content_type: text(150, 'Media type'),
    url: Type.String({
      format: 'uri',
      maxLength: 500,
      description: 'Of the uploaded evidence, as its `attachment` says',
    }),
    digest: Type.Object(
      {
        alg: Type.Literal('sha-256'),
        value: Type.String({ pattern: SHA256_BASE64_PATTERN, description: 'Base64' }),
      },
      closed,
    ),
  },
  { ...closed, title: 'EvidenceAttachment' },
);
export type Attachment = Static<typeof Attachment>;

const attachments = Type.Optional(Type.Array(Attachment, { minItems: 1, maxItems: 20 }));
const checkDetails = Type.Optional(
  Type.Array(
    Type.Object(
      {
        check_method: kindOf('For example `vri`, `data` or `bvp`'),
        organization: text(300, 'Who made the check'),
        check_id: text(200, 'Under which number'),
        time: instant,
      },
      closed,
    ),
    { minItems: 1, maxItems: 20 },
  ),
);

export const ElectronicRecord = Type.Object(
  {
    type: Type.Literal('electronic_record'),
    check_details: checkDetails,
    record: Type.Optional(
      Type.Object(
        {
          type: kindOf('For example `company_register`'),
          source: Type.Optional(Source),
          record_number: text(200, 'Number of the entry'),
          created_at: instant,
          date_of_expiry: date,
        },
        closed,
      ),
    ),
    attachments,
  },
  { ...closed, title: 'ElectronicRecord' },
);

export const DocumentEvidence = Type.Object(
  {
    type: Type.Literal('document'),
    check_details: checkDetails,
    document_details: Type.Optional(
      Type.Object(
        {
          type: kindOf('For example `bylaws`'),
          issuer: Type.Optional(Source),
          document_number: text(200, 'Number of the document'),
          serial_number: text(200, 'Serial number'),
          date_of_issuance: date,
          date_of_expiry: date,
        },
        closed,
      ),
    ),
    attachments,
  },
  { ...closed, title: 'DocumentEvidence' },
);

export const Vouch = Type.Object(
  {
    type: Type.Literal('vouch'),
    check_details: checkDetails,
    attestation: Type.Optional(
      Type.Object(
        {
          type: kindOf('For example `written_attestation` or `digital_attestation`'),
          reference_number: text(200, 'Number of the attestation'),
          date_of_issuance: date,
          date_of_expiry: date,
          voucher: Type.Optional(
            Type.Object(
              {
                name: text(200, 'Who vouches; never published'),
                occupation: text(200, 'In which function; never published'),
                organization: text(300, 'For which organisation'),
                ...place,
              },
              closed,
            ),
          ),
        },
        closed,
      ),
    ),
    attachments,
  },
  { ...closed, title: 'Vouch' },
);

const signature = {
  signature_type: kindOf('For example `qes_eidas`'),
  issuer: Type.String({
    minLength: 1,
    maxLength: 300,
    pattern: '\\S',
    description: 'Who issued the certificate',
  }),
  serial_number: Type.String({
    minLength: 1,
    maxLength: 200,
    pattern: '\\S',
    description: 'Of the certificate',
  }),
};
export const ElectronicSignature = Type.Object(
  { type: Type.Literal('electronic_signature'), ...signature, created_at: instant, attachments },
  { ...closed, title: 'ElectronicSignature' },
);

/** As a check may name it: the specification asks for three members that a reviewer need not have at hand. */
export const SignatureOfCheck = Type.Object(
  {
    type: Type.Literal('electronic_signature'),
    signature_type: Type.Optional(signature.signature_type),
    issuer: Type.Optional(signature.issuer),
    serial_number: Type.Optional(signature.serial_number),
    created_at: instant,
    attachments,
  },
  { ...closed, title: 'SignatureOfCheck' },
);

/** By type, as the specification wants each to be. */
export const EVIDENCE_SHAPES = {
  document: DocumentEvidence,
  electronic_record: ElectronicRecord,
  vouch: Vouch,
  electronic_signature: ElectronicSignature,
} as const;

const DETAILS = [DocumentEvidence, ElectronicRecord, Vouch, ElectronicSignature] as const;
export type EvidenceDetails = Static<(typeof DETAILS)[number]>;
export const EvidenceDetails = oneOfTypes<EvidenceDetails>(DETAILS);

const OF_CHECK = [ElectronicRecord, DocumentEvidence, Vouch, SignatureOfCheck] as const;
export type CheckEvidence = Static<(typeof OF_CHECK)[number]>;
export const CheckEvidence = oneOfTypes<CheckEvidence>(OF_CHECK);

/** `discriminator`, so that what is wrong is said of the type that was meant and not of all four. */
function oneOfTypes<T>(shapes: readonly object[]) {
  return Type.Unsafe<T>({
    type: 'object',
    required: ['type'],
    properties: { type: { enum: Object.keys(EVIDENCE_SHAPES) } },
    discriminator: { propertyName: 'type' },
    oneOf: shapes,
  });
}
