import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** More than the largest thing that the service takes; what is longer is not read to its end. */
const MAX_BYTES = 4_000_000;

/** The text of a file, or of standard input for `-`, without blanks at either end. Rejects for an empty one, and a larger one. */
export async function readInput(path: string, maxBytes = MAX_BYTES): Promise<string> {
  const name = path === '-' ? 'standard input' : path;
  const stream = path === '-' ? process.stdin : (await open(path)).createReadStream();
  const text = (await readStream(stream, name, maxBytes)).trim();
  if (text === '') throw new Error(`There is nothing in ${name}.`);
  return text;
}

/** The first line of standard input as it stands, blanks included: a password may begin or end with one. */
export async function readFirstLine(): Promise<string> {
  const [line = ''] = (await readStream(process.stdin, 'standard input')).split(/\r?\n/, 1);
  return line;
}

async function readStream(stream: Readable, name: string, maxBytes = MAX_BYTES): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`${name} is larger than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
