import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BlobNotFoundError } from '../../src/adapters/blobStore.js';
import { createS3BlobStore } from '../../src/adapters/s3BlobStore.js';
import { startS3, type FakeS3 } from '../support/s3.js';

const KEY = '01890a5d-ac96-774b-bcce-b302099a8057';
const PART = 5 * 1024 * 1024;
let s3: FakeS3;
let store: ReturnType<typeof createS3BlobStore>;

beforeAll(async () => {
  s3 = await startS3();
  store = createS3BlobStore(s3.settings);
});
beforeEach(() => {
  s3.objects.clear();
  s3.uploads.clear();
  s3.failures.length = 0;
  s3.requests.length = 0;
});
afterAll(() => s3.close());

const pattern = Buffer.alloc(65_536, 'abcdefg');
/** Some pieces of 64 KiB and a rest, then the end or a failure. */
function* pieces(bytes: number, failure?: Error): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= pattern.length)
    yield pattern.subarray(0, Math.min(left, pattern.length));
  if (failure) throw failure;
}
const put = (bytes: number, failure?: Error) => store.put(KEY, Readable.from(pieces(bytes, failure)));
const nothing = () => ({ objects: s3.objects.size, uploads: s3.uploads.size });

describe('a blob', () => {
  it.each([
    [0, 1],
    [10, 1],
    [PART, 1],
    [PART + 1, 4],
    [2 * PART, 4],
    [2 * PART + 100, 5],
  ])('of %i bytes comes back as it was stored, in %i requests', async (bytes, requests) => {
    await put(bytes);
    expect(s3.requests).toHaveLength(requests);
    expect(s3.uploads.size).toBe(0);
    const content = await buffer(await store.get(KEY));
    expect(content.equals(Buffer.concat([...pieces(bytes)]))).toBe(true);
  });

  it('is gone once it is deleted, however often', async () => {
    await put(10);
    await store.delete(KEY);
    await store.delete(KEY);
    await expect(store.get(KEY)).rejects.toThrow(BlobNotFoundError);
  });

  it('is not seen before it is whole', async () => {
    let seen = -1;
    await store.put(
      KEY,
      Readable.from(
        (function* () {
          yield* pieces(PART + 10);
          seen = s3.objects.size;
        })(),
      ),
    );
    expect([seen, s3.objects.size]).toEqual([0, 1]);
  });

  it('has a name that is a name', async () => {
    for (const key of ['../other', 'a/b', '', 'a?b'])
      await expect(store.put(key, Readable.from([]))).rejects.toThrow(TypeError);
    expect(s3.requests).toEqual([]);
  });
});

describe('an upload that fails leaves nothing', () => {
  it.each([0, 10, PART + 10, 2 * PART + 10])('when its stream breaks off after %i bytes', async (bytes) => {
    await expect(put(bytes, new Error('broken off'))).rejects.toThrow('broken off');
    expect(nothing()).toEqual({ objects: 0, uploads: 0 });
  });

  it('when its stream had failed before', async () => {
    const dead = new Readable({ read: () => undefined });
    dead.destroy(new Error('broken off'));
    await expect(store.put(KEY, dead)).rejects.toThrow();
    expect(nothing()).toEqual({ objects: 0, uploads: 0 });
  });

  it.each([
    ['the whole', 10, { method: 'PUT', status: 403 }],
    ['the beginning', PART + 10, { method: 'POST', query: 'uploads', status: 403 }],
    ['a part', PART + 10, { method: 'PUT', query: 'partNumber=2', status: 400 }],
    ['the completion', PART + 10, { method: 'POST', query: 'uploadId', status: 400 }],
    [
      'the completion, though it took place',
      PART + 10,
      { method: 'POST', query: 'uploadId', status: 400, after: true },
    ],
    ['the whole, though it took place', 10, { method: 'PUT', status: 400, after: true }],
  ] as const)('when the service refuses %s', async (_what, bytes, failure) => {
    s3.failures.push(failure);
    await expect(put(bytes)).rejects.toThrow(`the S3 service answered ${failure.status}`);
    expect(nothing()).toEqual({ objects: 0, uploads: 0 });
  });

  it('when the service says 200 to a completion that failed', async () => {
    s3.failures.push({ method: 'POST', query: 'uploadId', status: 200 });
    await expect(put(PART + 10)).rejects.toThrow();
    expect(nothing()).toEqual({ objects: 0, uploads: 0 });
  });
});

it('what the service is at fault for is asked for again', async () => {
  s3.failures.push({ method: 'PUT', status: 503 });
  await put(10);
  expect(s3.objects.size).toBe(1);
});

it('with another secret, or for a bucket that is not there, nothing is to be had', async () => {
  await store.requireBucket();
  const stranger = createS3BlobStore({ ...s3.settings, secretAccessKey: 'another' });
  await expect(stranger.requireBucket()).rejects.toThrow('403');
  const lost = createS3BlobStore({ ...s3.settings, bucket: 'other' });
  await expect(lost.requireBucket()).rejects.toThrow('404');
});
