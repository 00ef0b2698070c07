import type { Executor } from '../../../adapters/database/schema.js';
import { AppError, invalidField } from '../../../kernel/errors.js';
import { toPage } from '../../../http/paging.js';
import { newId, type OrganisationId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import type { VouchDeps } from './deps.js';
import { toVouchRequest } from './presentation.js';
import { audit, partiesOf, requireRequest, settled } from './records.js';
import {
  ASKED_WITHIN_SECONDS,
  judgeQuota,
  MOST_ASKED,
  MOST_OPEN_REQUESTS,
  unvouchableFields,
} from './rules.js';
import type { VouchService } from './service.js';
import {
  countOpenRequests,
  insertRequest,
  listAskedAfter,
  listRequests,
  lockAsking,
  settleRequest,
  type VouchRequestRow,
} from './store.js';

/** A co-op asks, and shows what it asks about; nobody reads another's dossier. */
export function createVouchRequests(
  deps: VouchDeps,
): Pick<VouchService, 'requestVouch' | 'listRequests' | 'readRequest' | 'endRequest'> {
  const { db, clock } = deps;
  return {
    async requestVouch(caller, { voucherId, fields, note }) {
      const at = clock.now();
      const subjectId = caller.organisationId;
      if (voucherId === subjectId) throw invalidField('/voucherId', 'must be another organisation');
      return db.transaction().execute(async (trx) => {
        if (!(await deps.isOpenOrganisation(trx, voucherId as OrganisationId)))
          throw invalidField('/voucherId', 'names no organisation of this network');
        const { version, blocks } = await deps.versions.findLatestVersion(trx, subjectId, 'impersonal');
        const errors = unvouchableFields(fields, blocks);
        if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
        await requireQuota(trx, { subjectId, voucherId: voucherId as OrganisationId }, at);
        const row: VouchRequestRow = {
          id: newId<'vouchRequest'>(),
          subject_id: subjectId,
          voucher_id: voucherId as OrganisationId,
          dossier_version: version,
          fields,
          note: note ?? null,
          created_at: at,
          outcome: null,
          settled_at: null,
          evidence_id: null,
        };
        await insertRequest(trx, row);
        await audit(trx, caller, 'vouch.requested', row.id, at);
        await deps.notify(trx, {
          organisationId: row.voucher_id,
          kind: 'vouch.requested',
          subjectId: row.id,
          at,
        });
        return toVouchRequest(row, await partiesOf(deps, trx, [row]), blocks);
      });
    },

    async listRequests(organisationId, role, page) {
      const roles = role === undefined ? (['subject', 'voucher'] as const) : [role];
      const rows = await listRequests(db, organisationId, roles, page);
      const parties = await partiesOf(deps, db, rows);
      return toPage(rows, page.limit, (row) => toVouchRequest(row, parties));
    },

    async readRequest(organisationId, id) {
      const row = await requireRequest(db, id, organisationId);
      const { blocks } = await deps.versions.findVersion(
        db,
        row.subject_id,
        row.dossier_version,
        'impersonal',
      );
      return toVouchRequest(row, await partiesOf(deps, db, [row]), row.outcome === null ? blocks : undefined);
    },

    async endRequest(caller, id) {
      const at = clock.now();
      await db.transaction().execute(async (trx) => {
        const row = await requireRequest(trx, id, caller.organisationId);
        const outcome = row.subject_id === caller.organisationId ? 'withdrawn' : 'declined';
        if (!(await settleRequest(trx, id, { outcome, at }))) throw settled();
        await audit(trx, caller, `vouch.${outcome}`, id, at);
      });
    },
  };
}

async function requireQuota(
  trx: Executor,
  parties: { readonly subjectId: OrganisationId; readonly voucherId: OrganisationId },
  at: Date,
): Promise<void> {
  await lockAsking(trx, parties.subjectId);
  const open = await countOpenRequests(trx, parties.subjectId);
  const judged = judgeQuota(
    open,
    await listAskedAfter(trx, parties, addSeconds(at, -ASKED_WITHIN_SECONDS)),
    at,
  );
  if (judged === 'ask') return;
  if (judged === 'too-many-open')
    throw new AppError(
      'vouches/too-many-open',
      `You have ${MOST_OPEN_REQUESTS} requests that nobody has answered. Withdraw some, or wait for the answers.`,
    );
  throw new AppError(
    'vouches/asked-too-often',
    `You have asked this organisation ${MOST_ASKED} times within a day. Ask it for several fields in one request.`,
    { retryAfterSeconds: judged.waitSeconds },
  );
}
