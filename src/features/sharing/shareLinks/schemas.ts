import { Type, type Static } from 'typebox';
import { DURATION_PATTERN } from '../../../kernel/instants.js';
import { pageOf } from '../../../http/paging.js';

const uuid = (description: string) => Type.String({ format: 'uuid', description });
const instant = (description: string) => Type.String({ format: 'date-time', description });

export const MOST_USES = 10_000;

export const NewShareLink = Type.Object(
  {
    credentialIds: Type.Optional(
      Type.Array(Type.String({ format: 'uuid' }), {
        minItems: 1,
        maxItems: 20,
        uniqueItems: true,
        description:
          'Of those that you hold, and that say nothing of persons. Without, all that are valid whenever the link is opened',
      }),
    ),
    validFor: Type.Optional(
      Type.String({
        pattern: DURATION_PATTERN,
        maxLength: 20,
        default: 'P30D',
        description: 'ISO 8601, a year at the most',
      }),
    ),
    maxUses: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MOST_USES, default: 100, description: 'How often it opens' }),
    ),
  },
  { title: 'NewShareLink', additionalProperties: false },
);
export type NewShareLink = Static<typeof NewShareLink>;

const link = {
  id: uuid('UUIDv7'),
  status: Type.Enum(['open', 'ended', 'expired', 'used_up']),
  credentialIds: Type.Optional(
    Type.Array(Type.String({ format: 'uuid' }), { description: 'Absent: the whole passport' }),
  ),
  maxUses: Type.Integer(),
  uses: Type.Integer({ description: 'How often it was opened' }),
  createdAt: instant('When it was made'),
  expiresAt: instant('Until when it opens'),
  endedAt: Type.Optional(instant('When you ended it')),
  lastOpenedAt: Type.Optional(instant('When it was opened last')),
};

export const ShareLink = Type.Object(link, { title: 'ShareLink' });
export type ShareLink = Static<typeof ShareLink>;
export const ShareLinkPage = pageOf(ShareLink);

export const MadeShareLink = Type.Object(
  { ...link, link: Type.String({ format: 'uri', description: 'Shown this once' }) },
  { title: 'MadeShareLink' },
);
export type MadeShareLink = Static<typeof MadeShareLink>;

export const SharedPassport = Type.Object(
  {
    holder: Type.Object({ did: Type.String(), name: Type.String() }, { description: 'Whose passport it is' }),
    openedAt: instant('Everything here is as it was then'),
    credentials: Type.Array(
      Type.Object({
        id: uuid('Of the credential'),
        type: Type.String({ examples: ['CoopLegalIdentityCredential'] }),
        title: Type.String({ examples: ['Legal identity of a co-operative'] }),
        issuer: Type.Object({ did: Type.Optional(Type.String()), name: Type.Optional(Type.String()) }),
        verdict: Type.Enum(['accepted', 'rejected', 'undetermined'], {
          description: 'Of this service; verify `credential` yourself at POST /v1/verifications',
        }),
        assurance: Type.Optional(Type.String()),
        validUntil: Type.Optional(Type.String()),
        credential: Type.String({ description: '`application/vc+jwt`' }),
      }),
    ),
  },
  { title: 'SharedPassport' },
);
export type SharedPassport = Static<typeof SharedPassport>;

export const PassportOpening = Type.Object({}, { title: 'PassportOpening', additionalProperties: false });
