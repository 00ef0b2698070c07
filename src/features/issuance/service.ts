import { toPage, type Page, type PageRequest } from '../../http/paging.js';
import { inWork } from '../../adapters/database/context.js';
import type { Executor } from '../../adapters/database/schema.js';
import type { ReissueCause } from '../../kernel/credentialLife.js';
import { recordAuditOfOther } from '../../adapters/database/records.js';
import { actorOf, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError, notFound } from '../../kernel/errors.js';
import type { ApplicationId, CredentialId, OrganisationId } from '../../kernel/ids.js';
import type { DossierRef } from '../../kernel/ports.js';
import { completeIssuance, eraseCredentials } from './completion.js';
import type { CredentialDraft, CredentialOrder, Party } from '../../credentials/credentialOrder.js';
import type { SecuringFormat } from '../../credentials/profiles/profile.js';
import { FORMATS, SECURING_FORMATS } from '../../credentials/securing/formats.js';
import type { IssuanceDeps } from './deps.js';
import { findForm, listFormats } from './formStore.js';
import { draftCredential } from './draft.js';
import { exportCredentials, listHeldCredentials, type HeldCredential, type HeldWanted } from './held.js';
import { prepareCredential } from './preparation.js';
import { createReissue, type ReissueService } from './reissue/service.js';
import { listReissueCauses } from './reissue/store.js';
import { listSaid, type SaidOfSubject } from './said.js';
import { openForm } from './sealedForms.js';
import type { Credential, CredentialSummary } from './schemas.js';
import { stateOf } from './state.js';
import {
  findCredential,
  holdCredentials,
  listByApplication,
  listCredentials,
  listUnfinished,
  type CredentialRow,
  type LiveAbout,
} from './store.js';

export interface IssuanceService extends ReissueService {
  prepareCredential(trx: Executor, order: CredentialOrder): Promise<CredentialId>;
  /** What `prepareCredential` would make of it; nothing is written. */
  draftCredential(executor: Executor, order: CredentialOrder): Promise<CredentialDraft>;
  /** Settles an application's intents; returns after 10 seconds at the latest, settled or not. */
  finishIssuance(applicationId: ApplicationId): Promise<void>;
  /** Goes on with what a crash or a fault has left; returns how many intents it looked at. */
  resumeUnfinished(): Promise<number>;
  listOfApplication(executor: Executor, applicationId: ApplicationId): Promise<CredentialRow[]>;
  /** Whoever has them; they stay until the transaction is over. */
  holdRenewed(trx: Executor, ids: readonly CredentialId[]): Promise<RenewedCredential[]>;
  listCredentials(
    caller: OrganisationCaller,
    filter: { readonly role: 'holder' | 'issuer'; readonly needsReissue?: ReissueCause | 'any' },
    page: PageRequest,
  ): Promise<Page<CredentialSummary>>;
  readCredential(caller: OrganisationCaller, id: CredentialId): Promise<Credential>;
  /** In which formats it is issued, or will be: the preferred one first. */
  listFormats(caller: OrganisationCaller, id: CredentialId): Promise<SecuringFormat[]>;
  /** One of those. Throws `credentials/not-issued` and `credentials/erased`. */
  readForm(caller: OrganisationCaller, id: CredentialId, format: SecuringFormat): Promise<string>;
  /** In the transaction that completes the erasure; returns what was issued. */
  eraseCredentials(trx: Executor, dossier: DossierRef): Promise<CredentialId[]>;
  /** What live credentials of an issuer and type say of any of these subjects, in the order of their holders. */
  listSaid(executor: Executor, wanted: LiveAbout): Promise<SaidOfSubject[]>;
  /** What an organisation holds, to be shown: oldest first, without what is not its own. */
  listHeld(executor: Executor, wanted: HeldWanted): Promise<HeldCredential[]>;
  /** What an organisation holds, in all its forms: they are its own. */
  exportCredentials(executor: Executor, holderId: OrganisationId): Promise<unknown>;
}

export interface RenewedCredential {
  readonly id: CredentialId;
  readonly type: string;
  readonly applicationId: ApplicationId;
  readonly holderId: OrganisationId;
  readonly issuerId: OrganisationId;
  readonly isSuperseded: boolean;
  /** What says the same in its place since it was issued once more. */
  readonly reissuedAs?: CredentialId;
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
    ...createReissue(deps),
    prepareCredential: (trx, order) => prepareCredential(deps, trx, order),
    draftCredential: (executor, order) => draftCredential(deps, executor, order),

    async finishIssuance(applicationId) {
      let isLate = false;
      const timer = sleep(DECISION_WAIT_MS).then(() => void (isLate = true));
      await Promise.race([inWork('issuance', () => settleAll(applicationId, () => isLate)), timer]);
      isLate = true;
    },

    resumeUnfinished: () => inWork('issuance', () => resumeUnfinished(deps)),

    listOfApplication: listByApplication,

    async holdRenewed(trx, ids) {
      const rows = await holdCredentials(trx, ids);
      return Promise.all(rows.map((row) => toRenewed(trx, row)));
    },

    async listCredentials({ organisationId }, filter, page) {
      const now = deps.clock.now();
      const rows = await listCredentials(deps.db, { ...filter, organisationId, now }, page);
      const facts = await factsOf(deps, rows);
      return toPage(rows, page.limit, (row) => summarise(row, facts));
    },

    async readCredential(caller, id) {
      const row = await findOwn(caller, id);
      const facts = await factsOf(deps, [row]);
      const changes = await deps.listStatusChanges(deps.db, id);
      const concerns = await deps.concernsOf(deps.db, id);
      return {
        ...summarise(row, facts),
        concerns: concerns.map(({ kind, pointer, since, suspendsAt, enforcedAt }) => ({
          kind,
          pointer,
          since: since.toISOString(),
          suspendsAt: suspendsAt.toISOString(),
          isEnforced: enforcedAt !== undefined,
        })),
        statusChanges: changes.map(({ change, reason, at }) => ({ change, reason, at: at.toISOString() })),
      };
    },

    async listFormats(caller, id) {
      const { state, type } = await findOwn(caller, id);
      if (state === 'issued') return formatsOf(id, await listFormats(deps.db, [id]));
      return [...(deps.tools.profiles.profiles.find((profile) => profile.type === type)?.formats ?? [])];
    },

    readForm: async (caller, id, format) => readForm(deps, caller, await findOwn(caller, id), format),

    eraseCredentials: (trx, dossier) => eraseCredentials(deps, trx, dossier),

    listSaid: (executor, wanted) => listSaid(deps, executor, wanted),
    listHeld: (executor, wanted) => listHeldCredentials(deps, executor, wanted),
    exportCredentials: (executor, holderId) => exportCredentials(deps, executor, holderId),
  };
}

async function toRenewed(trx: Executor, row: CredentialRow): Promise<RenewedCredential> {
  const last = await followReissues(trx, row);
  return {
    id: row.id,
    type: row.type,
    applicationId: row.application_id,
    holderId: row.holder_id,
    issuerId: row.issuer_id,
    isSuperseded: last.superseded_by !== null,
    ...(last.id === row.id ? {} : { reissuedAs: last.id }),
  };
}

/** The last one that says what this one said; held. */
async function followReissues(trx: Executor, row: CredentialRow): Promise<CredentialRow> {
  if (row.superseded_by === null) return row;
  const [successor] = await holdCredentials(trx, [row.superseded_by]);
  return successor?.reissued_for ? followReissues(trx, successor) : row;
}

async function resumeUnfinished(deps: IssuanceDeps): Promise<number> {
  const ids = await listUnfinished(deps.db, deps.clock.now(), RESUME_BATCH);
  for (const id of ids) {
    await completeIssuance(deps, id).catch((error: unknown) => {
      // One that cannot even be looked at must not keep the others waiting.
      deps.logger.error({ credentialId: id, reason: (error as Error).name }, 'an issuance was not resumed');
    });
  }
  return ids.length;
}

async function readForm(
  deps: IssuanceDeps,
  caller: OrganisationCaller,
  credential: CredentialRow,
  format: SecuringFormat,
): Promise<string> {
  const { id, holder_id: holderId } = credential;
  const stored = await findForm(deps.db, id, format);
  if (stored === undefined)
    throw new AppError('credentials/not-issued', 'This credential has not been issued.');
  const secured = await openForm(deps.sealing, credential, format, stored);
  if (secured === undefined)
    throw new AppError('credentials/erased', 'What this credential says was erased with its dossier.');
  if (credential.personal_generation !== null && caller.organisationId !== holderId) {
    await recordAuditOfOther(deps.db, {
      at: deps.clock.now(),
      actor: actorOf(caller),
      action: 'credential.personalRead',
      organisationId: holderId,
      subjectId: id,
      detail: { by: caller.organisationId },
    });
  }
  return secured;
}

/** What stands beside the rows of some credentials. */
interface Facts {
  readonly parties: ReadonlyMap<OrganisationId, Party>;
  readonly formats: ReadonlyMap<CredentialId, SecuringFormat[]>;
  readonly causes: ReadonlyMap<CredentialId, ReissueCause>;
  readonly now: Date;
}

async function factsOf(deps: IssuanceDeps, rows: readonly CredentialRow[]): Promise<Facts> {
  const partyIds = [...new Set(rows.flatMap((row) => [row.issuer_id, row.holder_id]))];
  const parties = await deps.findParties(deps.db, partyIds);
  const now = deps.clock.now();
  const issued = rows.filter(({ state }) => state === 'issued').map(({ id }) => id);
  return {
    parties: new Map(parties.map((party) => [party.id, party])),
    formats: await listFormats(deps.db, issued),
    causes: await listReissueCauses(deps.db, issued, now),
    now,
  };
}

/** In the order of the table, whatever order they were stored in. */
function formatsOf(
  id: CredentialId,
  formats: ReadonlyMap<CredentialId, readonly SecuringFormat[]>,
): SecuringFormat[] {
  return SECURING_FORMATS.filter((format) => formats.get(id)?.includes(format));
}

function summarise(row: CredentialRow, { parties, formats, causes, now }: Facts): CredentialSummary {
  const needsReissue = causes.get(row.id);
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
    ...(row.renewable_from ? { renewableFrom: row.renewable_from.toISOString() } : {}),
    ...(row.supersedes ? { supersedes: row.supersedes } : {}),
    ...(row.superseded_by ? { supersededBy: row.superseded_by } : {}),
    ...(row.reissued_for ? { reissuedFor: row.reissued_for } : {}),
    ...(needsReissue ? { needsReissue } : {}),
    formats: formatsOf(row.id, formats).map((format) => FORMATS[format].mediaType),
  };
}

function partyOf(parties: ReadonlyMap<OrganisationId, Party>, id: OrganisationId): Party {
  const party = parties.get(id);
  if (!party) throw new Error('a credential names an organisation that is not there');
  return { id: party.id, did: party.did, name: party.name };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
