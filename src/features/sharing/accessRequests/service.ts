import type { Executor } from '../../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import type { OrganisationCaller } from '../../../kernel/caller.js';
import { notFound } from '../../../kernel/errors.js';
import type { AccessRequestId } from '../../../kernel/ids.js';
import type { SharingDeps } from '../deps.js';
import { askForAccess } from './asking.js';
import { approve, refuse, withdraw } from './deciding.js';
import { presentRequests } from './presentation.js';
import type { AccessRequest, NewAccessRequest, NewApproval, Refusal } from './schemas.js';
import { findRequest, listRequests, type RequestRow } from './store.js';

export interface AccessRequestService {
  /** Throws `request/invalid`, `policies/archived`, `access-requests/too-many-open` and `access-requests/asked-too-often`. */
  askForAccess(caller: OrganisationCaller, wanted: NewAccessRequest): Promise<AccessRequest>;
  listRequests(
    caller: OrganisationCaller,
    filter: { readonly role: 'partner' | 'holder'; readonly onlyOpen: boolean },
    page: PageRequest,
  ): Promise<Page<AccessRequest>>;
  readRequest(caller: OrganisationCaller, id: AccessRequestId): Promise<AccessRequest>;
  /**
   * By a delegate of the co-op. Throws `auth/forbidden`, `access-requests/settled`, `access-requests/already-approved`,
   * `access-requests/nothing-there`, and `request/invalid` where a minute is demanded.
   */
  approve(caller: OrganisationCaller, id: AccessRequestId, approval: NewApproval): Promise<AccessRequest>;
  /** By a delegate of the co-op. Throws `auth/forbidden` and `access-requests/settled`. */
  refuse(caller: OrganisationCaller, id: AccessRequestId, refusal: Refusal): Promise<AccessRequest>;
  /** By the partner. Throws `auth/forbidden` and `access-requests/settled`. */
  withdraw(caller: OrganisationCaller, id: AccessRequestId): Promise<AccessRequest>;
}

export function createAccessRequests(deps: SharingDeps): AccessRequestService {
  const { db, clock } = deps;

  async function present(
    executor: Executor,
    row: RequestRow,
    caller: OrganisationCaller,
  ): Promise<AccessRequest> {
    const [request] = await presentRequests(deps, executor, [row], caller.organisationId);
    if (!request) throw new Error('a request that cannot be shown');
    return request;
  }

  return {
    askForAccess: async (caller, wanted) => present(db, await askForAccess(deps, caller, wanted), caller),

    async listRequests(caller, { role, onlyOpen }, page) {
      const { organisationId } = caller;
      const filter = { role, organisationId, ...(onlyOpen ? { openAt: clock.now() } : {}) };
      const { items, ...rest } = toPage(await listRequests(db, filter, page), page.limit, (row) => row);
      return { items: await presentRequests(deps, db, items, organisationId), ...rest };
    },

    async readRequest(caller, id) {
      const row = await findRequest(db, id, caller.organisationId);
      if (!row) throw notFound('request for access');
      return present(db, row, caller);
    },

    approve: async (caller, id, approval) => present(db, await approve(deps, caller, id, approval), caller),
    refuse: async (caller, id, refusal) => present(db, await refuse(deps, caller, id, refusal), caller),
    withdraw: async (caller, id) => present(db, await withdraw(deps, caller, id), caller),
  };
}
