import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { SYSTEM } from '../../../kernel/caller.js';
import type { EvidenceId } from '../../../kernel/ids.js';
import type { EvidenceDeps } from './deps.js';
import { judgeKeeping, nextLook, type KeepClaim } from './rules.js';
import {
  destroyKey,
  listHolds,
  listUndeletedBlobs,
  lockDue,
  markBlobDeleted,
  postponeDeletion,
  type KeptFile,
} from './store.js';

const BATCH = 50;

/**
 * Deletes the files whose period is over and on which nothing rests: first the key, with the record of it, in one transaction; then the bytes, which are
 * looked for again in the next round where this process ends in between. The row stays, so what the audit trail names is there. Safe on several
 * processes at once.
 */
export async function deleteExpiredFiles(deps: EvidenceDeps): Promise<void> {
  while ((await expireBatch(deps)) === BATCH);
  let undeleted: EvidenceId[];
  do {
    undeleted = await listUndeletedBlobs(deps.db, BATCH);
    for (const id of undeleted) {
      await deps.blobs.delete(id);
      await markBlobDeleted(deps.db, id, deps.clock.now());
    }
  } while (undeleted.length === BATCH);
}

async function expireBatch(deps: EvidenceDeps): Promise<number> {
  const now = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    const due = await lockDue(trx, now, BATCH);
    const claims = await listClaims(deps, trx, due, now);
    for (const file of due) {
      const keeping = judgeKeeping(claims.get(file.id) ?? [], now);
      if (keeping) await postponeDeletion(trx, file.id, nextLook(keeping, now));
      else {
        await destroyKey(trx, file.id, now);
        await recordAudit(trx, {
          at: now,
          actor: SYSTEM,
          action: 'evidence.deleted',
          organisationId: file.organisation_id,
          subjectId: file.id,
        });
      }
    }
    return due.length;
  });
}

async function listClaims(
  deps: Pick<EvidenceDeps, 'listClaims'>,
  trx: Executor,
  files: readonly KeptFile[],
  now: Date,
): Promise<ReadonlyMap<EvidenceId, KeepClaim[]>> {
  const claims = new Map<EvidenceId, KeepClaim[]>(files.map(({ id }) => [id, []]));
  if (files.length === 0) return claims;
  const named = files.map((file) => ({
    id: file.id,
    ownerId: file.organisation_id,
    createdAt: file.created_at,
  }));
  for (const { evidenceId, ...claim } of await deps.listClaims(trx, named, now))
    claims.get(evidenceId)?.push(claim);
  for (const hold of await listHolds(trx, [...claims.keys()]))
    claims.get(hold.evidence_id)?.push({ because: 'hold', until: hold.until });
  return claims;
}
