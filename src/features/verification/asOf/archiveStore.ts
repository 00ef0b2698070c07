import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Executor } from '../../../adapters/database/schema.js';
import { sha256 } from '../../../kernel/canonicalJson.js';
import { addDuration } from '../../../kernel/instants.js';
import type { ForeignRequest } from './foreignUse.js';

export interface ArchivedAnswer {
  readonly status: number;
  readonly body: Buffer;
  readonly seenAt: Date;
}

/** What one organisation's verifications may add in a day: who has others' hosts answer at length fills nothing up. */
const BYTES_A_DAY = 50_000_000;
const ANSWERS_A_DAY = 20_000;

/** Of one body, however often and wherever it was seen, there is one row. What is over the organisation's measure of the day is left out. */
export async function insertArchived(
  executor: Executor,
  answers: readonly (ForeignRequest & ArchivedAnswer)[],
): Promise<void> {
  for (const { url, accept, status, body, seenAt } of answers) {
    await sql`select coop_passport_archive(
      ${requestDigest({ url, accept })}::bytea, ${url}::text, ${status}::smallint, ${sha256(body)}::bytea, ${body}::bytea,
      ${seenAt}::timestamptz, ${BYTES_A_DAY}::bigint, ${ANSWERS_A_DAY}::bigint)`.execute(executor);
  }
}

/** The last answer that was seen until an instant, and after another one. */
export async function findArchived(
  executor: Executor,
  request: ForeignRequest,
  until: Date,
  after: Date,
): Promise<ArchivedAnswer | undefined> {
  const { rows } = await sql<ArchivedAnswer>`
    select status, body, seen_at as "seenAt" from coop_passport_archived(
      ${requestDigest(request)}::bytea, ${until}::timestamptz, ${after}::timestamptz)`.execute(executor);
  const [row] = rows;
  return row && { ...row, body: Buffer.from(row.body) };
}

/** What is older than an ISO 8601 duration. */
export async function deleteArchived(executor: Executor, now: Date, retention: string): Promise<void> {
  const length = addDuration(new Date(0), retention)?.getTime();
  if (length === undefined) throw new TypeError('not a duration');
  const before = new Date(now.getTime() - length);
  await executor.deleteFrom('archived_answers').where('seen_at', '<', before).execute();
  await executor
    .deleteFrom('archived_bodies')
    .where('archived_at', '<', before)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('archived_answers')
            .select('archived_answers.seen_at')
            .whereRef('archived_answers.digest', '=', 'archived_bodies.digest'),
        ),
      ),
    )
    .execute();
}

/** A host may answer differently to who accepts something else. */
function requestDigest({ url, accept }: ForeignRequest): Buffer {
  return createHash('sha256').update(`${accept}\n${url}`).digest();
}
