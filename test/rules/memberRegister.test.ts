import { contentProblems } from '../../src/features/dossiers/contentProblems.js';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { subjectKeys } from '../../src/features/applications/rules.js';
import { DossierBlocks } from '../../src/features/dossiers/schemas.js';
import { planBatch, type KnownMember, type OpenLine } from '../../src/features/memberships/imports/rules.js';
import {
  composeDossier,
  contentFaults,
  judgePatch,
  keysOf,
  readCells,
  type MemberPatch,
} from '../../src/features/memberships/register/rules.js';

const NOW = new Date('2026-11-20T09:00:00Z');
const ALBION = {
  name: 'Albion Housing Co-operative Limited',
  registrationNumber: 'C3719',
  registrationAuthority: 'Regulator of Social Housing',
  jurisdiction: 'GB-ENG',
  standing: 'good_standing',
};

describe('a line', () => {
  test('is tidied: blanks, empty cells, Unicode', () => {
    const { patch, errors } = readCells({ ...ALBION, name: ' Cafe\u0301  Co-op ', legalForm: ' ' }, NOW);
    expect(errors).toEqual([]);
    expect(patch).toEqual({ ...ALBION, name: 'Café Co-op', legalForm: null });
  });

  test.each([
    ['name', '=HYPERLINK("x")', 'spreadsheets'],
    ['memberNumber', '@SUM(A1)', 'spreadsheets'],
    ['legalForm', '+1', 'spreadsheets'],
    ['standing', '-1', 'spreadsheets'],
    ['name', '\uff1dHYPERLINK("x")', 'spreadsheets'],
    ['name', '\uff20SUM(A1)', 'spreadsheets'],
    ['name', 'Two\nlines', 'cannot be shown'],
    ['name', 'Evil\u202e', 'cannot be shown'],
    ['name', 'a\0b', 'cannot be shown'],
    ['name', 'x'.repeat(201), '200 characters'],
    ['jurisdiction', 'England', 'ISO 3166'],
    ['email', 'a@b', 'e-mail'],
    ['email', 'a@b.example, c@d.example', 'e-mail'],
    ['email', 'a@b.example\r\nBcc: c@d.example', 'cannot be shown'],
    ['registeredOn', '2026-02-30', 'date'],
    ['registeredOn', '20.07.1984', 'date'],
    ['memberSince', '2026-11-21', 'future'],
    ['registrationNumber', '', 'required'],
    ['name', '', 'required'],
  ])('with the %s %j says so, and not what it is', (column, value, words) => {
    const { errors } = readCells({ ...ALBION, [column]: value }, NOW);
    expect(errors).toEqual([{ pointer: `/${column}`, detail: expect.stringContaining(words) }]);
    if (value.length > 2) expect(errors[0]?.detail).not.toContain(value);
  });

  test('that lacks a column leaves what is known; a new member needs the whole of it', () => {
    const { name: _name, ...nameless } = ALBION;
    const patch: MemberPatch = { ...nameless, email: 'office@albion.example' };
    expect(readCells(patch, NOW).errors).toEqual([]);
    expect(judgePatch(ALBION, patch)).toEqual({
      outcome: 'changed',
      record: { ...ALBION, email: 'office@albion.example' },
    });
    expect(judgePatch(undefined, patch)).toMatchObject({
      outcome: 'failed',
      errors: [{ pointer: '/name' }],
    });
  });
});

describe('a batch', () => {
  const line = (patch: MemberPatch): OpenLine => ({
    id: crypto.randomUUID() as never,
    patch,
    keys: keysOf(patch, subjectKeys),
  });
  const known = (record: typeof ALBION & { registrationAuthorityCode?: string }): KnownMember => ({
    id: crypto.randomUUID() as never,
    record,
    subject_keys: keysOf(record, subjectKeys),
  });
  const plan = (lines: OpenLine[], members: KnownMember[]) =>
    planBatch(lines, members, {
      subjectKeys,
      findContentFaults: (record) => contentFaults(record, contentProblems),
      newMemberId: () => crypto.randomUUID() as never,
    });

  test('fails a line with which no dossier could begin, and names the column', () => {
    const faulty = { ...ALBION, jurisdiction: 'ZZ', registrationAuthorityCode: 'RA1' };
    expect(contentFaults(faulty, contentProblems).map(({ pointer }) => pointer)).toEqual([
      '/jurisdiction',
      '/registrationAuthorityCode',
    ]);
  });

  test('finds a member by its number, however it is written, and takes back what went to another address', () => {
    const member = known({ ...ALBION });
    const { added, changed, newAddresses, settled } = plan(
      [line({ ...ALBION, registrationNumber: 'c 3719', email: 'new@albion.example' })],
      [member],
    );
    expect([added.length, changed.map(({ id }) => id), newAddresses]).toEqual([0, [member.id], [member.id]]);
    expect(settled).toEqual([expect.objectContaining({ outcome: 'changed', memberId: member.id })]);
  });

  test('does nothing about what is as it was, also where only the code of the authority agrees', () => {
    const coded = { ...ALBION, registrationAuthorityCode: 'RA000591' };
    expect(plan([line(coded)], [known(coded)]).settled).toMatchObject([{ outcome: 'unchanged' }]);
    const renamed = { ...coded, registrationAuthority: 'RSH' };
    expect(plan([line(renamed)], [known(coded)]).settled).toMatchObject([{ outcome: 'changed' }]);
  });

  test('guesses nothing where a line names two members, or two lines one', () => {
    const byName = known({ ...ALBION });
    const byCode = known({ ...ALBION, registrationAuthority: 'RSH', registrationAuthorityCode: 'RA1' });
    const both = line({ ...ALBION, registrationAuthorityCode: 'RA1' });
    expect(plan([both], [byName, byCode]).settled).toMatchObject([{ outcome: 'failed' }]);
    const twice = plan([line({ ...ALBION }), line({ ...ALBION })], [byName]);
    expect(twice.settled).toMatchObject([{ outcome: 'unchanged' }, { outcome: 'failed' }]);
  });
});

test('whatever a register may say is a dossier that the co-op could have written', () => {
  const longest = {
    ...ALBION,
    name: 'x'.repeat(200),
    registrationNumber: 'x'.repeat(100),
    registrationAuthority: 'x'.repeat(200),
    registrationAuthorityCode: 'x'.repeat(20),
    legalForm: 'x'.repeat(200),
    registeredOn: '1984-07-20',
    memberNumber: 'x'.repeat(100),
    memberSince: '1990-01-01',
    standing: 'x'.repeat(100),
    email: 'office@albion.example',
  };
  const federation = { name: 'x'.repeat(200), did: 'did:web:passport.test:orgs:federation' };
  for (const record of [ALBION, longest]) {
    expect(readCells(record, NOW).errors).toEqual([]);
    const dossier = composeDossier(record, federation);
    expect(Value.Check(DossierBlocks, dossier)).toBe(true);
    expect(JSON.stringify(dossier)).not.toContain('office@');
  }
});
