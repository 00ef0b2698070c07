import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { newId, type FederationMemberId, type MemberImportId } from '../../../kernel/ids.js';
import type { MembershipDeps } from '../deps.js';
import { contentFaults, findStandingChanges, keysOf, type MemberPatch } from '../register/rules.js';
import { tellOfStandings } from '../register/standings.js';
import {
  insertMembers,
  lockMembersByKeys,
  lockRegister,
  takeBackInvitations,
  updateRecords,
} from '../register/store.js';
import { countOutcomes, planBatch, type BatchPlan, type OpenLine, type SettledLine } from './rules.js';
import {
  addToCounts,
  claimImport,
  findImport,
  listOpenLines,
  markFinished,
  settleLines,
  type ImportRow,
} from './store.js';

const BATCH = 500;

/** `elsewhere`: another process is at it just now. */
export type Progress = 'working' | 'finished' | 'elsewhere';

/**
 * The next lines of an import, in one transaction and a constant number of statements. May be called by any process, after a crash at any
 * point: a line is worked off with the batch that says so, or not at all.
 */
export async function workOffBatch(deps: MembershipDeps, id: MemberImportId): Promise<Progress> {
  const at = deps.clock.now();
  return deps.db.transaction().execute<Progress>(async (trx) => {
    const row = await claimImport(trx, id);
    if (!row) return (await findImport(trx, id))?.status === 'working' ? 'elsewhere' : 'finished';
    const lines = await listOpenLines(trx, id, BATCH);
    if (lines.length > 0) await workOffLines(deps, trx, row, lines, at);
    if (lines.length === BATCH) return 'working';
    await markFinished(trx, id, at);
    await recordAudit(trx, {
      at,
      actor: row.requested_by,
      action: row.dry_run ? 'members.import_tried' : 'members.imported',
      organisationId: row.organisation_id,
      subjectId: id,
      detail: { lines: row.lines },
    });
    return 'finished';
  });
}

async function workOffLines(
  deps: MembershipDeps,
  trx: Executor,
  { id, organisation_id: organisationId, dry_run: dryRun }: ImportRow,
  lines: Awaited<ReturnType<typeof listOpenLines>>,
  at: Date,
): Promise<void> {
  const { subjectKeys, contentProblems } = deps;
  await lockRegister(trx, organisationId);
  const open = lines.map((line): OpenLine => {
    const patch: MemberPatch = line.record ?? {};
    return { id: line.id, patch, keys: keysOf(patch, subjectKeys) };
  });
  const keys = open.flatMap((line) => line.keys);
  const known = await lockMembersByKeys(trx, organisationId, keys);
  const plan = planBatch(open, known, {
    subjectKeys,
    findContentFaults: (record) => contentFaults(record, contentProblems),
    newMemberId: newId<'federationMember'>,
  });
  if (!dryRun) {
    await insertMembers(trx, organisationId, plan.added, at);
    await updateRecords(trx, plan.changed, at);
    await takeBackInvitations(trx, plan.newAddresses, at);
    await tellOfStandings(deps, trx, organisationId, findStandingChanges(known, plan), at);
  }
  await settleLines(trx, dryRun ? withoutNewMembers(plan) : plan.settled);
  await addToCounts(trx, id, countOutcomes(plan.settled));
}

/** Who was only tried is not there to be named. */
function withoutNewMembers({ settled, added }: BatchPlan): SettledLine[] {
  const untried = new Set<FederationMemberId>(added.map(({ id }) => id));
  return settled.map(({ memberId, ...line }) =>
    memberId === undefined || untried.has(memberId) ? line : { ...line, memberId },
  );
}
