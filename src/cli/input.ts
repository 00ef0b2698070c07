import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** More than the largest thing that the service takes; what is longer is not read to its end. */
const MAX_BYTES = 4_000_000;

/** The text of a file, or of standard input for `-`, without blanks at either end. Rejects for an empty one. */
export async function readInput(path: string): Promise<string> {
  const name = path === '-' ? 'standard input' : path;
  const text = (path === '-' ? await readStream(process.stdin, name) : await readFile(path)).trim();
  if (text === '') throw new Error(`There is nothing in ${name}.`);
  return text;
}

/** The first line of standard input as it stands, blanks included: a password may begin or end with one. */
export async function readFirstLine(): Promise<string> {
  const [line = ''] = (await readStream(process.stdin, 'standard input')).split(/\r?\n/, 1);
  return line;
}

async function readFile(path: string): Promise<string> {
  const file = await open(path);
  return readStream(file.createReadStream(), path);
}

async function readStream(stream: Readable, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error(`${name} is larger than ${MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
