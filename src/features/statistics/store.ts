import { sql } from 'kysely';
import type { Executor } from '../../adapters/database/schema.js';
import type { Cell } from './rules.js';
import type { NetworkStatistics } from './schemas.js';

/** Counts over all organisations, under a role that sees what is counted and nothing else of it. */

/** From, inclusive, and until, exclusive. */
export interface Period {
  readonly since: Date;
  readonly asOf: Date;
}

export const VERDICTS = ['accepted', 'rejected', 'undetermined'] as const;
export type Verdict = (typeof VERDICTS)[number];

export async function countVerifications(
  executor: Executor,
  { since, asOf }: Period,
): Promise<Record<Verdict, Cell>> {
  const { rows } = await sql<Cell & { verdict: Verdict }>`
    select verdict, sum(verifications)::bigint as count, count(*)::int as organisations
    from (
      select verdict, organisation_id, count(*) as verifications
      from verifications where verified_at >= ${since} and verified_at < ${asOf}
      group by verdict, organisation_id
    ) as each
    group by verdict`.execute(executor);
  const none = { count: 0, organisations: 0 };
  const cells = VERDICTS.map((verdict) => [verdict, rows.find((row) => row.verdict === verdict) ?? none]);
  return Object.fromEntries(cells) as Record<Verdict, Cell>;
}

export async function countReliances(executor: Executor, asOf: Date): Promise<Cell> {
  return onlyRow(
    sql<Cell>`
      select count(*)::int as count,
        least(count(distinct organisation_id), count(distinct holder_id))::int as organisations
      from reliances where created_at < ${asOf} and (ended_at is null or ended_at >= ${asOf})`,
    executor,
  );
}

/** Pairs of a partner and a co-op, where the partner relied on somebody else's examination of it. */
export async function countAvoidedExaminations(executor: Executor, asOf: Date): Promise<Cell> {
  return onlyRow(
    sql<Cell>`
      select count(*)::int as count,
        least(count(distinct organisation_id), count(distinct holder_id))::int as organisations
      from (
        select distinct reliances.organisation_id, reliances.holder_id
        from reliances join relied_credentials on relied_credentials.reliance_id = reliances.id
        where reliances.created_at < ${asOf} and relied_credentials.issuer_id <> reliances.organisation_id
      ) as pairs`,
    executor,
  );
}

/** Of the first credential of each co-op that came in that time; memberships are issued out of a register, not on an application. */
export async function measureTimeToPassport(
  executor: Executor,
  { since, asOf }: Period,
): Promise<{ readonly seconds: number | null; readonly organisations: number }> {
  return onlyRow(
    sql<{ seconds: number | null; organisations: number }>`
      select percentile_cont(0.5) within group (order by seconds) as seconds, count(*)::int as organisations
      from (
        select distinct on (holder_id) issued_at,
          extract(epoch from issued_at - applications.created_at)::float8 as seconds
        from credentials join applications on applications.id = credentials.application_id
        where issued_at < ${asOf} and type <> 'FederationMembershipCredential'
        order by holder_id, issued_at
      ) as first
      where issued_at >= ${since}`,
    executor,
  );
}

async function onlyRow<Row>(query: ReturnType<typeof sql<Row>>, executor: Executor): Promise<Row> {
  const [row] = (await query.execute(executor)).rows;
  if (row === undefined) throw new Error('a count that is none');
  return row;
}

/** Of the last day that there is. */
export async function findLatest(
  executor: Executor,
): Promise<{ readonly day: string; readonly figures: NetworkStatistics } | undefined> {
  const row = await executor
    .selectFrom('network_statistics')
    .select(['day', 'figures'])
    .orderBy('day', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { day: row.day, figures: row.figures as NetworkStatistics };
}

/** Whoever is first that day. */
export async function insertFigures(
  executor: Executor,
  day: string,
  figures: NetworkStatistics,
  at: Date,
): Promise<void> {
  await executor
    .insertInto('network_statistics')
    .values({ day, figures: JSON.stringify(figures), computed_at: at })
    .onConflict((conflict) => conflict.column('day').doNothing())
    .execute();
}
