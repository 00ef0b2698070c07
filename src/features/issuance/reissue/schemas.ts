import { Type, type Static } from 'typebox';
import { pageOf } from '../../../http/paging.js';

/** How many at once: the answer waits for their signatures. */
export const MOST_REISSUED = 50;

const id = Type.String({ format: 'uuid' });

export const CredentialsToReissue = Type.Object(
  {
    credentialIds: Type.Optional(
      Type.Array(id, {
        minItems: 1,
        maxItems: MOST_REISSUED,
        uniqueItems: true,
        description: 'Absent: all of yours that need it, oldest first',
      }),
    ),
    after: Type.Optional(
      Type.String({ format: 'uuid', description: '`next` of the answer before, where no ids are given' }),
    ),
  },
  { title: 'CredentialsToReissue', additionalProperties: false },
);
export type CredentialsToReissue = Static<typeof CredentialsToReissue>;

export const CredentialReissue = Type.Object(
  {
    id,
    outcome: Type.Enum(['reissued', 'pending', 'refused'], {
      description: '`pending`: it is being signed, and will be without another call',
    }),
    supersededBy: Type.Optional(
      Type.String({ format: 'uuid', description: 'The credential that takes its place' }),
    ),
    code: Type.Optional(Type.String({ description: 'Of the error, where it was refused' })),
    detail: Type.Optional(Type.String({ description: 'For people' })),
  },
  { title: 'CredentialReissue', additionalProperties: false },
);
export type CredentialReissue = Static<typeof CredentialReissue>;

export const CredentialReissuePage = pageOf(CredentialReissue);
