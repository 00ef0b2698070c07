import { sql, type Selectable } from 'kysely';
import { violatedConstraint } from '../../../adapters/database/records.js';
import type { LineError, LineOutcome } from '../../../adapters/database/membershipTables.js';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { Actor } from '../../../kernel/caller.js';
import { newId, type Id, type MemberImportId, type OrganisationId } from '../../../kernel/ids.js';
import type { MemberPatch } from '../register/rules.js';
import type { SettledLine } from './rules.js';

export type ImportRow = Selectable<Tables['member_imports']>;
export type LineId = Id<'memberImportLine'>;

export async function insertImport(
  executor: Executor,
  row: { id: MemberImportId; organisationId: OrganisationId; dryRun: boolean; requestedBy: Actor; at: Date },
): Promise<void> {
  await executor
    .insertInto('member_imports')
    .values({
      id: row.id,
      organisation_id: row.organisationId,
      dry_run: row.dryRun,
      status: 'receiving',
      requested_by: JSON.stringify(row.requestedBy),
      created_at: row.at,
      content_digest: null,
      finished_at: null,
    })
    .execute();
}

/** With its lines. */
export async function deleteImport(executor: Executor, id: MemberImportId): Promise<void> {
  await executor.deleteFrom('member_imports').where('id', '=', id).execute();
}

/** What the end of a process has left half received, and lines that nobody looks up any more. */
export async function purgeImports(
  executor: Executor,
  times: { receivingBefore: Date; finishedBefore: Date },
): Promise<void> {
  await executor
    .deleteFrom('member_imports')
    .where((where) =>
      where.or([
        where.and([where('status', '=', 'receiving'), where('created_at', '<', times.receivingBefore)]),
        where.and([where('status', '=', 'finished'), where('finished_at', '<', times.finishedBefore)]),
      ]),
    )
    .execute();
}

export interface StagedLine {
  readonly line: number;
  readonly patch?: MemberPatch;
  /** Where there are some, the line has failed already. */
  readonly errors: readonly LineError[];
}

export async function insertLines(
  executor: Executor,
  { id, organisationId }: { id: MemberImportId; organisationId: OrganisationId },
  lines: readonly StagedLine[],
): Promise<void> {
  if (lines.length === 0) return;
  await executor
    .insertInto('member_import_lines')
    .values(
      lines.map(({ line, patch, errors }) => ({
        id: newId<'memberImportLine'>(),
        import_id: id,
        organisation_id: organisationId,
        line,
        ...(errors.length === 0
          ? { record: JSON.stringify(patch), outcome: null, errors: null }
          : { record: null, outcome: 'failed' as const, errors: JSON.stringify(errors) }),
        member_id: null,
      })),
    )
    .execute();
}

/** All of it has come in. False when the same file is being worked off already. */
export async function markReceived(
  executor: Executor,
  id: MemberImportId,
  received: { digest: Buffer; lines: number; failed: number },
): Promise<boolean> {
  try {
    await executor
      .updateTable('member_imports')
      .set({
        status: 'working',
        content_digest: received.digest,
        lines: received.lines,
        failed: received.failed,
      })
      .where('id', '=', id)
      .execute();
    return true;
  } catch (error) {
    if (violatedConstraint(error) === 'member_imports_working') return false;
    throw error;
  }
}

export async function findWorkingTwin(
  executor: Executor,
  wanted: { organisationId: OrganisationId; digest: Buffer; dryRun: boolean },
): Promise<ImportRow | undefined> {
  return executor
    .selectFrom('member_imports')
    .selectAll()
    .where('organisation_id', '=', wanted.organisationId)
    .where('content_digest', '=', wanted.digest)
    .where('dry_run', '=', wanted.dryRun)
    .where('status', '=', 'working')
    .executeTakeFirst();
}

export async function findImport(executor: Executor, id: MemberImportId): Promise<ImportRow | undefined> {
  return executor.selectFrom('member_imports').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function listImports(
  executor: Executor,
  organisationId: OrganisationId,
  page: PageRequest,
): Promise<ImportRow[]> {
  let query = executor.selectFrom('member_imports').selectAll().where('organisation_id', '=', organisationId);
  if (page.after !== undefined) query = query.where('id', '>', page.after as MemberImportId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

export async function listWorkingImports(executor: Executor): Promise<MemberImportId[]> {
  const rows = await executor
    .selectFrom('member_imports')
    .select('id')
    .where('status', '=', 'working')
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** `undefined` when it is finished, or another process is at it just now. */
export async function claimImport(trx: Executor, id: MemberImportId): Promise<ImportRow | undefined> {
  return trx
    .selectFrom('member_imports')
    .selectAll()
    .where('id', '=', id)
    .where('status', '=', 'working')
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
}

/** The lines that are still to be worked off are the cursor. */
export async function listOpenLines(trx: Executor, id: MemberImportId, limit: number) {
  return trx
    .selectFrom('member_import_lines')
    .select(['id', 'record'])
    .where('import_id', '=', id)
    .where('outcome', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** What the lines said is in the register now, and stays nowhere else. */
export async function settleLines(trx: Executor, lines: readonly SettledLine[]): Promise<void> {
  const rows = lines.map(({ id, outcome, memberId, errors }) => ({
    id,
    outcome,
    member_id: memberId ?? null,
    errors: errors ?? null,
  }));
  await sql`
    update member_import_lines as line
    set outcome = done.outcome, member_id = done.member_id, errors = done.errors, record = null
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as done (id uuid, outcome text, member_id uuid, errors jsonb)
    where line.id = done.id`.execute(trx);
}

export async function addToCounts(
  trx: Executor,
  id: MemberImportId,
  counts: Readonly<Record<LineOutcome, number>>,
): Promise<void> {
  await trx
    .updateTable('member_imports')
    .set((column) => ({
      added: column('added', '+', counts.added),
      unchanged: column('unchanged', '+', counts.unchanged),
      changed: column('changed', '+', counts.changed),
      failed: column('failed', '+', counts.failed),
    }))
    .where('id', '=', id)
    .execute();
}

export async function markFinished(trx: Executor, id: MemberImportId, at: Date): Promise<void> {
  await trx
    .updateTable('member_imports')
    .set({ status: 'finished', finished_at: at })
    .where('id', '=', id)
    .execute();
}

/** In the order of the file; one row more than the page holds. */
export async function listLines(
  executor: Executor,
  wanted: { importId: MemberImportId; outcome?: LineOutcome },
  page: PageRequest,
) {
  let query = executor
    .selectFrom('member_import_lines')
    .select(['id', 'line', 'outcome', 'errors', 'member_id'])
    .where('import_id', '=', wanted.importId);
  if (wanted.outcome !== undefined) query = query.where('outcome', '=', wanted.outcome);
  if (page.after !== undefined) query = query.where('id', '>', page.after as LineId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}
