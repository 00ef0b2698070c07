import { Type, type Static } from 'typebox';
import { DURATION_PATTERN } from '../../kernel/instants.js';
import { ASSURANCE_LEVELS, CHECK_METHODS, PROVENANCE_TIERS } from '../assurance.js';
import { COOP_TESTS } from '../coopTests/index.js';
import { PROFILES } from '../profiles/index.js';
import { EVIDENCE_TYPES } from '../profiles/publication.js';
import { JURISDICTION_PATTERN, SCREENING_KINDS, SCREENING_RESULTS } from '../profiles/subjectSchemas.js';

/**
 * What a partner demands before it accepts: rules, all of which must be met. Each is judged by itself and gives a check of its own, so the order means
 * nothing and none depends on another.
 */
const closed = { additionalProperties: false } as const;
const atLeastOne = (maxItems: number) => ({ minItems: 1, maxItems, uniqueItems: true });

const CredentialTypes = (description: string) =>
  Type.Array(Type.Enum(PROFILES.map(({ type }) => type)), { ...atLeastOne(20), description });
const inScope = Type.Optional(
  CredentialTypes('Of which credentials, one at least of which must be there; all when absent'),
);
const Did = Type.String({ pattern: '^did:[a-z0-9]+:[^\\s]+$', maxLength: 500 });
const Level = Type.Enum([...ASSURANCE_LEVELS]);
const duration = (description: string, example: string) =>
  Type.String({ pattern: DURATION_PATTERN, maxLength: 40, description, examples: [example] });
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '\\S' });

const WantedCredentials = Type.Object(
  {
    rule: Type.Literal('credentials'),
    anyOf: Type.Array(CredentialTypes('All of these together'), {
      ...atLeastOne(20),
      description: 'Combinations, one of which must be there whole',
      examples: [
        [
          ['CoopLegalIdentityCredential', 'CoopStatusCredential'],
          ['CoopLegalIdentityCredential', 'FederationMembershipCredential'],
        ],
      ],
    }),
  },
  { ...closed, title: 'WantedCredentials' },
);

const AcceptedRegistrars = Type.Object(
  {
    rule: Type.Literal('registrars'),
    credentialTypes: inScope,
    dids: Type.Optional(Type.Array(Did, { ...atLeastOne(200), description: 'These, whatever else' })),
    accreditation: Type.Optional(
      Type.Object(
        {
          stillHeld: Type.Optional(
            Type.Literal(true, { description: 'Not only when it issued: also at the verification' }),
          ),
          heldFor: Type.Optional(duration('How long before the verification it began, at least', 'P1Y')),
          upTo: Type.Optional(
            Type.Enum([...ASSURANCE_LEVELS], { description: 'The level up to which it may issue, at least' }),
          ),
        },
        {
          ...closed,
          description:
            'Whoever is accredited for it under all of these conditions; without any, whoever was at all',
        },
      ),
    ),
  },
  { ...closed, title: 'AcceptedRegistrars', description: '`dids`, `accreditation`, or whichever of both' },
);

const AcceptedJurisdictions = Type.Object(
  {
    rule: Type.Literal('jurisdictions'),
    anyOf: Type.Array(Type.String({ pattern: JURISDICTION_PATTERN }), {
      ...atLeastOne(300),
      description: 'ISO 3166-1 or -2; a country covers its subdivisions',
      examples: [['GB', 'IE']],
    }),
  },
  { ...closed, title: 'AcceptedJurisdictions' },
);

const AcceptedLegalForms = Type.Object(
  {
    rule: Type.Literal('legalForms'),
    anyOf: Type.Array(text(500), {
      ...atLeastOne(300),
      description:
        'ISO 20275 (ELF) codes, or the form exactly in the words in which credentials have it. Of other words it cannot be told',
      examples: [['5AJO', 'FVGZ']],
    }),
  },
  { ...closed, title: 'AcceptedLegalForms' },
);

const AcceptedLegalStatus = Type.Object(
  {
    rule: Type.Literal('legalStatus'),
    anyOf: Type.Array(text(100), {
      ...atLeastOne(50),
      description: 'As registers put it',
      examples: [['active']],
    }),
  },
  { ...closed, title: 'AcceptedLegalStatus' },
);

const LeastAssurance = Type.Object(
  { rule: Type.Literal('assurance'), credentialTypes: inScope, minimum: Level },
  { ...closed, title: 'LeastAssurance' },
);

const DemandedChecks = Type.Object(
  {
    rule: Type.Literal('checks'),
    fields: Type.Array(Type.String({ pattern: '^(/([^~/]|~[01])+)+$', maxLength: 300 }), {
      ...atLeastOne(50),
      description:
        'JSON Pointers into the dossier; `/representation` is who acts for it. `/addresses/*` is the list or one of its items',
      examples: [['/legalIdentity/legalName', '/legalIdentity/registrationNumber']],
    }),
    provenance: Type.Optional(
      Type.Enum([...PROVENANCE_TIERS], { description: 'The lowest tier that will do' }),
    ),
    assurance: Type.Optional(
      Type.Enum([...ASSURANCE_LEVELS], {
        description: 'What the checks of the field give together; `high` takes two of different kinds',
      }),
    ),
    evidenceTypes: Type.Optional(
      Type.Array(Type.Enum([...EVIDENCE_TYPES]), atLeastOne(EVIDENCE_TYPES.length)),
    ),
    methods: Type.Optional(Type.Array(Type.Enum([...CHECK_METHODS]), atLeastOne(CHECK_METHODS.length))),
    documented: Type.Optional(
      Type.Literal(true, {
        description:
          'The credential commits to the document by a digest, so that it can be asked for and compared',
      }),
    ),
    maximumAge: Type.Optional(duration('Of the check, at the verification', 'P1Y')),
  },
  {
    ...closed,
    title: 'DemandedChecks',
    description: 'Each field rests on a check that is all of this at once; without further members, on any',
  },
);

const DemandedCoopTest = Type.Object(
  {
    rule: Type.Literal('coopTest'),
    test: Type.Enum([...COOP_TESTS]),
    atMost: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 100,
        description: 'Per cent, instead of the usual limit: of `voteConcentration`, `investorInfluence`',
        examples: [10],
      }),
    ),
    atLeast: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1_000_000,
        description:
          'Instead of the usual limit: of `sixtyPercentTest` per cent, of `minimumMembers` members',
      }),
    ),
    within: Type.Optional(duration('Instead of the usual time: of `generalMeetingHeld`', 'P1Y')),
  },
  { ...closed, title: 'DemandedCoopTest' },
);

const DemandedMembership = Type.Object(
  {
    rule: Type.Literal('membership'),
    bodies: Type.Optional(Type.Array(Did, { ...atLeastOne(200), description: 'Of one of these' })),
    standings: Type.Optional(
      Type.Array(text(100), {
        ...atLeastOne(50),
        description: 'As the body puts it',
        examples: [['good_standing']],
      }),
    ),
  },
  { ...closed, title: 'DemandedMembership', description: 'One membership that is all of this at once' },
);

const DemandedScreening = Type.Object(
  {
    rule: Type.Literal('screening'),
    results: Type.Array(Type.Enum([...SCREENING_RESULTS]), {
      ...atLeastOne(SCREENING_RESULTS.length),
      examples: [['clear']],
    }),
    kinds: Type.Optional(
      Type.Array(Type.Enum([...SCREENING_KINDS]), {
        ...atLeastOne(SCREENING_KINDS.length),
        description: 'Lists of all these kinds',
      }),
    ),
    maximumAge: Type.Optional(duration('Of the screening, at the verification', 'P7D')),
  },
  { ...closed, title: 'DemandedScreening' },
);

const MostRecognitionHops = Type.Object(
  {
    rule: Type.Literal('recognition'),
    maximumHops: Type.Integer({
      minimum: 0,
      maximum: 10,
      description: 'Between this network and the one that accredited the registrar; 0: this one itself',
    }),
  },
  { ...closed, title: 'MostRecognitionHops' },
);

const Uncontested = Type.Object(
  { rule: Type.Literal('uncontested') },
  { ...closed, title: 'Uncontested', description: 'The holder contests nothing of what the credentials say' },
);

const RULES = [
  WantedCredentials,
  AcceptedRegistrars,
  AcceptedJurisdictions,
  AcceptedLegalForms,
  AcceptedLegalStatus,
  LeastAssurance,
  DemandedChecks,
  DemandedCoopTest,
  DemandedMembership,
  DemandedScreening,
  MostRecognitionHops,
  Uncontested,
] as const;

export type PolicyRule = Static<(typeof RULES)[number]>;
export type RuleName = PolicyRule['rule'];
/** The rule of a name. */
export type RuleOf<Name extends RuleName> = Extract<PolicyRule, { rule: Name }>;

export const RULE_NAMES = RULES.map(({ properties }) => properties.rule.const);

/** `discriminator`, so that what is wrong is said of the rule that was meant and not of all of them. */
export const PolicyRule = Type.Unsafe<PolicyRule>({
  type: 'object',
  required: ['rule'],
  properties: { rule: { enum: RULE_NAMES } },
  discriminator: { propertyName: 'rule' },
  oneOf: RULES,
});

export const MAX_RULES = 100;

export const PolicyRules = Type.Array(PolicyRule, {
  minItems: 1,
  maxItems: MAX_RULES,
  description: 'All of them must be met; each gives a check of its own',
});
