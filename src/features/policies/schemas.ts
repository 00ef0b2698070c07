import { Type, type Static } from 'typebox';
import { PolicyRules } from '../../credentials/policies/policy.js';
import { pageOf } from '../../http/paging.js';

const closed = { additionalProperties: false } as const;
const instant = Type.String({ format: 'date-time' });

const body = {
  name: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S', examples: ['Loans above 50,000'] }),
  description: Type.Optional(
    Type.String({ minLength: 1, maxLength: 2000, pattern: '\\S', description: 'For your own people' }),
  ),
  rules: PolicyRules,
};

export const PolicyBody = Type.Object(body, { ...closed, title: 'PolicyBody' });
export type PolicyBody = Static<typeof PolicyBody>;

export const Policy = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    version: Type.Integer({ minimum: 1, description: 'Grows by one with every PUT. Also the ETag' }),
    ...body,
    createdAt: instant,
    versionedAt: Type.String({ format: 'date-time', description: 'When this version was saved' }),
    archivedAt: Type.Optional(
      Type.String({ format: 'date-time', description: 'Since when nothing is decided under it any more' }),
    ),
  },
  { title: 'Policy' },
);
export type Policy = Static<typeof Policy>;

export const PolicyPage = pageOf(Policy);

export const PolicyTemplates = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          key: Type.String({ examples: ['simpleTrade'] }),
          policy: Type.Object(body, { description: 'As `POST /v1/policies` takes it' }),
        },
        { title: 'PolicyTemplate' },
      ),
    ),
  },
  { title: 'PolicyTemplates' },
);
export type PolicyTemplates = Static<typeof PolicyTemplates>;

export const PolicyArchiving = Type.Object({}, { ...closed, title: 'PolicyArchiving' });
