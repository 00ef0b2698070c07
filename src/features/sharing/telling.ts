import { sql, type RawBuilder } from 'kysely';
import type { Executor } from '../../adapters/database/schema.js';
import type { EventType, SharingEventType } from '../../kernel/events.js';
import type {
  AccessRequestId,
  AgreementId,
  DocumentRequestId,
  GrantId,
  OrganisationId,
} from '../../kernel/ids.js';

/** Writes one event for each row of a query with `organisation_id` and `data`. */
type InsertEvents = (
  trx: Executor,
  event: { readonly type: EventType; readonly at: Date },
  recipients: RawBuilder<unknown>,
) => Promise<void>;

/** Between whom something happened, and which of them are told; of a request for a document, who is to answer stands for the holder. */
export interface SharingNews {
  readonly partnerId: OrganisationId;
  readonly holderId: OrganisationId;
  readonly to: 'partner' | 'holder' | 'both';
  /** Further members of the event's `data`; never a value of the dossier. */
  readonly data: {
    readonly requestId?: AccessRequestId;
    readonly grantId?: GrantId;
    readonly documentRequestId?: DocumentRequestId;
    readonly fields?: readonly string[];
    readonly dossierVersion?: number;
    readonly ending?: string;
  };
}

/** Tells the parties of requests and grants, in the transaction of what it tells of, and in one statement for any number of them. */
export type TellParties = (
  trx: Executor,
  type: SharingEventType,
  news: readonly SharingNews[],
  at: Date,
) => Promise<void>;

/** The members of an agreement of its new version, in one statement for any number of them. */
export function createAgreementTelling(insertEvents: InsertEvents) {
  return async (
    trx: Executor,
    { id, version }: { readonly id: AgreementId; readonly version: number },
    at: Date,
  ): Promise<void> =>
    insertEvents(
      trx,
      { type: 'agreement.changed', at },
      sql`
        select organisation_id, jsonb_build_object('agreementId', agreement_id, 'version', ${version}::integer) as data
        from agreement_memberships where agreement_id = ${id} and ended_at is null`,
    );
}

export function createSharingTelling(insertEvents: InsertEvents): TellParties {
  return async (trx, type, news, at) => {
    if (news.length === 0) return;
    const rows = news.flatMap(({ to, partnerId, holderId, data }) => {
      const toPartner = { organisation_id: partnerId, other_id: holderId, name: 'holder', data };
      const toHolder = { organisation_id: holderId, other_id: partnerId, name: 'partner', data };
      if (to === 'both') return [toPartner, toHolder];
      return to === 'partner' ? [toPartner] : [toHolder];
    });
    await insertEvents(
      trx,
      { type, at },
      sql`
        select told.organisation_id, told.data || jsonb_build_object(told.name, others.did) as data
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
            as told (organisation_id uuid, other_id uuid, name text, data jsonb)
          join identifiers others on others.organisation_id = told.other_id`,
    );
  };
}
