import { recordAudit } from '../../../adapters/database/records.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import type { ApplicationId } from '../../../kernel/ids.js';
import type { ApplicationDeps } from '../deps.js';
import { lockFor, requireRight } from '../guards.js';
import { presentApplication } from '../presentation.js';
import type { Application } from '../schemas.js';
import { insertMessage } from './store.js';

export async function addMessage(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  text: string,
): Promise<Application> {
  const at = deps.clock.now();
  const { organisationId } = caller;
  return deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, 'either');
    requireRight(caller, row, 'write');
    await insertMessage(trx, { applicationId: id, organisationId, text, at });
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'application.message',
      organisationId,
      subjectId: id,
    });
    return presentApplication(deps, trx, row, organisationId);
  });
}
