import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobNotFoundError, openBlobStore } from '../../src/adapters/blobStore.js';

const KEY = '01890a5d-ac96-774b-bcce-b302099a8057';
const clock = { now: () => new Date() };
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'blob-store-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function listFiles(): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('a blob', () => {
  it('comes back as it was stored', async () => {
    const store = await openBlobStore(directory, clock);
    await store.put(KEY, Readable.from([Buffer.from('one '), Buffer.from('two')]));
    expect((await buffer(await store.get(KEY))).toString()).toBe('one two');
  });

  it('is there for a store that is opened later', async () => {
    await (await openBlobStore(directory, clock)).put(KEY, Readable.from([Buffer.from('kept')]));
    const later = await openBlobStore(directory, clock);
    expect((await buffer(await later.get(KEY))).toString()).toBe('kept');
  });

  it('may be empty', async () => {
    const store = await openBlobStore(directory, clock);
    await store.put(KEY, Readable.from([]));
    expect(await buffer(await store.get(KEY))).toHaveLength(0);
  });

  it('is the only file that storing leaves, readable by this user alone', async () => {
    const store = await openBlobStore(directory, clock);
    await store.put(KEY, Readable.from([Buffer.from('x')]));
    expect(await listFiles()).toEqual([KEY]);
    const { mode } = await stat(join(directory, KEY.slice(-2), KEY));
    expect(mode & 0o777).toBe(0o600);
  });

  it('is not found before it is stored', async () => {
    const store = await openBlobStore(directory, clock);
    await expect(store.get(KEY)).rejects.toThrow(BlobNotFoundError);
  });

  it('is not found after it was deleted', async () => {
    const store = await openBlobStore(directory, clock);
    await store.put(KEY, Readable.from([Buffer.from('x')]));
    await store.delete(KEY);
    await expect(store.get(KEY)).rejects.toThrow(BlobNotFoundError);
  });

  it('can be deleted twice', async () => {
    const store = await openBlobStore(directory, clock);
    await store.delete(KEY);
    await expect(store.delete(KEY)).resolves.toBeUndefined();
  });
});

describe('a stream that fails', () => {
  it('leaves nothing behind', async () => {
    const store = await openBlobStore(directory, clock);
    const content = new PassThrough();
    content.write('half');
    const storing = store.put(KEY, content);
    setTimeout(() => content.destroy(new Error('the client went away')), 20);
    await expect(storing).rejects.toThrow('the client went away');
    expect(await listFiles()).toEqual([]);
  });

  it('may fail before its reading starts', async () => {
    const store = await openBlobStore(directory, clock);
    const content = new PassThrough();
    const storing = store.put(KEY, content);
    content.destroy(new Error('the client went away'));
    await expect(storing).rejects.toThrow('the client went away');
    expect(await listFiles()).toEqual([]);
  });

  it('leaves nothing behind when it ends without an error, but too soon', async () => {
    const store = await openBlobStore(directory, clock);
    const content = new PassThrough();
    content.write('half');
    const storing = store.put(KEY, content);
    setTimeout(() => content.destroy(), 20);
    await expect(storing).rejects.toThrow();
    expect(await listFiles()).toEqual([]);
  });

  it('leaves nothing behind when it was destroyed before', async () => {
    const store = await openBlobStore(directory, clock);
    const content = new PassThrough();
    content.destroy();
    await expect(store.put(KEY, content)).rejects.toThrow();
    expect(await listFiles()).toEqual([]);
  });

  it('leaves an earlier blob of that key whole', async () => {
    const store = await openBlobStore(directory, clock);
    await store.put(KEY, Readable.from([Buffer.from('first')]));
    const failing = Readable.from(
      (async function* () {
        yield Buffer.from('second');
        throw new Error('broken');
      })(),
    );
    await expect(store.put(KEY, failing)).rejects.toThrow('broken');
    expect((await buffer(await store.get(KEY))).toString()).toBe('first');
  });
});

describe('a key', () => {
  it.each(['', 'a', '../../etc/passwd', 'a/b', 'a\\b', 'tmp/x', 'a.b', 'a\0b', '..', 'é-é', 'x'.repeat(65)])(
    'is refused as %j',
    async (key) => {
      const store = await openBlobStore(directory, clock);
      const content = Readable.from([Buffer.from('x')]);
      await expect(store.put(key, content)).rejects.toThrow(TypeError);
      expect(content.destroyed).toBe(true);
      expect(await listFiles()).toEqual([]);
    },
  );
});

describe('opening', () => {
  it('removes what a crash left a day ago, and nothing that may still be written', async () => {
    await openBlobStore(directory, clock);
    const [abandoned, recent] = [join(directory, 'tmp', 'abandoned'), join(directory, 'tmp', 'recent')];
    await writeFile(abandoned, 'x');
    await writeFile(recent, 'x');
    const twoDaysAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
    await utimes(abandoned, twoDaysAgo, twoDaysAgo);
    await openBlobStore(directory, clock);
    expect(await listFiles()).toEqual(['recent']);
  });
});
