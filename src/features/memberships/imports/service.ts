import { setTimeout as sleep } from 'node:timers/promises';
import type { LineError, LineOutcome } from '../../../adapters/database/membershipTables.js';
import { inWork } from '../../../adapters/database/context.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { sha256, canonicalJson } from '../../../kernel/canonicalJson.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, notFound } from '../../../kernel/errors.js';
import { newId, type MemberImportId, type OrganisationId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import type { MembershipDeps } from '../deps.js';
import { keysOf, readCells } from '../register/rules.js';
import type { Layout } from './layout.js';
import { meter, readLines, type FileFormat, type ReadLine } from './reading.js';
import type { ImportLine, MemberImport } from './schemas.js';
import {
  deleteImport,
  findImport,
  findWorkingTwin,
  insertImport,
  insertLines,
  listImports,
  listLines,
  listWorkingImports,
  markReceived,
  purgeImports,
  type ImportRow,
  type StagedLine,
} from './store.js';
import { workOffBatch } from './working.js';

export interface ImportService {
  /**
   * Takes a file in as a whole or not at all, and works it off. Answers after 10 seconds at the latest, finished or not; the job goes on.
   * Throws `request/too-large`, `request/invalid` and `members/file-unreadable`.
   */
  importMembers(caller: OrganisationCaller, file: MemberFile): Promise<MemberImport>;
  listImports(caller: OrganisationCaller, page: PageRequest): Promise<Page<MemberImport>>;
  readImport(caller: OrganisationCaller, id: MemberImportId): Promise<MemberImport>;
  listLines(
    caller: OrganisationCaller,
    id: MemberImportId,
    wanted: { outcome?: LineOutcome },
    page: PageRequest,
  ): Promise<Page<ImportLine>>;
  /** Goes on with what a crash, or a long file, has left; returns how many imports it looked at. */
  resumeImports(): Promise<number>;
  purgeImports(): Promise<void>;
}

export interface MemberFile {
  readonly content: AsyncIterable<Uint8Array>;
  readonly format: FileFormat;
  readonly layout: Layout;
  readonly dryRun: boolean;
}

const MOST_LINES = 100_000;
const BATCH = 500;
const ANSWER_WITHIN_MS = 10_000;
const POLL_MS = 50;
const HALF_RECEIVED_KEPT_SECONDS = 3600;
const LINES_KEPT_SECONDS = 90 * 24 * 3600;

export function createImports(deps: MembershipDeps): ImportService {
  const findOwn = async (caller: OrganisationCaller, id: MemberImportId): Promise<ImportRow> => {
    const row = await findImport(deps.db, id);
    if (row?.organisation_id !== caller.organisationId) throw notFound('import');
    return row;
  };

  return {
    async importMembers(caller, file) {
      const received = await receive(deps, caller, file);
      // On the process's own clock: the installation's may stand still.
      const until = performance.now() + ANSWER_WITHIN_MS;
      while (performance.now() < until) {
        const progress = await workOffBatch(deps, received);
        if (progress === 'finished') break;
        if (progress === 'elsewhere') await sleep(POLL_MS);
      }
      return present(await findOwn(caller, received));
    },

    async listImports({ organisationId }, page) {
      const rows = await listImports(deps.db, organisationId, page);
      return toPage(rows, page.limit, present);
    },

    readImport: async (caller, id) => present(await findOwn(caller, id)),

    async listLines(caller, id, wanted, page) {
      await findOwn(caller, id);
      const rows = await listLines(deps.db, { importId: id, ...wanted }, page);
      return toPage(rows, page.limit, (row) => ({
        line: row.line,
        outcome: row.outcome ?? 'waiting',
        errors: row.errors ?? [],
        ...(row.member_id === null ? {} : { memberId: row.member_id }),
      }));
    },

    resumeImports: () => inWork('registers', resumeImports),
    purgeImports: () => inWork('registers', purge),
  };

  async function resumeImports(): Promise<number> {
    const ids = await listWorkingImports(deps.db);
    for (const id of ids) {
      try {
        while ((await workOffBatch(deps, id)) === 'working');
      } catch (error) {
        // One that cannot be worked off must not keep the others waiting.
        deps.logger.error({ importId: id, reason: (error as Error).name }, 'an import was not resumed');
      }
    }
    return ids.length;
  }

  async function purge(): Promise<void> {
    const now = deps.clock.now();
    await purgeImports(deps.db, {
      receivingBefore: addSeconds(now, -HALF_RECEIVED_KEPT_SECONDS),
      finishedBefore: addSeconds(now, -LINES_KEPT_SECONDS),
    });
  }
}

/** Stores the lines as they stream in; nothing is done with any of them before the last one is there. */
async function receive(
  deps: MembershipDeps,
  caller: OrganisationCaller,
  { content, format, layout, dryRun }: MemberFile,
): Promise<MemberImportId> {
  const { organisationId } = caller;
  const id = newId<'memberImport'>();
  const at = deps.clock.now();
  await insertImport(deps.db, { id, organisationId, dryRun, requestedBy: actorOf(caller), at });
  try {
    const metered = meter(content, deps.maxImportBytes);
    const own = { id, organisationId };
    const counts = await stage(deps, own, readLines(metered.content, format, layout), layout);
    const digest = sha256(
      Buffer.concat([metered.digest(), Buffer.from(canonicalJson({ format, ...layout }))]),
    );
    if (await markReceived(deps.db, id, { digest, ...counts })) return id;
    const twin = await findWorkingTwin(deps.db, { organisationId, digest, dryRun });
    if (twin) {
      await deleteImport(deps.db, id);
      return twin.id;
    }
    // It was finished in this very moment, so that this is the same file again.
    if (await markReceived(deps.db, id, { digest, ...counts })) return id;
    throw new AppError('request/unavailable', 'The same file is being imported just now.', {
      retryAfterSeconds: 1,
    });
  } catch (error) {
    await deleteImport(deps.db, id);
    throw error;
  }
}

async function stage(
  deps: MembershipDeps,
  own: { id: MemberImportId; organisationId: OrganisationId },
  lines: AsyncIterable<ReadLine>,
  layout: Layout,
): Promise<{ lines: number; failed: number }> {
  const now = deps.clock.now();
  const firstLineOf = new Map<string, number>();
  const counts = { lines: 0, failed: 0 };
  let batch: StagedLine[] = [];
  for await (const read of lines) {
    counts.lines += 1;
    if (counts.lines > MOST_LINES)
      throw new AppError('request/too-large', `A file may have ${MOST_LINES} lines: split it.`);
    const staged = judgeLine(deps, read, firstLineOf, now);
    if (staged.errors.length > 0) counts.failed += 1;
    batch.push(nameColumns(staged, layout));
    if (batch.length < BATCH) continue;
    await insertLines(deps.db, own, batch);
    batch = [];
  }
  await insertLines(deps.db, own, batch);
  return counts;
}

/** By itself, and beside the lines before it. */
function judgeLine(
  { subjectKeys }: MembershipDeps,
  { line, cells, errors: readErrors }: ReadLine,
  firstLineOf: Map<string, number>,
  now: Date,
): StagedLine {
  if (readErrors.some(({ pointer }) => pointer === '')) return { line, errors: readErrors };
  const { patch, errors } = readCells(cells, now);
  const unread = new Set(readErrors.map(({ pointer }) => pointer));
  const all = [...readErrors, ...errors.filter(({ pointer }) => !unread.has(pointer))];
  if (all.length > 0) return { line, errors: all };
  const keys = keysOf(patch, subjectKeys);
  const first = keys.map((key) => firstLineOf.get(key)).find((known) => known !== undefined);
  if (first !== undefined)
    return {
      line,
      errors: [{ pointer: '/registrationNumber', detail: `is the same co-op as line ${first}` }],
    };
  for (const key of keys) firstLineOf.set(key, line);
  return { line, patch, errors: [] };
}

/** With the file's own name of the column, for who has it open. */
function nameColumns(staged: StagedLine, { mapping }: Layout): StagedLine {
  if (!mapping || staged.errors.length === 0) return staged;
  const errors = staged.errors.map((error): LineError => {
    const column = (mapping as Readonly<Record<string, string>>)[error.pointer.slice(1)];
    return column === undefined ? error : { ...error, column };
  });
  return { ...staged, errors };
}

function present(row: ImportRow): MemberImport {
  const { lines, added, unchanged, changed, failed } = row;
  return {
    id: row.id,
    status: row.status,
    dryRun: row.dry_run,
    counts: { lines, added, unchanged, changed, failed },
    createdAt: row.created_at.toISOString(),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at.toISOString() }),
  };
}
