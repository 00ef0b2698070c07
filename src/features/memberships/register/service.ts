import { recordAudit } from '../../../adapters/database/records.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, notFound } from '../../../kernel/errors.js';
import type { FederationMemberId } from '../../../kernel/ids.js';
import type { MembershipDeps } from '../deps.js';
import { contentFaults, findStandingChanges, hasNewAddress, judgePatch, keysOf, readCells } from './rules.js';
import type { FederationMember, MemberChanges } from './schemas.js';
import { tellOfStandings } from './standings.js';
import {
  findMember,
  listMembers,
  lockMember,
  lockMembersByKeys,
  lockRegister,
  markRemoved,
  takeBackInvitations,
  updateRecords,
  type MemberFilter,
  type MemberRow,
} from './store.js';

export interface RegisterService {
  listMembers(
    caller: OrganisationCaller,
    filter: Omit<MemberFilter, 'organisationId'>,
    page: PageRequest,
  ): Promise<Page<FederationMember>>;
  readMember(caller: OrganisationCaller, id: FederationMemberId): Promise<FederationMember>;
  /** Throws `members/duplicate` and `request/invalid`. */
  changeMember(
    caller: OrganisationCaller,
    id: FederationMemberId,
    changes: MemberChanges,
  ): Promise<FederationMember>;
  /** Its account and its dossier stay: those are not the register's to end. Its credential stands for the grace of its type. */
  removeMember(caller: OrganisationCaller, id: FederationMemberId): Promise<void>;
}

export function createRegister(deps: MembershipDeps): RegisterService {
  return {
    async listMembers({ organisationId }, filter, page) {
      const rows = await listMembers(deps.db, { ...filter, organisationId }, page);
      return toPage(rows, page.limit, presentMember);
    },

    async readMember({ organisationId }, id) {
      const row = await findMember(deps.db, organisationId, id);
      if (!row) throw notFound('member');
      return presentMember(row);
    },

    changeMember: (caller, id, changes) => changeMember(deps, caller, id, changes),

    async removeMember(caller, id) {
      const at = deps.clock.now();
      const { organisationId } = caller;
      await deps.db.transaction().execute(async (trx) => {
        const row = await lockMember(trx, organisationId, id);
        if (!row) throw notFound('member');
        await takeBackInvitations(trx, [id], at);
        await markRemoved(trx, id, at);
        const { subject_keys: subjectKeys } = row;
        await tellOfStandings(deps, trx, organisationId, [{ subjectKeys }], at);
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'member_record.removed',
          organisationId,
          subjectId: id,
        });
      });
    },
  };
}

async function changeMember(
  deps: MembershipDeps,
  caller: OrganisationCaller,
  id: FederationMemberId,
  changes: MemberChanges,
): Promise<FederationMember> {
  const at = deps.clock.now();
  const { organisationId } = caller;
  return deps.db.transaction().execute(async (trx) => {
    await lockRegister(trx, organisationId);
    const row = await lockMember(trx, organisationId, id);
    if (!row) throw notFound('member');
    // As a line of an import that says all that is known, and this.
    const { patch, errors } = readCells({ ...row.record, ...changes }, at);
    if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
    const judgement = judgePatch(row.record, patch);
    if (judgement.outcome === 'failed')
      throw new AppError('request/invalid', 'The request is not valid.', { errors: judgement.errors });
    const { record } = judgement;
    const faults = contentFaults(record, deps.contentProblems);
    if (faults.length > 0)
      throw new AppError('request/invalid', 'The request is not valid.', { errors: faults });
    if (judgement.outcome === 'unchanged') return presentMember(row);
    const keys = keysOf(record, deps.subjectKeys);
    const others = await lockMembersByKeys(trx, organisationId, keys);
    if (others.some((other) => other.id !== id))
      throw new AppError('members/duplicate', 'Another entry has this number of this authority.');
    await updateRecords(trx, [{ id, keys, record }], at);
    if (hasNewAddress(row.record, record)) await takeBackInvitations(trx, [id], at);
    const standings = findStandingChanges([row], { added: [], changed: [{ id, keys, record }] });
    await tellOfStandings(deps, trx, organisationId, standings, at);
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'member_record.changed',
      organisationId,
      subjectId: id,
      detail: { columns: Object.keys(changes) },
    });
    const changed = await findMember(trx, organisationId, id);
    return presentMember(changed ?? row);
  });
}

export function presentMember(row: MemberRow): FederationMember {
  return {
    id: row.id,
    state: row.state,
    record: row.record,
    ...(row.joined_organisation_id === null ? {} : { organisationId: row.joined_organisation_id }),
    ...(row.credential_id === null ? {} : { credentialId: row.credential_id }),
    ...(row.joined_at === null ? {} : { joinedAt: row.joined_at.toISOString() }),
    ...(row.changed_at === null ? {} : { changedAt: row.changed_at.toISOString() }),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
