import { fileTypeFromBuffer } from 'file-type';
import type { Readable } from 'node:stream';

/** What a file is, is read from its first bytes; a name or a header says nothing that can be believed. */
const ALLOWED = new Set([
  'application/pdf',
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/tiff',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
]);

/** As many bytes as the detection may want to look at. */
const HEAD_BYTES = 4100;

/** The media type of content that may be kept, or `undefined`: unknown binaries, programs, archives and markup are not taken. */
export async function sniffMediaType(head: Uint8Array): Promise<string | undefined> {
  const detected = await fileTypeFromBuffer(head);
  if (detected) return ALLOWED.has(detected.mime) ? detected.mime : undefined;
  return isPlainText(head) ? 'text/plain' : undefined;
}

/** UTF-8 without control characters, and not markup, which a browser might be talked into running. */
function isPlainText(head: Uint8Array): boolean {
  let text: string;
  try {
    // The head may end within a character, so the decoder is told that more will come.
    text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
  } catch {
    return false;
  }
  const hasControls = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/.test(text);
  return !hasControls && text.trim() !== '' && !/^\s*<[a-z!?/]/i.test(text);
}

/** Reads the first bytes of a stream and gives them back with a stream of everything, those included. */
export async function peekHead(source: Readable): Promise<{ head: Buffer; content: AsyncIterable<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < HEAD_BYTES) {
    const { value, done } = await iterator.next();
    if (done === true) break;
    chunks.push(value);
    length += value.length;
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield* chunks;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head: Buffer.concat(chunks).subarray(0, HEAD_BYTES), content: all() };
}
