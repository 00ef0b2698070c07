import { toPage, type Page, type PageRequest } from '../../http/paging.js';
import type { Executor } from '../../adapters/database/schema.js';
import type { OrganisationCaller } from '../../kernel/caller.js';
import { AppError, notFound } from '../../kernel/errors.js';
import type { ApplicationId, CredentialId, OrganisationId } from '../../kernel/ids.js';
import { completeIssuance } from './completion.js';
import type { CredentialOrder, Party } from '../../credentials/credentialOrder.js';
import type { IssuanceDeps } from './deps.js';
import { prepareCredential } from './preparation.js';
import type { Credential, CredentialSummary } from './schemas.js';
import {
  findCredential,
  listByApplication,
  listCredentials,
  listUnfinished,
  type CredentialRow,
} from './store.js';

export interface IssuanceService {
  prepareCredential(trx: Executor, order: CredentialOrder): Promise<CredentialId>;
  /** Settles an application's intents; returns after 10 seconds at the latest, settled or not. */
  finishIssuance(applicationId: ApplicationId): Promise<void>;
  /** Goes on with what a crash or a fault has left; returns how many intents it looked at. */
  resumeUnfinished(): Promise<number>;
  listOfApplication(executor: Executor, applicationId: ApplicationId): Promise<CredentialRow[]>;
  listCredentials(
    caller: OrganisationCaller,
    role: 'holder' | 'issuer',
    page: PageRequest,
  ): Promise<Page<CredentialSummary>>;
  readCredential(caller: OrganisationCaller, id: CredentialId): Promise<Credential>;
  /** The token. Throws `credentials/not-issued`. */
  readToken(caller: OrganisationCaller, id: CredentialId): Promise<string>;
}

const DECISION_WAIT_MS = 10_000;
const POLL_MS = 100;
const RESUME_BATCH = 50;

export function createIssuance(deps: IssuanceDeps): IssuanceService {
  const findOwn = async (caller: OrganisationCaller, id: CredentialId): Promise<CredentialRow> => {
    const row = await findCredential(deps.db, id);
    if (!row || ![row.holder_id, row.issuer_id].includes(caller.organisationId)) throw notFound('credential');
    return row;
  };

  const settleAll = async (applicationId: ApplicationId, isLate: () => boolean): Promise<void> => {
    while (!isLate()) {
      const open = (await listByApplication(deps.db, applicationId)).filter(
        ({ state }) => state === 'prepared',
      );
      if (open.length === 0) return;
      for (const { id } of open) await completeIssuance(deps, id);
      // Another process may hold the claim, or a fault may pass.
      if ((await listByApplication(deps.db, applicationId)).some(({ state }) => state === 'prepared'))
        await sleep(POLL_MS);
    }
  };

  return {
    prepareCredential: (trx, order) => prepareCredential(deps, trx, order),

    async finishIssuance(applicationId) {
      let isLate = false;
      const timer = sleep(DECISION_WAIT_MS).then(() => void (isLate = true));
      await Promise.race([settleAll(applicationId, () => isLate), timer]);
      isLate = true;
    },

    async resumeUnfinished() {
      const ids = await listUnfinished(deps.db, deps.clock.now(), RESUME_BATCH);
      for (const id of ids) {
        await completeIssuance(deps, id).catch((error: unknown) => {
          // One that cannot even be looked at must not keep the others waiting.
          deps.logger.error(
            { credentialId: id, reason: (error as Error).name },
            'an issuance was not resumed',
          );
        });
      }
      return ids.length;
    },

    listOfApplication: listByApplication,

    async listCredentials(caller, role, page) {
      const rows = await listCredentials(deps.db, { organisationId: caller.organisationId, role }, page);
      const parties = await partiesOf(deps, rows);
      return toPage(rows, page.limit, (row) => summarise(row, parties, deps.clock.now()));
    },

    async readCredential(caller, id) {
      const row = await findOwn(caller, id);
      const parties = await partiesOf(deps, [row]);
      const changes = await deps.listStatusChanges(deps.db, id);
      return {
        ...summarise(row, parties, deps.clock.now()),
        statusChanges: changes.map(({ change, reason, at }) => ({ change, reason, at: at.toISOString() })),
      };
    },

    async readToken(caller, id) {
      const row = await findOwn(caller, id);
      if (row.token === null)
        throw new AppError('credentials/not-issued', 'This credential has not been issued.');
      return row.token;
    },
  };
}

async function partiesOf(
  deps: IssuanceDeps,
  rows: readonly CredentialRow[],
): Promise<ReadonlyMap<OrganisationId, Party>> {
  const ids = [...new Set(rows.flatMap((row) => [row.issuer_id, row.holder_id]))];
  return new Map((await deps.findParties(deps.db, ids)).map((party) => [party.id, party]));
}

function summarise(
  row: CredentialRow,
  parties: ReadonlyMap<OrganisationId, Party>,
  now: Date,
): CredentialSummary {
  return {
    id: row.id,
    type: row.type,
    state: stateOf(row, now),
    issuer: partyOf(parties, row.issuer_id),
    holder: partyOf(parties, row.holder_id),
    applicationId: row.application_id,
    assurance: row.assurance,
    validFrom: row.valid_from.toISOString(),
    validUntil: row.valid_until.toISOString(),
    ...(row.issued_at ? { issuedAt: row.issued_at.toISOString() } : {}),
    formats: row.state === 'issued' ? ['application/vc+jwt'] : [],
  };
}

export function stateOf(
  row: Pick<CredentialRow, 'state' | 'revoked_at' | 'suspended_at' | 'valid_until'>,
  now: Date,
): CredentialSummary['state'] {
  if (row.state === 'prepared') return 'pending';
  if (row.state === 'failed') return 'failed';
  if (row.revoked_at) return 'revoked';
  if (row.valid_until <= now) return 'expired';
  return row.suspended_at ? 'suspended' : 'active';
}

function partyOf(parties: ReadonlyMap<OrganisationId, Party>, id: OrganisationId): Party {
  const party = parties.get(id);
  if (!party) throw new Error('a credential names an organisation that is not there');
  return { id: party.id, did: party.did, name: party.name };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
