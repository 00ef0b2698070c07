import { parse, type CsvError } from 'csv-parse';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { LineError } from '../../../adapters/database/membershipTables.js';
import { AppError, invalidField } from '../../../kernel/errors.js';
import { isJsonObject, parseStrictJson } from '../../../kernel/strictJson.js';
import type { MemberCells } from '../register/rules.js';
import { isColumn, readHeader, type Header, type Layout } from './layout.js';

/** Reads a federation's file line by line, holding one line at a time. */

export interface ReadLine {
  readonly line: number;
  readonly cells: MemberCells;
  /** What is wrong with the line before anybody looks at its values. */
  readonly errors: LineError[];
}

export type FileFormat = 'csv' | 'ndjson';

const MOST_LINE_BYTES = 64 * 1024;

/** Counts and digests what passes. */
export function meter(source: AsyncIterable<Uint8Array>, maxBytes: number) {
  const hash = createHash('sha256');
  async function* pass(): AsyncGenerator<Buffer> {
    let length = 0;
    for await (const chunk of source) {
      length += chunk.length;
      if (length > maxBytes)
        throw new AppError('request/too-large', `A file may have ${maxBytes} bytes: split it.`);
      hash.update(chunk);
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    }
  }
  return { content: pass(), digest: () => hash.digest() };
}

export function readLines(
  content: AsyncIterable<Buffer>,
  format: FileFormat,
  layout: Layout,
): AsyncGenerator<ReadLine> {
  const unmarked = withoutMark(content);
  return format === 'csv' ? readCsv(unmarked, layout) : readNdjson(unmarked, layout);
}

const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A byte order mark at the beginning says nothing of what follows. */
async function* withoutMark(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of content) {
    if (!start) {
      yield chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < MARK.length) continue;
    yield start.subarray(start.indexOf(MARK) === 0 ? MARK.length : 0);
    start = undefined;
  }
  if (start && start.length > 0) yield start;
}

/**
 * RFC 4180, with a byte order mark or without. Where a quote is out of place nobody can tell where the lines after it begin, so such a
 * file is refused as a whole; what is wrong inside a line is that line's.
 */
async function* readCsv(content: AsyncIterable<Buffer>, layout: Layout): AsyncGenerator<ReadLine> {
  const parser = parse({
    // Cells as bytes: what is not UTF-8 is an error, not a replacement character.
    encoding: null,
    info: true,
    delimiter: layout.delimiter,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MOST_LINE_BYTES,
  });
  const source = Readable.from(content, { objectMode: false });
  // Its own error reaches who reads the parser.
  source.on('error', (error) => parser.destroy(error)).pipe(parser);
  let header: Header | undefined;
  try {
    for await (const entry of parser as AsyncIterable<{ info: { lines: number }; record: Buffer[] }>) {
      const { record, info } = entry;
      if (!header) {
        header = readHeader(record.map(decodeHeader), layout);
        continue;
      }
      if (record.every((cell) => cell.length === 0)) continue;
      yield readCsvLine(record, header, { line: info.lines - breaksIn(record), layout });
    }
  } catch (error) {
    throw isCsvError(error) ? unreadable(error.lines) : error;
  } finally {
    source.destroy();
  }
  if (!header) throw invalidField('/header', 'is missing: the first line names the columns');
}

function readCsvLine(
  record: readonly Buffer[],
  header: Header,
  { line, layout }: { line: number; layout: Layout },
): ReadLine {
  if (record.length !== header.length) {
    const detail = `has ${record.length} cells, where the first line has ${header.length}`;
    return { line, cells: {}, errors: [{ pointer: '', detail }] };
  }
  const cells: MemberCells = { ...layout.constants };
  const errors: LineError[] = [];
  header.forEach((column, index) => {
    const cell = record[index];
    if (column === undefined || cell === undefined) return;
    const text = decode(cell);
    if (text === undefined) errors.push({ pointer: `/${column}`, detail: 'is not UTF-8' });
    else cells[column] = text;
  });
  return { line, cells, errors };
}

async function* readNdjson(content: AsyncIterable<Buffer>, layout: Layout): AsyncGenerator<ReadLine> {
  let number = 0;
  for await (const bytes of splitLines(content)) {
    number += 1;
    if (bytes.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)) continue;
    yield readJsonLine(bytes, number, layout);
  }
}

function readJsonLine(bytes: Buffer, line: number, { mapping, constants }: Layout): ReadLine {
  const value = parseStrictJson(bytes)?.value;
  if (!isJsonObject(value))
    return { line, cells: {}, errors: [{ pointer: '', detail: 'is not one JSON object in UTF-8' }] };
  const cells: MemberCells = { ...constants };
  const errors: LineError[] = [];
  const sources = mapping ? Object.entries(mapping) : Object.keys(value).map((name) => [name, name] as const);
  for (const [column, source] of sources) {
    const cell = Object.hasOwn(value, source) ? value[source] : undefined;
    if (!isColumn(column)) errors.push({ pointer: '', detail: 'has a member that is not known' });
    else if (column in constants)
      errors.push({ pointer: `/${column}`, detail: 'is given for all lines as well' });
    else if (typeof cell === 'string' || cell === null) cells[column] = cell;
    else if (cell !== undefined) errors.push({ pointer: `/${column}`, detail: 'must be a text or null' });
  }
  return { line, cells, errors };
}

async function* splitLines(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let length = 0;
  let lines = 0;
  for await (const chunk of content) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      lines += 1;
      yield Buffer.concat([...pending, chunk.subarray(start, end)]);
      pending = [];
      length = 0;
      start = end + 1;
    }
    pending.push(Buffer.from(chunk.subarray(start)));
    length += chunk.length - start;
    if (length > MOST_LINE_BYTES) throw unreadable(lines + 1);
  }
  if (length > 0) yield Buffer.concat(pending);
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function decodeHeader(bytes: Buffer, index: number): string {
  const text = decode(bytes);
  if (text === undefined) throw invalidField(`/header/${index}`, 'is not UTF-8');
  return text;
}

/** The parser counts to the end of a record; people look for its beginning. */
function breaksIn(record: readonly Buffer[]): number {
  return record.reduce((sum, cell) => sum + (cell.toString('latin1').match(/\r\n|\r|\n/g)?.length ?? 0), 0);
}

function isCsvError(error: unknown): error is CsvError & { lines?: number } {
  return (
    typeof (error as { code?: unknown }).code === 'string' &&
    /^(CSV_|INVALID_)/.test((error as CsvError).code)
  );
}

function unreadable(line: unknown): AppError {
  const where = typeof line === 'number' ? ` at line ${line}` : '';
  return new AppError(
    'members/file-unreadable',
    `The file cannot be read any further${where}: a quote is out of place, or the line is longer than ${MOST_LINE_BYTES} bytes. Nothing of it was taken.`,
  );
}
