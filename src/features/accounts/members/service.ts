import { recordAudit } from '../../../adapters/database/records.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type MemberCaller, type Role } from '../../../kernel/caller.js';
import { AppError, notFound } from '../../../kernel/errors.js';
import type { MembershipId } from '../../../kernel/ids.js';
import type { AccountsDeps } from '../dependencies.js';
import { lockOpenOrganisation } from '../organisations/store.js';
import { endSessions } from '../sessions/store.js';
import type { Member } from '../wire.js';
import { presentMember } from './present.js';
import { endMembership, findMember, listMembers, requireAnotherAdmin, updateRole } from './store.js';

export interface MemberService {
  listMembers(caller: MemberCaller, page: PageRequest): Promise<Page<Member>>;
  /** Throws `resource/not-found` and `accounts/last-admin`. */
  changeRole(caller: MemberCaller, id: MembershipId, role: Role): Promise<Member>;
  /** Administrators remove anybody, others themselves. Throws `auth/forbidden`, `resource/not-found`, `accounts/last-admin`. */
  removeMember(caller: MemberCaller, id: MembershipId): Promise<void>;
}

export function createMembers(deps: Pick<AccountsDeps, 'db' | 'clock' | 'onMembersChanged'>): MemberService {
  return {
    async listMembers({ organisationId }, page) {
      return toPage(await listMembers(deps.db, organisationId, page), page.limit, presentMember);
    },

    async changeRole(caller, id, role) {
      const at = deps.clock.now();
      const { organisationId } = caller;
      return deps.db.transaction().execute(async (trx) => {
        await lockOpenOrganisation(trx, organisationId);
        const member = await findMember(trx, organisationId, id);
        if (!member) throw notFound('member');
        if (role !== 'admin') await requireAnotherAdmin(trx, organisationId, id);
        await updateRole(trx, organisationId, id, role);
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'member.role-changed',
          organisationId,
          subjectId: id,
          detail: { from: member.role, to: role },
        });
        await deps.onMembersChanged(trx, organisationId, actorOf(caller), at);
        return presentMember({ ...member, role });
      });
    },

    async removeMember(caller, id) {
      if (caller.role !== 'admin' && caller.membershipId !== id) {
        throw new AppError('auth/forbidden', 'Only an administrator may remove other members.');
      }
      const at = deps.clock.now();
      const { organisationId } = caller;
      await deps.db.transaction().execute(async (trx) => {
        await lockOpenOrganisation(trx, organisationId);
        const member = await findMember(trx, organisationId, id);
        if (!member) throw notFound('member');
        await requireAnotherAdmin(trx, organisationId, id);
        await endMembership(trx, organisationId, id, at);
        await endSessions(trx, { membershipIds: [id] }, at);
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: caller.membershipId === id ? 'member.left' : 'member.removed',
          organisationId,
          subjectId: id,
        });
        await deps.onMembersChanged(trx, organisationId, actorOf(caller), at);
      });
    },
  };
}
