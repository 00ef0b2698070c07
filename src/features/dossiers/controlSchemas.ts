import { Type } from 'typebox';
import { closed, country, date, optionalText, text } from './blocks/shapes.js';

/** The wire shapes of control persons beside the block itself. */

/** The codelist `unspecifiedReason` of BODS 0.4. */
const UNSPECIFIED_REASONS = [
  'noBeneficialOwners',
  'subjectUnableToConfirmOrIdentifyBeneficialOwner',
  'interestedPartyHasNotProvidedInformation',
  'subjectExemptFromDisclosure',
  'interestedPartyExemptFromDisclosure',
  'unknown',
  'informationUnknownToPublisher',
] as const;

const ManagingOfficial = closed(
  {
    name: text(200, 'As the identity document has it'),
    role: optionalText(100, 'Office held', 'secretary'),
    appointedOn: Type.Optional(date('First day in office')),
    birthDate: Type.Optional(date('Date of birth')),
    nationalities: Type.Optional(Type.Array(country, { maxItems: 5 })),
  },
  { title: 'ManagingOfficial' },
);

export const ControlDeclaration = closed(
  {
    noBeneficialOwner: closed({
      reason: Type.Enum([...UNSPECIFIED_REASONS], {
        description: 'Why no beneficial owner is named; for a co-operative usually `noBeneficialOwners`',
      }),
      description: text(1000, 'In words, for the registrar', 'Each of 42 members has one vote.'),
    }),
    seniorManagingOfficials: Type.Array(ManagingOfficial, {
      minItems: 1,
      maxItems: 20,
      description: 'Who manages the co-op in its members’ name',
    }),
  },
  { title: 'ControlDeclaration' },
);

export const SavedControl = Type.Object(
  { version: Type.Integer({ minimum: 1, description: 'Of the dossier that was saved; also the ETag' }) },
  { title: 'SavedControl' },
);

const ControllingParty = Type.Object(
  {
    recordId: Type.String(),
    kind: Type.Enum(['person', 'entity', 'unknown']),
    name: Type.Optional(Type.String({ description: 'Absent where it is withheld or described elsewhere' })),
    subject: Type.Optional(Type.String({ description: 'In which entity the interests are held' })),
    interests: Type.Array(
      Type.Object({
        type: Type.String({ description: 'Of the codelist interestType' }),
        title: Type.String(),
        directOrIndirect: Type.String(),
        share: Type.Optional(Type.String({ description: 'Per cent: `25`, or `more than 25 up to 50`' })),
        details: Type.Optional(Type.String()),
        startDate: Type.Optional(Type.String()),
        endDate: Type.Optional(Type.String()),
      }),
    ),
  },
  { title: 'ControllingParty' },
);

export const ControlSummary = Type.Object(
  {
    beneficialOwners: Type.Array(ControllingParty),
    seniorManagingOfficials: Type.Array(ControllingParty),
    others: Type.Array(ControllingParty, { description: 'Who else holds an interest' }),
    unspecified: Type.Array(
      Type.Object({
        reason: Type.String({ description: 'Of the codelist unspecifiedReason' }),
        title: Type.String(),
        description: Type.Optional(Type.String()),
      }),
      { description: 'Where nobody is named, and why' },
    ),
    declaresNoBeneficialOwner: Type.Boolean(),
  },
  { title: 'ControlSummary' },
);
