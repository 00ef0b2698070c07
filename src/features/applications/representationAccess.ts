import type { Executor } from '../../adapters/database/schema.js';
import type { CheckMethod } from '../../credentials/assurance.js';
import { REPRESENTATION } from '../../credentials/profiles/profile.js';
import type { Actor, OrganisationCaller } from '../../kernel/caller.js';
import { notFound } from '../../kernel/errors.js';
import type { ApplicationId, CheckId, EvidenceId, MembershipId, OrganisationId } from '../../kernel/ids.js';
import type { CheckEvidence } from '../../credentials/evidence/shapes.js';
import { requireFiles } from './checkFiles.js';
import type { ApplicationDeps } from './deps.js';
import { isParty, lockFor, refuseOwnOrganisation, requireTransition } from './guards.js';
import { insertRecordedChecks, toCheckRow } from './review/recording.js';
import { entityOf, latestChecks, type CheckResult } from './rules.js';
import { findApplication, listChecks, lockApplication, type ApplicationRow } from './store.js';

/** What the showing of representation may see and do of an application, under the rules that hold for every check. */
export function createRepresentationAccess(deps: ApplicationDeps) {
  return {
    async readFor(executor: Executor, caller: OrganisationCaller, id: ApplicationId) {
      const row = await findApplication(executor, id);
      if (!row || !isParty(row, caller.organisationId)) throw notFound('application');
      return factsOf(executor, row);
    },

    async holdFor(
      trx: Executor,
      caller: OrganisationCaller,
      id: ApplicationId,
      role: 'applicant' | 'registrar',
    ) {
      const row = await lockFor(trx, caller, id, role);
      if (role === 'registrar' && row.applicant_id !== row.registrar_id)
        await refuseOwnOrganisation(deps, trx, caller, row);
      requireTransition(row.status, 'check');
      return factsOf(trx, row);
    },

    async recordCheck(
      trx: Executor,
      id: ApplicationId,
      wanted: {
        readonly method: CheckMethod;
        readonly result: CheckResult;
        readonly evidence: CheckEvidence;
        readonly evidenceId?: EvidenceId;
        readonly note?: string;
        readonly actor: Actor;
        readonly boundTo?: MembershipId;
      },
    ): Promise<void> {
      const { actor, boundTo, ...check } = wanted;
      const row = await lockApplication(trx, id);
      if (!row) throw notFound('application');
      const files = await requireFiles(deps, trx, row, check, (pointer) => pointer);
      const at = deps.clock.now();
      const recorded = toCheckRow({ field: REPRESENTATION, ...check }, row.dossier_version, at);
      const bound = boundTo === undefined ? {} : { boundTo };
      await insertRecordedChecks(deps, trx, row, [recorded], {
        actor,
        filesOf: new Map([[recorded.id, files]]),
        at,
        ...bound,
      });
    },

    /** Of those that count for the version under review. */
    async findLatestCheck(
      executor: Executor,
      id: ApplicationId,
    ): Promise<{ id: CheckId; result: CheckResult } | undefined> {
      const row = await findApplication(executor, id);
      if (!row) return undefined;
      return latestChecks(await listChecks(executor, id), row.dossier_version).get(REPRESENTATION);
    },
  };

  async function factsOf(executor: Executor, row: ApplicationRow) {
    const { blocks } = await deps.findDossierVersion(executor, row.applicant_id, row.dossier_version);
    return {
      id: row.id,
      applicantId: row.applicant_id,
      registrarId: row.registrar_id satisfies OrganisationId,
      isWithdrawn: row.status === 'withdrawn',
      entity: entityOf(blocks),
    };
  }
}
