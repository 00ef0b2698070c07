import { Type, type Static } from 'typebox';
import { pageOf } from '../../../http/paging.js';
import { EVENT_TYPES } from '../../../kernel/events.js';

const uuid = (description: string) => Type.String({ format: 'uuid', description });
const instant = (description: string) => Type.String({ format: 'date-time', description });

const EventData = Type.Object(
  {
    relianceIds: Type.Optional(
      Type.Array(uuid('Of a reliance'), {
        description:
          'With `credential.…`: your reliances that it is about; with `reliance.…`: the one of the partner',
      }),
    ),
    documentRequestId: Type.Optional(uuid('With `document.…`: of the request for a document')),
    requestId: Type.Optional(
      uuid(
        'With `access.…`: of the request for access; with `presentation.received`: of that for a presentation',
      ),
    ),
    grantId: Type.Optional(uuid('With `grant.…` and `access.granted`: of the grant')),
    fields: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'With `grant.field_changed`: JSON Pointers of granted fields that say something else now',
      }),
    ),
    dossierVersion: Type.Optional(
      Type.Integer({ description: 'With `grant.field_changed`: the version that says it' }),
    ),
    ending: Type.Optional(
      Type.Enum(['agreement_ended', 'organisation_closed', 'erased'], {
        description: 'With `grant.ended`: why',
      }),
    ),
    credential: Type.Optional(
      Type.Object(
        { id: uuid('Of the credential'), type: Type.String() },
        { description: 'With `credential.…`' },
      ),
    ),
    holder: Type.Optional(
      Type.String({
        description:
          'The DID of whom it is about, whose dossier, or of who is to answer; absent where that is you',
      }),
    ),
    issuer: Type.Optional(Type.String({ description: 'With `credential.…`: the DID of who issued it' })),
    partner: Type.Optional(
      Type.String({
        description:
          'With `reliance.…`, `access.…`, `grant.…` and `document.…`: the DID of who relies or asks; absent where that is you',
      }),
    ),
    suspendsAt: Type.Optional(
      instant('With `credential.lapsing`: when it will be suspended unless that is put right'),
    ),
    pointer: Type.Optional(
      Type.String({ description: 'With contests: JSON Pointer of the contested member of the credential' }),
    ),
    outcome: Type.Optional(
      Type.Enum(['upheld', 'dismissed', 'withdrawn'], { description: 'With `credential.contest_closed`' }),
    ),
    accreditationId: Type.Optional(uuid('With `credential.accreditation_ended`')),
    compromisedAt: Type.Optional(
      instant('With `credential.key_compromised`: from when on nothing by the key is trusted'),
    ),
    isIssuedBefore: Type.Optional(
      Type.Boolean({
        description:
          'With `credential.key_compromised`: our record says that the credential was issued before, so it verifies as it did',
      }),
    ),
    agreementId: Type.Optional(uuid('With `agreement.changed`: of the agreement')),
    version: Type.Optional(
      Type.Integer({
        description: 'With `agreement.changed`: the new version, which binds nobody who has not accepted it',
      }),
    ),
    verificationId: Type.Optional(uuid('With `presentation.received`: of the report on what was presented')),
  },
  { title: 'EventData', description: 'Never what a credential says' },
);

/** In the members that Standard Webhooks gives a payload. */
export const Event = Type.Object(
  {
    id: uuid('The same everywhere; whoever gets an event twice knows it by this'),
    type: Type.Enum([...EVENT_TYPES], { description: 'More may come: pass over those that you do not know' }),
    timestamp: instant('When it happened'),
    data: EventData,
  },
  { title: 'Event' },
);
export type Event = Static<typeof Event>;

export const EventPage = pageOf(Event);
