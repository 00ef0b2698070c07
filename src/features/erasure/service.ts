import { asWork, inWork } from '../../adapters/database/context.js';
import { recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import { actorOf, SYSTEM, type Actor, type MemberCaller } from '../../kernel/caller.js';
import { AppError, invalidField } from '../../kernel/errors.js';
import type { OrganisationId } from '../../kernel/ids.js';
import type { DossierRef, ErasedDossier } from '../../kernel/ports.js';
import type { ErasureDeps } from './deps.js';
import { dutiesOf } from './duties.js';
import { createHolds, type HoldService } from './holds.js';
import { endOfDuties, nextAttemptAt, type Duty } from './rules.js';
import type { Erasure, NewErasure } from './schemas.js';
import {
  insertScheduled,
  insertStarted,
  listErasures,
  listUnfinished,
  markCompleted,
  postpone,
  type ErasureOrder,
  type ErasureState,
} from './store.js';

export interface ErasureService extends HoldService {
  /** Returns once the key is gone. Throws `dossiers/must-be-kept`. */
  eraseDossier(caller: MemberCaller, wanted: NewErasure): Promise<Erasure>;
  /** With the account: at once, or when the last duty to keep the dossier ends. */
  scheduleErasure(trx: Executor, organisationId: OrganisationId, actor: Actor, at: Date): Promise<void>;
  /** Completes what was begun and begins what is due; returns how many it looked at. */
  resumeErasures(): Promise<number>;
  /**
   * Applies every erasure that the key store's list, this database or `more` knows of, so that what a backup has brought back is gone
   * again. Before anything is served.
   */
  replayErasures(more?: readonly ErasedDossier[]): Promise<ReplayOutcome>;
}

export interface ReplayOutcome {
  /** Erasures that are known of. */
  readonly known: number;
  /** Of those, how many this database had to be told of. */
  readonly replayed: number;
}

const RESUME_BATCH = 50;

/**
 * An erasure is one intent in the database, then the key is destroyed, then what it sealed is removed. A crash in between is taken up again: nothing
 * is ever marked as erased whose key is not gone.
 */
export function createErasure(deps: ErasureDeps): ErasureService {
  // Also what others wrote about the organisation goes, and what was issued to it.
  const completeErasure = (dossier: DossierRef) => inWork('retention', () => complete(dossier));

  async function complete(dossier: DossierRef): Promise<void> {
    const at = deps.clock.now();
    await deps.keys.destroy(dossier, at);
    await deps.deleteFiles(dossier);
    const listIds = await deps.db.transaction().execute(async (trx) => {
      if (!(await markCompleted(trx, dossier, at))) return [];
      const changed = await deps.eraseRows(trx, dossier, at);
      const { organisationId, generation } = dossier;
      await recordAudit(trx, {
        at,
        actor: SYSTEM,
        action: 'dossier.erased',
        organisationId,
        detail: { generation },
      });
      return changed;
    });
    await deps.publishStatus(listIds);
  }

  async function resumeOne(erasure: ErasureState): Promise<void> {
    const isBegun = erasure.startedAt !== null || (await beginScheduled(deps, erasure));
    if (isBegun) await completeErasure(erasure);
  }

  return {
    ...createHolds(deps),

    async eraseDossier(caller, { confirm, ground = 'request' }) {
      const { organisationId } = caller;
      const at = deps.clock.now();
      const dossier = await deps.db.transaction().execute(async (trx) => {
        if (confirm !== (await deps.findSlug(trx, organisationId)))
          throw invalidField('/confirm', "must be your organisation's slug, as a sign that you mean it");
        return beginErasure(deps, trx, { organisationId, requestedBy: actorOf(caller), ground, at });
      });
      await completeErasure(dossier);
      return { generation: dossier.generation, erasedAt: at.toISOString() };
    },

    async scheduleErasure(trx, organisationId, actor, at) {
      const generation = await deps.findGeneration(trx, organisationId);
      const order = { organisationId, generation, requestedBy: actor, ground: 'account_closed', at } as const;
      const duties = await dutiesOf(deps, trx, organisationId, at);
      await insertScheduled(trx, order, duties.length === 0 ? at : nextAttemptAt(duties, at));
    },

    resumeErasures: () => inWork('retention', resumeErasures),
    replayErasures: (more) => inWork('retention', () => replayErasures(more)),
  };

  async function resumeErasures(): Promise<number> {
    const unfinished = await listUnfinished(deps.db, deps.clock.now(), RESUME_BATCH);
    for (const erasure of unfinished) {
      await resumeOne(erasure).catch((error: unknown) => {
        // One that cannot be completed must not keep the others waiting.
        const { organisationId, generation } = erasure;
        const reason = (error as Error).name;
        deps.logger.error({ organisationId, generation, reason }, 'an erasure was not completed');
      });
    }
    return unfinished.length;
  }

  async function replayErasures(more: readonly ErasedDossier[] = []): Promise<ReplayOutcome> {
    const stored = await listErasures(deps.db);
    const listed = [...(await deps.keys.listErased()), ...more];
    const done = new Set(stored.filter(({ completedAt }) => completedAt !== null).map(nameOf));
    const known = new Map([...stored, ...listed].map((dossier) => [nameOf(dossier), dossier]));
    let replayed = 0;
    for (const [name, { organisationId, generation }] of known) {
      const dossier = { organisationId, generation };
      await deps.keys.destroy(dossier, deps.clock.now());
      if (done.has(name) || !(await startReplay(deps, dossier))) continue;
      await completeErasure(dossier);
      replayed += 1;
    }
    return { known: known.size, replayed };
  }
}

function nameOf({ organisationId, generation }: DossierRef): string {
  return `${organisationId}.${generation}`;
}

async function beginErasure(
  deps: ErasureDeps,
  trx: Executor,
  order: Omit<Parameters<typeof insertStarted>[1], 'generation'>,
): Promise<DossierRef> {
  const { organisationId, at } = order;
  await deps.holdDossier(trx, organisationId);
  // Duties are others' to have.
  const duties = await asWork(trx, 'retention', () => dutiesOf(deps, trx, organisationId, at));
  if (duties.length > 0) throw mustBeKept(duties);
  const generation = await deps.findGeneration(trx, organisationId);
  await start(trx, { ...order, generation });
  return { organisationId, generation };
}

/** From here there is no way back, which is on record in the name of whoever asked for it. */
async function start(trx: Executor, order: ErasureOrder): Promise<void> {
  if (!(await insertStarted(trx, order))) return;
  const { organisationId, generation, ground, requestedBy: actor, at } = order;
  const detail = { generation, ground };
  await recordAudit(trx, { at, actor, action: 'dossier.erasureBegun', organisationId, detail });
}

/** False, and put off, while something stands against it. */
async function beginScheduled(deps: ErasureDeps, erasure: ErasureState): Promise<boolean> {
  const at = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    await deps.holdDossier(trx, erasure.organisationId);
    const duties = await dutiesOf(deps, trx, erasure.organisationId, at);
    if (duties.length > 0) {
      await postpone(trx, erasure, nextAttemptAt(duties, at));
      return false;
    }
    await start(trx, { ...erasure, at });
    return true;
  });
}

/** False where this database does not know the organisation: it is older than that, and holds nothing of it. */
async function startReplay(deps: ErasureDeps, dossier: DossierRef): Promise<boolean> {
  const at = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    if ((await deps.findSlug(trx, dossier.organisationId)) === undefined) return false;
    await deps.holdDossier(trx, dossier.organisationId);
    await start(trx, { ...dossier, requestedBy: SYSTEM, ground: 'replayed', at });
    return true;
  });
}

function mustBeKept(duties: readonly Duty[]): AppError {
  const until = endOfDuties(duties);
  const words = duties.map((duty) => {
    const end = duty.until ? `until ${duty.until.toISOString()}` : 'until it is decided or withdrawn';
    return `${WORDS[duty.kind]} ${end}${duty.legalBasis === undefined ? '' : ` (${duty.legalBasis})`}`;
  });
  return new AppError('dossiers/must-be-kept', `The dossier must be kept: ${words.join('; ')}.`, {
    members: {
      ...(until ? { until: until.toISOString() } : {}),
      duties: duties.map((duty) => ({ ...duty, ...(duty.until ? { until: duty.until.toISOString() } : {}) })),
    },
  });
}

const WORDS: Readonly<Record<Duty['kind'], string>> = {
  hold: 'a registrar holds it',
  retention: 'a registrar that decided on it has a duty to keep it',
  application: 'an application is open',
};
