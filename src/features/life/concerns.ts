import type { ConcernKind } from '../../kernel/credentialLife.js';
import type { Executor } from '../../adapters/database/schema.js';
import { suspendsAt } from '../../credentials/lapse.js';
import { profileOfType } from '../../credentials/profiles/index.js';
import type { Profile } from '../../credentials/profiles/profile.js';
import type { HeldCredential, LifeDeps } from './deps.js';
import { closeConcerns, insertConcerns, listOpenConcerns, type ConcernRow, type Parties } from './store.js';

/** Something that a credential rests on is out of order. */
export interface Trouble {
  readonly credential: HeldCredential;
  readonly kind: ConcernKind;
  readonly pointer: string;
}

/**
 * Opens a concern for each, unless it is open, and tells holder, registrar and who relies on it. The grace counts from now: from when they
 * are told.
 */
export async function openConcerns(
  deps: Pick<LifeDeps, 'notify' | 'tellReliants'>,
  trx: Executor,
  troubles: readonly Trouble[],
  at: Date,
): Promise<void> {
  const opened = await insertConcerns(
    trx,
    troubles.map(({ credential, kind, pointer }) => ({
      credentialId: credential.id,
      holderId: credential.holder_id,
      issuerId: credential.issuer_id,
      kind,
      pointer,
      since: at,
      suspendsAt: suspendsAt(at, profileOf(credential)),
    })),
  );
  await tellBoth(deps, trx, 'credential.lapsing', opened, at);
  const lapsing = firstOfEach(opened).map(({ credentialId, suspendsAt: until }) => ({
    credentialId,
    details: { suspendsAt: until.toISOString() },
  }));
  await deps.tellReliants(trx, 'credential.lapsing', lapsing, at);
}

/** All of one credential have the same grace. */
function firstOfEach(concerns: readonly ConcernRow[]): ConcernRow[] {
  return [...new Map(concerns.map((concern) => [concern.credentialId, concern])).values()];
}

/** What was out of order is in order again. A suspension that came of it stays until the registrar lifts it. */
export async function cureConcerns(
  deps: Pick<LifeDeps, 'notify' | 'tellReliants'>,
  trx: Executor,
  concerns: readonly ConcernRow[],
  at: Date,
): Promise<void> {
  const ids = concerns.map(({ id }) => id);
  await closeConcerns(trx, ids, { at, outcome: 'cured' });
  await tellBoth(deps, trx, 'concern.cured', concerns, at);
  const ofThese = firstOfEach(concerns).map(({ credentialId }) => ({ credentialId }));
  const left = await listOpenConcerns(
    trx,
    ofThese.map(({ credentialId }) => credentialId),
  );
  const cured = ofThese.filter((one) => left.every(({ credentialId }) => credentialId !== one.credentialId));
  await deps.tellReliants(trx, 'credential.lapse_cured', cured, at);
}

/** Where in a credential, and whose it is. */
export interface Place extends Parties {
  readonly pointer: string;
}

/** One notice a credential and party, whatever number of places it is about. */
export async function tellBoth(
  { notify }: Pick<LifeDeps, 'notify'>,
  trx: Executor,
  kind:
    | 'credential.lapsing'
    | 'concern.cured'
    | 'credential.suspended'
    | 'evidence.expiring'
    | 'representation.expiring',
  concerns: readonly Place[],
  at: Date,
): Promise<void> {
  for (const subjectId of new Set(concerns.map(({ credentialId }) => credentialId))) {
    const about = concerns.filter(({ credentialId }) => credentialId === subjectId);
    const pointers = [...new Set(about.map(({ pointer }) => pointer))].sort();
    const parties = new Set(about.flatMap(({ holderId, issuerId }) => [holderId, issuerId]));
    for (const organisationId of parties)
      await notify(trx, { organisationId, kind, subjectId, at, pointers });
  }
}

export function profileOf({ type }: Pick<HeldCredential, 'type'>): Profile {
  const profile = profileOfType(type);
  if (!profile) throw new Error(`no profile for ${type}`);
  return profile;
}
