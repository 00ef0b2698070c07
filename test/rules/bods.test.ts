import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { controlProblems } from '../../src/features/dossiers/contentProblems.js';
import { composeCoopControl } from '../../src/reference/bods/composeCoop.js';
import { judgeConsistency } from '../../src/reference/bods/consistency.js';
import { summariseControl } from '../../src/reference/bods/controlSummary.js';
import { findCircles } from '../../src/reference/bods/cycles.js';
import type { BodsStatement } from '../../src/reference/bods/statement.js';
import { MAX_STATEMENTS, readStatements } from '../../src/reference/bods/validation.js';
import type { Answer } from '../support/api.js';

/** A statement as it comes, to be changed in any way. */
type Loose = Answer['body'];

/** The standard's own data and examples, and what is changed in them. */

const read = (name: string) =>
  JSON.parse(readFileSync(`test/vectors/bods/${name}.json`, 'utf8')) as Record<string, Loose[]>;
const VALID = read('validStatements');
const EXAMPLES = read('examples');

/** The files are shared by all tests here: each takes a copy. */
const example = (name: string) => structuredClone(EXAMPLES[`${name}.json`]!);
const problemsOf = (file: unknown) => readStatements(file).problems.map(({ pointer }) => pointer);
const codesOf = (file: unknown) => judgeConsistency(readStatements(file).statements!).map(({ code }) => code);

describe('the standard’s own statements pass', () => {
  test('there are 111 files of them', () => expect(Object.keys(VALID)).toHaveLength(111));
  test.each(Object.keys(VALID))('%s', (name) => {
    expect(controlProblems(VALID[name], '')).toEqual([]);
  });
  test.each(Object.keys(EXAMPLES))('the example %s, of which nothing is to be warned', (name) => {
    expect(controlProblems(EXAMPLES[name], '')).toEqual([]);
    expect(codesOf(EXAMPLES[name])).toEqual([]);
  });
});

describe('a statement is refused, and where and why is told', () => {
  const person = () => structuredClone(VALID['person.json']![0]);
  const relationship = () => structuredClone(VALID['relationship.json']![0]);

  test.each([
    'statementId',
    'statementDate',
    'declarationSubject',
    'recordId',
    'recordType',
    'recordDetails',
  ])('without its %s', (member) => {
    const statement = person();
    Reflect.deleteProperty(statement, member);
    expect(problemsOf([statement])).toEqual(expect.arrayContaining([`/0/${member}`]));
  });

  const detail = (change: (details: Loose) => void, statement = person()) => {
    change(statement.recordDetails);
    return [statement];
  };
  test.each<[string, () => Loose[], string]>([
    ['a short statementId', () => [{ ...person(), statementId: 'short' }], '/0/statementId'],
    ['a day that is none', () => [{ ...person(), statementDate: '2026-02-30' }], '/0/statementDate'],
    ['no list of names', () => detail((d) => (d.names = 'SECRET')), '/0/recordDetails/names'],
    ['a name without fullName', () => detail((d) => (d.names = [{}])), '/0/recordDetails/names/0/fullName'],
    [
      'a personType of its own',
      () => detail((d) => (d.personType = 'SECRET')),
      '/0/recordDetails/personType',
    ],
    ['a birthDate in words', () => detail((d) => (d.birthDate = 'SECRET')), '/0/recordDetails/birthDate'],
    [
      'an identifier of no scheme',
      () => detail((d) => (d.identifiers = [{ id: 'SECRET' }])),
      '/0/recordDetails/identifiers/0',
    ],
    [
      'a subject that is a number',
      () => detail((d) => (d.subject = 7), relationship()),
      '/0/recordDetails/subject',
    ],
    [
      'a reason of its own',
      () => detail((d) => (d.interestedParty = { reason: 'SECRET' }), relationship()),
      '/0/recordDetails/interestedParty',
    ],
    [
      'more than all',
      () => detail((d) => (d.interests = [{ share: { exact: 101 } }]), relationship()),
      '/0/recordDetails/interests/0/share/exact',
    ],
  ])('with %s', (_what, make, pointer) => {
    const file = make();
    expect(problemsOf(file)).toContain(pointer);
    expect(JSON.stringify(readStatements(file).problems)).not.toContain('SECRET');
  });

  test('each place once, though the schema may find several faults there', () => {
    const [problem, ...others] = readStatements([{ ...person(), statementDate: 'yesterday' }]).problems;
    expect(others).toEqual([]);
    expect(problem?.detail).toBe('must be a date (YYYY-MM-DD), or a date and time with its zone');
  });
});

describe('together, statements are refused', () => {
  const judge = (name: string, change: (file: Loose[]) => void) => {
    const file = example(name);
    change(file);
    return judgeConsistency(readStatements(file).statements!);
  };
  const relationshipIn = (file: Loose[]) => file.find(({ recordType }) => recordType === 'relationship');
  const personIn = (file: Loose[]) => file.find(({ recordType }) => recordType === 'person');

  test.each<[string, (file: Loose[]) => void]>([
    ['duplicate-statement-id', (file) => (file[1].statementId = file[0].statementId)],
    ['record-of-two-types', (file) => (relationshipIn(file).recordId = file[0].recordId)],
    [
      'subject-not-an-entity',
      (file) => (relationshipIn(file).recordDetails.subject = personIn(file).recordId),
    ],
    [
      'party-not-a-party',
      (file) => (relationshipIn(file).recordDetails.interestedParty = relationshipIn(file).recordId),
    ],
    [
      'declaration-about-a-relationship',
      (file) => (file[0].declarationSubject = relationshipIn(file).recordId),
    ],
    [
      'owner-not-a-person',
      (file) => {
        const { recordDetails } = relationshipIn(file);
        recordDetails.interestedParty = recordDetails.subject;
        recordDetails.interests[0].beneficialOwnershipOrControl = true;
      },
    ],
    [
      'share-range-empty',
      (file) => (relationshipIn(file).recordDetails.interests[0].share = { minimum: 75, maximum: 25 }),
    ],
    [
      'interest-ends-before-start',
      (file) =>
        Object.assign(relationshipIn(file).recordDetails.interests[0], {
          startDate: '2020-01-02',
          endDate: '2020-01-01',
        }),
    ],
  ])('%s', (code, change) => {
    const errors = judge('levent', change).filter(({ severity }) => severity === 'error');
    expect(errors.map((finding) => finding.code)).toContain(code);
    for (const { pointer } of errors) expect(pointer).toMatch(/^\/\d+\//);
  });

  test.each<[string, string, (file: Loose[]) => void]>([
    [
      'record-elsewhere',
      'levent',
      (file) => (relationshipIn(file).recordDetails.interestedParty = 'elsewhere'),
    ],
    ['reason-missing', 'levent', (file) => (personIn(file).recordDetails.personType = 'unknownPerson')],
    ['several-subjects', 'levent', (file) => (file[1].declarationSubject = 'another')],
    ['component-not-listed', 'levent', (file) => (personIn(file).recordDetails.isComponent = true)],
    ['component-after-primary', 'indirect-ownership', (file) => void file.reverse()],
    [
      'listed-not-component',
      'indirect-ownership',
      (file) => file.forEach((statement) => (statement.recordDetails.isComponent = false)),
    ],
  ])('or somebody is warned: %s', (code, name, change) => {
    const found = judge(name, change);
    expect(found.map((finding) => finding.code)).toContain(code);
    expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('hostile files', () => {
  const statement = VALID['person.json']![0];
  const nested = (depth: number) => {
    let value: object = {};
    for (let level = 0; level < depth; level++) value = { a: value };
    return value;
  };
  const entity = (recordId: string) => ({
    ...structuredClone(VALID['entity.json']![0]),
    statementId: `entity-${recordId}`.padEnd(32, '-'),
    recordId,
    declarationSubject: 'e0',
  });
  const owns = (party: string, subject: string) => ({
    statementId: `owns-${party}-${subject}`.padEnd(32, '-'),
    statementDate: '2026-01-01',
    declarationSubject: 'e0',
    recordId: `owns-${party}-${subject}`,
    recordType: 'relationship',
    recordDetails: { isComponent: false, subject, interestedParty: party },
  });

  test.each<[string, unknown]>([
    ['no list', { statements: [statement] }],
    ['null', null],
    ['10,000 statements', Array(10_000).fill(statement)],
    ['one more than may be', Array(MAX_STATEMENTS + 1).fill(statement)],
    ['nested 10,000 deep', [{ ...statement, extra: nested(10_000) }]],
    ['a text of a megabyte', [{ ...statement, declaration: 'x'.repeat(1_000_000) }]],
    ['a million numbers', [{ ...statement, extra: Array(1_000_000).fill(1) }]],
    ['__proto__ as a member', [JSON.parse('{"recordDetails":{"__proto__":{"isComponent":false}}}')]],
    ['500 times nothing', Array(MAX_STATEMENTS).fill({})],
    ['500 times null', Array(MAX_STATEMENTS).fill(null)],
  ])('are refused quickly: %s', (_what, file) => {
    const { problems } = readStatements(file);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(50);
  });

  test('ids named like what every object has are ids like others', () => {
    const file = [entity('__proto__'), entity('constructor'), owns('__proto__', 'constructor')];
    const found = codesOf(file).filter((code) => code !== 'several-subjects');
    expect(found).toEqual([]);
  });

  test('a circle of 200 owners is seen, and a chain that hangs on it is not taken for one', () => {
    const ring = Array.from({ length: 200 }, (_, index) => owns(`e${index}`, `e${(index + 1) % 200}`));
    const file = [
      ...Array.from({ length: 200 }, (_, index) => entity(`e${index}`)),
      ...ring,
      owns('e0', 'e500'),
    ];
    const circles = judgeConsistency(readStatements(file).statements!).filter(
      ({ code }) => code === 'circular-control',
    );
    expect(circles.map(({ pointer }) => pointer)).toEqual(
      ring.map((_, index) => `/${200 + index}/recordDetails/interestedParty`),
    );
  });

  test('a chain of 100,000 has no circle and exhausts nobody', () => {
    const edges = Array.from({ length: 100_000 }, (_, index) => ({ from: `${index}`, to: `${index + 1}` }));
    const inCircle = findCircles(edges);
    expect(edges.some(({ from, to }) => inCircle(from, to))).toBe(false);
  });
});

describe('a co-op without a beneficial owner', () => {
  let ids = 0;
  const statements = composeCoopControl({
    coop: {
      legalName: 'Albion Housing Co-operative Limited',
      registrationNumber: 'C3719',
      registrationAuthority: { name: 'Regulator of Social Housing' },
      jurisdiction: 'GB-ENG',
      legalForm: 'XLZV',
      incorporatedOn: '1987-03-23',
      lei: '506700GE1G29325QX363',
    },
    noBeneficialOwner: { reason: 'noBeneficialOwners', description: 'Each of 42 members has one vote.' },
    seniorManagingOfficials: [
      { name: 'Ada Example', role: 'Secretary', appointedOn: '2024-05-01', nationalities: ['GB', 'XK'] },
    ],
    statementDate: '2026-11-26',
    newId: () => `id-${(ids += 1)}`.padEnd(36, '0'),
  });

  test('is stated as the standard has it, without anything to warn of', () => {
    expect(statements.map(({ recordType }) => recordType)).toEqual([
      'entity',
      'relationship',
      'person',
      'relationship',
    ]);
    expect(problemsOf(statements)).toEqual([]);
    expect(codesOf(statements)).toEqual([]);
  });

  test('is summed up with the reason and the senior managing official', () => {
    expect(summariseControl(statements)).toEqual({
      beneficialOwners: [],
      seniorManagingOfficials: [
        {
          recordId: expect.any(String),
          kind: 'person',
          name: 'Ada Example',
          subject: 'Albion Housing Co-operative Limited',
          interests: [
            {
              type: 'seniorManagingOfficial',
              title: 'Senior managing official',
              directOrIndirect: 'direct',
              details: 'Secretary',
              startDate: '2024-05-01',
            },
          ],
        },
      ],
      others: [],
      unspecified: [
        {
          reason: 'noBeneficialOwners',
          title: 'No beneficial owners',
          description: 'Each of 42 members has one vote.',
        },
      ],
      declaresNoBeneficialOwner: true,
    });
  });
});

describe('the summary', () => {
  const summary = (name: string) => summariseControl(example(name) as BodsStatement[]);

  test('names owners with their shares, and leaves out how an indirect holding is made up', () => {
    const { beneficialOwners, others } = summary('fermcat');
    expect(beneficialOwners.length).toBeGreaterThan(0);
    for (const { kind, interests } of beneficialOwners) {
      expect(kind).toBe('person');
      expect(interests.length).toBeGreaterThan(0);
    }
    expect(
      [...beneficialOwners, ...others].flatMap(({ interests }) => interests).some(({ share }) => share),
    ).toBe(true);
  });

  test('of a listed company says why nobody is named', () => {
    const { declaresNoBeneficialOwner, unspecified } = summary('listed-company-exempt-from-disclosure');
    expect(declaresNoBeneficialOwner).toBe(false);
    expect(unspecified.map(({ reason }) => reason)).toEqual(['subjectExemptFromDisclosure']);
  });

  test('goes by the latest statement on a record, and by none of a closed one', () => {
    const file = example('levent');
    const named = file.find(({ recordType }) => recordType === 'person');
    const later = structuredClone(named);
    Object.assign(later, { statementDate: '2030-01-01', statementId: 'x'.repeat(32) });
    later.recordDetails.names[0].fullName = 'A New Name';
    const names = (statements: Loose[]) =>
      summariseControl(statements as BodsStatement[]).beneficialOwners.map(({ name }) => name);
    expect(names([later, ...file])).toContain('A New Name');
    expect(names([{ ...later, recordStatus: 'closed' }, ...file])).not.toContain('A New Name');
  });
});
