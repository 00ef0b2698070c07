import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import { decisionsQuery } from '../../src/features/verification/store.js';
import { newId } from '../../src/kernel/ids.js';
import { openTestDatabase } from '../support/database.js';

/** With 20,000 verifications, of which a policy decided few, a dry run reads what it looks at, from an index: no scan and no sorting. */
const [partnerId, otherId] = [newId<'organisation'>(), newId<'organisation'>()];
const policyId = newId<'policy'>();
const AT = new Date('2026-01-01T00:00:00Z');

let database: DatabaseConnection;
beforeAll(async () => {
  database = await openTestDatabase();
  const { db } = database;
  await sql`insert into organisations (id, slug, name, jurisdiction, created_at) values
    (${partnerId}, 'partner', 'Partner', 'GB', ${AT}), (${otherId}, 'other', 'Other', 'GB', ${AT})`.execute(
    db,
  );
  await sql`insert into policies (id, organisation_id, created_at) values (${policyId}, ${partnerId}, ${AT})`.execute(
    db,
  );
  await sql`insert into policy_versions values (${policyId}, 1, '{}', ${AT})`.execute(db);
  await sql`insert into verifications (id, organisation_id, verdict, report, verified_at, policy_id, policy_version)
    select gen_random_uuid(), (array[${partnerId}::uuid, ${otherId}::uuid])[1 + n % 2], 'accepted', '{}',
      ${AT}::timestamptz + n * interval '1 minute',
      case when n % 200 = 0 then ${policyId}::uuid end, case when n % 200 = 0 then 1 end
    from generate_series(1, 20000) n`.execute(db);
  await sql`analyze`.execute(db);
});
afterAll(() => database.close());

interface Node {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Node[];
}

const nodesOf = (node: Node): string[] => [
  [node['Node Type'], node['Index Name']].filter((part) => part !== undefined).join(' by '),
  ...(node.Plans ?? []).flatMap(nodesOf),
];

const window = { from: AT, until: new Date('2027-01-01T00:00:00Z') };
const after = { id: newId<'verification'>(), verifiedAt: new Date('2026-01-07T00:00:00Z') };

describe('a page of a dry run comes from an index, the first as any other', () => {
  test.each([
    ['of all verifications', {}, 'verifications_time'],
    ['of those under one policy', { policyId }, 'verifications_policy_time'],
  ])('%s', async (_what, filter, index) => {
    for (const page of [{ limit: 21 }, { limit: 21, after }]) {
      const query = decisionsQuery(database.db, { organisationId: partnerId, ...window, ...filter }, page);
      const [row] = await query.explain<{ 'QUERY PLAN': readonly { Plan: Node }[] }>('json');
      expect(nodesOf(row!['QUERY PLAN'][0]!.Plan)).toEqual(['Limit', `Index Scan by ${index}`]);
    }
  });
});
