import { Type, type Static, type TSchema } from 'typebox';
import { PROVENANCE_TIERS } from '../../credentials/assurance.js';
import { CoopTestResults } from '../../credentials/coopTests/schema.js';
import { addresses } from './blocks/addresses.js';
import { capacity } from './blocks/capacity.js';
import { contacts } from './blocks/contacts.js';
import { controlPersons } from './blocks/controlPersons.js';
import { democraticControl } from './blocks/democraticControl.js';
import { identifiers } from './blocks/identifiers.js';
import type { BlockName } from './blocks/index.js';
import { legalIdentity } from './blocks/legalIdentity.js';
import { officers } from './blocks/officers.js';
import { recognition } from './blocks/recognition.js';
import { screening } from './blocks/screening.js';
import { signatories } from './blocks/signatories.js';

/** The KYC dossier as it goes over the wire: the blocks, each in a file of its own, and what is known of their fields. */

const closed = { additionalProperties: false } as const;

const blocks = {
  legalIdentity: Type.Optional(legalIdentity.schema),
  addresses: Type.Optional(addresses.schema),
  contacts: Type.Optional(contacts.schema),
  identifiers: Type.Optional(identifiers.schema),
  democraticControl: Type.Optional(democraticControl.schema),
  officers: Type.Optional(officers.schema),
  signatories: Type.Optional(signatories.schema),
  controlPersons: Type.Optional(controlPersons.schema),
  recognition: Type.Optional(recognition.schema),
  screening: Type.Optional(screening.schema),
  capacity: Type.Optional(capacity.schema),
} satisfies Record<BlockName, TSchema>;

export const DossierBlocks = Type.Object(blocks, { ...closed, title: 'DossierBlocks' });
export type DossierBlocks = Static<typeof DossierBlocks>;

export const ProvenanceTier = Type.Enum([...PROVENANCE_TIERS], {
  description: 'Computed from the confirmed checks of the field; never typed in',
});

const DossierWarning = Type.Object(
  {
    pointer: Type.String({ description: 'Which field (RFC 6901)' }),
    code: Type.String({ examples: ['legal-form/not-cooperative'] }),
    detail: Type.String({ description: 'What it is, and what to do' }),
  },
  { title: 'DossierWarning' },
);

const FieldProvenance = Type.Object(
  {
    tier: ProvenanceTier,
    asOf: Type.Optional(
      Type.String({
        format: 'date-time',
        description:
          'When the check was made that gives the tier; where there is none, when the value was saved first',
      }),
    ),
    evidence: Type.Optional(
      Type.Array(Type.String({ format: 'uuid' }), {
        description: 'What those checks rest on, and uploads of your own that name the field',
      }),
    ),
  },
  { title: 'FieldProvenance' },
);

export const Dossier = Type.Object(
  {
    ...blocks,
    version: Type.Integer({
      minimum: 0,
      description: 'Grows by one with every PUT; 0 before the first. Also the ETag',
    }),
    personalErased: Type.Optional(
      Type.Literal(true, {
        description:
          'This version had blocks about persons, and they were erased with the key that sealed them',
      }),
    ),
    provenance: Type.Record(Type.String(), FieldProvenance, {
      description: 'For every field, keyed by JSON Pointer (RFC 6901), where it comes from',
    }),
    warnings: Type.Optional(
      Type.Array(DossierWarning, {
        description: 'What should be looked at before a registrar asks; absent when there is nothing',
      }),
    ),
    coopTests: Type.Optional(CoopTestResults),
  },
  { title: 'Dossier' },
);
export type Dossier = Static<typeof Dossier>;

const NextStep = Type.Object(
  {
    action: Type.Enum(['fill_in', 'apply']),
    pointer: Type.Optional(Type.String({ description: 'Of the field to fill in' })),
    text: Type.String(),
  },
  { title: 'NextStep' },
);

export const Completeness = Type.Object(
  {
    version: Type.Integer({ description: 'Of the dossier that was looked at' }),
    next: Type.Optional(NextStep),
    credentials: Type.Array(
      Type.Object({
        credentialType: Type.String(),
        title: Type.String(),
        isReady: Type.Boolean({ description: 'An application for it would be taken' }),
        have: Type.Integer({ description: 'Of the fields that it says, those filled in' }),
        need: Type.Integer(),
        missing: Type.Array(
          Type.Object({
            pointer: Type.String(),
            title: Type.String(),
            help: Type.String({ description: 'What belongs into it' }),
            why: Type.String(),
            neededBy: Type.Array(Type.String(), { description: 'Which of the wanted credentials need it' }),
          }),
          { description: 'What most of the wanted credentials lack comes first' },
        ),
        next: NextStep,
        usualEvidence: Type.Array(
          Type.Object({
            title: Type.String(),
            why: Type.String(),
            fields: Type.Array(Type.String()),
            isThere: Type.Boolean({ description: 'An upload of yours names one of these fields' }),
          }),
          { description: 'What registrars usually ask to see' },
        ),
      }),
    ),
  },
  { title: 'DossierCompleteness' },
);
export type Completeness = Static<typeof Completeness>;
