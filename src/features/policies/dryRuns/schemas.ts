import { Type, type Static } from 'typebox';
import { PolicyRules, RULE_NAMES } from '../../../credentials/policies/policy.js';

const closed = { additionalProperties: false } as const;
const uuid = Type.String({ format: 'uuid' });
const instant = (description: string) => Type.String({ format: 'date-time', description });

/** A report can be as large as what was sent; a call looks at so many, or at so much. */
export const MOST_EXAMINED = 500;

export const DryRunQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MOST_EXAMINED,
        default: 100,
        description: 'How many verifications to look at, at the most; fewer where their reports are large',
      }),
    ),
    after: Type.Optional(Type.String({ format: 'uuid', description: '`next` of the call before' })),
  },
  closed,
);
export type DryRunQuery = Static<typeof DryRunQuery>;

export const DryRunRequest = Type.Object(
  {
    rules: Type.Optional(PolicyRules),
    version: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description: 'Instead of `rules`; the newest without either',
      }),
    ),
    from: instant('Verified then or later'),
    until: Type.Optional(instant('Verified before; until now when absent')),
    decidedUnder: Type.Optional(
      Type.Enum(['any', 'this'], {
        description:
          'All of your verifications (when absent), or only those decided under this policy, in any version',
      }),
    ),
  },
  { ...closed, title: 'DryRunRequest' },
);
export type DryRunRequest = Static<typeof DryRunRequest>;

const Verdict = Type.Enum(['accepted', 'rejected', 'undetermined']);
const count = (description: string) => Type.Integer({ minimum: 0, description });
const Counts = Type.Object(
  { accepted: Type.Integer(), rejected: Type.Integer(), undetermined: Type.Integer() },
  { title: 'VerdictCounts' },
);

const ChangedDecision = Type.Object(
  {
    verificationId: uuid,
    verifiedAt: Type.String({ format: 'date-time' }),
    before: Type.Object({
      verdict: Verdict,
      policy: Type.Optional(Type.Object({ id: uuid, version: Type.Integer() })),
    }),
    after: Type.Object({ verdict: Verdict }),
    refusing: Type.Array(
      Type.Object(
        {
          rule: Type.Enum([...RULE_NAMES]),
          pointer: Type.String({ description: 'JSON Pointer into the rules that were tried' }),
          outcome: Type.Enum(['fail', 'undetermined']),
          demanded: Type.String(),
          found: Type.String(),
        },
        { title: 'RefusingRule' },
      ),
      { description: 'The rules that it would not have met' },
    ),
  },
  { title: 'ChangedDecision' },
);

export const DryRun = Type.Object(
  {
    examined: count('How many verifications this call looked at'),
    notComparable: count('Of these, from before reports kept what policies go by'),
    changed: count('Decided differently'),
    before: Counts,
    after: Counts,
    items: Type.Array(ChangedDecision, { description: 'Those decided differently, the latest first' }),
    next: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'Give it as `after` to look at the ones before; add up the counts. Absent at the end',
      }),
    ),
  },
  {
    title: 'DryRun',
    description:
      '`before` and `after` count the comparable ones. Everything is judged as of when it was verified',
  },
);
export type DryRun = Static<typeof DryRun>;
