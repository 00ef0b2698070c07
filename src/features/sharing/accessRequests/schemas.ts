import { Type, type Static } from 'typebox';
import { PolicyRules } from '../../../credentials/policies/policy.js';
import { pageOf, PageQuery } from '../../../http/paging.js';
import { DURATION_PATTERN } from '../../../kernel/instants.js';
import { SENSITIVITIES } from '../../../kernel/sensitivity.js';
import { DPV_VERSION, PURPOSES } from '../../../reference/purposes.js';
import { ConsentRule } from '../consentRules/schemas.js';

const closed = { additionalProperties: false } as const;
const uuid = (description: string) => Type.String({ format: 'uuid', description });
const instant = (description: string) => Type.String({ format: 'date-time', description });
const duration = (description: string, example: string) =>
  Type.String({ pattern: DURATION_PATTERN, maxLength: 30, description, examples: [example] });
const words = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: '\\S', description });

export const Purposes = Type.Array(Type.Enum(PURPOSES.map(({ term }) => term)), {
  minItems: 1,
  maxItems: 5,
  uniqueItems: true,
  description: `Terms of the W3C Data Privacy Vocabulary ${DPV_VERSION}`,
  examples: [['dpv:CustomerSolvencyMonitoring']],
});

export const NewAccessRequest = Type.Object(
  {
    holderId: uuid('The co-op whose dossier it is'),
    fields: Type.Array(
      Type.String({
        pattern: '^((/([^~/]|~[01])+)+|[A-Za-z]+)$',
        maxLength: 300,
        description:
          'Name of a block, or JSON Pointer of a field or list in one: everything below it is meant',
        examples: ['/officers/0/fullName', 'legalIdentity'],
      }),
      { minItems: 1, maxItems: 50, uniqueItems: true },
    ),
    purposes: Purposes,
    retention: duration('How long you keep what you read, at most ten years (ISO 8601)', 'P1Y'),
    grantFor: Type.Optional(
      duration('How long you want to be able to read it, at most a year; `P90D` when absent', 'P90D'),
    ),
    evidence: Type.Optional(
      Type.Boolean({ description: 'Also the files that were handed in for these fields; no when absent' }),
    ),
    policyId: Type.Optional(
      uuid('Of the acceptance policy under which you will decide; the co-op reads its rules'),
    ),
    note: Type.Optional(words(1000, 'Why, in your words; the co-op reads it')),
  },
  { ...closed, title: 'NewAccessRequest' },
);
export type NewAccessRequest = Static<typeof NewAccessRequest>;

const Party = Type.Object({ id: uuid('Of the organisation'), did: Type.String(), name: Type.String() });

const Consent = Type.Object(
  {
    ruleVersion: Type.Integer({ minimum: 0, description: 'Of your consent rules when the request was made' }),
    rule: ConsentRule,
    needed: Type.Integer({ minimum: 1, description: 'So many different delegates have to approve' }),
    approvals: Type.Array(
      Type.Object({
        memberId: uuid('Membership of who approved'),
        at: instant('When'),
        dossierVersion: Type.Integer({ description: 'What could be seen then' }),
        minute: Type.Optional(Type.String({ description: 'Of the meeting that decided' })),
        voidedAt: Type.Optional(instant('Since when it does not count any more')),
        voidCause: Type.Optional(
          Type.Enum(['changed', 'left', 'erased'], {
            description:
              '`changed`: the fields say something else since; `left`: the person is no delegate any more; `erased`: the dossier was',
          }),
        ),
      }),
    ),
  },
  { title: 'Consent', description: 'For the co-op only' },
);

export const AccessRequest = Type.Object(
  {
    id: uuid('UUIDv7'),
    partner: Type.Object(Party.properties, { description: 'Who asks' }),
    holder: Type.Object(Party.properties, { description: 'Whose dossier it is' }),
    fields: Type.Array(Type.String(), { description: 'JSON Pointers' }),
    purposes: Type.Array(Type.String()),
    retention: Type.String(),
    grantFor: Type.String(),
    evidence: Type.Boolean(),
    sensitivity: Type.Enum([...SENSITIVITIES], {
      description: 'Of the most sensitive field; the rule for it decides',
    }),
    policy: Type.Optional(
      Type.Object(
        {
          id: uuid('Of the policy'),
          version: Type.Integer(),
          name: Type.String(),
          rules: PolicyRules,
        },
        { description: 'As it was when the request was made' },
      ),
    ),
    note: Type.Optional(Type.String()),
    state: Type.Enum(['open', 'granted', 'refused', 'withdrawn', 'closed', 'expired'], {
      description: '`closed`: one of the two has closed its account',
    }),
    createdAt: instant('When it was made'),
    expiresAt: instant('Until when it can be decided'),
    settledAt: Type.Optional(instant('When it was decided or withdrawn')),
    reason: Type.Optional(Type.String({ description: 'Of a refusal' })),
    grantId: Type.Optional(uuid('What came of it')),
    consent: Type.Optional(Consent),
  },
  { title: 'AccessRequest' },
);
export type AccessRequest = Static<typeof AccessRequest>;

export const AccessRequestPage = pageOf(AccessRequest);

export const AccessRequestsQuery = Type.Object(
  {
    ...PageQuery.properties,
    role: Type.Optional(
      Type.Enum(['partner', 'holder'], {
        default: 'partner',
        description: '`partner`: what you have asked for; `holder`: what others want of your dossier',
      }),
    ),
    open: Type.Optional(Type.Boolean({ default: false, description: 'Only those that wait for a decision' })),
  },
  closed,
);

export const NewApproval = Type.Object(
  {
    minute: Type.Optional(
      words(200, 'Minute of the meeting that decided; some co-ops demand it. The partner does not see it'),
    ),
  },
  { ...closed, title: 'NewApproval' },
);
export type NewApproval = Static<typeof NewApproval>;

export const Refusal = Type.Object(
  { reason: words(1000, 'The partner reads it') },
  { ...closed, title: 'AccessRefusal' },
);
export type Refusal = Static<typeof Refusal>;

export const RequestWithdrawal = Type.Object({}, { ...closed, title: 'AccessRequestWithdrawal' });
