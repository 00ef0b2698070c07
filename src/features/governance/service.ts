import type { Kysely } from 'kysely';
import { announceChange } from '../../adapters/database/changeFeed.js';
import { asWork, inWork } from '../../adapters/database/context.js';
import { appendLogEntry, recordAudit } from '../../adapters/database/records.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { AssuranceLevel } from '../../credentials/assurance.js';
import type { Page, PageRequest } from '../../http/paging.js';
import { actorOf, SYSTEM, type Actor, type OperatorCaller } from '../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../kernel/errors.js';
import { groupBy } from '../../kernel/grouping.js';
import { newId, type AccreditationId, type OrganisationId } from '../../kernel/ids.js';
import type { Clock } from '../../kernel/ports.js';
import { highestAssurance, holdsAt } from './rules.js';
import type { Accreditation, NewAccreditation, Registrar } from './schemas.js';
import {
  endAccreditations,
  holdAccreditationsOf,
  insertAccreditation,
  listAccreditationsOf,
  listAccreditationsOfAll,
  listAccreditedAt,
  lockAccreditation,
  takeExpired,
  type AccreditationRow,
} from './store.js';

/** What other parts know of an organisation. */
export interface OrganisationSummary {
  readonly id: OrganisationId;
  readonly slug: string;
  readonly did: string;
  readonly name: string;
}

export interface GovernanceDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  /** Open organisations only. */
  readonly findOrganisations: (
    executor: Executor,
    ids: readonly OrganisationId[],
  ) => Promise<OrganisationSummary[]>;
  /** In its transaction, also where its term is simply over. */
  readonly onAccreditationEnded: (trx: Executor, ended: AccreditationRow, at: Date) => Promise<void>;
  /** After the commit, so that this process forgets at once what it knew. */
  readonly onAccreditationChanged: (did: string) => void;
}

export interface GovernanceService {
  accredit(caller: OperatorCaller, accreditation: NewAccreditation): Promise<Accreditation>;
  /** Throws `accreditations/ended`. What was issued before stays accredited. */
  endAccreditation(caller: OperatorCaller, id: AccreditationId): Promise<void>;
  listRegistrars(asOf: Date | undefined, page: PageRequest): Promise<Page<Registrar>>;
  /** Every accreditation an organisation ever had. */
  listAccreditationsOf(executor: Executor, organisationId: OrganisationId): Promise<AccreditationRow[]>;
  /** For anything at all, at this instant. */
  wasAccredited(executor: Executor, organisationId: OrganisationId, at: Date): Promise<boolean>;
  /** The same of many at once, in their order. */
  wereAccredited(
    executor: Executor,
    questions: readonly { readonly organisationId: OrganisationId; readonly at: Date }[],
  ): Promise<boolean[]>;
  /** Within the transaction nobody can withdraw what was found; `undefined` when not accredited for this. */
  findHighestAssurance(
    trx: Executor,
    registrarId: OrganisationId,
    wanted: { credentialType: string; jurisdiction: string; at: Date },
  ): Promise<AssuranceLevel | undefined>;
  endAllOf(trx: Executor, organisationId: OrganisationId, at: Date): Promise<void>;
  /** Of those whose term is over; the work of a job. Returns how many there were. */
  tellExpired(): Promise<number>;
}

const EXPIRED_AT_ONCE = 50;

export function createGovernance(deps: GovernanceDeps): GovernanceService {
  return {
    async accredit(caller, wanted) {
      const at = deps.clock.now();
      const row = toNewRow(wanted, at);
      const organisation = await deps.db.transaction().execute(async (trx) => {
        const found = await findOrganisation(trx, row.organisationId);
        await insertAccreditation(trx, row);
        await record(trx, { at, actor: actorOf(caller), kind: 'accreditation.granted', row, did: found.did });
        return found;
      });
      deps.onAccreditationChanged(organisation.did);
      return toAccreditation(row);
    },

    async endAccreditation(caller, id) {
      const did = await deps.db.transaction().execute(async (trx) => {
        const row = await lockAccreditation(trx, id);
        if (!row) throw notFound('accreditation');
        // Only now: an issuance that held the accreditation until this moment must not lie after its end.
        const at = deps.clock.now();
        if (!holdsAt(row, at))
          throw new AppError('accreditations/ended', 'This accreditation has ended before.');
        await endAccreditations(trx, [id], at);
        const organisation = await findOrganisation(trx, row.organisationId);
        await record(trx, {
          at,
          actor: actorOf(caller),
          kind: 'accreditation.ended',
          row,
          did: organisation.did,
        });
        await deps.onAccreditationEnded(trx, row, at);
        return organisation.did;
      });
      deps.onAccreditationChanged(did);
    },

    async listRegistrars(asOf, page) {
      const now = deps.clock.now();
      const at = asOf ?? now;
      if (at > now) throw invalidField('/querystring/asOf', 'must not lie in the future');
      const ids = await listAccreditedAt(deps.db, at, page);
      const shown = ids.slice(0, page.limit);
      const organisations = await deps.findOrganisations(deps.db, shown);
      const accreditations = (await listAccreditationsOfAll(deps.db, shown)).filter((row) =>
        holdsAt(row, at),
      );
      const items = organisations.map((organisation) => ({
        organisation: {
          id: organisation.id,
          slug: organisation.slug,
          did: organisation.did,
          name: organisation.name,
        },
        accreditations: accreditations
          .filter((row) => row.organisationId === organisation.id)
          .map(withoutOrganisation),
      }));
      const last = shown.at(-1);
      return { items, ...(ids.length > page.limit && last ? { next: last } : {}) };
    },

    listAccreditationsOf,

    async wasAccredited(executor, organisationId, at) {
      return (await listAccreditationsOf(executor, organisationId)).some((row) => holdsAt(row, at));
    },

    async wereAccredited(executor, questions) {
      const ids = [...new Set(questions.map(({ organisationId }) => organisationId))];
      const rows = groupBy(await listAccreditationsOfAll(executor, ids), (row) => row.organisationId);
      return questions.map(({ organisationId, at }) =>
        (rows.get(organisationId) ?? []).some((row) => holdsAt(row, at)),
      );
    },

    async findHighestAssurance(trx, registrarId, wanted) {
      return highestAssurance(await holdAccreditationsOf(trx, registrarId), wanted);
    },

    async endAllOf(trx, organisationId, at) {
      const rows = (await listAccreditationsOf(trx, organisationId)).filter((row) => holdsAt(row, at));
      if (rows.length === 0) return;
      const { did } = await findOrganisation(trx, organisationId);
      // It is the operator's to give and to take, also where the organisation closes its account.
      await asWork(trx, 'governance', async () => {
        await endAccreditations(
          trx,
          rows.map((row) => row.id),
          at,
        );
        for (const row of rows) {
          await record(trx, { at, actor: SYSTEM, kind: 'accreditation.ended', row, did });
          await deps.onAccreditationEnded(trx, row, at);
        }
      });
    },

    tellExpired: () => tellExpired(deps),
  };

  async function findOrganisation(executor: Executor, id: OrganisationId): Promise<OrganisationSummary> {
    const [organisation] = await deps.findOrganisations(executor, [id]);
    if (!organisation) throw invalidField('/organisationId', 'names no organisation of this network');
    return organisation;
  }
}

function tellExpired({ db, clock, onAccreditationEnded }: GovernanceDeps): Promise<number> {
  return inWork('governance', () =>
    db.transaction().execute(async (trx) => {
      const now = clock.now();
      const expired = await takeExpired(trx, now, EXPIRED_AT_ONCE);
      for (const row of expired) await onAccreditationEnded(trx, row, now);
      return expired.length;
    }),
  );
}

/** Audit row, log leaf and word to the other processes, in the transaction of the change. Governance is public, so the leaf needs no salt. */
async function record(
  trx: Executor,
  event: {
    at: Date;
    actor: Actor;
    kind: 'accreditation.granted' | 'accreditation.ended';
    row: AccreditationRow;
    did: string;
  },
): Promise<void> {
  const { at, actor, kind, row, did } = event;
  await recordAudit(trx, { at, actor, action: kind, organisationId: row.organisationId, subjectId: row.id });
  const { organisationId: _ours, ...terms } = toAccreditation(row);
  await appendLogEntry(trx, { at, kind, content: { did, accreditation: terms } });
  await announceChange(trx, { kind: 'accreditation', id: did });
}

function toNewRow(wanted: NewAccreditation, at: Date): AccreditationRow {
  const expiresAt = wanted.expiresAt === undefined ? undefined : new Date(wanted.expiresAt);
  if (expiresAt && expiresAt <= at) throw invalidField('/expiresAt', 'must lie in the future');
  return {
    id: newId<'accreditation'>(),
    organisationId: wanted.organisationId as OrganisationId,
    credentialTypes: wanted.credentialTypes,
    jurisdictions: wanted.jurisdictions,
    maxAssurance: wanted.maxAssurance,
    createdAt: at,
    ...(expiresAt ? { expiresAt } : {}),
  };
}

function toAccreditation(row: AccreditationRow): Accreditation {
  return { organisationId: row.organisationId, ...withoutOrganisation(row) };
}

function withoutOrganisation(row: AccreditationRow): Omit<Accreditation, 'organisationId'> {
  return {
    id: row.id,
    credentialTypes: [...row.credentialTypes],
    jurisdictions: [...row.jurisdictions],
    maxAssurance: row.maxAssurance,
    createdAt: row.createdAt.toISOString(),
    ...(row.expiresAt ? { expiresAt: row.expiresAt.toISOString() } : {}),
  };
}
