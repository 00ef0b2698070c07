import { ASSURANCE_LEVELS, CHECK_METHODS, PROVENANCE_TIERS } from '../assurance.js';
import { CREDENTIALS_V1_CONTEXT, CREDENTIALS_V2_CONTEXT } from '../dataModel.js';
import type { JsonSchema, Profile, TermDefinition } from './profile.js';
import { code, text } from './subjectSchemas.js';

/** What is published about a profile: its JSON Schema and its JSON-LD context, immutable by version. `publicUrl` has no path. */

export function schemaUrl({ type, version }: Pick<Profile, 'type' | 'version'>, publicUrl: string): string {
  return `${publicUrl}/schemas/${type}/v${version}`;
}

export function contextUrl({ type, version }: Pick<Profile, 'type' | 'version'>, publicUrl: string): string {
  return `${publicUrl}/contexts/${type}/v${version}`;
}

/** The types of evidence (OpenID Identity Assurance) that a credential may rest on. */
export const EVIDENCE_TYPES = ['electronic_record', 'document', 'vouch', 'electronic_signature'] as const;
export type EvidenceType = (typeof EVIDENCE_TYPES)[number];

/** The `termsOfUse` type that says what a credential does not assert. */
export const ASSERTION_LIMITS = 'AssertionLimits';

/** Members that a securing mechanism may add beside the profile's own (VC-JOSE-COSE §3.1.3, Data Integrity). */
const SECURING_MEMBERS = ['proof', 'iss', 'sub', 'jti', 'iat', 'exp', 'cnf'];

/**
 * JSON Schema (draft 2020-12) of the whole credential, in either version of the data model, since `credentialSchema` points here from both.
 * The subject is closed: what the profile does not name cannot be claimed.
 */
export function profileSchema(profile: Profile, publicUrl: string): JsonSchema {
  const contexts = [CREDENTIALS_V2_CONTEXT, CREDENTIALS_V1_CONTEXT].map((base) => [
    base,
    contextUrl(profile, publicUrl),
  ]);
  const members = {
    '@context': { enum: contexts },
    id: { type: 'string', format: 'uri' },
    type: { const: ['VerifiableCredential', profile.type] },
    issuer: { type: 'string', pattern: '^did:' },
    credentialSubject: {
      type: 'object',
      required: ['id', ...profile.requiredMembers],
      properties: { id: { type: 'string', pattern: '^did:' }, ...profile.subjectMembers },
      additionalProperties: false,
    },
    credentialSchema: exactly({
      id: { const: schemaUrl(profile, publicUrl) },
      type: { const: 'JsonSchema' },
    }),
    credentialStatus: { type: 'array', minItems: 2, items: STATUS_ENTRY_SCHEMA },
    assuranceLevel: { enum: [...ASSURANCE_LEVELS] },
    termsOfUse: {
      type: 'array',
      minItems: 1,
      items: exactly({
        type: { const: ASSERTION_LIMITS },
        notAsserted: { type: 'array', minItems: 1, items: text },
      }),
    },
    evidence: { type: 'array', minItems: 1, items: EVIDENCE_SCHEMA },
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: schemaUrl(profile, publicUrl),
    title: profile.title,
    description: profile.description,
    type: 'object',
    required: Object.keys(members),
    properties: {
      ...members,
      ...Object.fromEntries([...V2_DATES, ...V1_DATES].map((member) => [member, DATE_TIME])),
      ...Object.fromEntries(SECURING_MEMBERS.map((member) => [member, true])),
    },
    additionalProperties: false,
    if: { properties: { '@context': { type: 'array', contains: { const: CREDENTIALS_V1_CONTEXT } } } },
    then: requireOnly(V1_DATES, V2_DATES),
    else: requireOnly(V2_DATES, V1_DATES),
  };
}

/** VC Data Model 2.0 §4.9; 1.1 §4.6 and §4.8. */
const V2_DATES = ['validFrom', 'validUntil'];
const V1_DATES = ['issuanceDate', 'expirationDate'];
const DATE_TIME: JsonSchema = { type: 'string', format: 'date-time' };

function requireOnly(dates: readonly string[], others: readonly string[]): JsonSchema {
  const allowed = dates.map((member) => [member, true]);
  const ruledOut = others.map((member) => [member, false]);
  return { required: dates, properties: Object.fromEntries([...allowed, ...ruledOut]) as JsonSchema };
}

/**
 * The schema of what a holder shows of a credential. Every member of the subject may have been kept back, with everything in it: nothing in
 * there is required, and nothing is too few. Not published, so it has no `$id`.
 */
export function partialProfileSchema(profile: Profile, publicUrl: string): JsonSchema {
  const { $id: _, properties, ...schema } = profileSchema(profile, publicUrl);
  const members = properties as Readonly<Record<string, JsonSchema>>;
  return {
    ...schema,
    properties: { ...members, credentialSubject: withoutMinimum(members['credentialSubject']) },
  };
}

function withoutMinimum(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutMinimum);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(
        ([keyword, value]) => !(MINIMUMS.has(keyword) && (Array.isArray(value) || typeof value === 'number')),
      )
      .map(([keyword, value]) => [keyword, withoutMinimum(value)]),
  );
}

/** Of a profile's schemas these are keywords wherever they stand with such a value; a member of that name would have a schema. */
const MINIMUMS: ReadonlySet<string> = new Set(['required', 'minItems', 'minProperties']);

/** JSON-LD 1.1 context: every term that stands in the profile's credentials and is not the v2 context's. */
export function profileContext(profile: Profile, publicUrl: string): { readonly '@context': JsonSchema } {
  const own = contextUrl(profile, publicUrl);
  const terms = { [profile.type]: `#${profile.type}`, ...ENVELOPE_TERMS, ...profile.terms };
  const resolved = Object.fromEntries(
    Object.entries(terms).map(([term, definition]) => [term, resolveTerm(definition, own)]),
  );
  return { '@context': { '@version': 1.1, '@protected': true, ...resolved } };
}

/** Terms beside the subject. `type` and `id` inside OpenID's own objects are not JSON-LD's, so those are opaque JSON. */
const ENVELOPE_TERMS: Readonly<Record<string, TermDefinition>> = {
  assuranceLevel: '#assuranceLevel',
  [ASSERTION_LIMITS]: `#${ASSERTION_LIMITS}`,
  notAsserted: '#notAsserted',
  ...Object.fromEntries(EVIDENCE_TYPES.map((type) => [type, `#${type}`])),
  field: '#field',
  provenance: '#provenance',
  check_details: { '@id': '#check_details', '@type': '@json' },
  record: { '@id': '#record', '@type': '@json' },
  document_details: { '@id': '#document_details', '@type': '@json' },
  signature_type: '#signature_type',
  digest: { '@id': '#digest', '@type': '@json' },
};

/** Open, since every securing format has a status mechanism of its own; the verifier's `status` check demands the two purposes. */
const STATUS_ENTRY_SCHEMA: JsonSchema = {
  type: 'object',
  required: ['type'],
  properties: { type: { type: 'string' } },
};

const EVIDENCE_SCHEMA: JsonSchema = {
  type: 'object',
  required: ['type', 'field', 'check_details', 'provenance'],
  properties: {
    type: { enum: [...EVIDENCE_TYPES] },
    field: { type: 'string', format: 'json-pointer', maxLength: 500 },
    provenance: { enum: [...PROVENANCE_TIERS] },
    check_details: {
      type: 'array',
      minItems: 1,
      items: exactly({
        check_method: { enum: [...CHECK_METHODS] },
        time: { type: 'string', format: 'date-time' },
      }),
    },
    record: closed({ type: code, source: exactly({ name: text }) }),
    document_details: closed({ type: code, issuer: exactly({ name: text }) }),
    signature_type: code,
    digest: exactly({ alg: { const: 'sha-256' }, salt: code, value: code }),
  },
  additionalProperties: false,
};

function closed(properties: JsonSchema): JsonSchema {
  return { type: 'object', minProperties: 1, properties, additionalProperties: false };
}

function exactly(properties: JsonSchema): JsonSchema {
  return { ...closed(properties), required: Object.keys(properties) };
}

function resolveTerm(definition: TermDefinition, own: string): TermDefinition {
  if (typeof definition === 'string') return definition.startsWith('#') ? own + definition : definition;
  const id = resolveTerm(definition['@id'], own) as string;
  const nested = definition['@context'];
  if (!nested) return { ...definition, '@id': id };
  const terms = Object.entries(nested).map(([term, iri]) => [term, resolveTerm(iri, own)]);
  return { ...definition, '@id': id, '@context': Object.fromEntries(terms) as Record<string, string> };
}
