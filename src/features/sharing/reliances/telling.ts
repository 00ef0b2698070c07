import { sql, type RawBuilder } from 'kysely';
import type { Executor } from '../../../adapters/database/schema.js';
import type { CredentialChange, CredentialEventType, EventType } from '../../../kernel/events.js';
import type { AccreditationId, KeyId, OrganisationId, RelianceId } from '../../../kernel/ids.js';

/** Writes one event for each row of a query with `organisation_id` and `data`. */
export type InsertEvents = (
  trx: Executor,
  event: { readonly type: EventType; readonly at: Date },
  recipients: RawBuilder<unknown>,
) => Promise<void>;

/**
 * Tells whom it concerns of a change, in its transaction, and in one statement for any number of them. Nobody begins to rely on a credential
 * while it changes: see `requireUnchanged` in service.ts.
 */
export interface Telling {
  credentialsChanged(
    trx: Executor,
    type: CredentialEventType,
    changes: readonly CredentialChange[],
    at: Date,
  ): Promise<void>;
  /** Once that is recorded with the key. */
  keyRevoked(trx: Executor, id: KeyId, at: Date): Promise<void>;
  accreditationEnded(trx: Executor, ended: EndedAccreditation, at: Date): Promise<void>;
  /** The holder, of who relies on its credentials. */
  relianceChanged(
    trx: Executor,
    type: 'reliance.recorded' | 'reliance.ended',
    ids: readonly RelianceId[],
    at: Date,
  ): Promise<void>;
  /** One organisation, of what concerns nobody else. */
  organisation(
    trx: Executor,
    type: 'presentation.received',
    event: { readonly organisationId: OrganisationId; readonly data: Readonly<Record<string, string>> },
    at: Date,
  ): Promise<void>;
  /** Takes some of what has expired, until nothing is left of it; returns of how many credentials it told. */
  tellExpired(trx: Executor, now: Date): Promise<number>;
}

export interface EndedAccreditation {
  readonly id: AccreditationId;
  readonly organisationId: OrganisationId;
  readonly credentialTypes: readonly string[];
}

const EXPIRED_AT_ONCE = 100;

export function createTelling(insertEvents: InsertEvents): Telling {
  const tell = (trx: Executor, type: CredentialEventType, changes: RawBuilder<unknown>, at: Date) =>
    insertEvents(trx, { type, at }, reliantsOf(changes));

  const credentialsChanged: Telling['credentialsChanged'] = async (trx, type, changes, at) => {
    if (changes.length === 0) return;
    const rows = changes.map(({ credentialId, details = {} }) => ({ credential_id: credentialId, details }));
    await tell(
      trx,
      type,
      sql`select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as change (credential_id uuid, details jsonb)`,
      at,
    );
  };

  return {
    credentialsChanged,

    keyRevoked: (trx, id, at) => tell(trx, 'credential.key_compromised', signedBy(id), at),

    accreditationEnded: (trx, { id, organisationId, credentialTypes }, at) =>
      tell(
        trx,
        'credential.accreditation_ended',
        sql`
          select distinct credential_id, jsonb_build_object('accreditationId', ${id}::text) as details
          from relied_credentials
          where ended_at is null and issuer_id = ${organisationId} and type = any(${credentialTypes}::text[])`,
        at,
      ),

    relianceChanged: (trx, type, ids, at) =>
      insertEvents(
        trx,
        { type, at },
        sql`
          select reliances.holder_id as organisation_id,
            jsonb_build_object('relianceIds', jsonb_build_array(reliances.id), 'partner', identifiers.did) as data
          from reliances join identifiers on identifiers.organisation_id = reliances.organisation_id
          where reliances.id = any(${ids}::uuid[])`,
      ),

    organisation: (trx, type, { organisationId, data }, at) =>
      insertEvents(
        trx,
        { type, at },
        sql`select ${organisationId}::uuid as organisation_id, ${JSON.stringify(data)}::jsonb as data`,
      ),

    async tellExpired(trx, now) {
      const { rows } = await sql<CredentialChange & { isTold: boolean }>`
        update relied_credentials set expired_at = ${now}
        from credentials
        where credentials.id = relied_credentials.credential_id
          and relied_credentials.expired_at is null and relied_credentials.ended_at is null
          and relied_credentials.credential_id in (
            select credential_id from relied_credentials
            where valid_until <= ${now} and expired_at is null and ended_at is null
            order by valid_until limit ${EXPIRED_AT_ONCE}
          )
        returning credentials.id as "credentialId", credentials.revoked_at is null as "isTold"`.execute(trx);
      // Of one that was revoked there is no more to say.
      const expired = new Set(rows.flatMap(({ credentialId, isTold }) => (isTold ? [credentialId] : [])));
      const changes = [...expired].map((credentialId) => ({ credentialId }));
      await credentialsChanged(trx, 'credential.expired', changes, now);
      return rows.length;
    },
  };
}

/** One row for each who relies on a changed credential, whatever number of times. `changes` has `credential_id` and `details`. */
function reliantsOf(changes: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select relied.organisation_id,
      jsonb_build_object(
        'relianceIds', jsonb_agg(relied.reliance_id order by relied.reliance_id),
        'credential', jsonb_build_object('id', relied.credential_id, 'type', relied.type),
        'holder', holders.did,
        'issuer', issuers.did
      ) || change.details as data
    from (${changes}) as change
      join relied_credentials relied on relied.credential_id = change.credential_id and relied.ended_at is null
      join identifiers holders on holders.organisation_id = relied.holder_id
      join identifiers issuers on issuers.organisation_id = relied.issuer_id
    group by relied.organisation_id, relied.credential_id, relied.type, holders.did, issuers.did, change.details`;
}

/** The same instants as everywhere on the wire: in UTC, to the millisecond. */
function signedBy(id: KeyId): RawBuilder<unknown> {
  return sql`
    select distinct credential_forms.credential_id,
      jsonb_build_object(
        'compromisedAt', to_char(compromised_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'isIssuedBefore', credentials.issued_at < compromised_at
      ) as details
    from signing_keys
      join credential_forms on credential_forms.signed_by = signing_keys.id
      join credentials on credentials.id = credential_forms.credential_id
    where signing_keys.id = ${id}`;
}
