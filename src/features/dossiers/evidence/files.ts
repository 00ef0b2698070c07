import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { decryptStream, encryptStream } from '../../../adapters/chunkedCipher.js';
import { AppError } from '../../../kernel/errors.js';
import { newId, type EvidenceId } from '../../../kernel/ids.js';
import type { VirusScan } from '../../../kernel/ports.js';
import type { EvidenceDeps } from './deps.js';
import { newFileKey, openFileKey, type FileKeyDeps } from './fileKeys.js';
import { guardContent, peekHead, sniffMediaType, type ContentGuard } from './sniffing.js';

/** A file that is stored and encrypted, and belongs to no record yet. */
export interface StoredFile {
  readonly id: EvidenceId;
  /** In the clear until the record wraps it; a file that comes to no record is unreadable from then on. */
  readonly dataKey: Buffer;
  readonly digest: Buffer;
  readonly sizeBytes: number;
  readonly mediaType: string;
}

type FileDeps = Pick<EvidenceDeps, 'blobs' | 'scanner' | 'maxBytes'>;

/**
 * From a stranger's hands into the store in one pass: looked at, counted, hashed, scanned, encrypted. What is refused on the way, the verdict of
 * the scanner included, ends the stream before its end, and what has no end is never seen in the store.
 */
export async function receiveFile(deps: FileDeps, source: Readable): Promise<StoredFile> {
  const { head, content } = await peekHead(source);
  const mediaType = await sniffMediaType(head);
  if (mediaType === undefined) throw notAllowed();
  const scan = deps.scanner?.startScan();
  try {
    return await storeEncrypted(
      deps,
      mediaType,
      scan ? scanned(content, scan) : content,
      guardContent(mediaType),
    );
  } finally {
    scan?.abort();
  }
}

/** What we wrote ourselves. */
export async function storeOwnFile(deps: FileDeps, mediaType: string, content: Buffer): Promise<StoredFile> {
  return storeEncrypted(deps, mediaType, Readable.from([content]), () => true);
}

export async function readFile(
  deps: Pick<EvidenceDeps, 'blobs'> & FileKeyDeps,
  row: Parameters<typeof openFileKey>[1],
): Promise<Readable> {
  const { id } = row;
  const dataKey = await openFileKey(deps, row);
  try {
    const stored = await deps.blobs.get(id);
    const content = decryptStream(dataKey, id);
    pipeline(stored, content, () => undefined);
    return content;
  } finally {
    dataKey.fill(0);
  }
}

async function storeEncrypted(
  deps: FileDeps,
  mediaType: string,
  content: AsyncIterable<Buffer>,
  guard: ContentGuard,
): Promise<StoredFile> {
  const id = newId<'evidence'>();
  const dataKey = newFileKey();
  const measured = measure(content, deps.maxBytes, guard);
  const cipher = encryptStream(dataKey, id);
  // A failure of the source reaches `put` through the cipher, so the callback has nothing left to do.
  pipeline(Readable.from(measured.content), cipher, () => undefined);
  await deps.blobs.put(id, cipher);
  return { id, dataKey, mediaType, ...measured.result() };
}

/** Counts and hashes what flows through, and stops what grows too large or turns into something else. */
function measure(content: AsyncIterable<Buffer>, maxBytes: number, guard: ContentGuard) {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  async function* through(): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes)
        throw new AppError('evidence/too-large', `A file may have ${maxBytes} bytes at the most.`);
      if (!guard(chunk, false)) throw notAllowed();
      hash.update(chunk);
      yield chunk;
    }
    if (!guard(Buffer.alloc(0), true)) throw notAllowed();
  }
  return { content: through(), result: () => ({ sizeBytes, digest: hash.digest() }) };
}

/** Whatever is not "clean" is thrown before the end, so that the content never ends. */
async function* scanned(content: AsyncIterable<Buffer>, scan: VirusScan): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    if (!(await scan.write(chunk))) break;
    yield chunk;
  }
  const verdict = await scan.finish();
  if (verdict === 'infected')
    throw new AppError('evidence/infected', 'The scanner knows something harmful in the file.');
  if (verdict === 'unavailable')
    throw new AppError('evidence/scanner-unavailable', 'The virus scanner gave no verdict on the file.');
}

function notAllowed(): AppError {
  return new AppError(
    'evidence/type-not-allowed',
    'What the file holds is not a kind of document that is taken here.',
  );
}
