import { Type, type Static } from 'typebox';
import { MAX_PRESENTED_CREDENTIALS } from '../../../credentials/securing/presentedCredentials.js';
import { pageOf } from '../../../http/paging.js';
import { PRESENTATION_FORMATS } from './bundle.js';

const uuid = (description: string) => Type.String({ format: 'uuid', description });
const instant = (description: string) => Type.String({ format: 'date-time', description });

const Pointers = Type.Array(Type.String({ maxLength: 500, pattern: '^(/([^/~]|~[01])*)+$' }), {
  minItems: 1,
  maxItems: 200,
  uniqueItems: true,
  description: 'JSON Pointers into what the credential says of you; each shows what it names and all in it',
  examples: [['/statements/0']],
});

/** Which credentials, and what of them. */
export const shownCredentials = {
  credentialIds: Type.Array(Type.String({ format: 'uuid' }), {
    minItems: 1,
    maxItems: MAX_PRESENTED_CREDENTIALS,
    uniqueItems: true,
    description: 'Credentials that you hold and that are valid now',
  }),
  disclose: Type.Optional(
    Type.Array(
      Type.Object(
        { credentialId: Type.String({ format: 'uuid' }), pointers: Pointers },
        { additionalProperties: false },
      ),
      {
        maxItems: MAX_PRESENTED_CREDENTIALS,
        description:
          'Of the credentials that can be shown field by field, what is shown. Without, a credential about persons shows nothing of them, and any other one shows everything',
      },
    ),
  ),
};

export const NewPresentation = Type.Object(
  {
    ...shownCredentials,
    audience: Type.String({
      minLength: 1,
      maxLength: 500,
      description: 'Whom it is for, by the name that the verifier gave you; nobody else accepts it',
      examples: ['did:web:partner.example'],
    }),
    nonce: Type.String({ minLength: 1, maxLength: 500, description: 'What the verifier gave you, fresh' }),
    format: Type.Optional(
      Type.Enum([...PRESENTATION_FORMATS], {
        default: 'vp+jwt',
        description: '`vp+jwt`: up to 20 credentials; `dc+sd-jwt`: one, with a key binding',
      }),
    ),
  },
  { title: 'NewPresentation', additionalProperties: false },
);
export type NewPresentation = Static<typeof NewPresentation>;

const record = {
  id: uuid('UUIDv7'),
  format: Type.Enum([...PRESENTATION_FORMATS]),
  audience: Type.String(),
  credentials: Type.Array(
    Type.Object({
      id: uuid('Of the credential'),
      type: Type.String({ examples: ['CoopLegalIdentityCredential'] }),
      disclosed: Type.Optional(
        Type.Array(Type.String(), { description: 'The pointers that were chosen; absent: none was' }),
      ),
    }),
  ),
  requestId: Type.Optional(uuid('Of the presentation request that it answered')),
  createdAt: instant('When it was made'),
  expiresAt: instant('From when on nobody accepts it'),
};

export const PresentationRecord = Type.Object(record, {
  title: 'PresentationRecord',
  description: 'What was presented to whom, without the presentation itself, which is not kept',
});
export type PresentationRecord = Static<typeof PresentationRecord>;
export const PresentationPage = pageOf(PresentationRecord);

export const MadePresentation = Type.Object(
  {
    ...record,
    presentation: Type.String({ description: 'To be handed to the audience, who can verify it' }),
  },
  { title: 'MadePresentation' },
);
export type MadePresentation = Static<typeof MadePresentation>;
