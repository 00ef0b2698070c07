import { recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import { actorOf, type OrganisationCaller } from '../../kernel/caller.js';
import type { ApplicationId } from '../../kernel/ids.js';
import type { ApplicationDeps } from './deps.js';
import { lockFor, requireTransition } from './guards.js';
import { presentApplication } from './presentation.js';
import type { ApplicationEvent } from './rules.js';
import type { Application } from './schemas.js';
import { findApplication, updateApplication, type ApplicationRow } from './store.js';

/** One step of an application's life: hold the row, ask the table, write the change and the audit row. */
export async function change(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  role: 'applicant' | 'registrar',
  event: ApplicationEvent,
  changes: (trx: Executor, row: ApplicationRow, at: Date) => Promise<Parameters<typeof updateApplication>[2]>,
): Promise<Application> {
  const at = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, role);
    const status = requireTransition(row.status, event);
    await updateApplication(trx, id, { ...(await changes(trx, row, at)), status }, at);
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: `application.${event}`,
      organisationId: caller.organisationId,
      subjectId: id,
      detail: { from: row.status, to: status },
    });
    const changed = await findApplication(trx, id);
    return presentApplication(deps, trx, changed ?? row, caller.organisationId);
  });
}
