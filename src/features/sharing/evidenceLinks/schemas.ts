import { Type, type Static } from 'typebox';

const uuid = (description: string) => Type.String({ format: 'uuid', description });

export const ReleasedFile = Type.Object(
  {
    id: uuid('Of the piece of evidence'),
    type: Type.String({ examples: ['document'] }),
    digest: Type.String({ description: 'SHA-256, as SRI writes it' }),
    mediaType: Type.String(),
    size: Type.Integer({ description: 'Bytes' }),
    fields: Type.Array(Type.String(), { description: 'What it was handed in for' }),
  },
  { title: 'ReleasedFile' },
);
export type ReleasedFile = Static<typeof ReleasedFile>;

export const ReleasedFiles = Type.Object({ items: Type.Array(ReleasedFile) }, { title: 'ReleasedFiles' });

export const NewEvidenceLink = Type.Object(
  { evidenceId: uuid('Of a file under the grant') },
  { additionalProperties: false, title: 'NewEvidenceLink' },
);

export const EvidenceLink = Type.Object(
  {
    evidenceId: uuid('Of the file'),
    url: Type.String({
      format: 'uri',
      description: 'Whoever has it gets the file: hand it to nobody. Over with the grant',
    }),
    expiresAt: Type.String({ format: 'date-time', description: 'Five minutes from now' }),
  },
  { title: 'EvidenceLink' },
);
export type EvidenceLink = Static<typeof EvidenceLink>;
