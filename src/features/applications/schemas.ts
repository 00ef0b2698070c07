import { Type, type Static } from 'typebox';
import { ASSURANCE_LEVELS, CHECK_METHODS } from '../../credentials/assurance.js';
import { CoopTestResults } from '../../credentials/coopTests/schema.js';
import { CheckEvidence } from '../../credentials/evidence/shapes.js';
import { PROFILES } from '../../credentials/profiles/index.js';
import { DURATION_PATTERN } from '../../kernel/instants.js';
import { Message } from './conversation/schemas.js';
import { AssuranceExplanation } from './review/assurance.js';

const closed = { additionalProperties: false } as const;
const uuid = Type.String({ format: 'uuid' });
const instant = Type.String({ format: 'date-time' });
const text = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: '\\S', description });
const optionalText = (maxLength: number, description: string) => Type.Optional(text(maxLength, description));
export const pointer = Type.String({
  pattern: '^(/([^~/]|~[01])*)+$',
  maxLength: 300,
  description:
    'JSON Pointer of the dossier field, or `/representation`: that who applies acts for this legal entity',
  examples: ['/legalIdentity/registrationNumber'],
});

export const CredentialTypes = Type.Array(Type.Enum(PROFILES.map(({ type }) => type)), {
  minItems: 1,
  maxItems: 20,
  uniqueItems: true,
  examples: [['CoopLegalIdentityCredential']],
});

export const NewApplication = Type.Object(
  {
    registrarId: uuid,
    credentialTypes: CredentialTypes,
    renews: Type.Optional(
      Type.Array(uuid, {
        minItems: 1,
        maxItems: 20,
        uniqueItems: true,
        description:
          'Your credentials from this registrar that the new ones are to take the place of, one of a type. Checks that still stand are carried over.',
      }),
    ),
  },
  { ...closed, title: 'NewApplication' },
);
export type NewApplication = Static<typeof NewApplication>;

const CheckResult = Type.Enum(['confirmed', 'refuted', 'inconclusive']);

const versionLookedAt = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 2_147_483_647,
    description: 'The version that you looked at; refused where another one is under review by now',
  }),
);

export const NewCheck = Type.Object(
  {
    field: pointer,
    method: Type.Enum([...CHECK_METHODS]),
    result: CheckResult,
    evidence: CheckEvidence,
    evidenceId: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'A file of the applicant or of your own that was looked at',
      }),
    ),
    note: optionalText(2000, 'For the registrar only'),
    dossierVersion: versionLookedAt,
  },
  { ...closed, title: 'NewCheck' },
);
export type NewCheck = Static<typeof NewCheck>;

export const Check = Type.Object(
  {
    id: uuid,
    field: Type.String(),
    method: Type.Enum([...CHECK_METHODS]),
    result: CheckResult,
    evidence: Type.Unsafe<CheckEvidence>({
      type: 'object',
      required: ['type'],
      properties: { type: Type.String() },
      additionalProperties: true,
    }),
    evidenceId: Type.Optional(uuid),
    note: Type.Optional(Type.String({ description: 'Shown to the registrar only' })),
    carriedFrom: Type.Optional(
      Type.String({ format: 'uuid', description: 'The check of the renewed credential that it repeats' }),
    ),
    current: Type.Boolean({
      description: 'Whether it was made on the version under review, or its field has not changed since',
    }),
    checkedAt: instant,
  },
  { title: 'Check' },
);
export type Check = Static<typeof Check>;

/** For the applicant, too. */
export const DecisionReason = Type.Object(
  {
    pointer: Type.Optional(pointer),
    code: Type.String({
      pattern: '^[a-z0-9][a-z0-9_-]*$',
      maxLength: 60,
      description: 'Your own, for programs',
      examples: ['address-outdated'],
    }),
    detail: text(1000, 'What it is about, for people'),
  },
  { ...closed, title: 'DecisionReason' },
);

export type DecisionReason = Static<typeof DecisionReason>;

export const Decision = Type.Object(
  {
    outcome: Type.Enum(['approved', 'refused', 'information_requested']),
    reason: optionalText(
      2000,
      'For the applicant; required unless approved. It names nobody: write a message for that',
    ),
    validFor: Type.Optional(
      Type.String({
        pattern: DURATION_PATTERN,
        maxLength: 40,
        description: 'ISO 8601 duration, at most what the profile allows',
        examples: ['P1Y'],
      }),
    ),
    reasons: Type.Optional(Type.Array(DecisionReason, { maxItems: 50 })),
    dossierVersion: versionLookedAt,
  },
  { ...closed, title: 'Decision' },
);
export type Decision = Static<typeof Decision>;
/** Of a decision, all but its outcome and what it was decided on: what a second person confirms. */
export type DecisionTerms = Omit<Decision, 'outcome' | 'dossierVersion'>;

export const Nothing = Type.Object({}, { ...closed, title: 'Nothing' });

/** Another feature's object, as it came. */
const shown = (description: string) =>
  Type.Unsafe<object>({ type: 'object', additionalProperties: true, description });

const Party = Type.Object({ id: uuid, did: Type.String(), name: Type.String() });

export const ApplicationStatus = Type.Enum([
  'submitted',
  'in_review',
  'information_requested',
  'approved',
  'issued',
  'issuance_failed',
  'refused',
  'withdrawn',
]);

const summary = {
  id: uuid,
  status: ApplicationStatus,
  applicant: Party,
  registrar: Party,
  credentialTypes: Type.Array(Type.String()),
  dossierVersion: Type.Integer({
    description: 'The version under review; later changes of the dossier do not touch it',
  }),
  assigneeId: Type.Optional(uuid),
  dueAt: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'By when the registrar means to decide; absent while it does not wait for the registrar',
    }),
  ),
  renews: Type.Array(uuid, { description: 'The credentials that the new ones are to take the place of' }),
  submittedAt: instant,
  createdAt: instant,
  updatedAt: instant,
};

export const ApplicationSummary = Type.Object(summary, { title: 'ApplicationSummary' });
export type ApplicationSummary = Static<typeof ApplicationSummary>;

const Proposal = Type.Object(
  {
    id: uuid,
    outcome: Type.Literal('approved'),
    proposedBy: Type.String({ format: 'uuid', description: 'A membership' }),
    proposedAt: instant,
    dossierVersion: Type.Integer(),
    validFor: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    reasons: Type.Optional(Type.Array(DecisionReason)),
  },
  {
    title: 'Proposal',
    description: 'An approval that waits for a second person to confirm it; for the registrar only',
  },
);

export const Application = Type.Object(
  {
    ...summary,
    dossier: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description:
        'The blocks of the version under review; those about persons in the answer to a GET only, which is put on record when the registrar asks',
    }),
    coopTests: Type.Optional(CoopTestResults),
    warnings: Type.Optional(
      Type.Array(shown('A `DossierWarning`'), { description: 'What should be looked at in this version' }),
    ),
    controlSummary: Type.Optional(
      shown('Who controls the co-op, in short, where the blocks about persons are shown: `ControlSummary`'),
    ),
    personalErased: Type.Optional(
      Type.Literal(true, { description: 'The version had blocks about persons, and they were erased' }),
    ),
    evidence: Type.Array(
      Type.Object({
        id: uuid,
        title: Type.String(),
        type: Type.String(),
        mediaType: Type.String(),
        size: Type.Integer(),
        fields: Type.Optional(Type.Array(Type.String(), { description: 'The fields that it supports' })),
        details: Type.Optional(shown('In the members of OpenID Identity Assurance')),
        attachment: Type.Optional(shown('To name the file in the `attachments` of a check’s evidence')),
        vouch: Type.Optional(shown('Who vouches for what, and whether the signature holds: `VouchSummary`')),
        deletedAt: Type.Optional(instant),
      }),
    ),
    checks: Type.Array(Check),
    missingChecks: Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() }), {
      description: 'What an approval still needs',
    }),
    assurance: Type.Record(Type.String(), AssuranceExplanation, {
      description:
        'By credential type, the level that the checks give, and why it is not higher. An accreditation may end below it',
    }),
    dossierVersions: Type.Array(Type.Object({ version: Type.Integer(), handedInAt: instant }), {
      description: 'Those that were handed in, the latest last',
    }),
    messages: Type.Array(Message),
    openQuestions: Type.Array(uuid, { description: 'Messages that ask and have no answer yet' }),
    secondReviewer: Type.Optional(
      Type.Boolean({ description: 'Whether two persons must approve; for the registrar only' }),
    ),
    proposal: Type.Optional(Proposal),
    decidedAt: Type.Optional(instant),
    reason: Type.Optional(Type.String()),
    reasons: Type.Optional(Type.Array(DecisionReason)),
    credentials: Type.Array(
      Type.Object({
        id: uuid,
        type: Type.String(),
        assurance: Type.Enum([...ASSURANCE_LEVELS]),
        state: Type.Enum(['prepared', 'issued', 'failed']),
      }),
    ),
  },
  { title: 'Application' },
);
export type Application = Static<typeof Application>;
