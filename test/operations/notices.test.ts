import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import { createNotices } from '../../src/features/notifications/notices/service.js';
import { newId, type OrganisationId } from '../../src/kernel/ids.js';
import type { NoticeKind } from '../../src/kernel/notices.js';
import type { Mail } from '../../src/kernel/ports.js';
import { createTestClock } from '../support/clock.js';
import { openTestDatabase } from '../support/database.js';

const PUBLIC_URL = 'https://passport.test';
const ADMINS = ['ada@coop.test', 'ben@coop.test'];
const clock = createTestClock();
const organisationId = newId<'organisation'>();
let database: DatabaseConnection;
let mails: Mail[] = [];

beforeAll(async () => {
  database = await openTestDatabase();
  await database.db
    .insertInto('organisations')
    .values({
      id: organisationId,
      slug: 'coop',
      name: 'The Name of a Co-operative',
      jurisdiction: 'GB',
      registration_number: null,
      website: null,
      created_at: clock.now(),
      closed_at: null,
    })
    .execute();
});
afterAll(() => database.close());

async function tell(kind: NoticeKind, subjectId: string, fails = false): Promise<void> {
  const { db } = database;
  const notices = createNotices({
    db,
    clock,
    publicUrl: PUBLIC_URL,
    listAddresses: async (_trx, id: OrganisationId) => (id === organisationId ? ADMINS : []),
    queueMail: async (_trx, mail) => void mails.push(mail),
  });
  await db.transaction().execute(async (trx) => {
    const pointers = ['/legalIdentity/legalName'];
    await notices.notify(trx, { organisationId, kind, subjectId, at: clock.now(), pointers });
    if (fails) throw new Error('the change did not happen');
  });
}

it('are mailed to every administrator, once an hour for each kind, with the kind and nothing else', async () => {
  const subjectId = crypto.randomUUID();
  for (let n = 0; n < 20; n += 1) await tell('credential.lapsing', crypto.randomUUID());
  await tell('credential.suspended', subjectId);
  expect(mails.map(({ to, subject }) => [to, subject])).toEqual(
    ['credential.lapsing', 'credential.suspended'].flatMap((kind) =>
      ADMINS.map((to) => [to, `Coop Passport: ${kind}`]),
    ),
  );
  for (const { text } of mails)
    for (const told of [subjectId, '/legalIdentity', 'The Name']) expect(text).not.toContain(told);
  mails = [];
  clock.advance(3_600);
  await tell('credential.lapsing', subjectId);
  expect(mails).toHaveLength(ADMINS.length);
});

it('are not there when the change that they tell of is not', async () => {
  const subjectId = crypto.randomUUID();
  await expect(tell('credential.revoked', subjectId, true)).rejects.toThrow('did not happen');
  const rows = await database.db.selectFrom('notices').select('subject_id').execute();
  expect(rows.map((row) => row.subject_id)).not.toContain(subjectId);
});
