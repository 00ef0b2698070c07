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

/** Text that a machine might be talked into running: markup, or a script that names its interpreter. */
const RUNNABLE =
  /^\ufeff?\s*<[a-z!?/]|^\ufeff?#!|<\?php|<(?:!doctype|html|head|body|script|svg|iframe|object|embed)\b/i;
const CONTROLS = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/;

/** UTF-8 without control characters, and nothing that runs. */
function isPlainText(head: Uint8Array): boolean {
  let text: string;
  try {
    // The head may end within a character, so the decoder is told that more will come.
    text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
  } catch {
    return false;
  }
  return !CONTROLS.test(text) && text.trim() !== '' && !RUNNABLE.test(text);
}

/** Looks at content on its way through; false as soon as it is not what its beginning promised. */
export type ContentGuard = (chunk: Uint8Array, isLast: boolean) => boolean;

/** What the first bytes cannot tell: text that turns into something else, and office files that bring programs along. */
export function guardContent(mediaType: string): ContentGuard {
  if (mediaType === 'text/plain') return guardText();
  return mediaType.startsWith('application/vnd.') ? guardOffice() : () => true;
}

function guardText(): ContentGuard {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (chunk, isLast) => {
    try {
      return !CONTROLS.test(decoder.decode(chunk, { stream: !isLast }));
    } catch {
      return false;
    }
  };
}

/** Names of a zip's entries are never compressed: VBA and Excel 4 macros, ActiveX, embedded objects; Basic and scripts of OpenDocument. */
const PROGRAM_ENTRIES =
  /vbaProject\.bin|vbaData\.xml|xl\/macrosheets\/|\/activeX\/|oleObject[0-9]*\.bin|Basic\/script|Scripts\//i;
/** As much as a name may be cut by the border of two chunks. */
const OVERLAP_CHARS = 64;

function guardOffice(): ContentGuard {
  let before = '';
  return (chunk) => {
    const text = before + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    before = text.slice(-OVERLAP_CHARS);
    return !PROGRAM_ENTRIES.test(text);
  };
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
