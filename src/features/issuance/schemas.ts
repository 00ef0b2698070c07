import { Type, type Static } from 'typebox';
import { CONCERN_KINDS, REISSUE_CAUSES } from '../../kernel/credentialLife.js';
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
    renewableFrom: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'From then on it may be renewed; earlier while something it rests on is out of order',
      }),
    ),
    supersedes: Type.Optional(
      Type.String({ format: 'uuid', description: 'The credential whose place it takes' }),
    ),
    supersededBy: Type.Optional(
      Type.String({ format: 'uuid', description: 'The credential that has taken its place' }),
    ),
    reissuedFor: Type.Optional(
      Type.Enum([...REISSUE_CAUSES], {
        description: 'It says what `supersedes` said, and was issued in its place for this reason',
      }),
    ),
    needsReissue: Type.Optional(
      Type.Enum([...REISSUE_CAUSES], {
        description:
          'Its issuer should issue it once more. `signed_after_compromise`: nobody accepts it. `signed_by_revoked_key`: it is older than the compromise, which only this service can tell. `holder_key_replaced`: its holder cannot present the form that is bound to a key',
      }),
    ),
    formats: Type.Array(Type.String(), { description: 'Media types to ask for by Accept' }),
    statusChanges: Type.Array(
      Type.Object({
        change: Type.Enum(['suspended', 'reinstated', 'revoked']),
        reason: Type.String(),
        at: instant,
      }),
      { description: 'The history, oldest first' },
    ),
    concerns: Type.Array(
      Type.Object({
        kind: Type.Enum([...CONCERN_KINDS]),
        pointer: Type.String({ description: 'Into the dossier' }),
        since: instant,
        suspendsAt: Type.String({
          format: 'date-time',
          description: 'When it is suspended, unless this is put right before',
        }),
        isEnforced: Type.Boolean({ description: 'That was done' }),
      }),
      { description: 'What it rests on and is out of order' },
    ),
  },
  { title: 'Credential' },
);
export type Credential = Static<typeof Credential>;

const { statusChanges: _history, concerns: _concerns, ...summary } = Credential.properties;
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
