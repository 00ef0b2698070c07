import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { Agent, request, type Dispatcher } from 'undici';
import type { BlobStore } from '../kernel/ports.js';
import { BLOB_KEY_PATTERN, BlobNotFoundError } from './blobStore.js';

export interface S3Settings {
  /** Origin of the service; the bucket comes in the path, which every S3-compatible service takes. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The service answered something else than was hoped for, and it is nobody's but the operator's to mend. */
export class S3Error extends Error {
  override readonly name = 'S3Error';

  constructor(readonly status: number) {
    super(`the S3 service answered ${status}`);
  }
}

/** S3's smallest part, so that as little as possible is in memory: the length of an upload is not known before its end. */
const PART_BYTES = 5 * 1024 * 1024;
const ATTEMPTS = 3;
const RETRY_MS = 200;

/**
 * Blobs as objects of a bucket, by Amazon's S3 API as others offer it too. What fits in one part is one PUT; anything larger is a multipart upload, of
 * which nothing is seen before it is completed, and which is aborted when its stream fails. What a crash leaves of one is for the bucket's lifecycle rule
 * (AbortIncompleteMultipartUpload). Every request is signed over its content (AWS Signature Version 4). The store knows bytes only: content comes encrypted.
 */
export function createS3BlobStore(settings: S3Settings): BlobStore & { requireBucket(): Promise<void> } {
  const ask = createRequester(settings);
  const pathOf = (key: string): string => {
    if (!BLOB_KEY_PATTERN.test(key)) throw new TypeError('not a blob key');
    return `/${settings.bucket}/${key}`;
  };

  return {
    /** Throws where the bucket is not there or not ours to use. */
    async requireBucket() {
      await ask('HEAD', `/${settings.bucket}`);
    },

    async put(key, content) {
      // A stream may fail before its reading starts, which then meets the error; with no listener until there it would end the process.
      content.on('error', () => undefined);
      try {
        const path = pathOf(key);
        const upload = createUpload(ask, path);
        try {
          for await (const { part, isLast } of cutIntoParts(content)) await upload.add(part, isLast);
        } catch (error) {
          await upload.abort();
          throw error;
        }
      } finally {
        content.destroy();
      }
    },

    async get(key) {
      try {
        return (await ask('GET', pathOf(key), { keepsBody: true })).body;
      } catch (error) {
        throw error instanceof S3Error && error.status === 404 ? new BlobNotFoundError() : error;
      }
    },

    async delete(key) {
      try {
        await ask('DELETE', pathOf(key));
      } catch (error) {
        if (!(error instanceof S3Error && error.status === 404)) throw error;
      }
    },
  };
}

interface Answered {
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
  readonly body: Readable;
}

type Requester = (
  method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD',
  path: string,
  options?: { readonly body?: Buffer; readonly keepsBody?: true },
) => Promise<Answered>;

/** One signed request, repeated when the service is at fault; rejects with {@link S3Error} for what is not a 2xx. */
function createRequester(settings: S3Settings): Requester {
  const { endpoint, region, accessKeyId, secretAccessKey } = settings;
  const agent = new Agent({ connect: { timeout: 5_000 }, headersTimeout: 60_000, bodyTimeout: 30_000 });

  const askOnce: Requester = async (method, path, { body = Buffer.alloc(0), keepsBody } = {}) => {
    const url = `${endpoint}${path}`;
    const digest = createHash('sha256').update(body).digest('hex');
    const signer = new AwsV4Signer({
      method,
      url,
      headers: { 'x-amz-content-sha256': digest },
      accessKeyId,
      secretAccessKey,
      region,
      service: 's3',
    });
    const { headers } = await signer.sign();
    const answer = await request(url, {
      method,
      headers: Object.fromEntries(headers),
      dispatcher: agent,
      ...(method === 'PUT' || method === 'POST' ? { body } : {}),
    });
    const isGood = answer.statusCode >= 200 && answer.statusCode < 300;
    const text = isGood && keepsBody ? '' : await answer.body.text();
    if (!isGood) throw new S3Error(answer.statusCode);
    return { headers: answer.headers, text, body: answer.body };
  };

  return async (method, path, options) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await askOnce(method, path, options);
      } catch (error) {
        const isTheirs = !(error instanceof S3Error) || error.status >= 500 || error.status === 429;
        if (!isTheirs || attempt === ATTEMPTS) throw error;
        await wait(RETRY_MS * attempt);
      }
    }
  };
}

/** Pieces of {@link PART_BYTES}, the last one shorter. Each is overwritten by the next. */
async function* cutIntoParts(content: Readable): AsyncGenerator<{ part: Buffer; isLast: boolean }> {
  const buffer = Buffer.allocUnsafe(PART_BYTES);
  let filled = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    let offset = 0;
    while (offset < chunk.length) {
      if (filled === PART_BYTES) {
        yield { part: buffer, isLast: false };
        filled = 0;
      }
      const copied = chunk.copy(buffer, filled, offset);
      filled += copied;
      offset += copied;
    }
  }
  yield { part: buffer.subarray(0, filled), isLast: true };
}

function createUpload(ask: Requester, path: string) {
  const etags: string[] = [];
  let uploadId: string | undefined;
  let isClosing = false;

  async function complete(id: string): Promise<void> {
    const list = etags.map(
      (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
    );
    const body = Buffer.from(`<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`);
    isClosing = true;
    const { text } = await ask('POST', `${path}?uploadId=${id}`, { body });
    // A completion may fail after its 200 was sent.
    if (!text.includes('CompleteMultipartUploadResult')) throw new S3Error(500);
  }

  return {
    async add(part: Buffer, isLast: boolean): Promise<void> {
      if (isLast && uploadId === undefined) {
        isClosing = true;
        await ask('PUT', path, { body: part });
        return;
      }
      uploadId ??= encodeURIComponent(readUploadId((await ask('POST', `${path}?uploads=`)).text));
      const number = etags.length + 1;
      const { headers } = await ask('PUT', `${path}?partNumber=${number}&uploadId=${uploadId}`, {
        body: part,
      });
      etags.push(escapeXml(String(headers['etag'])));
      if (isLast) await complete(uploadId);
    },

    /** Best effort: what is wrong already is what the caller hears of. */
    async abort(): Promise<void> {
      if (uploadId !== undefined) await ask('DELETE', `${path}?uploadId=${uploadId}`).catch(() => undefined);
      // The answer to the last step may have been lost, and the step not.
      if (isClosing) await ask('DELETE', path).catch(() => undefined);
    },
  };
}

function readUploadId(xml: string): string {
  const id = /<UploadId>([^<]{1,1024})<\/UploadId>/.exec(xml)?.[1];
  if (id === undefined) throw new S3Error(500);
  return id
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
