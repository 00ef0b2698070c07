import { inWork } from '../../../adapters/database/context.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { recordAudit } from '../../../adapters/database/records.js';
import type { IssuanceOutcome, StoredCaller } from '../../../adapters/database/membershipTables.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { notFound } from '../../../kernel/errors.js';
import { newId, type MemberIssuanceId } from '../../../kernel/ids.js';
import type { MembershipDeps } from '../deps.js';
import { requireFinished, toSelection } from '../invitations/service.js';
import type { MemberIssuance, MemberIssuanceItem, MembersToIssue } from './schemas.js';
import {
  countItems,
  findIssuance,
  insertIssuance,
  listItems,
  listWorkingIssuances,
  type IssuanceRow,
} from './store.js';
import { workOffItems } from './working.js';

export interface MemberIssuanceService {
  /** Answers after 10 seconds at the latest, finished or not; the job goes on. */
  issueToMembers(caller: OrganisationCaller, wanted: MembersToIssue): Promise<MemberIssuance>;
  readIssuance(caller: OrganisationCaller, id: MemberIssuanceId): Promise<MemberIssuance>;
  listItems(
    caller: OrganisationCaller,
    id: MemberIssuanceId,
    wanted: { outcome?: IssuanceOutcome },
    page: PageRequest,
  ): Promise<Page<MemberIssuanceItem>>;
  /** Goes on with what was ordered; returns how many orders it looked at. */
  resumeIssuances(): Promise<number>;
}

const ANSWER_WITHIN_MS = 10_000;
const POLL_MS = 100;

export function createMemberIssuance(deps: MembershipDeps): MemberIssuanceService {
  const findOwn = async (caller: OrganisationCaller, id: MemberIssuanceId): Promise<IssuanceRow> => {
    const row = await findIssuance(deps.db, id);
    if (row?.organisation_id !== caller.organisationId) throw notFound('issuance');
    return row;
  };
  const present = async (row: IssuanceRow): Promise<MemberIssuance> => {
    const counts = await countItems(deps.db, row.id);
    const count = (outcome: IssuanceOutcome | null) => counts.get(outcome) ?? 0;
    return {
      id: row.id,
      status: row.status,
      counts: {
        notJoined: row.not_joined,
        waiting: count(null),
        issued: count('issued'),
        proposed: count('proposed'),
        notReady: count('not_ready'),
        failed: count('failed'),
      },
      createdAt: row.created_at.toISOString(),
      ...(row.finished_at === null ? {} : { finishedAt: row.finished_at.toISOString() }),
    };
  };

  return {
    async issueToMembers(caller, { validFor, sentByOurselves = false, ...wanted }) {
      const { organisationId } = caller;
      const selection = toSelection(organisationId, wanted);
      if (selection.importId !== undefined) await requireFinished(deps, organisationId, selection.importId);
      const at = deps.clock.now();
      const id = newId<'memberIssuance'>();
      await deps.db.transaction().execute(async (trx) => {
        const orderedBy = toStored(caller);
        await insertIssuance(trx, { id, selection, orderedBy, validFor, sentByOurselves, at });
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'members.issuance_ordered',
          organisationId,
          subjectId: id,
          detail: { sentByOurselves },
        });
      });
      // On the process's own clock: the installation's may stand still.
      const until = performance.now() + ANSWER_WITHIN_MS;
      while (performance.now() < until) {
        const progress = await workOffItems(deps, id);
        if (progress === 'finished') break;
        if (progress === 'elsewhere') await sleep(POLL_MS);
      }
      return present(await findOwn(caller, id));
    },

    readIssuance: async (caller, id) => present(await findOwn(caller, id)),

    async listItems(caller, id, wanted, page) {
      await findOwn(caller, id);
      const rows = await listItems(deps.db, { issuanceId: id, ...wanted }, page);
      return toPage(rows, page.limit, (row) => ({
        memberId: row.member_id,
        outcome: row.outcome ?? 'waiting',
        ...(row.reason === null ? {} : { reason: row.reason }),
        ...(row.detail === null ? {} : { detail: row.detail }),
        ...(row.application_id === null ? {} : { applicationId: row.application_id }),
        ...(row.credential_id === null ? {} : { credentialId: row.credential_id }),
      }));
    },

    async resumeIssuances() {
      const ids = await inWork('registers', () => listWorkingIssuances(deps.db));
      for (const id of ids) {
        try {
          while ((await workOffItems(deps, id)) === 'working');
        } catch (error) {
          // One that cannot go on must not keep the others waiting.
          deps.logger.error(
            { issuanceId: id, reason: (error as Error).name },
            'an issuance to members stopped',
          );
        }
      }
      return ids.length;
    },
  };
}

function toStored(caller: OrganisationCaller): StoredCaller {
  return caller.kind === 'member'
    ? { kind: 'member', membershipId: caller.membershipId, sessionId: caller.sessionId }
    : { kind: 'client', clientId: caller.clientId, scopes: caller.scopes };
}
