import { Type, type Static } from 'typebox';
import { ASSURANCE_LEVELS } from '../../credentials/assurance.js';
import { pageOf } from '../../http/paging.js';

const instant = Type.String({ format: 'date-time' });
const Party = Type.Object({ id: Type.String({ format: 'uuid' }), did: Type.String(), name: Type.String() });

export const Credential = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    type: Type.String(),
    state: Type.Enum(['pending', 'active', 'suspended', 'revoked', 'expired', 'failed'], {
      description: 'As it stands now',
    }),
    issuer: Party,
    holder: Party,
    applicationId: Type.String({ format: 'uuid' }),
    assurance: Type.Enum([...ASSURANCE_LEVELS]),
    validFrom: instant,
    validUntil: instant,
    issuedAt: Type.Optional(instant),
    formats: Type.Array(Type.String(), { description: 'Media types to ask for by Accept' }),
    statusChanges: Type.Array(
      Type.Object({
        change: Type.Enum(['suspended', 'reinstated', 'revoked']),
        reason: Type.String(),
        at: instant,
      }),
      { description: 'The history, oldest first' },
    ),
  },
  { title: 'Credential' },
);
export type Credential = Static<typeof Credential>;

const { statusChanges: _history, ...summary } = Credential.properties;
export const CredentialSummary = Type.Object(summary, { title: 'CredentialSummary' });
export type CredentialSummary = Static<typeof CredentialSummary>;
export const CredentialPage = pageOf(CredentialSummary);

export const StatusReason = Type.Object(
  {
    reason: Type.String({
      minLength: 1,
      maxLength: 1000,
      pattern: '\\S',
      description: 'For the holder and for the record',
    }),
  },
  { title: 'StatusReason', additionalProperties: false },
);
