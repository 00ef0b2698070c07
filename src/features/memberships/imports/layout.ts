import { invalidField } from '../../../kernel/errors.js';
import { isJsonObject, parseStrictJson } from '../../../kernel/strictJson.js';
import { MEMBER_COLUMNS, type MemberCells, type MemberColumn } from '../register/rules.js';

/** Where in a file each value of a member stands. */
export interface Layout {
  /** From our name of a column to the file's; absent: the file uses our names. */
  readonly mapping?: Readonly<Partial<Record<MemberColumn, string>>>;
  /** What holds for every line. */
  readonly constants: Readonly<MemberCells>;
  readonly delimiter: string;
}

export const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t' } as const;

export function readLayout(query: {
  readonly mapping?: string;
  readonly constants?: string;
  readonly delimiter?: keyof typeof DELIMITERS;
}): Layout {
  const mapping = query.mapping === undefined ? undefined : readMap('mapping', query.mapping);
  const constants = query.constants === undefined ? {} : readMap('constants', query.constants);
  if (constants.email !== undefined)
    throw invalidField('/querystring/constants/email', 'cannot be the same for every member');
  const twice = Object.keys(mapping ?? {}).find((column) => column in constants);
  if (twice !== undefined)
    throw invalidField(`/querystring/constants/${twice}`, 'stands in the mapping as well');
  return {
    ...(mapping === undefined ? {} : { mapping }),
    constants,
    delimiter: DELIMITERS[query.delimiter ?? 'comma'],
  };
}

function readMap(name: string, text: string): Partial<Record<MemberColumn, string>> {
  const value = parseStrictJson(text)?.value;
  const pointer = `/querystring/${name}`;
  if (!isJsonObject(value)) throw invalidField(pointer, 'must be a JSON object of texts');
  for (const [column, source] of Object.entries(value)) {
    if (!isColumn(column)) throw invalidField(pointer, `takes only: ${MEMBER_COLUMNS.join(', ')}`);
    if (typeof source !== 'string' || source === '' || source.length > 300 || source.includes('\0'))
      throw invalidField(`${pointer}/${column}`, 'must be a text');
  }
  return value;
}

export function isColumn(text: string): text is MemberColumn {
  return (MEMBER_COLUMNS as readonly string[]).includes(text);
}

/** Which column of ours each of the file's is; `undefined` for those that are not read. */
export type Header = readonly (MemberColumn | undefined)[];

/** Throws `request/invalid`: without a mapping every column must be one of ours, so that a misspelled one is not lost in silence. */
export function readHeader(cells: readonly string[], { mapping, constants }: Layout): Header {
  const names = cells.map((cell) => cell.trim());
  const header = names.map((name) => columnOf(name, mapping));
  const columns = header.filter((column) => column !== undefined);
  const unread = mapping ? -1 : header.indexOf(undefined);
  if (unread !== -1)
    throw invalidField(
      `/header/${unread}`,
      `is none of: ${MEMBER_COLUMNS.join(', ')}; give a mapping to read a file with other columns`,
    );
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) throw invalidField('/header', `has more than one column for "${twice}"`);
  const lost = Object.keys(mapping ?? {}).find((column) => !columns.includes(column as MemberColumn));
  if (lost !== undefined) throw invalidField(`/querystring/mapping/${lost}`, 'names no column of the file');
  const both = columns.find((column) => column in constants);
  if (both !== undefined) throw invalidField(`/querystring/constants/${both}`, 'stands in the file as well');
  return header;
}

function columnOf(name: string, mapping: Layout['mapping']): MemberColumn | undefined {
  if (!mapping) return MEMBER_COLUMNS.find((column) => column.toLowerCase() === name.toLowerCase());
  const [column] = Object.entries(mapping).find(([, source]) => source === name) ?? [];
  return column as MemberColumn | undefined;
}
