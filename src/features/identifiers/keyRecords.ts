import { appendLogEntry, recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import type { Actor } from '../../kernel/caller.js';
import type { OrganisationId } from '../../kernel/ids.js';
import type { StoredKey } from './store.js';

export interface KeyRecord {
  readonly change: 'created' | 'retired' | 'revoked';
  readonly key: StoredKey;
  readonly organisationId: OrganisationId;
  readonly at: Date;
  readonly actor: Actor;
  readonly compromisedAt?: Date;
}

/**
 * The audit row and the public log's leaf of a key's change, in its transaction. The leaf names the key by its thumbprint alone: who has
 * the DID document can find the key in the log, who reads the log does not learn which organisations there are.
 */
export async function recordKeyChange(trx: Executor, record: KeyRecord): Promise<void> {
  const { change, key, organisationId, at, actor } = record;
  const compromisedAt = record.compromisedAt && { compromisedAt: record.compromisedAt.toISOString() };
  const action = `key.${change}`;
  await recordAudit(trx, {
    at,
    actor,
    action,
    organisationId,
    subjectId: key.id,
    detail: { algorithm: key.algorithm, ...compromisedAt },
  });
  await appendLogEntry(trx, { at, kind: action, content: { thumbprint: key.thumbprint, ...compromisedAt } });
}
