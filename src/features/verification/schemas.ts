import { Type, type Static } from 'typebox';
import { ASSURANCE_LEVELS } from '../../credentials/assurance.js';
import type { CredentialReport, PresentationReport } from '../../credentials/verification/report.js';
import { RULE_NAMES } from '../../credentials/policies/policy.js';
import { PolicyFacts } from '../../credentials/policies/facts.js';
import { FieldProof } from '../../http/fieldProof.js';
import type { PastReport } from './asOf/report.js';
import { SINCE_CODES } from './asOf/rules.js';
import { CHECKS, CHECK_CODES } from '../../credentials/verification/checks.js';

const instant = Type.String({ format: 'date-time' });

/** Each costs up to 64 hashes, and anybody may ask: a larger dossier is proven in several calls. */
const MAX_FIELDS = 1_000;

/** The envelope only: whatever stands inside `credential` or `presentation` is judged, never refused. */
export const VerificationRequest = Type.Object(
  {
    credential: Type.Optional(
      Type.Unknown({
        description:
          'A secured credential: as text `vc+jwt`, `vc+sd-jwt`, `dc+sd-jwt` or a VC-JWT 1.1; with Data Integrity proofs as JSON or its text; any of them as an EnvelopedVerifiableCredential',
      }),
    ),
    presentation: Type.Optional(
      Type.Unknown({
        description:
          'A secured presentation: as text `vp+jwt`, a VP-JWT 1.1, or an SD-JWT with its key binding; with Data Integrity proofs as JSON or its text; or an EnvelopedVerifiablePresentation',
      }),
    ),
    fields: Type.Optional(
      Type.Array(FieldProof, {
        minItems: 1,
        maxItems: MAX_FIELDS,
        description:
          'With a `KycDossierCredential`: fields of the dossier that the co-op released, to be proven against its root',
      }),
    ),
    audience: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description: 'Whom the presentation must be made for: you',
      }),
    ),
    nonce: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description: 'What you asked to find in the presentation',
      }),
    ),
    policyId: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'One of your acceptance policies, to decide by as well; needs you to be signed in',
      }),
    ),
    policyVersion: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Of it; the newest when absent' }),
    ),
    asOf: Type.Optional(
      Type.String({
        format: 'date-time',
        description:
          'What an honest verifier would have said at this instant, from what was recorded until then; not in the future. Needs you to be signed in',
      }),
    ),
    receipt: Type.Optional(
      Type.Boolean({
        description:
          "The report signed with your organisation's key as well, with digests of everything that it rests on; needs you to be signed in",
      }),
    ),
  },
  { title: 'VerificationRequest', additionalProperties: false },
);
export type VerificationRequest = Static<typeof VerificationRequest>;

const Verdict = Type.Enum(['accepted', 'rejected', 'undetermined'], {
  description: 'Any failed check gives `rejected`; otherwise one that could not be made gives `undetermined`',
});

const CheckResult = Type.Object(
  {
    check: Type.Enum([...CHECKS]),
    outcome: Type.Enum(['pass', 'fail', 'undetermined', 'skipped']),
    code: Type.Enum(Object.keys(CHECK_CODES) as (keyof typeof CHECK_CODES)[]),
    detail: Type.String({ description: 'The same in plain words' }),
    rule: Type.Optional(
      Type.Enum([...RULE_NAMES], { description: 'Of an acceptance policy: every rule gives a check' }),
    ),
    pointer: Type.Optional(
      Type.String({
        description: 'JSON Pointer to the rule in the version of the policy that the report names',
      }),
    ),
    demanded: Type.Optional(Type.String({ description: 'What the rule demands' })),
    found: Type.Optional(Type.String({ description: 'What was found' })),
  },
  { title: 'VerificationCheck' },
);

const Party = Type.Object({ did: Type.Optional(Type.String()), name: Type.Optional(Type.String()) });

const CredentialDetails = Type.Object(
  {
    id: Type.Optional(Type.String()),
    type: Type.Array(Type.String()),
    issuer: Party,
    subject: Party,
    validFrom: Type.Optional(Type.String()),
    validUntil: Type.Optional(Type.String()),
    assurance: Type.Optional(Type.Enum([...ASSURANCE_LEVELS])),
    evidence: Type.Array(
      Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
      {
        description:
          'What was checked, how, when and against what, in the names of OpenID Identity Assurance',
      },
    ),
    facts: Type.Optional(PolicyFacts),
    contested: Type.Optional(
      Type.Array(Type.Object({ pointer: Type.String(), since: instant }), {
        description:
          'Places in the credential (JSON Pointers) whose truth its holder contests. The verdict does not depend on it: the decision is yours',
      }),
    ),
  },
  { title: 'CredentialDetails', description: 'Present once it is certain that the issuer signed it' },
);

const judged = { verdict: Verdict, verifiedAt: instant, checks: Type.Array(CheckResult) };

/** The core's report, as it goes over the wire. */
export type Report = {
  readonly id?: string;
  readonly policy?: { readonly id: string; readonly version: number };
  readonly receipt?: string;
} & Partial<PastReport> &
  (CredentialReport | PresentationReport);

export const Report = Type.Unsafe<Report>(
  Type.Object(
    {
      id: Type.Optional(
        Type.String({
          format: 'uuid',
          description: 'Of the stored report; an anonymous verification stores nothing',
        }),
      ),
      policy: Type.Optional(
        Type.Object(
          { id: Type.String({ format: 'uuid' }), version: Type.Integer() },
          { description: 'By which the verdict was decided as well; its checks are the last ones' },
        ),
      ),
      asOf: Type.Optional(
        Type.String({
          format: 'date-time',
          description: 'As of when the verdict is; absent where it is of `verifiedAt`',
        }),
      ),
      since: Type.Optional(
        Type.Array(
          Type.Object({
            code: Type.Enum(Object.keys(SINCE_CODES) as (keyof typeof SINCE_CODES)[]),
            at: instant,
            detail: Type.String({ description: 'The same in plain words' }),
            credential: Type.Optional(
              Type.String({ description: '`id` of the credential that it is about' }),
            ),
            pointer: Type.Optional(
              Type.String({ description: 'JSON Pointer into it, of what is contested' }),
            ),
          }),
          {
            description:
              'With `asOf`: what was recorded after that instant, the earliest first. The verdict does not depend on it',
          },
        ),
      ),
      ...judged,
      credential: Type.Optional(CredentialDetails),
      fields: Type.Optional(
        Type.Array(Type.Object({ pointer: Type.String(), isProven: Type.Boolean() }), {
          description: 'Of each field that was to be proven, whether it is',
        }),
      ),
      holder: Type.Optional(Type.Object({ did: Type.String() }, { description: 'Of a presentation' })),
      credentials: Type.Optional(
        Type.Array(Type.Object({ ...judged, credential: Type.Optional(CredentialDetails) }), {
          description: 'Of a presentation, one report for each credential in it',
        }),
      ),
      receipt: Type.Optional(
        Type.String({
          description:
            'This report, signed (`application/verification-receipt+jwt`): keep it, and anybody can check it with `coop-passport receipt check`',
        }),
      ),
    },
    { title: 'VerificationReport' },
  ),
);
