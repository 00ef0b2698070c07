/**
 * Writes what the product needs of public lists and standards into `src/reference/data`, in the project's own form:
 * `npx tsx scripts/bundleReferenceData.ts ../shared/data [--check]`.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';

const TARGET = join(import.meta.dirname, '../src/reference/data');

/** One line a name: code, country, subdivision, A(ctive) or I(nactive), language, name, transliterated name, abbreviations. */
export function composeLegalForms(csv: string): string {
  const rows: Record<string, string>[] = parse(csv, { columns: true, bom: true });
  const lines = rows.map((row) => {
    const cell = (column: string) => (row[column] ?? '').replaceAll(/\s+/g, ' ').trim();
    const name = cell('Entity Legal Form name Local name');
    const transliterated = cell('Entity Legal Form name Transliterated name (per ISO 01-140-10)');
    const abbreviations = new Set(
      [cell('Abbreviations Local language'), cell('Abbreviations transliterated')]
        .flatMap((list) => list.split(';'))
        .map((abbreviation) => abbreviation.trim())
        .filter((abbreviation) => abbreviation !== ''),
    );
    return [
      cell('ELF Code'),
      cell('Country Code (ISO 3166-1)'),
      cell('Country sub-division code (ISO 3166-2)'),
      cell('ELF Status ACTV/INAC') === 'ACTV' ? 'A' : 'I',
      cell('Language Code (ISO 639-1)'),
      name,
      transliterated === name ? '' : transliterated,
      [...abbreviations].join(';'),
    ].join('\t');
  });
  return `${lines.join('\n')}\n`;
}

/** What explains a schema and decides nothing. */
const NOTES = new Set([
  'title',
  'description',
  '$comment',
  'version',
  'propertyOrder',
  'codelist',
  'openCodelist',
]);

/** The five schemas of BODS without their explanations, and the title of each code of its codelists. */
export function composeBods(folder: string): string {
  const schemas = ['statement', 'components', 'entity-record', 'person-record', 'relationship-record'].map(
    (name) => withoutNotes(JSON.parse(readFileSync(join(folder, `schema/${name}.json`), 'utf8'))),
  );
  const lists = join(folder, 'schema/codelists');
  const codelists = readdirSync(lists)
    .sort()
    .map((file): [string, Record<string, string>] => {
      const rows: { code: string; title: string }[] = parse(readFileSync(join(lists, file), 'utf8'), {
        columns: true,
        bom: true,
      });
      return [file.replace('.csv', ''), Object.fromEntries(rows.map(({ code, title }) => [code, title]))];
    });
  return `${JSON.stringify({ bodsVersion: '0.4', schemas, codelists: Object.fromEntries(codelists) }, null, 1)}\n`;
}

/** `keyword` tells the members of a schema from those of `properties`, which may be called `title` too. */
function withoutNotes(value: unknown, isNamed = false): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNotes(item));
  // `urn:statement` is no URN, and Ajv minds.
  if (typeof value === 'string')
    return value.replace(/^urn:(?=components|entity|person|relationship|statement)/, 'bods:');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => isNamed || !NOTES.has(name))
      .map(([name, child]) => [
        name,
        withoutNotes(child, !isNamed && (name === 'properties' || name === '$defs')),
      ]),
  );
}

export function composeReferenceData(source: string): Record<string, string> {
  return {
    'legal-forms.tsv': composeLegalForms(
      readFileSync(join(source, 'entity-legal-forms/elf-v1.5.csv'), 'utf8'),
    ),
    'bods-0.4.json': composeBods(join(source, 'bods')),
  };
}

if (process.argv[1] === import.meta.filename) {
  const [source, flag] = process.argv.slice(2);
  if (source === undefined) throw new Error('Say where the sources are.');
  for (const [name, content] of Object.entries(composeReferenceData(source))) {
    const path = join(TARGET, name);
    if (flag !== '--check') writeFileSync(path, content);
    else if (readFileSync(path, 'utf8') !== content) throw new Error(`${name} is not what the sources say.`);
  }
}
