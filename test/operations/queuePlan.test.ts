import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import {
  holdNextUnassigned,
  queueQuery,
  type ApplicationFilter,
  type QueueOrder,
} from '../../src/features/applications/queue/store.js';
import { toWordQuery } from '../../src/features/applications/queue/rules.js';
import { newId } from '../../src/kernel/ids.js';
import { openTestDatabase } from '../support/database.js';

/** With 10,000 applications before one registrar, a page of its queue is read from an index: no scan of the table and no sorting. */
const APPLICATIONS = 10_000;
const [registrarId, applicantId] = [newId<'organisation'>(), newId<'organisation'>()];

let database: DatabaseConnection;
beforeAll(async () => {
  database = await openTestDatabase({ isOwn: true });
  const { db } = database;
  const at = new Date('2026-11-20T09:00:00Z');
  await sql`insert into organisations (id, slug, name, jurisdiction, created_at) values
    (${registrarId}, 'registrar', 'Registrar', 'GB', ${at}), (${applicantId}, 'co-op', 'Co-op', 'GB', ${at})`.execute(
    db,
  );
  await sql`insert into dossier_versions (organisation_id, version, blocks, created_at)
    values (${applicantId}, 1, '{}', ${at})`.execute(db);
  await sql`insert into applications (id, applicant_id, registrar_id, credential_types, status, dossier_version,
      submitted_at, created_at, updated_at, due_at, search_words, jurisdiction)
    select gen_random_uuid(), ${applicantId}::uuid, ${registrarId}::uuid, '{CoopLegalIdentityCredential}',
      (array['submitted', 'in_review', 'information_requested', 'issued'])[1 + n % 4], 1,
      ${at}::timestamptz + n * interval '1 second', ${at}::timestamptz,
      ${at}::timestamptz + (n * 7919 % 10000) * interval '1 second',
      ${at}::timestamptz + (n * 6007 % 10000) * interval '1 minute', 'co op ' || n, 'GB'
    from generate_series(1, ${APPLICATIONS}::int) n`.execute(db);
  await sql`analyze`.execute(db);
});
afterAll(() => database.close());

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Node[];
}

function nodesOf(node: Node): string[] {
  const { 'Node Type': type, 'Relation Name': relation, Plans = [] } = node;
  return [relation === undefined ? type : `${type} on ${relation}`, ...Plans.flatMap(nodesOf)];
}

async function planOf(
  filter: Partial<ApplicationFilter>,
  order?: QueueOrder,
  after?: string,
): Promise<string[]> {
  const query = queueQuery(
    database.db,
    { organisationId: registrarId, roles: ['registrar'], ...filter },
    { limit: 20, ...(after === undefined ? {} : { after }) },
    order,
  );
  const [row] = await query.explain<{ 'QUERY PLAN': readonly { Plan: Node }[] }>('json');
  return nodesOf(row!['QUERY PLAN'][0]!.Plan);
}

const OPEN = ['submitted', 'in_review', 'information_requested'] as const;
const SORTS = (['submittedAt', 'dueAt', 'updatedAt'] as const).flatMap((sort) =>
  (['asc', 'desc'] as const).map((order): QueueOrder => ({ sort, order })),
);
const CURSOR = `1795000000000-${crypto.randomUUID()}`;

describe('of 10,000 applications, a page', () => {
  test.each(SORTS)('by $sort, $order, comes from an index, the first as any other', async (order) => {
    for (const filter of [{}, { statuses: OPEN }, { statuses: ['in_review'] as const }])
      for (const after of [undefined, CURSOR]) {
        const plan = await planOf(filter, order, after);
        expect(plan, JSON.stringify({ filter, after })).toEqual([
          'Limit',
          expect.stringMatching(/^Index (Only )?Scan on applications$/),
        ]);
      }
  });

  test('in the order of creation, and of one status, comes from an index', async () => {
    for (const filter of [{}, { statuses: ['submitted'] as const }])
      expect(await planOf(filter)).toEqual(['Limit', 'Index Scan on applications']);
  });

  test('of those with a word in their name is found by an index', async () => {
    const plan = await planOf({ words: toWordQuery('op 4711')! }, SORTS[0]);
    expect(plan.filter((node) => node.startsWith('Seq Scan'))).toEqual([]);
    expect(plan).toContain('Bitmap Index Scan');
  });

  test('to take on next is the one that is due first', async () => {
    const next = await database.db
      .transaction()
      .execute((trx) => holdNextUnassigned(trx, registrarId, [registrarId]));
    const { rows } = await sql<{ id: string }>`select id from applications
      where status in ('submitted', 'in_review') order by due_at, id limit 1`.execute(database.db);
    expect(next?.id).toBe(rows[0]?.id);
  });
});
