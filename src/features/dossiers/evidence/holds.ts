import { recordAudit } from '../../../adapters/database/records.js';
import { actorOf, mayWrite } from '../../../kernel/caller.js';
import { AppError, invalidField, missingRight } from '../../../kernel/errors.js';
import { addDuration } from '../../../kernel/instants.js';
import type { EvidenceDeps } from './deps.js';
import { LONGEST_HOLD_OF_OTHERS, LONGEST_RETENTION } from './rules.js';
import type { EvidenceService } from './service.js';
import { deleteHold, holdEvidenceFiles, upsertHold } from './store.js';

/** Duties to keep a file for longer than its period, each by the organisation that has it. */
export function createHolds(
  {
    db,
    clock,
    isAccredited,
    holdGeneration,
  }: Pick<EvidenceDeps, 'db' | 'clock' | 'isAccredited' | 'holdGeneration'>,
  { requireVisible, presentOne }: Pick<EvidenceService, 'requireVisible' | 'presentOne'>,
): Pick<EvidenceService, 'holdEvidence' | 'liftHold'> {
  return {
    async holdEvidence(caller, ownerId, id, { until, reason }) {
      const at = clock.now();
      return db.transaction().execute(async (trx) => {
        const { row, scope } = await requireVisible(trx, caller, ownerId, id);
        if (!mayWrite(caller, scope)) throw missingRight(scope);
        const isOwn = ownerId === caller.organisationId;
        // Anybody can be applied to, or be sent a file; the duty is a registrar's.
        if (!isOwn && !(await isAccredited(trx, caller.organisationId, at)))
          throw new AppError(
            'applications/not-accredited',
            'Only its owner and accredited registrars may have a file kept.',
          );
        const end = new Date(until);
        const longest = addDuration(at, isOwn ? LONGEST_RETENTION : LONGEST_HOLD_OF_OTHERS);
        if (!(end > at)) throw invalidField('/until', 'must lie in the future');
        if (longest && end > longest)
          throw invalidField('/until', `must be ${isOwn ? '30' : '10'} years at the most`);
        // Either it stands before an erasure begins, or it comes too late.
        const generation = await holdGeneration(trx, ownerId);
        if (row.key_generation !== null && row.key_generation < generation)
          throw new AppError('evidence/erased', 'This file was erased with its dossier.');
        // Held by this transaction, so that it is not deleted in between.
        const [held] = await holdEvidenceFiles(trx, [row.id]);
        if (!held || held.deletedAt)
          throw new AppError('evidence/deleted', 'The file is deleted; there is nothing left to keep.');
        await upsertHold(trx, {
          evidence_id: id,
          organisation_id: caller.organisationId,
          until: end,
          reason,
          created_at: at,
        });
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'evidence.held',
          organisationId: caller.organisationId,
          subjectId: id,
          detail: { until: end.toISOString() },
        });
        return presentOne(trx, row);
      });
    },

    async liftHold(caller, ownerId, id) {
      const at = clock.now();
      await db.transaction().execute(async (trx) => {
        const { scope } = await requireVisible(trx, caller, ownerId, id);
        if (!mayWrite(caller, scope)) throw missingRight(scope);
        await deleteHold(trx, id, caller.organisationId);
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'evidence.hold-lifted',
          organisationId: caller.organisationId,
          subjectId: id,
        });
      });
    },
  };
}
