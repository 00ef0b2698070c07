import type { Multipart, MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { Compile } from 'typebox/compile';
import { AppError, invalidField, type FieldError } from '../../kernel/errors.js';
import type { EvidenceService, StoredFile } from './evidence.js';
import { EvidenceMetadata } from './schemas.js';

const METADATA_MAX_BYTES = 64 * 1024;
const metadataValidator = Compile(EvidenceMetadata);

export interface Upload {
  readonly metadata: EvidenceMetadata;
  readonly file: StoredFile;
}

/**
 * Reads the parts `metadata` and `file`, in either order, the file straight into the store. An upload that turns out to be
 * incomplete, or breaks off, leaves nothing behind.
 */
export async function readUpload(
  request: FastifyRequest,
  evidence: EvidenceService,
  maxBytes: number,
): Promise<Upload> {
  if (!request.isMultipart()) {
    throw new AppError(
      'request/unsupported-media-type',
      'Send multipart/form-data with the parts "metadata" and "file".',
    );
  }
  let metadata: EvidenceMetadata | undefined;
  let file: StoredFile | undefined;
  try {
    const limits = { fileSize: maxBytes + 1, files: 2, fields: 1, parts: 2, fieldSize: METADATA_MAX_BYTES };
    for await (const part of request.parts({ limits })) {
      if (part.fieldname === 'metadata' && !metadata) metadata = checkMetadata(await readText(part));
      else if (part.fieldname === 'file' && part.type === 'file' && !file)
        file = await evidence.storeFile(part.file);
      else
        throw invalidField(
          `/${part.fieldname === 'file' ? 'file' : 'parts'}`,
          'send one part "metadata" and one file part "file"',
        );
    }
    if (!metadata) throw invalidField('/metadata', 'is required');
    if (!file) throw invalidField('/file', 'is required');
    return { metadata, file };
  } catch (error) {
    if (file) await evidence.discardFile(file);
    throw toUploadError(error);
  }
}

/** Some clients send a JSON part as a field, some as a file. */
async function readText(part: Multipart): Promise<string> {
  if (part.type === 'field') return String(part.value);
  return readFileText(part);
}

async function readFileText(part: MultipartFile): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of part.file as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > METADATA_MAX_BYTES)
      throw new AppError('request/too-large', 'The metadata are larger than is taken here.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function checkMetadata(text: string): EvidenceMetadata {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AppError('request/malformed-json', 'The part "metadata" is not JSON.');
  }
  if (metadataValidator.Check(value)) return value;
  const errors = metadataValidator.Errors(value).map(toFieldError);
  throw new AppError('request/invalid', 'The metadata are not valid.', { errors });
}

function toFieldError(error: { instancePath: string; message: string }): FieldError {
  return { pointer: `/metadata${error.instancePath}`, detail: error.message };
}

/** What the multipart reader finds wrong with the request is the sender's to mend. */
function toUploadError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = (error as { code?: unknown }).code;
  if (
    code === 'FST_REQ_FILE_TOO_LARGE' ||
    code === 'FST_PARTS_LIMIT' ||
    code === 'FST_FILES_LIMIT' ||
    code === 'FST_FIELDS_LIMIT'
  ) {
    return new AppError(
      'request/too-large',
      'Send one part "metadata" and one part "file", within the limits of size.',
    );
  }
  return error;
}
