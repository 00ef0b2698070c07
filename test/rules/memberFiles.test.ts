import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/kernel/errors.js';
import { readLayout } from '../../src/features/memberships/imports/layout.js';
import { meter, readLines, type FileFormat } from '../../src/features/memberships/imports/reading.js';

/** A federation's file, as hostile and as sloppy as files are. */

async function* inPieces(bytes: Buffer, size = bytes.length > 1000 ? 1000 : 2): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(content: string | Buffer, query: object = {}, format: FileFormat = 'csv') {
  const lines = [];
  for await (const { line, cells, errors } of readLines(
    inPieces(Buffer.from(content)),
    format,
    readLayout(query),
  ))
    lines.push(errors.length > 0 ? [line, errors] : [line, cells]);
  return lines;
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error('it was not refused', { cause: error });
  const where = (error.options.errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`);
  return [error.code, ...where].join(': ');
}

describe('CSV', () => {
  test('may have a byte order mark, either line end, quotes, breaks inside them and blank lines', async () => {
    const file = '\ufeffname,standing\r\n"Albion, ""the"" Co-op",good\r\n\r\n"Two\nlines",x\n,\nLast,z';
    expect(await read(file)).toEqual([
      [2, { name: 'Albion, "the" Co-op', standing: 'good' }],
      [4, { name: 'Two\nlines', standing: 'x' }],
      [7, { name: 'Last', standing: 'z' }],
    ]);
  });

  test('names our columns in any case, or is mapped; a constant holds for every line', async () => {
    expect(await read('NAME, Standing\nA,b\n')).toEqual([[2, { name: 'A', standing: 'b' }]]);
    const mapping = JSON.stringify({ name: 'organisation_name' });
    const constants = JSON.stringify({ jurisdiction: 'GB' });
    const file = 'notes;organisation_name\nsecret;A\n';
    expect(await read(file, { mapping, constants, delimiter: 'semicolon' })).toEqual([
      [2, { name: 'A', jurisdiction: 'GB' }],
    ]);
  });

  test.each([
    ['', 'request/invalid: /header is missing: the first line names the columns'],
    ['name,surprise\n', 'request/invalid: /header/1 is none of:'],
    ['name,NAME\n', 'request/invalid: /header has more than one column for "name"'],
    [Buffer.from([0xff, 0x2c, 0x61, 0x0a]), 'request/invalid: /header/0 is not UTF-8'],
  ])('with the header %j is refused', async (file, refusal) => {
    expect(await refusalOf(read(file))).toContain(refusal);
  });

  test.each([
    [{ mapping: '{"name":"there is none"}' }, '/querystring/mapping/name names no column of the file'],
    [{ mapping: '[]' }, '/querystring/mapping must be a JSON object of texts'],
    [{ mapping: '{"name":"a","name":"b"}' }, '/querystring/mapping must be a JSON object of texts'],
    [{ mapping: '{"surprise":"a"}' }, '/querystring/mapping takes only: name'],
    [{ mapping: '{"name":7}' }, '/querystring/mapping/name must be a text'],
    [{ constants: '{"email":"a@b.example"}' }, '/querystring/constants/email cannot be the same'],
    [{ constants: '{"name":"A"}' }, '/querystring/constants/name stands in the file as well'],
    [
      { constants: '{"name":"A"}', mapping: '{"name":"name"}' },
      '/querystring/constants/name stands in the mapping as well',
    ],
  ])('with %j is refused', async (query, refusal) => {
    const reading = async () => read('name\nA\n', query);
    expect(await refusalOf(reading())).toContain(refusal);
  });

  test('of a line with too few or too many cells, and of a cell that is not UTF-8, the others do not suffer', async () => {
    const file = Buffer.concat([
      Buffer.from('name,standing\nA\nB,b,b\n'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from(',c\nD,d\n'),
    ]);
    expect(await read(file)).toEqual([
      [2, [{ pointer: '', detail: 'has 1 cells, where the first line has 2' }]],
      [3, [{ pointer: '', detail: 'has 3 cells, where the first line has 2' }]],
      [4, [{ pointer: '/name', detail: 'is not UTF-8' }]],
      [5, { name: 'D', standing: 'd' }],
    ]);
  });

  test.each([
    ['a quote that is never closed', 'name,standing\nA,"b\nC,d\n'],
    ['a quote inside a cell', 'name,standing\nA,b"c\nC,d\n'],
    ['text after a quote', 'name,standing\nA,"b"c\nC,d\n'],
    ['a line without an end', `name,standing\nA,${'b'.repeat(70_000)}\nC,d\n`],
  ])('with %s cannot be read to its end, and says where', async (_what, file) => {
    const reading = read(file);
    await expect(reading).rejects.toThrow(/^members\/file-unreadable: .* at line [234]:/);
  });
});

describe('NDJSON', () => {
  const ndjson = (content: string | Buffer, query: object = {}) => read(content, query, 'ndjson');

  test('is one object a line, the last with or without an end', async () => {
    expect(await ndjson('\ufeff{"name":"A"}\r\n\n{"name":"B","legalForm":null}')).toEqual([
      [1, { name: 'A' }],
      [3, { name: 'B', legalForm: null }],
    ]);
  });

  test('of what is none, says it of that line', async () => {
    const file = Buffer.concat([
      Buffer.from('[]\n{"name":"A","name":"B"}\n{"name":7}\n{"surprise":"x"}\n{"name":"'),
      Buffer.from([0xff]),
      Buffer.from('"}\n{"name":"F"}\n'),
    ]);
    const whole = [{ pointer: '', detail: 'is not one JSON object in UTF-8' }];
    expect(await ndjson(file)).toEqual([
      [1, whole],
      [2, whole],
      [3, [{ pointer: '/name', detail: 'must be a text or null' }]],
      [4, [{ pointer: '', detail: 'has a member that is not known' }]],
      [5, whole],
      [6, { name: 'F' }],
    ]);
  });

  test('may be mapped, and lines have an end', async () => {
    const mapping = JSON.stringify({ name: 'n' });
    expect(await ndjson('{"n":"A","other":{}}\n', { mapping })).toEqual([[1, { name: 'A' }]]);
    await expect(ndjson('x'.repeat(70_000))).rejects.toThrow('members/file-unreadable');
  });
});

test('more bytes than are taken are not read', async () => {
  let sent = 0;
  async function* endless() {
    for (;;) {
      sent += 1;
      yield Buffer.alloc(1000, 'a');
    }
  }
  const { content } = meter(endless(), 10_000);
  expect(await refusalOf(readLines(content, 'ndjson', readLayout({})).next())).toBe('request/too-large');
  expect(sent).toBe(11);
});
