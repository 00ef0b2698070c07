import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectStatus, registerOrganisation, type Organisation } from '../support/network.js';
import { createMachine, joinAs, refusalOf } from '../support/people.js';

let t: TestApp;
let federation: Organisation;
let statements = 0;

beforeAll(async () => {
  t = await startApp({ onQuery: () => (statements += 1) });
  federation = await registerOrganisation(t.api, 'Housing Co-operative Federation');
});
afterAll(() => t.close());

const HEADER = 'name,registrationNumber,registrationAuthority,jurisdiction,email,standing';
const row = (number: string, changes: { name?: string; email?: string; standing?: string } = {}) => {
  const { name = `Co-op ${number}`, email = `${number}@coop.example`, standing = 'good_standing' } = changes;
  return `${name},${number},Regulator of Social Housing,GB-ENG,${email},${standing}`;
};
const csv = (...rows: string[]) => [HEADER, ...rows].join('\n');

function send(content: string | Buffer, query = '', type = 'text/csv', by = federation): Promise<Answer> {
  return by.api.post(`/v1/member-imports${query}`, undefined, {
    raw: content,
    headers: { 'content-type': type },
  });
}
const countsOf = (answer: Answer) => expectStatus(answer, 201).body.counts;
const membersOf = async (query = '') =>
  expectStatus(await federation.api.get(`/v1/members?limit=100${query}`), 200).body.items;

describe('an import', () => {
  test('that is only tried says what would happen, and does none of it', async () => {
    const answer = await send(csv(row('A1'), row('A2', { name: '=1+1' })), '?dryRun=true');
    expect(answer.body).toMatchObject({ status: 'finished', dryRun: true });
    expect(countsOf(answer)).toEqual({ lines: 2, added: 1, unchanged: 0, changed: 0, failed: 1 });
    expect(await membersOf()).toEqual([]);
    const lines = expectStatus(await federation.api.get(`${answer.headers['location']}/lines`), 200);
    expect(lines.body.items).toEqual([
      { line: 2, outcome: 'added', errors: [] },
      {
        line: 3,
        outcome: 'failed',
        errors: [
          { pointer: '/name', detail: 'begins with a character that spreadsheets take for a formula' },
        ],
      },
    ]);
  });

  test('that was tried under an Idempotency-Key is not taken for one that was done', async () => {
    const attempt = (query: string) =>
      federation.api.post(`/v1/member-imports${query}`, undefined, {
        raw: csv(row('K1')),
        headers: { 'content-type': 'text/csv', 'idempotency-key': 'tried-first' },
      });
    const tried = expectStatus(await attempt('?dryRun=true'), 201);
    expect((await attempt('?dryRun=true')).body).toEqual(tried.body);
    expect(refusalOf(await attempt(''))).toBe('422 idempotency/key-reused');
  });

  test('takes what is good, says what is not, line by line and page by page, and is the same again', async () => {
    const file = csv(
      row('A1'),
      row('A2', { email: 'nobody' }),
      row('A1'),
      row('A3'),
      row('A4', { name: '' }),
    );
    const answer = await send(file);
    expect(countsOf(answer)).toEqual({ lines: 5, added: 2, unchanged: 0, changed: 0, failed: 3 });
    const failed = `${answer.headers['location']}/lines?outcome=failed&limit=2`;
    const first = expectStatus(await federation.api.get(failed), 200).body;
    const rest = expectStatus(await federation.api.get(`${failed}&after=${first.next}`), 200).body;
    const errors = [...first.items, ...rest.items].map(({ line, errors: [error] }) => [
      line,
      error.pointer,
      error.detail,
    ]);
    expect(errors).toEqual([
      [3, '/email', 'must be one e-mail address'],
      [4, '/registrationNumber', 'is the same co-op as line 2'],
      [6, '/name', 'is required'],
    ]);
    expect(JSON.stringify([first, rest])).not.toContain('nobody');
    expect(countsOf(await send(file))).toEqual({ lines: 5, added: 0, unchanged: 2, changed: 0, failed: 3 });
    expect(await membersOf()).toHaveLength(2);
  });

  test('changes what a later file says otherwise, and leaves what it does not mention', async () => {
    const contacts = [
      {
        registrationNumber: 'A1',
        registrationAuthority: 'Regulator of Social Housing',
        email: 'a1@new.example',
      },
      {
        registrationNumber: 'A9',
        registrationAuthority: 'Regulator of Social Housing',
        email: 'a9@new.example',
      },
    ];
    const ndjson = contacts.map((one) => JSON.stringify(one)).join('\n');
    const constants = encodeURIComponent('{"jurisdiction":"GB-ENG"}');
    const answer = await send(ndjson, `?constants=${constants}`, 'application/x-ndjson');
    expect(countsOf(answer)).toEqual({ lines: 2, added: 0, unchanged: 0, changed: 1, failed: 1 });
    const [member] = await membersOf('&q=co-op%20a1');
    expect(member).toMatchObject({
      state: 'imported',
      record: { name: 'Co-op A1', email: 'a1@new.example', standing: 'good_standing' },
    });
    expect(await membersOf('&q=%25')).toEqual([]);
    expect(await membersOf(`&importId=${answer.body.id}`)).toEqual([member]);
  });

  test('that breaks off, is too large, or cannot be read leaves nothing behind', async () => {
    const before = await t.connection.db.selectFrom('member_imports').selectAll().execute();
    const quoted = `${csv(row('B1'), row('B2'))}\n"B3`;
    const tooLarge = csv(...Array.from({ length: 600 }, (_, n) => row(`B${n}`)), 'x'.repeat(60_000_000));
    expect([refusalOf(await send(quoted)), refusalOf(await send(tooLarge))]).toEqual([
      '400 members/file-unreadable',
      '413 request/too-large',
    ]);
    expect(refusalOf(await send('{}', '', 'application/json'))).toBe('415 request/unsupported-media-type');
    expect(refusalOf(await send('name,surprise\n'))).toBe('400 request/invalid');
    expect(refusalOf(await send('name\n', '?dryRun=perhaps'))).toBe('400 request/invalid');
    expect(await t.connection.db.selectFrom('member_imports').selectAll().execute()).toEqual(before);
    expect(await membersOf('&q=B1')).toEqual([]);
  });

  test('of many lines takes as many statements for every 500 of them, and works them off in batches', async () => {
    const rows = Array.from({ length: 1500 }, (_, n) => row(`M${n}`));
    const counted = async (lines: string[]) => {
      const before = statements;
      const counts = countsOf(await send(csv(...lines)));
      return { counts, statements: statements - before };
    };
    const small = await counted(rows.slice(0, 500));
    const large = await counted(rows);
    expect(small.counts).toMatchObject({ added: 500 });
    expect(large.counts).toEqual({ lines: 1500, added: 1000, unchanged: 500, changed: 0, failed: 0 });
    expect(large.statements - small.statements).toBeLessThan(2 * 16);
  });
});

describe("a federation's register", () => {
  test('is corrected, and nobody gets into it twice', async () => {
    const [one, other] = await membersOf('&q=A');
    const path = `/v1/members/${one.id}`;
    const changed = await federation.api.patch(path, { standing: 'suspended', memberNumber: '17' });
    expect(expectStatus(changed, 200).body.record).toMatchObject({
      standing: 'suspended',
      memberNumber: '17',
    });
    const taken = { registrationNumber: other.record.registrationNumber };
    expect(refusalOf(await federation.api.patch(path, taken))).toBe('409 members/duplicate');
    const bad = await federation.api.patch(path, { email: '=cmd' });
    expect([refusalOf(bad), bad.body.errors[0].pointer]).toEqual(['400 request/invalid', '/email']);
    expectStatus(await federation.api.delete(path), 204);
    expect(refusalOf(await federation.api.get(path))).toBe('404 resource/not-found');
    expect(countsOf(await send(csv(row('A1'))))).toMatchObject({ added: 1 });
  });

  test('is its own: another federation has another, and one without the right none', async () => {
    const stranger = await registerOrganisation(t.api, 'Another Federation');
    const [member] = await membersOf();
    expect(refusalOf(await stranger.api.get(`/v1/members/${member.id}`))).toBe('404 resource/not-found');
    expect((await stranger.api.get('/v1/members')).body.items).toEqual([]);
    expect(countsOf(await send(csv(row('A1')), '', 'text/csv', stranger))).toMatchObject({ added: 1 });
    const delegate = await joinAs(t, federation, 'delegate');
    const machine = await createMachine(t, federation, ['dossier']);
    const raw = { raw: csv(row('Z1')), headers: { 'content-type': 'text/csv' } };
    for (const api of [delegate.api, machine])
      expect(refusalOf(await api.post('/v1/member-imports', undefined, raw))).toBe('403 auth/forbidden');
    const reviewer = await createMachine(t, federation, ['review']);
    expectStatus(await reviewer.post('/v1/member-imports?dryRun=true', undefined, raw), 201);
  });
});
