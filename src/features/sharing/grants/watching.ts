import { sql } from 'kysely';
import type { Executor } from '../../../adapters/database/schema.js';
import type { Actor } from '../../../kernel/caller.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import type { DossierRef } from '../../../kernel/ports.js';
import {
  closeRequestsOf,
  lockOpenRequestsTo,
  takeExpiredRequests,
  voidApprovals,
  voidApprovalsOfOthers,
} from '../accessRequests/store.js';
import type { SharingDeps } from '../deps.js';
import { closeDocumentsOf, takeLateDocuments } from '../documentRequests/store.js';
import { changedFields, type Ending } from './rules.js';
import { endGrants, listLiveGrants, takeExpiredGrants, type GrantRow } from './store.js';

/** What happens to requests and grants by what happens elsewhere, in the transaction of that. */
export interface SharingWatch {
  /** By the co-op, with a new version: approvals of something else are void, and partners are told of granted fields that changed. */
  dossierSaved(trx: Executor, holderId: OrganisationId, at: Date): Promise<void>;
  /** Somebody has left, or has another role now. */
  membersChanged(trx: Executor, organisationId: OrganisationId, at: Date): Promise<void>;
  organisationClosed(trx: Executor, organisationId: OrganisationId, actor: Actor, at: Date): Promise<void>;
  /**
   * Of one member of an agreement, or between two: what they released under it is over from the commit on. For whoever lets a co-op leave, and
   * for the end of an agreement.
   */
  endGrantsOf(trx: Executor, which: AgreementEnding): Promise<void>;
  /** With the key of a dossier: nothing of it is released any more. */
  dossierErased(trx: Executor, dossier: DossierRef, at: Date): Promise<void>;
  /** Tells of some of what has expired, until nothing is left of it; returns of how many. */
  tellExpired(trx: Executor, now: Date): Promise<number>;
}

export interface AgreementEnding {
  readonly agreementId: string;
  /** Absent: what any co-op released to the partner. */
  readonly holderId?: OrganisationId;
  /** Absent: everybody who reads of this co-op under the agreement. */
  readonly partnerId?: OrganisationId;
  readonly at: Date;
  /** Why, for the record. */
  readonly by: Actor;
}

const EXPIRED_AT_ONCE = 100;

export function createSharingWatch(deps: SharingDeps): SharingWatch {
  async function tellEnded(
    trx: Executor,
    ended: readonly GrantRow[],
    ending: Ending,
    at: Date,
    to: 'partner' | 'both' = 'both',
  ): Promise<void> {
    const news = ended.map(({ id: grantId, partner_id: partnerId, holder_id: holderId }) => ({
      partnerId,
      holderId,
      to,
      data: { grantId, ending },
    }));
    await deps.tell(trx, 'grant.ended', news, at);
  }

  return {
    async dossierSaved(trx, holderId, at) {
      // Held first: whoever decides at this moment is through, and what was granted by that is seen below.
      const open = await lockOpenRequestsTo(trx, holderId);
      const live = await listLiveGrants(trx, holderId, at);
      if (open.length === 0 && live.length === 0) return;
      const { version, blocks } = await deps.findLatestVersion(trx, holderId);
      const [before] = await deps.findVersions(trx, holderId, [version - 1]);
      const changedOf = (fields: readonly string[]) => changedFields(fields, before?.blocks ?? {}, blocks);
      const concerned = open.filter(({ fields }) => changedOf(fields).length > 0);
      await voidApprovals(
        trx,
        concerned.map(({ id }) => id),
        { at, cause: 'changed' },
      );
      const news = live.flatMap(({ id: grantId, partner_id: partnerId, fields: granted }) => {
        const fields = changedOf(granted);
        const data = { grantId, fields, dossierVersion: version };
        return fields.length === 0 ? [] : [{ partnerId, holderId, to: 'partner' as const, data }];
      });
      await deps.tell(trx, 'grant.field_changed', news, at);
    },

    async membersChanged(trx, organisationId, at) {
      const delegates = await deps.listDelegates(trx, organisationId);
      const people = delegates.map(({ personId }) => personId);
      await voidApprovalsOfOthers(trx, organisationId, people, at);
    },

    async organisationClosed(trx, organisationId, actor, at) {
      await closeRequestsOf(trx, organisationId, at, actor);
      await closeDocumentsOf(trx, organisationId, at, actor);
      const ended = [];
      for (const which of [{ holderId: organisationId }, { partnerId: organisationId }])
        ended.push(...(await endGrants(trx, which, { ending: 'organisation_closed', at, by: actor })));
      await tellEnded(trx, ended, 'organisation_closed', at);
    },

    async endGrantsOf(trx, { agreementId, holderId, partnerId, at, by }) {
      const which = {
        agreementId,
        ...(holderId === undefined ? {} : { holderId }),
        ...(partnerId === undefined ? {} : { partnerId }),
      };
      const ended = await endGrants(trx, which, { ending: 'agreement_ended', at, by });
      await tellEnded(trx, ended, 'agreement_ended', at);
    },

    async dossierErased(trx, dossier, at) {
      await eraseSharingWords(trx, dossier);
      const { organisationId: holderId, generation } = dossier;
      const open = await trx
        .selectFrom('access_requests')
        .select('id')
        .where('holder_id', '=', holderId)
        .where('outcome', 'is', null)
        .execute();
      await voidApprovals(
        trx,
        open.map(({ id }) => id),
        { at, cause: 'erased' },
      );
      const ended = await endGrants(trx, { holderId, generation }, { ending: 'erased', at });
      await tellEnded(trx, ended, 'erased', at, 'partner');
    },

    tellExpired: (trx, now) => tellExpired(deps, trx, now),
  };
}

async function tellExpired({ tell }: Pick<SharingDeps, 'tell'>, trx: Executor, now: Date): Promise<number> {
  const requests = await takeExpiredRequests(trx, now, EXPIRED_AT_ONCE);
  const grants = await takeExpiredGrants(trx, now, EXPIRED_AT_ONCE);
  const both = (row: { readonly partner_id: OrganisationId; readonly holder_id: OrganisationId }) =>
    ({ partnerId: row.partner_id, holderId: row.holder_id, to: 'both' }) as const;
  const requestNews = requests.map((row) => ({ ...both(row), data: { requestId: row.id } }));
  await tell(trx, 'access.expired', requestNews, now);
  const grantNews = grants.map((row) => ({ ...both(row), data: { grantId: row.id } }));
  await tell(trx, 'grant.expired', grantNews, now);
  const late = await takeLateDocuments(trx, now, EXPIRED_AT_ONCE);
  const lateNews = late.map(({ id, partner_id: partnerId, responder_id: holderId }) => ({
    partnerId,
    holderId,
    to: 'both' as const,
    data: { documentRequestId: id },
  }));
  await tell(trx, 'document.late', lateNews, now);
  return requests.length + grants.length + late.length;
}

const SEALED = [
  ['access_requests', 'sealed_note', 'holder_id'],
  ['access_requests', 'sealed_reason', 'holder_id'],
  ['access_approvals', 'sealed_minute', 'holder_id'],
  ['agreement_approvals', 'sealed_minute', 'organisation_id'],
  ['grants', 'sealed_reason', 'holder_id'],
  ['document_requests', 'sealed_reason', 'holder_id'],
  ['document_requests', 'sealed_refusal', 'holder_id'],
] as const;

/** What people wrote, as far as this key sealed it. */
async function eraseSharingWords(trx: Executor, { organisationId, generation }: DossierRef): Promise<void> {
  for (const [table, column, owner] of SEALED)
    await sql`
      update ${sql.table(table)} set ${sql.ref(column)} = null
      where ${sql.ref(owner)} = ${organisationId} and substring(${sql.ref(column)} from 1 for 4) = int4send(${generation}::integer)`.execute(
      trx,
    );
}
