import { Type, type Static } from 'typebox';
import { pageOf, PageQuery } from '../../../http/paging.js';

const closed = { additionalProperties: false } as const;
const uuid = (description: string) => Type.String({ format: 'uuid', description });
const instant = (description: string) => Type.String({ format: 'date-time', description });
const words = (description: string) =>
  Type.String({ minLength: 1, maxLength: 1000, pattern: '\\S', description });

const pointer = Type.String({
  pattern: '^(/([^~/]|~[01])+)+$',
  maxLength: 300,
  description: 'JSON Pointer of what the document supports',
  examples: ['/democraticControl'],
});
const evidenceDigest = Type.String({
  pattern: '^[A-Za-z0-9+/=_:-]{16,200}$',
  description: 'Of the document, as a credential’s evidence or the files of a grant show it',
});

export const NewDocumentRequest = Type.Object(
  {
    grantId: Type.Optional(uuid('Of a live grant of yours; asked is the co-op')),
    verificationId: Type.Optional(uuid('Of a verification of yours that was accepted; instead of a grant')),
    to: Type.Optional(
      Type.Enum(['holder', 'registrar'], {
        default: 'holder',
        description: 'With `verificationId`: the co-op, or the registrar that issued',
      }),
    ),
    pointer: Type.Optional(pointer),
    evidenceDigest: Type.Optional(evidenceDigest),
    reason: words('Why you need to see it; who answers reads it, and the co-op'),
  },
  { ...closed, title: 'NewDocumentRequest' },
);
export type NewDocumentRequest = Static<typeof NewDocumentRequest>;

const Party = Type.Object({ id: uuid('Of the organisation'), did: Type.String(), name: Type.String() });

export const DocumentRequest = Type.Object(
  {
    id: uuid('UUIDv7'),
    partner: Type.Object(Party.properties, { description: 'Who asks' }),
    holder: Type.Object(Party.properties, { description: 'Whose document it is' }),
    responder: Type.Object(Party.properties, {
      description: 'Who is to answer: the co-op, or the registrar',
    }),
    grantId: Type.Optional(uuid('On which it rests; for the partner and the co-op')),
    verificationId: Type.Optional(uuid('On which it rests; for the partner')),
    pointer: Type.Optional(Type.String()),
    evidenceDigest: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    state: Type.Enum(['open', 'answered', 'refused', 'closed'], {
      description: '`closed`: one of the organisations has closed its account',
    }),
    createdAt: instant('When it was made'),
    dueAt: instant('Until when it is to be answered'),
    settledAt: Type.Optional(instant('When it was answered or refused')),
    lateBy: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'Seconds after `dueAt` until it was answered, or until now; it stays after a late answer',
      }),
    ),
    refusal: Type.Optional(Type.String({ description: 'Why it was refused' })),
    answer: Type.Optional(
      Type.Object(
        { grantId: uuid('Of the grant'), evidenceId: uuid('Of the file') },
        { description: 'The file, and the grant under which the partner gets a link to it' },
      ),
    ),
  },
  { title: 'DocumentRequest' },
);
export type DocumentRequest = Static<typeof DocumentRequest>;
export const DocumentRequestPage = pageOf(DocumentRequest);

export const DocumentRequestsQuery = Type.Object(
  {
    ...PageQuery.properties,
    role: Type.Optional(
      Type.Enum(['partner', 'responder', 'holder'], {
        default: 'partner',
        description:
          '`partner`: what you have asked for; `responder`: what you are to answer; `holder`: what is asked about your documents',
      }),
    ),
  },
  closed,
);

export const DocumentAnswer = Type.Object(
  { evidenceId: uuid('Of a file in the co-op’s dossier') },
  { ...closed, title: 'DocumentAnswer' },
);
export const DocumentRefusal = Type.Object(
  { reason: words('The partner reads it') },
  { ...closed, title: 'DocumentRefusal' },
);
