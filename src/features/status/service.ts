import type { Kysely } from 'kysely';
import { announceChange } from '../../adapters/database/changeFeed.js';
import { appendLogEntry, recordAudit } from '../../adapters/database/records.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import { sha256 } from '../../kernel/canonicalJson.js';
import { actorOf, SYSTEM, type Actor, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError, notFound } from '../../kernel/errors.js';
import type { CredentialId, OrganisationId, StatusListId } from '../../kernel/ids.js';
import type { Clock } from '../../kernel/ports.js';
import type { StatusPublisher } from './publication.js';
import type { StatusAction } from '../../credentials/status/statusEntry.js';
import { entryValues } from '../../credentials/status/statusLists.js';
import { judgeStatusChange } from './rules.js';
import { insertStatusChange, setStatus } from './store.js';

export interface StatusDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  /** The credential, held until the end of the transaction. */
  readonly lockCredential: (trx: Executor, id: CredentialId) => Promise<CredentialStandingRow | undefined>;
  readonly updateStatus: (
    trx: Executor,
    id: CredentialId,
    status: { suspended_at?: Date | null; revoked_at?: Date },
  ) => Promise<void>;
  readonly publisher: StatusPublisher;
  /** After the commit, so that this process forgets at once what the list said, the publisher's copy of it included. */
  readonly onStatusListChanged: (listId: StatusListId) => void;
}

export interface CredentialStandingRow {
  readonly issuer_id: OrganisationId;
  readonly holder_id: OrganisationId;
  readonly state: 'prepared' | 'issued' | 'failed';
  readonly suspended_at: Date | null;
  readonly revoked_at: Date | null;
  readonly log_salt: Buffer;
}

export interface StatusService {
  /**
   * Changes the status of all forms of a credential and returns once this process serves every list that says so. Throws `credentials/not-issued`,
   * `credentials/already-revoked`, `credentials/already-suspended` and `credentials/not-suspended`.
   */
  changeStatus(
    caller: OrganisationCaller,
    id: CredentialId,
    action: StatusAction,
    reason: string,
  ): Promise<void>;
  /** Of what can never be shown again, in the transaction that erases it; nothing is left to do where it is revoked already. */
  revokeErased(trx: Executor, id: CredentialId, at: Date): Promise<StatusListId[]>;
  /** Returns once this process serves them as they are now. */
  publish(listIds: readonly StatusListId[]): Promise<void>;
}

export function createStatus(deps: StatusDeps): StatusService {
  async function publish(listIds: readonly StatusListId[]): Promise<void> {
    for (const listId of listIds) deps.onStatusListChanged(listId);
    await Promise.all(listIds.map((listId) => deps.publisher.serve(listId)));
  }

  return {
    publish,

    async changeStatus(caller, id, action, reason) {
      const at = deps.clock.now();
      const listIds = await deps.db.transaction().execute(async (trx) => {
        const credential = await deps.lockCredential(trx, id);
        const isParty =
          credential && [credential.issuer_id, credential.holder_id].includes(caller.organisationId);
        if (!credential || !isParty) throw notFound('credential');
        if (credential.issuer_id !== caller.organisationId) {
          throw new AppError('auth/forbidden', 'Only the issuer of a credential may change its status.');
        }
        return applyChange(deps, trx, id, credential, { action, reason, actor: actorOf(caller), at });
      });
      await publish(listIds);
    },

    async revokeErased(trx, id, at) {
      const credential = await deps.lockCredential(trx, id);
      if (!credential || credential.revoked_at !== null) return [];
      return applyChange(deps, trx, id, credential, {
        action: 'revoke',
        reason: 'erased',
        actor: SYSTEM,
        at,
      });
    },
  };
}

interface ChangeOrder {
  readonly action: StatusAction;
  readonly reason: string;
  readonly actor: Actor;
  readonly at: Date;
}

/** With its traces; returns the lists that say something else now. */
async function applyChange(
  deps: StatusDeps,
  trx: Executor,
  id: CredentialId,
  credential: CredentialStandingRow,
  { action, reason, actor, at }: ChangeOrder,
): Promise<StatusListId[]> {
  const effect = judgeStatusChange(
    {
      isIssued: credential.state === 'issued',
      isSuspended: credential.suspended_at !== null,
      isRevoked: credential.revoked_at !== null,
    },
    action,
  );
  if ('refused' in effect)
    throw new AppError(effect.refused, `The credential cannot be ${effect.change} in its present state.`);
  const { change, standing } = effect;
  await deps.updateStatus(
    trx,
    id,
    standing.isRevoked ? { revoked_at: at } : { suspended_at: standing.isSuspended ? at : null },
  );
  const changedLists = await setStatus(trx, id, entryValues(standing));
  await insertStatusChange(trx, { credentialId: id, change, reason, at });
  await recordAudit(trx, {
    at,
    actor,
    action: `credential.${change}`,
    organisationId: credential.issuer_id,
    subjectId: id,
  });
  // Under the salt of the issuance's leaf: who holds the credential's record can join the two, nobody else.
  const subject = sha256(Buffer.concat([credential.log_salt, Buffer.from(`${id}:${change}`)])).toString(
    'base64url',
  );
  await appendLogEntry(trx, { at, kind: `credential.${change}`, content: { subject } });
  for (const listId of changedLists) await announceChange(trx, { kind: 'status-list', id: listId });
  return changedLists;
}
