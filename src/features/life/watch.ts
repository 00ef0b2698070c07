import type { Executor } from '../../adapters/database/schema.js';
import type { CredentialId, OrganisationId, StatusListId } from '../../kernel/ids.js';
import { openConcerns, tellBoth, type Trouble } from './concerns.js';
import type { HeldCredential, LifeDeps } from './deps.js';
import { isLive, isOverdue, judgeConcerns, reasonOf } from './rules.js';
import {
  closeConcerns,
  listDueCredentials,
  listHoldersDue,
  listOpenConcerns,
  markEnforced,
  takeLapses,
  takeWarnings,
  tryLockHolder,
} from './store.js';

/** How many are looked at before the others get their turn. */
const BATCH = 250;

/**
 * What time alone changes: evidence lapses, grace passes, the end comes near. Each step is a transaction of its own that looks again at
 * what it found, so any number of processes may do this at once, and one that dies leaves the rest for the next round.
 *
 * @returns how many steps were taken
 */
export async function watchCredentials(deps: LifeDeps): Promise<number> {
  const now = deps.clock.now();
  let steps = 0;
  for (const work of [noticeAllLapses, suspendOverdue, tellExpiring, warnAll]) {
    // Until nothing is left that can be done now.
    for (let taken = await work(deps, now); taken > 0; taken = await work(deps, now)) steps += taken;
  }
  return steps;
}

/** One that fails must not keep the others waiting. */
async function step<Result>(
  deps: LifeDeps,
  subjectId: string,
  work: () => Promise<Result>,
  otherwise: Result,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    deps.logger.error(
      { subjectId, reason: (error as Error).name },
      'the life of a credential was not watched',
    );
    return otherwise;
  }
}

async function noticeAllLapses(deps: LifeDeps, now: Date): Promise<number> {
  let lapses = 0;
  for (const holderId of await listHoldersDue(deps.db, 'expires_at', now, BATCH))
    lapses += await step(deps, holderId, () => noticeLapses(deps, holderId, now), 0);
  return lapses;
}

async function noticeLapses(deps: LifeDeps, holderId: OrganisationId, now: Date): Promise<number> {
  return deps.db.transaction().execute(async (trx) => {
    return (await tryLockHolder(trx, holderId)) ? openLapses(deps, trx, holderId, now) : 0;
  });
}

/** Of what is held, and by whoever has the holder's lock. What is still being issued is looked at once it is. */
export async function openLapses(
  deps: Pick<LifeDeps, 'listHeld' | 'notify' | 'tellReliants'>,
  trx: Executor,
  holderId: OrganisationId,
  now: Date,
): Promise<number> {
  const held = await deps.listHeld(trx, holderId);
  const settled = held.filter(({ state }) => state !== 'prepared').map(({ id }) => id);
  const lapses = await takeLapses(trx, settled, now);
  const live = new Map(held.filter((one) => isLive(one, now)).map((one) => [one.id, one]));
  const troubles = lapses.flatMap(({ credentialId, pointer }): Trouble[] => {
    const credential = live.get(credentialId);
    return credential ? [{ credential, kind: 'evidence_lapsed', pointer }] : [];
  });
  await openConcerns(deps, trx, troubles, now);
  return lapses.length;
}

/** Of what will lapse soon, once. */
async function warnAll(deps: LifeDeps, now: Date): Promise<number> {
  let warned = 0;
  for (const holderId of await listHoldersDue(deps.db, 'warns_at', now, BATCH))
    warned += await step(deps, holderId, () => warn(deps, holderId, now), 0);
  return warned;
}

async function warn(deps: LifeDeps, holderId: OrganisationId, now: Date): Promise<number> {
  return deps.db.transaction().execute(async (trx) => {
    if (!(await tryLockHolder(trx, holderId))) return 0;
    const held = await deps.listHeld(trx, holderId);
    const settled = held.filter(({ state }) => state !== 'prepared').map(({ id }) => id);
    const taken = await takeWarnings(trx, settled, now);
    const live = new Set(held.filter((one) => isLive(one, now)).map(({ id }) => id));
    const places = taken.filter(({ credentialId }) => live.has(credentialId));
    await tellBoth(deps, trx, 'evidence.expiring', places, now);
    return taken.length;
  });
}

async function suspendOverdue(deps: LifeDeps, now: Date): Promise<number> {
  const due = await listDueCredentials(deps.db, now, BATCH);
  const changed = new Set<StatusListId>();
  let steps = 0;
  for (const { credentialId, holderId } of due) {
    const lists = await step(deps, credentialId, () => enforce(deps, credentialId, holderId, now), undefined);
    if (lists) steps += 1;
    for (const listId of lists ?? []) changed.add(listId);
  }
  // Once for all of them; a process that dies before it leaves lists that the next request has signed.
  if (changed.size > 0) await deps.publish([...changed]);
  return steps;
}

/** `undefined` where somebody else is at it, or nothing is to be done any more. */
async function enforce(
  deps: LifeDeps,
  id: CredentialId,
  holderId: OrganisationId,
  now: Date,
): Promise<StatusListId[] | undefined> {
  return deps.db.transaction().execute(async (trx) => {
    if (!(await tryLockHolder(trx, holderId))) return undefined;
    const credential = await deps.findCredential(trx, id);
    const open = await listOpenConcerns(trx, [id]);
    if (!credential || open.length === 0) return undefined;
    const overdue = open.filter((concern) => isOverdue(concern, now));
    const ids = overdue.map((concern) => concern.id);
    switch (judgeConcerns(credential, open, now)) {
      case 'wait':
        return undefined;
      case 'end':
        await closeConcerns(
          trx,
          open.map((concern) => concern.id),
          { at: now, outcome: 'ended' },
        );
        return [];
      case 'enforced':
        await markEnforced(trx, ids, now);
        return [];
      case 'suspend': {
        await markEnforced(trx, ids, now);
        const lists = await deps.suspend(trx, id, reasonOf(overdue), now);
        await tellBoth(deps, trx, 'credential.suspended', overdue, now);
        return lists;
      }
    }
  });
}

async function tellExpiring(deps: LifeDeps, now: Date): Promise<number> {
  return deps.db.transaction().execute(async (trx) => {
    const expiring: HeldCredential[] = await deps.takeExpiring(trx, now, BATCH);
    for (const { id, holder_id: organisationId } of expiring)
      await deps.notify(trx, { organisationId, kind: 'credential.expiring', subjectId: id, at: now });
    return expiring.length;
  });
}
