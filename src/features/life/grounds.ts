import type { Executor } from '../../adapters/database/schema.js';
import type { CredentialOrder } from '../../credentials/credentialOrder.js';
import { lapsesAt, warnsAt } from '../../credentials/lapse.js';
import { REPRESENTATION } from '../../credentials/profiles/profile.js';
import type { CheckId, CredentialId, OrganisationId } from '../../kernel/ids.js';
import { covers } from '../../kernel/jsonPointer.js';
import { cureConcerns, openConcerns, profileOf, type Trouble } from './concerns.js';
import type { HeldCredential, LifeDeps } from './deps.js';
import { groundsOf, isHeld, isLive } from './rules.js';
import { insertGrounds, listGrounds, listOpenConcerns, lockHolder, renewGround } from './store.js';

/** With the intent to issue: what the credential will rest on. */
export async function recordGrounds(
  deps: LifeDeps,
  trx: Executor,
  credentialId: CredentialId,
  order: CredentialOrder,
): Promise<void> {
  const parties = { credentialId, holderId: order.holder.id, issuerId: order.issuer.id };
  await insertGrounds(trx, parties, groundsOf(order, credentialId, deps.digest));
}

/**
 * Compares what the live credentials of a holder say with its dossier: in the transaction that saves a version, and in the one that issues a
 * credential, since the dossier may have moved on while it was examined. Whichever of two comes second sees what the first has done.
 */
export async function compareWithDossier(
  deps: LifeDeps,
  trx: Executor,
  holderId: OrganisationId,
  dossier: unknown,
  at: Date,
): Promise<void> {
  await lockHolder(trx, holderId);
  const live = await listLive(deps, trx, holderId, at);
  const grounds = await listGrounds(trx, [...live.keys()]);
  const changed: Trouble[] = [];
  const held = new Map<CredentialId, string[]>();
  for (const ground of grounds) {
    const { credentialId, digestOf, pointer, digest } = ground;
    const credential = live.get(credentialId);
    if (!credential || digest === undefined) continue;
    if (isHeld(ground, digestOf, dossier, deps.digest))
      held.set(credentialId, [...(held.get(credentialId) ?? []), pointer]);
    else changed.push({ credential, kind: 'field_changed', pointer });
  }
  await openConcerns(deps, trx, changed, at);
  const open = await listOpenConcerns(trx, [...live.keys()]);
  const putBack = open.filter(
    ({ kind, credentialId, pointer }) =>
      kind === 'field_changed' && (held.get(credentialId) ?? []).includes(pointer),
  );
  await cureConcerns(deps, trx, putBack, at);
}

export interface ConfirmedCheck {
  readonly id: CheckId;
  readonly field: string;
  readonly checkedAt: Date;
  readonly evidence: unknown;
  /** The version that was looked at. */
  readonly dossier: unknown;
}

/**
 * A registrar has confirmed a field anew, in whichever application: the credentials that it has issued on that field rest on the new check
 * from now on, as long as the field still says what they say.
 */
export async function acceptCheck(
  deps: LifeDeps,
  trx: Executor,
  { holderId, issuerId }: { readonly holderId: OrganisationId; readonly issuerId: OrganisationId },
  check: ConfirmedCheck,
  at: Date,
): Promise<void> {
  await lockHolder(trx, holderId);
  const live = await listLive(deps, trx, holderId, at, issuerId);
  const renewed: string[] = [];
  for (const ground of await listGrounds(trx, [...live.keys()])) {
    const credential = live.get(ground.credentialId);
    if (!credential || ground.checkId === undefined || !covers(check.field, ground.pointer)) continue;
    if (!isHeld(ground, ground.digestOf, check.dossier, deps.digest)) continue;
    const expiresAt = lapsesAt(check, profileOf(credential));
    if (expiresAt !== undefined && expiresAt <= at) continue;
    await renewGround(trx, ground, {
      checkId: check.id,
      expiresAt,
      warnsAt: expiresAt && warnsAt(expiresAt, profileOf(credential)),
    });
    renewed.push(`${ground.credentialId} ${ground.pointer}`);
  }
  const open = await listOpenConcerns(trx, [...live.keys()]);
  const cured = open.filter(
    ({ kind, credentialId, pointer }) =>
      kind !== 'field_changed' && renewed.includes(`${credentialId} ${pointer}`),
  );
  await cureConcerns(deps, trx, cured, at);
}

/** The live credentials of a holder, of one issuer where that is given. */
export async function listLive(
  deps: Pick<LifeDeps, 'listHeld'>,
  trx: Executor,
  holderId: OrganisationId,
  at: Date,
  issuerId?: OrganisationId,
): Promise<Map<CredentialId, HeldCredential>> {
  const held = await deps.listHeld(trx, holderId);
  const live = held.filter(
    (credential) => isLive(credential, at) && (issuerId === undefined || credential.issuer_id === issuerId),
  );
  return new Map(live.map((credential) => [credential.id, credential]));
}

/** Of a credential that was just issued: nobody was told of what lapsed before there was anything that it could concern. */
export async function openRepresentationLapse(
  deps: LifeDeps,
  trx: Executor,
  id: CredentialId,
  at: Date,
): Promise<void> {
  const credential = await deps.findCredential(trx, id);
  const checkId = (await listGrounds(trx, [id])).find(({ pointer }) => pointer === REPRESENTATION)?.checkId;
  if (!credential || checkId === undefined) return;
  if ((await deps.findRepresentationLapse(trx, checkId, at)) === undefined) return;
  await openConcerns(deps, trx, [{ credential, kind: 'representation_lapsed', pointer: REPRESENTATION }], at);
}

/** The live credentials of a holder that rest on this check of who acts for it. */
export async function listRepresented(
  deps: Pick<LifeDeps, 'listHeld'>,
  trx: Executor,
  { holderId, checkId }: { readonly holderId: OrganisationId; readonly checkId: CheckId },
  at: Date,
): Promise<HeldCredential[]> {
  const live = await listLive(deps, trx, holderId, at);
  const grounds = await listGrounds(trx, [...live.keys()]);
  return grounds.flatMap((ground) => {
    const isBehind = ground.pointer === REPRESENTATION && ground.checkId === checkId;
    return isBehind ? (live.get(ground.credentialId) ?? []) : [];
  });
}
