import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { actorOf, mayRead, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, missingRight } from '../../../kernel/errors.js';
import { newId, type ApplicationId, type EvidenceId, type MessageId } from '../../../kernel/ids.js';
import type { ApplicationDeps } from '../deps.js';
import { lockFor, requireRight } from '../guards.js';
import { presentApplication } from '../presentation.js';
import type { Application } from '../schemas.js';
import { sealMessage } from '../sealedWords.js';
import { findFault } from './rules.js';
import type { NewMessage } from './schemas.js';
import { insertMessage, listMessages } from './store.js';

export async function addMessage(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  said: NewMessage,
): Promise<Application> {
  const at = deps.clock.now();
  const { organisationId } = caller;
  return deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, 'either');
    requireRight(caller, row, 'write');
    const { kind, answers, attachments = [] } = said;
    const sides = [row.applicant_id, row.registrar_id];
    const fault = findFault({ kind, answers, by: organisationId }, await listMessages(trx, id), sides);
    if (fault) throw invalidField(fault.pointer, fault.detail);
    await requireOwnEvidence(deps, trx, caller, attachments as EvidenceId[]);
    const messageId = newId<'message'>();
    await insertMessage(trx, id, {
      id: messageId,
      organisationId,
      text: '',
      sealed: await sealMessage(deps, trx, row.applicant_id, messageId, said.text),
      kind: kind ?? (answers === undefined ? 'note' : 'answer'),
      ...(answers === undefined ? {} : { answers: answers as MessageId }),
      ...(said.about === undefined ? {} : { about: said.about }),
      attachments: attachments as EvidenceId[],
      createdAt: at,
    });
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'application.message',
      organisationId,
      subjectId: id,
      ...(attachments.length > 0 ? { detail: { attachments } } : {}),
    });
    const others = sides.filter((side) => side !== organisationId);
    for (const other of others)
      await deps.notify(trx, { organisationId: other, kind: 'application.message', subjectId: id, at });
    return presentApplication(deps, trx, row, organisationId);
  });
}

/** To send a file with a message is to show it to the other side, so it takes the right to see it oneself. */
async function requireOwnEvidence(
  deps: ApplicationDeps,
  trx: Executor,
  caller: OrganisationCaller,
  ids: readonly EvidenceId[],
): Promise<void> {
  if (ids.length === 0) return;
  if (!mayRead(caller, 'dossier')) throw missingRight('dossier');
  const files = await deps.findEvidenceFiles(trx, ids);
  const own = new Set(files.filter(({ ownerId }) => ownerId === caller.organisationId).map(({ id }) => id));
  const errors = ids.flatMap((id, index) =>
    own.has(id)
      ? []
      : [{ pointer: `/attachments/${index}`, detail: 'names no piece of evidence of your own' }],
  );
  if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
}
