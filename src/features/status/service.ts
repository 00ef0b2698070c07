import type { Kysely } from 'kysely';
import { announceChange } from '../../adapters/database/changeFeed.js';
import { appendLogEntry, recordAudit } from '../../adapters/database/records.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import { sha256 } from '../../kernel/canonicalJson.js';
import { actorOf, SYSTEM, type Actor, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError, notFound } from '../../kernel/errors.js';
import type { CredentialEventType, TellReliants } from '../../kernel/events.js';
import type { CredentialId, OrganisationId, StatusListId } from '../../kernel/ids.js';
import type { NewNotice } from '../../kernel/notices.js';
import type { Clock } from '../../kernel/ports.js';
import type { StatusPublisher } from './publication.js';
import type { StatusAction } from '../../credentials/status/statusEntry.js';
import { entryValues } from '../../credentials/status/statusLists.js';
import { judgeStatusChange, type StatusChange } from './rules.js';
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
  /** Comes before anything is held that a change touches. */
  readonly holdLife: (trx: Executor, id: CredentialId) => Promise<void>;
  /** Throws where what the credential rests on is out of order. */
  readonly requireReinstatable: (trx: Executor, id: CredentialId, at: Date) => Promise<void>;
  /** With a revocation, in its transaction. */
  readonly onRevoked: (trx: Executor, id: CredentialId, at: Date) => Promise<void>;
  readonly notify: (trx: Executor, notice: NewNotice) => Promise<void>;
  readonly tellReliants: TellReliants<Executor>;
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
   * `credentials/already-revoked`, `credentials/already-suspended`, `credentials/not-suspended` and `credentials/concern-open`.
   */
  changeStatus(
    caller: OrganisationCaller,
    id: CredentialId,
    action: StatusAction,
    reason: string,
  ): Promise<void>;
  /** Of what can never be shown again, in the transaction that erases it; nothing is left to do where it is revoked already. */
  revokeErased(trx: Executor, id: CredentialId, at: Date): Promise<StatusListId[]>;
  /** By the system in its own transaction, and without notice; returns the lists to `publish` once that is over. */
  suspendWithin(trx: Executor, id: CredentialId, reason: string, at: Date): Promise<StatusListId[]>;
  /** Of what has a successor, in the transaction that issues that one; nothing is left to do where it is revoked already. */
  revokeSuperseded(trx: Executor, id: CredentialId, at: Date): Promise<StatusListId[]>;
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
      const listIds = await deps.db.transaction().execute(async (trx) => {
        await deps.holdLife(trx, id);
        const credential = await deps.lockCredential(trx, id);
        // Only now: the changes of a credential must lie in the order in which they were made.
        const at = deps.clock.now();
        const isParty =
          credential && [credential.issuer_id, credential.holder_id].includes(caller.organisationId);
        if (!credential || !isParty) throw notFound('credential');
        if (credential.issuer_id !== caller.organisationId) {
          throw new AppError('auth/forbidden', 'Only the issuer of a credential may change its status.');
        }
        const order = { action, reason, actor: actorOf(caller), at };
        const { change, listIds: changed } = await applyChange(deps, trx, id, credential, order);
        await deps.notify(trx, {
          organisationId: credential.holder_id,
          kind: `credential.${change}`,
          subjectId: id,
          at,
        });
        return changed;
      });
      await publish(listIds);
    },

    async suspendWithin(trx, id, reason, at) {
      await deps.holdLife(trx, id);
      const credential = await deps.lockCredential(trx, id);
      if (!credential) throw notFound('credential');
      const order = { action: 'suspend', reason, actor: SYSTEM, at } as const;
      return (await applyChange(deps, trx, id, credential, order)).listIds;
    },

    async revokeSuperseded(trx, id, at) {
      await deps.holdLife(trx, id);
      const credential = await deps.lockCredential(trx, id);
      if (!credential || credential.revoked_at !== null) return [];
      const tells = 'credential.superseded';
      const order = { action: 'revoke', reason: 'superseded', actor: SYSTEM, at, tells } as const;
      return (await applyChange(deps, trx, id, credential, order)).listIds;
    },

    async revokeErased(trx, id, at) {
      await deps.holdLife(trx, id);
      const credential = await deps.lockCredential(trx, id);
      if (!credential || credential.revoked_at !== null) return [];
      const order = { action: 'revoke', reason: 'erased', actor: SYSTEM, at } as const;
      return (await applyChange(deps, trx, id, credential, order)).listIds;
    },
  };
}

interface ChangeOrder {
  readonly action: StatusAction;
  readonly reason: string;
  readonly actor: Actor;
  readonly at: Date;
  /** What who relies on it is told, where that is more than the change itself. */
  readonly tells?: CredentialEventType;
}

/** The change with all its traces. The credential's row is held. */
async function applyChange(
  deps: StatusDeps,
  trx: Executor,
  id: CredentialId,
  credential: CredentialStandingRow,
  { action, reason, actor, at, tells }: ChangeOrder,
): Promise<{ change: StatusChange; listIds: StatusListId[] }> {
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
  if (action === 'reinstate') await deps.requireReinstatable(trx, id, at);
  const { change, standing } = effect;
  await deps.updateStatus(
    trx,
    id,
    standing.isRevoked ? { revoked_at: at } : { suspended_at: standing.isSuspended ? at : null },
  );
  if (standing.isRevoked) await deps.onRevoked(trx, id, at);
  const listIds = await setStatus(trx, id, entryValues(standing));
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
  await deps.tellReliants(trx, tells ?? `credential.${change}`, [{ credentialId: id }], at);
  for (const listId of listIds) await announceChange(trx, { kind: 'status-list', id: listId });
  return { change, listIds };
}
