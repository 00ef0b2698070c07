import type { JsonSchema } from './profile.js';

/** JSON Schemas of values that stand in more than one profile's subject; the dossier accepts nothing that they refuse. */

/** ISO 3166-1 alpha-2, or a subdivision of it by ISO 3166-2: `GB`, `GB-ENG`. */
export const JURISDICTION_PATTERN = '^[A-Z]{2}(-[A-Z0-9]{1,3})?$';

export const text: JsonSchema = { type: 'string', minLength: 1, maxLength: 500 };
export const code: JsonSchema = { type: 'string', minLength: 1, maxLength: 100 };
export const fullDate: JsonSchema = { type: 'string', format: 'date' };
export const jurisdiction: JsonSchema = { type: 'string', pattern: JURISDICTION_PATTERN };
/** Per cent, as BODS 0.4 gives shares. */
export const percentage: JsonSchema = { type: 'number', minimum: 0, maximum: 100 };

export const registrationAuthority: JsonSchema = {
  type: 'object',
  required: ['name'],
  properties: { name: text, code },
  additionalProperties: false,
};

/** BODS 0.4 address types. */
export const ADDRESS_TYPES = ['registered', 'business', 'alternative'] as const;

export const SCREENING_KINDS = ['sanctions', 'pep', 'adverse_media'] as const;
/** `possible_match`: somebody still has to look. */
export const SCREENING_RESULTS = ['clear', 'possible_match', 'match'] as const;

export const address: JsonSchema = {
  type: 'object',
  required: ['type', 'street', 'locality', 'country'],
  properties: {
    type: { enum: [...ADDRESS_TYPES] },
    street: text,
    locality: text,
    region: text,
    postalCode: code,
    country: { type: 'string', pattern: '^[A-Z]{2}$' },
  },
  additionalProperties: false,
};

export const identifier: JsonSchema = {
  type: 'object',
  required: ['scheme', 'id'],
  properties: { scheme: code, id: text, uri: { type: 'string', format: 'uri', maxLength: 2_000 } },
  additionalProperties: false,
};

export const memberClass: JsonSchema = {
  type: 'object',
  required: ['name', 'memberCount'],
  properties: {
    name: code,
    memberCount: { type: 'integer', minimum: 0 },
    votesPerMember: { type: 'number', minimum: 0 },
    voteShare: percentage,
    isTransacting: { type: 'boolean' },
    isInvestor: { type: 'boolean' },
  },
  additionalProperties: false,
};

/** The JSON-LD type of a date. */
export const XSD_DATE = 'http://www.w3.org/2001/XMLSchema#date';
export const XSD_DATE_TIME = 'http://www.w3.org/2001/XMLSchema#dateTime';

export function listOfUpTo(maxItems: number, items: JsonSchema): JsonSchema {
  return { type: 'array', minItems: 1, maxItems, items };
}
