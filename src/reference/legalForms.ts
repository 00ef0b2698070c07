import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isCooperativeForm } from './cooperativeForms.js';
import { foldText } from './foldedText.js';

/** The Entity Legal Forms of ISO 20275, as GLEIF publishes them (ELF code list v1.5). */

export interface LegalFormName {
  readonly name: string;
  /** ISO 639-1 */
  readonly language?: string;
  readonly transliteratedName?: string;
  readonly abbreviations?: readonly string[];
}

export interface LegalForm {
  readonly code: string;
  /** ISO 3166-1 alpha-2; the two codes that stand for "none" and "not yet listed" have no country, and no name. */
  readonly country?: string;
  /** ISO 3166-2, where the form is not one of the whole country. */
  readonly subdivision?: string;
  readonly names: readonly LegalFormName[];
  readonly status: 'active' | 'inactive';
  readonly isCooperative: boolean;
}

export interface LegalFormQuery {
  /** ISO 3166-1 or 3166-2: a subdivision has its own forms, and those of its country. */
  readonly place?: string;
  /** Words, all of which stand in one of the names or abbreviations. */
  readonly words?: string;
  readonly isCooperative?: boolean;
}

/** From the sources and from `dist` alike: data are not compiled, they stay where they are. */
const LIST = fileURLToPath(new URL('../../src/reference/data/legal-forms.tsv', import.meta.url));

interface Entry {
  readonly form: LegalForm;
  /** All that it is called, folded, each between spaces. */
  readonly searched: string;
  readonly called: ReadonlySet<string>;
}

interface Index {
  readonly entries: readonly Entry[];
  readonly byCode: ReadonlyMap<string, Entry>;
}

let loaded: Index | undefined;

/** Read once, when first asked: which takes a moment, and most processes never need it. */
function index(): Index {
  loaded ??= readIndex(readFileSync(LIST, 'utf8'));
  return loaded;
}

export function findLegalForm(code: string): LegalForm | undefined {
  return index().byCode.get(code)?.form;
}

/** By country, the active ones first, then by name; all that match, in an order that never changes. */
export function searchLegalForms(query: LegalFormQuery): LegalForm[] {
  const words = foldText(query.words ?? '')
    .split(' ')
    .filter((word) => word !== '');
  return index()
    .entries.filter(
      ({ form, searched }) =>
        (query.place === undefined || isFormOf(form, query.place)) &&
        (query.isCooperative === undefined || form.isCooperative === query.isCooperative) &&
        (words.every((word) => searched.includes(word)) || foldText(form.code) === words[0]),
    )
    .map(({ form }) => form);
}

/** The forms of a country that are called exactly so, by name or abbreviation, whatever the case and marks. */
export function findLegalFormsCalled(words: string, country: string): LegalForm[] {
  const folded = foldText(words);
  return index()
    .entries.filter(({ form, called }) => form.country === country && called.has(folded))
    .map(({ form }) => form);
}

/** Whether a form of a country is abbreviated so, or has it in its name as a word in capitals (`… (SCOP)`). */
export function isAbbreviationIn(abbreviation: string, country: string): boolean {
  const word = new RegExp(`(?<![A-Z0-9])${abbreviation}(?![A-Z0-9])`);
  return index().entries.some(
    ({ form }) =>
      form.country === country &&
      form.names.some(
        ({ name, abbreviations = [] }) => abbreviations.includes(abbreviation) || word.test(name),
      ),
  );
}

function isFormOf(form: LegalForm, place: string): boolean {
  if (form.country !== place.slice(0, 2)) return false;
  return place.length === 2 || form.subdivision === undefined || form.subdivision === place;
}

function readIndex(list: string): Index {
  const rows = new Map<string, string[][]>();
  for (const line of list.split('\n')) {
    if (line === '') continue;
    const cells = line.split('\t');
    const code = cells[0] ?? '';
    const ofCode = rows.get(code);
    if (ofCode) ofCode.push(cells);
    else rows.set(code, [cells]);
  }
  const entries = [...rows].map(([code, cells]) => toEntry(code, cells));
  const keys = new Map(entries.map((entry) => [entry, sortKey(entry)]));
  entries.sort((a, b) => compareText(keys.get(a) ?? '', keys.get(b) ?? ''));
  return { entries, byCode: new Map(entries.map((entry) => [entry.form.code, entry])) };
}

function toEntry(code: string, rows: readonly string[][]): Entry {
  const [, country, subdivision, status] = rows[0] ?? [];
  const names = rows
    .map(([, , , , language, name, transliteratedName, abbreviations]) => ({
      name: name ?? '',
      ...(language ? { language } : {}),
      ...(transliteratedName ? { transliteratedName } : {}),
      ...(abbreviations ? { abbreviations: abbreviations.split(';') } : {}),
    }))
    .filter(({ name }) => name !== '');
  const form: LegalForm = {
    code,
    ...(country ? { country } : {}),
    ...(subdivision ? { subdivision } : {}),
    names,
    status: status === 'A' ? 'active' : 'inactive',
    isCooperative: isCooperativeForm(code, names),
  };
  const called = new Set(
    names
      .flatMap(({ name, transliteratedName, abbreviations = [] }: LegalFormName) => [
        name,
        transliteratedName ?? '',
        ...abbreviations,
      ])
      .map(foldText)
      .filter((folded) => folded !== ''),
  );
  return { form, called, searched: [...called].join(' | ') };
}

function sortKey({ form }: Entry): string {
  const name = foldText(form.names[0]?.name ?? '');
  return [form.country ?? 'ZZ', form.status, form.subdivision ?? '', name, form.code].join('\t');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
