/**
 * What comes of checking a credential against a schema (VC JSON Schema 1.0 §4.2). `failure`: it does not conform, or what the credential
 * names is no schema that could be conformed to. `indeterminate`: it could not be found out; never to be taken for `success`.
 */
export type SchemaOutcome = 'success' | 'failure' | 'indeterminate';

/** Each reason has one outcome; the table is closed. */
export const SCHEMA_REASONS = {
  conforms: 'success',

  /** The content contradicts the schema. */
  violated: 'failure',
  /** §3.1.2, §4: no `$schema`, so it must not be processed. */
  dialectMissing: 'failure',
  /** §3.1.1: no `$id`, or none that is a reference. */
  idMissing: 'failure',
  /** The `$id`, or a schema credential's `id`, names another schema than the credential does. */
  otherSchema: 'failure',
  /** It contradicts its own dialect. */
  invalidSchema: 'failure',
  /** §2.2: not a credential that holds a schema in the way prescribed. */
  invalidSchemaCredential: 'failure',
  /** The credential that holds the schema was checked and is not to be believed. */
  schemaCredentialRejected: 'failure',

  /** A `type` of credentialSchema that is not known here. */
  unknownType: 'indeterminate',
  /** §4.2: a dialect (version) that is not supported. */
  unknownDialect: 'indeterminate',
  unreachable: 'indeterminate',
  /** Asked for what stood there at an instant, of which nothing is kept. */
  notArchived: 'indeterminate',
  /** The bytes are not those whose digest the credential gives, so they say nothing about it. */
  digestMismatch: 'indeterminate',
  /** A digest of a form that cannot be computed here. */
  digestUnsupported: 'indeterminate',
  /** Not JSON, or ambiguous JSON. */
  unreadable: 'indeterminate',
  /** Larger or deeper than what is looked at, or more schemas than are looked at for one credential. */
  tooLarge: 'indeterminate',
  /** It refers to another document; none is fetched. */
  remoteReference: 'indeterminate',
  /** Checking it does not come to an end within the limits. */
  tooComplex: 'indeterminate',
  /** The credential that holds the schema could not be checked. */
  schemaCredentialUnchecked: 'indeterminate',
  /** The host could not do it at the moment. */
  unavailable: 'indeterminate',
} as const satisfies Readonly<Record<string, SchemaOutcome>>;

export type SchemaReason = keyof typeof SCHEMA_REASONS;

export interface SchemaEvaluation {
  readonly outcome: SchemaOutcome;
  readonly reason: SchemaReason;
  /** Where the first contradiction is (RFC 6901), for `violated`; never what stands there. */
  readonly pointer?: string;
  /** Which keyword of the schema it contradicts. */
  readonly keyword?: string;
}

export function evaluated(
  reason: SchemaReason,
  where?: { pointer: string; keyword: string },
): SchemaEvaluation {
  return { outcome: SCHEMA_REASONS[reason], reason, ...where };
}

/**
 * The port behind the check: plain JSON in, plain JSON out, so that a host which is handed schemas by strangers can run it in another
 * thread under a time limit. Never rejects.
 */
export interface SchemaValidator {
  validate(schema: unknown, instance: unknown): Promise<SchemaEvaluation>;
}
