import { recordAudit, recordAuditOfOther } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../http/paging.js';
import {
  actorOf,
  mayRead,
  mayWrite,
  type MemberCaller,
  type OrganisationCaller,
} from '../../kernel/caller.js';
import { invalidField, missingRight, notFound } from '../../kernel/errors.js';
import { newId, type HoldId, type OrganisationId } from '../../kernel/ids.js';
import { addDuration } from '../../kernel/instants.js';
import type { ErasureDeps } from './deps.js';
import { reviewsOf } from './duties.js';
import {
  deleteRetentionRule,
  insertHold,
  listHolds,
  listRetentionRules,
  putRetentionRule,
  releaseHold,
  type HoldRow,
} from './holdStore.js';
import { LONGEST_HOLD } from './rules.js';
import type { Hold, NewHold, Retention } from './schemas.js';

/** A registrar's duties to keep what it has examined. */
export interface HoldService {
  /** By a registrar that has decided on the organisation while it was accredited; to others the organisation is not there. */
  placeHold(caller: OrganisationCaller, organisationId: OrganisationId, wanted: NewHold): Promise<Hold>;
  /** All of them to the organisation itself, to a registrar its own. */
  listHolds(
    caller: OrganisationCaller,
    organisationId: OrganisationId,
    page: PageRequest,
  ): Promise<Page<Hold>>;
  releaseHold(caller: OrganisationCaller, organisationId: OrganisationId, id: HoldId): Promise<void>;
  /** Throws `resource/not-found` where there is none. */
  readRetention(registrarId: OrganisationId): Promise<Retention>;
  /** Ten years at the most. */
  putRetention(caller: MemberCaller, wanted: Retention): Promise<Retention>;
  removeRetention(caller: MemberCaller): Promise<void>;
}

export function createHolds(deps: ErasureDeps): HoldService {
  return {
    async placeHold(caller, organisationId, wanted) {
      const at = deps.clock.now();
      return deps.db.transaction().execute(async (trx) => {
        await requireExaminer(deps, trx, caller, organisationId);
        if (!mayWrite(caller, 'review')) throw missingRight('review');
        const row: HoldRow = {
          id: newId<'dossierHold'>(),
          organisation_id: organisationId,
          registrar_id: caller.organisationId,
          until: checkUntil(wanted.until, at),
          legal_basis: wanted.legalBasis,
          created_at: at,
          released_at: null,
        };
        // Either it stands before an erasure begins, or it comes too late.
        await deps.holdDossier(trx, organisationId);
        await insertHold(trx, row, actorOf(caller));
        await recordHold(trx, caller, row, 'dossier.holdPlaced', at);
        return toHold(row);
      });
    },

    async listHolds(caller, organisationId, page) {
      const isOwn = caller.organisationId === organisationId;
      if (!isOwn) await requireExaminer(deps, deps.db, caller, organisationId);
      const scope = isOwn ? 'dossier' : 'review';
      if (!mayRead(caller, scope)) throw missingRight(scope);
      const registrarId = isOwn ? undefined : caller.organisationId;
      return toPage(await listHolds(deps.db, organisationId, registrarId, page), page.limit, toHold);
    },

    async releaseHold(caller, organisationId, id) {
      const at = deps.clock.now();
      await deps.db.transaction().execute(async (trx) => {
        await requireExaminer(deps, trx, caller, organisationId);
        if (!mayWrite(caller, 'review')) throw missingRight('review');
        const registrarId = caller.organisationId;
        if (!(await releaseHold(trx, { id, organisationId, registrarId }, at))) throw notFound('hold');
        const row = { id, organisation_id: organisationId };
        await recordHold(trx, caller, row, 'dossier.holdReleased', at);
      });
    },

    async readRetention(registrarId) {
      const [rule] = await listRetentionRules(deps.db, [registrarId]);
      if (!rule) throw notFound('retention rule');
      return { afterDecision: rule.afterDecision, legalBasis: rule.legalBasis };
    },

    async putRetention(caller, wanted) {
      checkRetention(wanted, deps.clock.now());
      await changeRetention(deps, caller, 'registrar.retentionSet', wanted, (trx, at) =>
        putRetentionRule(trx, { registrarId: caller.organisationId, ...wanted }, at),
      );
      return wanted;
    },

    async removeRetention(caller) {
      await changeRetention(deps, caller, 'registrar.retentionRemoved', {}, async (trx) => {
        if (!(await deleteRetentionRule(trx, caller.organisationId))) throw notFound('retention rule');
      });
    },
  };
}

async function changeRetention(
  deps: ErasureDeps,
  caller: MemberCaller,
  action: string,
  detail: object,
  change: (trx: Executor, at: Date) => Promise<void>,
): Promise<void> {
  const at = deps.clock.now();
  const { organisationId } = caller;
  await deps.db.transaction().execute(async (trx) => {
    await change(trx, at);
    await recordAudit(trx, { at, actor: actorOf(caller), action, organisationId, detail: { ...detail } });
  });
}

/** On the trail of the co-op, which it concerns, and of the registrar. */
async function recordHold(
  trx: Executor,
  caller: OrganisationCaller,
  hold: Pick<HoldRow, 'id' | 'organisation_id'>,
  action: string,
  at: Date,
): Promise<void> {
  for (const organisationId of new Set([hold.organisation_id, caller.organisationId])) {
    await recordAuditOfOther(trx, {
      at,
      actor: actorOf(caller),
      action,
      organisationId,
      subjectId: hold.id,
      detail: { registrarId: caller.organisationId },
    });
  }
}

async function requireExaminer(
  deps: ErasureDeps,
  executor: Executor,
  caller: OrganisationCaller,
  organisationId: OrganisationId,
): Promise<void> {
  const reviews = await reviewsOf(deps, executor, organisationId);
  const hasDecided = reviews.some(
    ({ registrarId, decidedAt }) => registrarId === caller.organisationId && decidedAt !== undefined,
  );
  if (!hasDecided) throw notFound('organisation that you have examined');
}

function checkUntil(text: string, now: Date): Date {
  const until = new Date(text);
  const latest = addDuration(now, LONGEST_HOLD);
  if (until <= now) throw invalidField('/until', 'must lie in the future');
  if (latest && until > latest) throw invalidField('/until', 'must be within ten years; place it again then');
  return until;
}

function checkRetention({ afterDecision }: Retention, now: Date): void {
  const end = addDuration(now, afterDecision);
  const latest = addDuration(now, LONGEST_HOLD);
  if (!end || !latest || !(end > now && end <= latest))
    throw invalidField('/afterDecision', 'must be longer than nothing, and ten years (P10Y) at the most');
}

function toHold(row: HoldRow): Hold {
  return {
    id: row.id,
    registrarId: row.registrar_id,
    until: row.until.toISOString(),
    legalBasis: row.legal_basis,
    createdAt: row.created_at.toISOString(),
    ...(row.released_at ? { releasedAt: row.released_at.toISOString() } : {}),
  };
}
