import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { Compile } from 'typebox/compile';
import { refuseUnstorable } from '../../../http/validation.js';
import { AppError, invalidField, type FieldError } from '../../../kernel/errors.js';
import { EVIDENCE_SHAPES } from '../../../credentials/evidence/shapes.js';
import type { OrganisationCaller } from '../../../kernel/caller.js';
import { CommonMetadata, type EvidenceMetadata } from './schemas.js';
import type { CheckedMetadata, EvidenceService, StoredFile } from './service.js';

const METADATA_MAX_BYTES = 64 * 1024;
const commonValidator = Compile(CommonMetadata);
const detailValidators = {
  document: Compile(EVIDENCE_SHAPES.document),
  electronic_record: Compile(EVIDENCE_SHAPES.electronic_record),
  vouch: Compile(EVIDENCE_SHAPES.vouch),
  electronic_signature: Compile(EVIDENCE_SHAPES.electronic_signature),
} as const;

export interface Upload {
  readonly metadata: CheckedMetadata;
  readonly file: StoredFile;
}

/**
 * Reads the parts `metadata` and `file`, in either order, the file straight into the store. An upload that turns out to be
 * incomplete, or breaks off, leaves nothing behind.
 */
export async function readUpload(
  request: FastifyRequest,
  evidence: Pick<EvidenceService, 'checkMetadata' | 'storeFile' | 'discardFile'>,
  caller: OrganisationCaller,
  maxBytes: number,
): Promise<Upload> {
  if (!request.isMultipart()) {
    throw new AppError(
      'request/unsupported-media-type',
      'Send multipart/form-data with the parts "metadata" and "file".',
    );
  }
  let metadata: CheckedMetadata | undefined;
  let file: StoredFile | undefined;
  let storing: Readable | undefined;
  try {
    const limits = { fileSize: maxBytes + 1, files: 2, fields: 1, parts: 2, fieldSize: METADATA_MAX_BYTES };
    for await (const part of request.parts({ limits, isPartAFile })) {
      if (part.fieldname === 'metadata' && part.type === 'file' && !metadata)
        metadata = await evidence.checkMetadata(caller, readMetadata(await readBytes(part)));
      else if (part.fieldname === 'file' && part.type === 'file' && !file) {
        storing = part.file;
        file = await evidence.storeFile(part.file);
        storing = undefined;
      } else
        throw invalidField(
          `/${part.fieldname === 'file' ? 'file' : 'parts'}`,
          'send one part "metadata" and one file part "file"',
        );
    }
    if (!metadata) throw invalidField('/metadata', 'is required');
    if (!file) throw invalidField('/file', 'is required');
    return { metadata, file };
  } catch (error) {
    // Most clients read no answer before they have sent everything, so what is left is let go by.
    request.raw.unpipe();
    request.raw.resume();
    if (file) await evidence.discardFile(file);
    throw toUploadError(error, storing);
  }
}

/** Some clients send a JSON part as a field, some as a file. Here both are a stream of bytes, so that nobody but us reads them. */
function isPartAFile(
  name: string | undefined,
  contentType: string | undefined,
  filename: string | undefined,
) {
  return name === 'metadata' || filename !== undefined || contentType === 'application/octet-stream';
}

async function readBytes(part: MultipartFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of part.file as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > METADATA_MAX_BYTES)
      throw new AppError('request/too-large', 'The metadata are larger than is taken here.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function readMetadata(bytes: Buffer): EvidenceMetadata {
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(bytes));
  } catch {
    throw new AppError('request/malformed-json', 'The part "metadata" is not JSON in UTF-8.');
  }
  refuseUnstorable(value, '/metadata');
  const errors = commonValidator.Check(value) ? detailErrors(value) : toFieldErrors(commonValidator, value);
  if (errors.length > 0) throw new AppError('request/invalid', 'The metadata are not valid.', { errors });
  return value as EvidenceMetadata;
}

/** By the shape of the type that was said, so that what is wrong is not told of all four. */
function detailErrors({
  type,
  details,
}: {
  type: EvidenceMetadata['type'];
  details?: unknown;
}): FieldError[] {
  if (details === undefined) return [];
  const validator = detailValidators[type];
  return validator.Check(details) ? [] : toFieldErrors(validator, details, '/details');
}

type Issue = { keyword: string; instancePath: string; params: object; message: string };
const MOST_ERRORS = 20;

function toFieldErrors(
  validator: { Errors(value: unknown): Issue[] },
  value: unknown,
  base = '',
): FieldError[] {
  return validator
    .Errors(value)
    .flatMap((issue) => toFieldError(issue, base))
    .slice(0, MOST_ERRORS);
}

/** In the words that bodies get in `http/problem.ts`. */
function toFieldError(error: Issue, base: string): FieldError[] {
  const pointer = `/metadata${base}${error.instancePath}`;
  const { requiredProperties, allowedValues } = error.params as Record<string, readonly string[] | undefined>;
  if (requiredProperties)
    return requiredProperties.map((member) => ({ pointer: `${pointer}/${member}`, detail: 'is required' }));
  if (allowedValues) return [{ pointer, detail: `must be one of: ${allowedValues.join(', ')}` }];
  // Told member by member (`boolean`), and once more for all together.
  if (error.keyword === 'additionalProperties') return [];
  return [{ pointer, detail: error.keyword === 'boolean' ? 'is not a known member' : error.message }];
}

/** What the multipart reader finds wrong with the request is the sender's to mend; what goes wrong with storing, while its source is well, is not. */
function toUploadError(error: unknown, storing: Readable | undefined): unknown {
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
  const isSenders =
    storing === undefined || storing.errored !== null || code === 'ERR_STREAM_PREMATURE_CLOSE';
  if (!isSenders) return error;
  return new AppError('request/failed', 'The multipart body is not well-formed, or breaks off.');
}
