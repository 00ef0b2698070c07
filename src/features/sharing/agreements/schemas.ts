import { Type, type Static } from 'typebox';
import { pageOf } from '../../../http/paging.js';
import { DURATION_PATTERN } from '../../../kernel/instants.js';
import { SENSITIVITIES } from '../../../kernel/sensitivity.js';
import { Purposes } from '../accessRequests/schemas.js';

const closed = { additionalProperties: false } as const;
const uuid = (description: string) => Type.String({ format: 'uuid', description });
const instant = (description: string) => Type.String({ format: 'date-time', description });
const duration = (description: string, example: string) =>
  Type.String({ pattern: DURATION_PATTERN, maxLength: 30, description, examples: [example] });
const organisations = (description: string) =>
  Type.Array(Type.String({ format: 'uuid' }), {
    minItems: 1,
    maxItems: 1000,
    uniqueItems: true,
    description,
  });

export const AgreementTerms = Type.Object(
  {
    parties: Type.Optional(organisations('Organisations that may join; absent: every one of the network')),
    mayAsk: Type.Optional(
      organisations('Members that may ask for data; absent: every member may ask every other one'),
    ),
    fields: Type.Array(
      Type.String({
        pattern: '^((/([^~/]|~[01])+)+|[A-Za-z]+)$',
        maxLength: 300,
        description:
          'Name of a block, or JSON Pointer of a field or list in one: everything below it is meant',
        examples: ['legalIdentity', '/officers'],
      }),
      { minItems: 1, maxItems: 50, uniqueItems: true },
    ),
    purposes: Purposes,
    longestRetention: duration('How long a member keeps what it reads, ten years at the most', 'P1Y'),
    longestGrant: duration('How long it may read it, a year at the most', 'P90D'),
    until: Type.Optional(instant('Nothing is released by it after then')),
  },
  { ...closed, title: 'AgreementTerms' },
);
export type AgreementTerms = Static<typeof AgreementTerms>;

const content = {
  title: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S', examples: ['Regional housing co-ops'] }),
  text: Type.String({
    minLength: 1,
    maxLength: 40_000,
    pattern: '\\S',
    description: 'What the members agree on, in words; where it and the terms differ, the terms decide here',
  }),
  terms: AgreementTerms,
};

export const AgreementContent = Type.Object(content, { ...closed, title: 'AgreementContent' });
export type AgreementContent = Static<typeof AgreementContent>;

const Membership = Type.Object(
  {
    state: Type.Enum(['in_force', 'waiting', 'none'], {
      description:
        '`waiting`: more delegates have to approve; an earlier version may be in force meanwhile, see `version`',
    }),
    version: Type.Optional(Type.Integer({ description: 'That you have accepted and are bound by' })),
    since: Type.Optional(instant('From when on it has been in force')),
    approvals: Type.Optional(
      Type.Object(
        {
          version: Type.Integer(),
          given: Type.Integer({ description: 'By different people who are delegates now' }),
          needed: Type.Integer(),
        },
        { description: 'With `waiting`' },
      ),
    ),
  },
  { title: 'AgreementMembership' },
);

export const Agreement = Type.Object(
  {
    id: uuid('UUIDv7'),
    author: Type.Object({ id: uuid('Of the organisation'), did: Type.String(), name: Type.String() }),
    version: Type.Integer({
      minimum: 1,
      description: 'Of the content below. Of the newest one also the ETag',
    }),
    ...content,
    digest: Type.String({
      description: 'Base64url of the SHA-256 of the canonical JSON (RFC 8785) of title, text and terms',
    }),
    sensitivity: Type.Enum([...SENSITIVITIES], {
      description:
        'Of the most sensitive field; your consent rule for it decides how many delegates have to approve',
    }),
    createdAt: instant('When the agreement was offered first'),
    versionedAt: instant('When this version was'),
    closedAt: Type.Optional(instant('Since when nothing is decided by it')),
    members: Type.Integer({ description: 'How many organisations have accepted some version' }),
    membership: Membership,
  },
  { title: 'Agreement' },
);
export type Agreement = Static<typeof Agreement>;
export const AgreementPage = pageOf(Agreement);

export const AgreementMember = Type.Object(
  {
    organisation: Type.Object({ id: uuid('Of the organisation'), did: Type.String(), name: Type.String() }),
    version: Type.Integer({ description: 'That it has accepted' }),
    since: instant('From when on'),
  },
  { title: 'AgreementMember' },
);
export type AgreementMember = Static<typeof AgreementMember>;
export const AgreementMemberPage = pageOf(AgreementMember);

export const AgreementAcceptance = Type.Object(
  {
    version: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      description: 'That you have read; only the newest one can be accepted',
    }),
    minute: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        pattern: '\\S',
        description: 'Minute of the meeting that decided, where your consent rules demand it',
      }),
    ),
  },
  { ...closed, title: 'AgreementAcceptance' },
);
export type AgreementAcceptance = Static<typeof AgreementAcceptance>;

export const NothingMore = Type.Object({}, { ...closed, title: 'NothingMore' });
