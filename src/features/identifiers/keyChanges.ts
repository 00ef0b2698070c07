import type { Kysely } from 'kysely';
import { announceChange } from '../../adapters/database/changeFeed.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { KeyCustody } from '../../adapters/keys/keyCustody.js';
import { actorOf, type Actor, type OrganisationCaller } from '../../kernel/caller.js';
import { notFound } from '../../kernel/errors.js';
import type { KeyId, OrganisationId } from '../../kernel/ids.js';
import type { Clock, SigningAlgorithm } from '../../kernel/ports.js';
import { recordKeyChange } from './keyRecords.js';
import { checkRevocation, kidOf, stateOf } from './rules.js';
import { findActiveKey, findKey, lockIdentifier, markRevoked, type OwnKey, type StoredKey } from './store.js';

export interface IdentifiersDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  /** Origin of the installation; the DIDs are made from it. */
  readonly publicUrl: string;
  readonly custody: KeyCustody;
  /** After the commit: this process's caches forget the DID at once, other processes hear of it by the change feed. */
  readonly onDidChanged: (did: string) => void;
  /** In the transaction in which a key signs no more, and another takes its place. */
  readonly onKeyRetired: (trx: Executor, retired: { keyId: KeyId; at: Date }) => Promise<void>;
  /** In the transaction of the revocation: what the key signed and has to be signed anew is marked so. It must not sign here. */
  readonly onKeyRevoked: (trx: Executor, revoked: RevokedKey) => Promise<void>;
  /** After the commit, before the answer: signs anew what was marked. What fails is tried again by whoever does the signing. */
  readonly afterKeyRevoked: (revoked: RevokedKey) => Promise<void>;
}

export interface RevokedKey {
  readonly keyId: KeyId;
  readonly organisationId: OrganisationId;
  readonly at: Date;
}

/** Who changes a key of which DID, and when. */
interface KeyChange {
  readonly did: string;
  readonly organisationId: OrganisationId;
  readonly actor: Actor;
  readonly at: Date;
}

/** A new active key of the kind; the one before is retired and its private half destroyed. */
export async function rotateKey(
  deps: IdentifiersDeps,
  caller: OrganisationCaller,
  algorithm: SigningAlgorithm,
): Promise<OwnKey> {
  const created = await deps.db.transaction().execute(async (trx) => {
    const change = await beginChange(deps, trx, caller);
    const current = await findActiveKey(trx, change.organisationId, algorithm);
    if (current) await retireKey(deps, trx, current, change);
    const key = await createKey(deps, trx, algorithm, change);
    await announceChange(trx, { kind: 'did', id: change.did });
    return key;
  });
  forgetDid(deps, created.did);
  return created;
}

/** Ends the trust in what the key signed from `compromisedAt` on; an active key is replaced in the same transaction. */
export async function revokeKey(
  deps: IdentifiersDeps,
  caller: OrganisationCaller,
  keyId: KeyId,
  { compromisedAt, reason }: { compromisedAt: Date; reason: string },
): Promise<OwnKey> {
  const { organisationId } = caller;
  const revoked = await deps.db.transaction().execute(async (trx) => {
    const change = await beginChange(deps, trx, caller);
    const key = await requireKey(trx, organisationId, keyId);
    const { at, actor } = change;
    checkRevocation(key, compromisedAt, at);
    const wasActive = stateOf(key) === 'active';
    if (wasActive) await retireKey(deps, trx, key, change);
    await markRevoked(trx, keyId, { at, compromisedAt, reason });
    await recordKeyChange(trx, { change: 'revoked', key, organisationId, at, actor, compromisedAt });
    if (wasActive) await createKey(deps, trx, key.algorithm, change);
    await deps.onKeyRevoked(trx, { keyId, organisationId, at });
    await announceChange(trx, { kind: 'did', id: change.did });
    return requireKey(trx, organisationId, keyId);
  });
  forgetDid(deps, revoked.did);
  await deps.afterKeyRevoked({ keyId, organisationId, at: revoked.revokedAt ?? deps.clock.now() });
  return revoked;
}

export async function requireKey(
  executor: Executor,
  organisationId: OrganisationId,
  keyId: KeyId,
): Promise<OwnKey> {
  const key = await findKey(executor, organisationId, keyId);
  if (!key) throw notFound('key');
  return key;
}

/** Keys of one DID change one after the other, so the instant is read only once it is this change's turn. */
async function beginChange(
  deps: IdentifiersDeps,
  trx: Executor,
  caller: OrganisationCaller,
): Promise<KeyChange> {
  const { organisationId } = caller;
  const did = await lockIdentifier(trx, organisationId);
  if (did === undefined) throw notFound('organisation');
  return { did, organisationId, actor: actorOf(caller), at: deps.clock.now() };
}

async function createKey(
  { custody }: IdentifiersDeps,
  trx: Executor,
  algorithm: SigningAlgorithm,
  { did, organisationId, actor, at }: KeyChange,
): Promise<OwnKey> {
  const keyId = await custody.createKey(trx, { did, algorithm, at });
  const key = await requireKey(trx, organisationId, keyId);
  await recordKeyChange(trx, { change: 'created', key, organisationId, at, actor });
  return key;
}

async function retireKey(
  { custody, onKeyRetired }: IdentifiersDeps,
  trx: Executor,
  key: StoredKey,
  { organisationId, actor, at }: KeyChange,
): Promise<void> {
  await custody.retireKey(trx, { kid: kidOf(key), at });
  await recordKeyChange(trx, { change: 'retired', key, organisationId, at, actor });
  await onKeyRetired(trx, { keyId: key.id, at });
}

function forgetDid(deps: IdentifiersDeps, did: string): void {
  deps.custody.forgetKeys(did);
  deps.onDidChanged(did);
}
