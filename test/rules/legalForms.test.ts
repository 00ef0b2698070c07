import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { composeReferenceData } from '../../scripts/bundleReferenceData.js';
import { legalFormProblem, legalFormWarnings } from '../../src/features/dossiers/legalFormRules.js';
import { REVIEWED_EXCEPTIONS } from '../../src/reference/cooperativeForms.js';
import { findLegalForm, searchLegalForms } from '../../src/reference/legalForms.js';
import { isPlace } from '../../src/reference/places.js';

const codes = (query: Parameters<typeof searchLegalForms>[0]) =>
  searchLegalForms(query).map(({ code }) => code);

const SOURCES = '../shared/data';
test.runIf(existsSync(SOURCES))('the bundled lists are what the sources say', () => {
  for (const [name, content] of Object.entries(composeReferenceData(SOURCES)))
    expect(readFileSync(`src/reference/data/${name}`, 'utf8') === content, name).toBe(true);
});

describe('the list', () => {
  test('has every code once, with all of its names', () => {
    const all = searchLegalForms({});
    expect(all).toHaveLength(3430);
    expect(new Set(all.map(({ code }) => code)).size).toBe(3430);
    expect(findLegalForm('EE90')).toEqual({
      code: 'EE90',
      country: 'FI',
      names: [
        { name: 'Osuuskunta', language: 'fi', abbreviations: ['osk'] },
        { name: 'Andelslag', language: 'sv', abbreviations: ['anl'] },
      ],
      status: 'active',
      isCooperative: true,
    });
  });

  test('names no country that ISO 3166 does not have', () => {
    const unknown = searchLegalForms({}).filter(({ country }) => country !== undefined && !isPlace(country));
    expect(unknown).toEqual([]);
  });
});

describe('a search', () => {
  test.each([
    ['words without their accents', { words: 'spoldzielnia', place: 'PL' }, '8TOF'],
    ['words in capitals', { words: 'SPÓŁDZIELNIA' }, '8TOF'],
    ['Cyrillic', { words: 'кредитные потребительские' }, 'BLVV'],
    ['its transliteration', { words: "potrebitel'skiye kooperativy grazhdan" }, 'XNKN'],
    ['Chinese', { words: '合作社', place: 'TW' }, 'ALDM'],
    ['words in another order', { words: 'society registered', place: 'GB' }, 'XLZV'],
    ['an abbreviation', { words: 'eG', place: 'DE', isCooperative: true }, 'AZFE'],
    ['a code', { words: 'xlzv' }, 'XLZV'],
  ])('finds by %s', (_what, query, code) => {
    expect(codes(query)).toContain(code);
  });

  test('in a part of a country finds its own forms and those of the country', () => {
    const found = codes({ place: 'GB-NIR', isCooperative: true });
    expect(found).toEqual(expect.arrayContaining(['7VVZ', 'ZZGG']));
    expect(codes({ place: 'GB-ENG' })).not.toContain('7VVZ');
  });

  test('for nothing that is there finds nothing', () => {
    expect(codes({ words: 'no such form anywhere' })).toEqual([]);
  });
});

describe('a co-operative form', () => {
  const isCooperative = (code: string) => findLegalForm(code)?.isCooperative;

  // One of each language and kind, by hand.
  test.each(
    '8XDW QSI2 28FE PZ6Y EE90 VSEV 9RVC G5RH DPY1 8TOF 233U K5P8 9YIP 72I6 UMCR S97E 8BXP LUGM CTCH QFGM E7W8 XPX6 PHMS PC5A ZZGG 14OD TRS2'.split(
      ' ',
    ),
  )('%s is one', (code) => {
    expect(isCooperative(code)).toBe(true);
  });

  test('by law, whatever it is called', () => {
    for (const code of REVIEWED_EXCEPTIONS.byLaw) expect(isCooperative(code), code).toBe(true);
  });

  test.each([
    ['H0PO', 'a private limited company'],
    ['IYXU', 'a community benefit society'],
    ['4H0F', 'a public body for co-operation'],
    ['Y8WC', 'a group for co-operation of hospitals'],
    ['YVE8', 'a European grouping of interests'],
    ['EDN7', 'an economic association of Finland'],
    ['HA3N', 'a municipal pawnshop'],
    ['8888', 'no form in particular'],
  ])('%s is none: %s', (code) => {
    expect(isCooperative(code)).toBe(false);
  });

  test('is not what only mentions one', () => {
    for (const code of REVIEWED_EXCEPTIONS.notOne) expect(isCooperative(code), code).toBe(false);
  });

  test('is one in ten: a rule that suddenly takes more or fewer was changed by mistake', () => {
    expect(codes({ isCooperative: true })).toHaveLength(359);
  });

  test('every exception is in the list, so that none outlives it', () => {
    const exceptions = [...REVIEWED_EXCEPTIONS.byLaw, ...REVIEWED_EXCEPTIONS.notOne];
    expect(exceptions.filter((code) => !findLegalForm(code))).toEqual([]);
  });
});

describe('the form that a dossier states', () => {
  const problem = (jurisdiction: string, legalForm: string) => legalFormProblem({ jurisdiction, legalForm });
  const warnings = (jurisdiction: string, legalForm?: string) =>
    legalFormWarnings({ jurisdiction, legalForm }).map(({ code }) => code);

  test.each([
    ['GB', 'XLZV'],
    ['GB-ENG', 'ZZGG'],
    ['GB-ENG', 'Registered society'],
    ['DE', 'eG'],
    ['FR', 'SCOP'],
    ['GB', '9999'],
  ])('in %s may be %s', (jurisdiction, legalForm) => {
    expect(problem(jurisdiction, legalForm)).toBeUndefined();
  });

  test.each([
    ['GB', 'QQQQ', 'is no code'],
    ['GB', '8TOF', 'another country'],
    ['GB', 'FVGZ', 'not active any more'],
    ['GB', 'SARL', 'is no code'],
  ])('in %s may not be %s', (jurisdiction, legalForm, why) => {
    expect(problem(jurisdiction, legalForm)).toContain(why);
  });

  test.each([
    ['GB-ENG', 'XLZV', []],
    ['GB-ENG', 'Registered society', []],
    ['GB', 'co-operative society', []],
    ['PL', 'SPOLDZIELNIA', []],
    ['NL', 'coöp', []],
    ['XX', 'Worker co-operative', []],
    ['GB', 'H0PO', ['legal-form/not-cooperative']],
    ['GB', 'private limited company', ['legal-form/not-cooperative']],
    ['GB', '9999', ['legal-form/not-cooperative']],
    ['GB', 'Some kind of body', ['legal-form/unknown']],
    ['GB-ENG', '7VVZ', ['legal-form/other-subdivision']],
    ['GB', '7VVZ', []],
    ['GB', undefined, []],
  ])('in %s as %s warns of %j', (jurisdiction, legalForm, expected) => {
    expect(warnings(jurisdiction, legalForm)).toEqual(expected);
  });
});
