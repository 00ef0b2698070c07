import { recordAudit, recordAuditOfOther } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type Actor, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, notFound } from '../../../kernel/errors.js';
import { newId, type GrantId, type OrganisationId } from '../../../kernel/ids.js';
import { partyIn } from '../accessRequests/presentation.js';
import type { SharingDeps } from '../deps.js';
import { openWords, sealWords } from '../words.js';
import { releaseFields, type ProofDeps } from './releasing.js';
import { stateOfGrant } from './rules.js';
import type { Grant, GrantAccess, GrantEnding, ReleasedData } from './schemas.js';
import {
  endGrants,
  findGrant,
  holdGrant,
  insertAccess,
  listAccesses,
  listGrants,
  lockGrant,
  type AccessRow,
  type GrantRow,
} from './store.js';

export type GrantDeps = SharingDeps & ProofDeps;

export interface GrantService {
  listGrants(caller: OrganisationCaller, role: 'partner' | 'holder', page: PageRequest): Promise<Page<Grant>>;
  readGrant(caller: OrganisationCaller, id: GrantId): Promise<Grant>;
  /** For the partner; on record before it is answered. Throws `auth/forbidden`, `grants/over` and `grants/other-purpose`. */
  readData(caller: OrganisationCaller, id: GrantId, purpose?: string): Promise<ReleasedData>;
  listAccesses(caller: OrganisationCaller, id: GrantId, page: PageRequest): Promise<Page<GrantAccess>>;
  /** By either side, from the answer on for good. Once it is over nothing happens. */
  endGrant(caller: OrganisationCaller, id: GrantId, ending: GrantEnding): Promise<Grant>;
}

export function createGrants(deps: GrantDeps): GrantService {
  const { db, clock } = deps;

  async function present(executor: Executor, rows: readonly GrantRow[]): Promise<Grant[]> {
    const ids = [...new Set(rows.flatMap((row) => [row.partner_id, row.holder_id]))];
    const parties = await deps.findParties(executor, ids);
    const now = clock.now();
    const presented = [];
    for (const row of rows) {
      const context = `grant-reason:${row.id}` as const;
      const reason = await openWords(deps.words, row.holder_id, context, row.sealed_reason);
      const between = {
        partner: partyIn(parties, row.partner_id),
        holder: partyIn(parties, row.holder_id),
      };
      presented.push({ ...toWire(row, between, now), ...(reason === undefined ? {} : { reason }) });
    }
    return presented;
  }

  async function requireGrant(
    executor: Executor,
    id: GrantId,
    party: OrganisationId,
    find: typeof findGrant = findGrant,
  ): Promise<GrantRow> {
    const row = await find(executor, id, party);
    if (!row) throw notFound('grant');
    return row;
  }

  async function presentOne(executor: Executor, row: GrantRow): Promise<Grant> {
    const [grant] = await present(executor, [row]);
    if (!grant) throw new Error('a grant that cannot be shown');
    return grant;
  }

  return {
    async listGrants({ organisationId }, role, page) {
      const rows = await listGrants(db, { role, organisationId }, page);
      const { items, ...rest } = toPage(rows, page.limit, (row) => row);
      return { items: await present(db, items), ...rest };
    },

    readGrant: async ({ organisationId }, id) => presentOne(db, await requireGrant(db, id, organisationId)),

    readData: (caller, id, purpose) =>
      db.transaction().execute(async (trx) => {
        // Held from here on: whoever ends it waits, and whoever has ended it is seen.
        const row = await requireGrant(trx, id, caller.organisationId, holdGrant);
        const at = clock.now();
        requireUsable(row, caller.organisationId, at);
        const purposes = purposesOf(row, purpose);
        const { holder_id: holderId, fields } = row;
        const [version] = await deps.findVersions(trx, holderId, [row.dossier_version]);
        if (!version || version.personalErased) throw over();
        const released = await releaseFields(deps, trx, { holderId, version, fields }, at);
        const accessId = await recordAccessBy(trx, actorOf(caller), row, { kind: 'data', at, purposes });
        return { grantId: row.id, dossierVersion: row.dossier_version, ...released, accessId };
      }),

    async listAccesses({ organisationId }, id, page) {
      await requireGrant(db, id, organisationId);
      return toPage(await listAccesses(db, id, page), page.limit, presentAccess);
    },

    endGrant: (caller, id, { reason }) =>
      db.transaction().execute(async (trx) => {
        const found = await requireGrant(trx, id, caller.organisationId);
        const { holder_id: holderId, partner_id: partnerId } = found;
        // The words first: whoever erases a dossier holds it before its grants.
        await deps.holdGeneration(trx, holderId);
        const row = await requireGrant(trx, id, caller.organisationId, lockGrant);
        const at = clock.now();
        if (stateOfGrant(factsOf(row), at) !== 'live') return presentOne(trx, row);
        const sealed = await sealWords(deps.words, trx, holderId, `grant-reason:${row.id}`, reason);
        const ending = caller.organisationId === holderId ? 'withdrawn' : 'given_back';
        const by = actorOf(caller);
        await endGrants(trx, { id: row.id }, { ending, at, by, ...(sealed ? { sealedReason: sealed } : {}) });
        const entry = { at, actor: by, action: `grant.${ending}`, subjectId: row.id };
        await recordAudit(trx, { ...entry, organisationId: caller.organisationId });
        const otherId = ending === 'withdrawn' ? partnerId : holderId;
        await recordAuditOfOther(trx, { ...entry, organisationId: otherId });
        const to = ending === 'withdrawn' ? 'partner' : 'holder';
        const news = { partnerId, holderId, to, data: { grantId: row.id } } as const;
        await deps.tell(trx, `grant.${ending}`, [news], at);
        return presentOne(trx, await requireGrant(trx, id, caller.organisationId));
      }),
  };
}

/** Throws `auth/forbidden` for the co-op itself, and `grants/over` for everybody where it is not live. */
export function requireUsable(row: GrantRow, organisationId: OrganisationId, now: Date): void {
  if (row.partner_id !== organisationId)
    throw new AppError('auth/forbidden', 'Only the partner reads under a grant; your dossier is your own.');
  if (stateOfGrant(factsOf(row), now) !== 'live') throw over();
}

/** Throws `grants/other-purpose`. */
export function purposesOf({ purposes }: GrantRow, claimed: string | undefined): readonly string[] {
  if (claimed === undefined) return purposes;
  if (purposes.includes(claimed)) return [claimed];
  throw new AppError('grants/other-purpose', 'The co-op has not granted this for that purpose.');
}

export function over(): AppError {
  return new AppError('grants/over', 'The grant was withdrawn, has expired or is over in another way.');
}

export function factsOf(row: Pick<GrantRow, 'ending' | 'expires_at'>) {
  return { ending: row.ending, expiresAt: row.expires_at };
}

/** In the transaction of the use, before anything is answered. */
export async function recordAccessBy(
  trx: Executor,
  by: Actor,
  row: GrantRow,
  use: {
    readonly kind: AccessRow['kind'];
    readonly at: Date;
    readonly purposes: readonly string[];
    readonly evidenceId?: AccessRow['evidence_id'];
  },
): Promise<string> {
  const id = newId();
  await insertAccess(trx, {
    id,
    grant_id: row.id,
    partner_id: row.partner_id,
    holder_id: row.holder_id,
    at: use.at,
    by,
    kind: use.kind,
    fields: row.fields,
    purposes: [...use.purposes],
    evidence_id: use.evidenceId ?? null,
  });
  return id;
}

function presentAccess(row: AccessRow): GrantAccess {
  return {
    id: row.id,
    at: row.at.toISOString(),
    by: row.by as GrantAccess['by'],
    kind: row.kind,
    fields: row.fields,
    purposes: row.purposes,
    ...(row.evidence_id === null ? {} : { evidenceId: row.evidence_id }),
  };
}

function toWire(row: GrantRow, between: Pick<Grant, 'partner' | 'holder'>, now: Date): Omit<Grant, 'reason'> {
  const { agreement_id: agreementId, agreement_version: version } = row;
  return {
    id: row.id,
    requestId: row.request_id,
    ...between,
    fields: row.fields,
    purposes: row.purposes,
    evidence: row.with_evidence,
    retention: row.retention,
    dossierVersion: row.dossier_version,
    basis:
      agreementId === null || version === null
        ? { kind: 'consent' }
        : { kind: 'agreement', agreementId, version },
    state: stateOfGrant(factsOf(row), now),
    grantedAt: row.granted_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    ...(row.ended_at ? { endedAt: row.ended_at.toISOString() } : {}),
  };
}
