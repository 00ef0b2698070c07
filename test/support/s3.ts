import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};

/** An S3-compatible service on this machine with one bucket. It checks every signature with its own reading of AWS Signature Version 4. */
export interface FakeS3 {
  readonly settings: {
    readonly endpoint: string;
    readonly bucket: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  readonly objects: Map<string, Buffer>;
  /** Multipart uploads that were neither completed nor aborted. */
  readonly uploads: Map<string, Map<number, Buffer>>;
  /** What it answers the next requests with, instead of serving them. */
  readonly failures: {
    readonly method: string;
    readonly query?: string;
    readonly status: number;
    readonly after?: true;
  }[];
  readonly requests: string[];
  close(): Promise<void>;
}

const SMALLEST_PART = 5 * 1024 * 1024;

export async function startS3(): Promise<FakeS3> {
  const server = createServer((request, response) => {
    handle(request, response, s3).catch(() => request.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const s3: FakeS3 = {
    settings: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      bucket: 'evidence',
      region: 'eu-central-1',
      ...CREDENTIALS,
    },
    objects: new Map(),
    uploads: new Map(),
    failures: [],
    requests: [],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return s3;
}

async function handle(request: IncomingMessage, response: ServerResponse, s3: FakeS3): Promise<void> {
  const body = await buffer(request);
  const url = new URL(request.url ?? '/', s3.settings.endpoint);
  s3.requests.push(`${request.method} ${url.search}`);
  const answer = (status: number, text: string | Buffer = '', headers = {}): void => {
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : text);
  };
  if (!isSigned(request, url, body, s3.settings.region)) {
    answer(403, '<Error><Code>SignatureDoesNotMatch</Code></Error>');
    return;
  }
  const index = s3.failures.findIndex(
    ({ method, query = '' }) => method === request.method && url.search.includes(query),
  );
  const [failure] = index < 0 ? [] : s3.failures.splice(index, 1);
  if (failure && !failure.after) {
    answer(failure.status);
    return;
  }
  const [status, text, headers] = serve(request.method ?? '', url, body, s3);
  if (failure) answer(failure.status);
  else answer(status, text, headers);
}

function serve(method: string, url: URL, body: Buffer, s3: FakeS3): [number, (string | Buffer)?, object?] {
  const [, bucket, key = ''] = url.pathname.split('/');
  if (bucket !== s3.settings.bucket) return [404, '<Error><Code>NoSuchBucket</Code></Error>'];
  const uploadId = url.searchParams.get('uploadId') ?? '';
  const parts = s3.uploads.get(uploadId);
  switch (method) {
    case 'HEAD':
      return [200];
    case 'GET': {
      const object = s3.objects.get(key);
      return object ? [200, object] : [404, '<Error><Code>NoSuchKey</Code></Error>'];
    }
    case 'DELETE':
      if (uploadId === '') s3.objects.delete(key);
      else if (!s3.uploads.delete(uploadId)) return [404];
      return [204];
    case 'PUT': {
      if (uploadId === '') s3.objects.set(key, body);
      else if (parts) parts.set(Number(url.searchParams.get('partNumber')), body);
      else return [404];
      return [200, '', { etag: etagOf(body) }];
    }
    case 'POST': {
      if (url.searchParams.has('uploads')) {
        const id = `a+b/${s3.uploads.size}&c`;
        s3.uploads.set(id, new Map());
        return [
          200,
          `<InitiateMultipartUploadResult><UploadId>a+b/${s3.uploads.size - 1}&amp;c</UploadId></InitiateMultipartUploadResult>`,
        ];
      }
      if (!parts) return [404];
      const listed = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]+)<\/ETag>/g)];
      const pieces = listed.map(([, number, etag]) => {
        const part = parts.get(Number(number));
        return part && etagOf(part).replaceAll('"', '&quot;') === etag ? part : undefined;
      });
      const isGood =
        pieces.length === parts.size &&
        pieces.every(
          (piece, index) => piece && (index === pieces.length - 1 || piece.length >= SMALLEST_PART),
        );
      if (!isGood) return [400, '<Error><Code>InvalidPart</Code></Error>'];
      s3.uploads.delete(uploadId);
      s3.objects.set(key, Buffer.concat(pieces as Buffer[]));
      return [200, '<CompleteMultipartUploadResult><Key/></CompleteMultipartUploadResult>'];
    }
    default:
      return [405];
  }
}

function etagOf(content: Buffer): string {
  return `"${createHash('md5').update(content).digest('hex')}"`;
}

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** "Authenticating Requests (AWS Signature Version 4)", with the content signed too. */
function isSigned(request: IncomingMessage, url: URL, body: Buffer, region: string): boolean {
  const header =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    );
  const [, credential = '', names = '', signature = ''] = header ?? [];
  const [accessKeyId, date = '', ...scope] = credential.split('/');
  const digest = createHash('sha256').update(body).digest('hex');
  const isForUs = accessKeyId === CREDENTIALS.accessKeyId && scope.join('/') === `${region}/s3/aws4_request`;
  if (!isForUs || request.headers['x-amz-content-sha256'] !== digest) return false;
  if (!['host', 'x-amz-date', 'x-amz-content-sha256'].every((name) => names.split(';').includes(name)))
    return false;
  const encode = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const canonical = [
    request.method,
    url.pathname,
    query.join('&'),
    ...names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    names,
    digest,
  ].join('\n');
  const at = String(request.headers['x-amz-date']);
  const toSign = [
    'AWS4-HMAC-SHA256',
    at,
    [date, ...scope].join('/'),
    createHash('sha256').update(canonical).digest('hex'),
  ];
  const key = [date, ...scope].reduce<string | Buffer>(hmac, `AWS4${CREDENTIALS.secretAccessKey}`);
  const expected = hmac(key, toSign.join('\n'));
  return at.startsWith(date) && timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}
