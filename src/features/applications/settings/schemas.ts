import { Type, type Static, type TSchema } from 'typebox';
import { CHECK_METHODS } from '../../../credentials/assurance.js';
import { PROFILES } from '../../../credentials/profiles/index.js';
import { DURATION_PATTERN } from '../../../kernel/instants.js';
import { pointer } from '../schemas.js';
import { DEFAULT_DUE_IN } from './rules.js';

const closed = { additionalProperties: false } as const;
const TYPES = PROFILES.map(({ type }) => type);
const duration = (description: string, example: string) =>
  Type.String({ pattern: DURATION_PATTERN, maxLength: 40, description, examples: [example] });

export const RequiredCheck = Type.Object(
  {
    field: pointer,
    methods: Type.Optional(
      Type.Array(Type.Enum([...CHECK_METHODS]), {
        minItems: 1,
        maxItems: CHECK_METHODS.length,
        uniqueItems: true,
        description: 'Any when absent',
      }),
    ),
    evidenceTypes: Type.Optional(
      Type.Array(Type.Enum(['electronic_record', 'document', 'vouch', 'electronic_signature']), {
        minItems: 1,
        maxItems: 4,
        uniqueItems: true,
        description: 'Any when absent',
      }),
    ),
    maximumAge: Type.Optional(duration('How old the check may be when it is decided', 'P90D')),
  },
  { ...closed, title: 'RequiredCheck' },
);
export type RequiredCheck = Static<typeof RequiredCheck>;

function byType<T extends TSchema>(value: T, description: string) {
  return Type.Unsafe<Partial<Record<string, Static<T>>>>({
    type: 'object',
    description,
    properties: Object.fromEntries(TYPES.map((type) => [type, value])),
    additionalProperties: false,
  });
}

export const ReviewSettings = Type.Object(
  {
    fourEyes: Type.Optional(
      Type.Array(Type.Enum(TYPES), {
        maxItems: TYPES.length,
        uniqueItems: true,
        description: 'Credential types whose approval takes two persons',
        examples: [['CoopLegalIdentityCredential']],
      }),
    ),
    dueIn: Type.Optional(
      duration(`From handing in to the decision; ${DEFAULT_DUE_IN} when absent, P1Y at the most`, 'P14D'),
    ),
    dueInByType: Type.Optional(
      byType(duration('Instead of `dueIn`', 'P7D'), 'Where it is another for a type'),
    ),
    templates: Type.Optional(
      byType(
        Type.Array(RequiredCheck, { maxItems: 50 }),
        'By credential type, the checks that are required beyond those of its profile',
      ),
    ),
  },
  { ...closed, title: 'ReviewSettings' },
);
export type ReviewSettings = Static<typeof ReviewSettings>;

export const VersionedReviewSettings = Type.Object(
  {
    ...ReviewSettings.properties,
    version: Type.Integer({
      minimum: 0,
      description: 'Grows by one with every PUT; 0 before the first. Also the ETag',
    }),
  },
  { title: 'VersionedReviewSettings' },
);
export type VersionedReviewSettings = Static<typeof VersionedReviewSettings>;
