import { announceChange } from '../../../adapters/database/changeFeed.js';
import { asWork } from '../../../adapters/database/context.js';
import { recordAudit } from '../../../adapters/database/records.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type MemberCaller } from '../../../kernel/caller.js';
import { AppError, notFound } from '../../../kernel/errors.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import { listClients, revokeAllClients } from '../clients/store.js';
import type { AccountsDeps } from '../dependencies.js';
import { listPendingInvitations, withdrawAllInvitations } from '../members/invitationStore.js';
import { endAllMemberships, listMembers } from '../members/store.js';
import { presentMember } from '../members/present.js';
import { erasePeopleWithoutMembership } from '../people/erasure.js';
import { endSessions } from '../sessions/store.js';
import type { Organisation } from '../wire.js';
import { presentOrganisation } from './present.js';
import type { OrganisationChanges, OwnOrganisation } from './schemas.js';
import {
  findOrganisation,
  listAuditEntries,
  listListedOrganisations,
  lockOpenOrganisation,
  updateOrganisation,
} from './store.js';

export interface OrganisationService {
  /** Those that opted in. */
  listDirectory(search: string | undefined, page: PageRequest): Promise<Page<Organisation>>;
  /** Of any organisation, closed ones too. Throws `resource/not-found`. */
  readProfile(id: OrganisationId): Promise<Organisation>;
  /** Throws `accounts/name-fixed` while it is accredited. */
  changeOrganisation(caller: MemberCaller, changes: OrganisationChanges): Promise<OwnOrganisation>;
  /** For good: the DID and what was issued stay, everything that lets anybody act ends. */
  closeOrganisation(caller: MemberCaller): Promise<void>;
  /** All that is stored about it, as of one instant. */
  exportOrganisation(caller: MemberCaller): Promise<Record<string, unknown> & { exportedAt: string }>;
}

export function createOrganisations(deps: AccountsDeps): OrganisationService {
  return {
    async listDirectory(search, page) {
      const rows = await listListedOrganisations(deps.db, search, page);
      return toPage(rows, page.limit, (row) => presentOrganisation(deps, row));
    },

    async readProfile(id) {
      const row = await findOrganisation(deps.db, id);
      if (!row) throw notFound('organisation');
      return presentOrganisation(deps, row);
    },

    async changeOrganisation(caller, changes) {
      const at = deps.clock.now();
      const { organisationId } = caller;
      const row = await deps.db.transaction().execute(async (trx) => {
        const before = await lockOpenOrganisation(trx, organisationId);
        const isRenamed = changes.name !== undefined && changes.name !== before.name;
        if (isRenamed && (await deps.isAccredited(trx, organisationId, at))) throw nameIsFixed();
        await updateOrganisation(trx, organisationId, changes);
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'organisation.changed',
          organisationId,
          subjectId: organisationId,
          detail: { members: Object.keys(changes).sort() },
        });
        await announceChange(trx, { kind: 'organisation', id: organisationId });
        return { ...before, ...changes };
      });
      deps.onOrganisationChanged(organisationId);
      return { ...presentOrganisation(deps, row), listed: row.listed };
    },

    async closeOrganisation(caller) {
      const { organisationId } = caller;
      await closeInOneTransaction(deps, caller);
      deps.onOrganisationChanged(organisationId);
    },

    exportOrganisation: (caller) => exportAtOneInstant(deps, caller),
  };
}

/** Reports show a registrar under the name that the network accredited. */
function nameIsFixed(): AppError {
  return new AppError('accounts/name-fixed', 'Your organisation is accredited under this name.');
}

async function closeInOneTransaction(deps: AccountsDeps, caller: MemberCaller): Promise<void> {
  const actor = actorOf(caller);
  const { organisationId } = caller;
  await deps.db.transaction().execute(async (trx) => {
    await lockOpenOrganisation(trx, organisationId);
    // Only now: an issuance that held the organisation until this moment must not lie after its end.
    const at = deps.clock.now();
    for (const end of deps.onOrganisationClosed) await end(trx, organisationId, actor, at);
    const ended = await endAllMemberships(trx, organisationId, at);
    await endSessions(trx, { membershipIds: ended.map(({ id }) => id) }, at);
    await revokeAllClients(trx, organisationId, at);
    await withdrawAllInvitations(trx, organisationId, at);
    await updateOrganisation(trx, organisationId, { listed: false, closed_at: at });
    const left = ended.map(({ personId }) => personId);
    // Whether they belong to other organisations is nothing that this one could see.
    await asWork(trx, 'accounts', () => erasePeopleWithoutMembership(trx, left, at, actor));
    await recordAudit(trx, {
      at,
      actor,
      action: 'organisation.closed',
      organisationId,
      subjectId: organisationId,
    });
    await announceChange(trx, { kind: 'organisation', id: organisationId });
  });
}

async function exportAtOneInstant(deps: AccountsDeps, { organisationId }: MemberCaller) {
  return deps.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const organisation = await findOrganisation(trx, organisationId);
      if (!organisation) throw notFound('organisation');
      const parts: Record<string, unknown> = {
        organisation: { ...presentOrganisation(deps, organisation), listed: organisation.listed },
        members: (await listMembers(trx, organisationId)).map(presentMember),
        invitations: await listPendingInvitations(trx, organisationId, deps.clock.now()),
        clients: await listClients(trx, organisationId),
        auditTrail: await listAuditEntries(trx, organisationId),
      };
      for (const [name, read] of Object.entries(deps.exportParts)) {
        parts[name] = await read(trx, organisationId);
      }
      return { exportedAt: deps.clock.now().toISOString(), ...parts };
    });
}
