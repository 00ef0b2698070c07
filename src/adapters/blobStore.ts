import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { BlobStore, Clock } from '../kernel/ports.js';

/** The blob was deleted or never stored. */
export class BlobNotFoundError extends Error {
  override readonly name = 'BlobNotFoundError';

  constructor() {
    super('there is no such blob');
  }
}

export const BLOB_KEY_PATTERN = /^[A-Za-z0-9-]{2,64}$/;
/** An upload that is older than this has no process any more that would end it. */
const LEFTOVER_AGE_MS = 24 * 60 * 60 * 1000;

/**
 * Blobs as files in a directory: `<aa>/<key>`, where `aa` are the key's last two characters (the first ones of a
 * UUIDv7 are a time and stay alike for years). A blob is written to `tmp/`, flushed to the disk and renamed, so one that
 * is seen is whole. Several processes may share the directory. The store knows bytes only: content comes encrypted.
 *
 * Opening makes the directories, readable by this user only, and removes what a crash left in `tmp/` a day ago.
 */
export async function openBlobStore(directory: string, clock: Clock): Promise<BlobStore> {
  const temporary = join(directory, 'tmp');
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  await removeLeftovers(temporary, clock.now());
  const placeOf = (key: string): { folder: string; file: string } => {
    if (!BLOB_KEY_PATTERN.test(key)) throw new TypeError('not a blob key');
    const folder = join(directory, key.slice(-2));
    return { folder, file: join(folder, key) };
  };

  return {
    async put(key, content) {
      // A stream may fail before its reading starts, which then meets the error; with no listener until there it would end the process.
      content.on('error', () => undefined);
      const draft = join(temporary, randomUUID());
      try {
        const { folder, file } = placeOf(key);
        await writeDurably(draft, content);
        const made = await mkdir(folder, { recursive: true, mode: 0o700 });
        if (made !== undefined) await syncFolder(directory);
        await rename(draft, file);
        await syncFolder(folder);
      } catch (error) {
        content.destroy();
        await rm(draft, { force: true });
        throw error;
      }
    },
    async get(key) {
      const stream = createReadStream(placeOf(key).file);
      try {
        await once(stream, 'open');
      } catch (error) {
        throw isMissing(error) ? new BlobNotFoundError() : error;
      }
      return stream;
    },
    async delete(key) {
      const { folder, file } = placeOf(key);
      try {
        await rm(file);
        await syncFolder(folder);
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },
  };
}

async function writeDurably(path: string, content: Readable): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await writeFile(handle, content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename is durable only when the folder that holds the name is. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeLeftovers(temporary: string, now: Date): Promise<void> {
  for (const name of await readdir(temporary)) {
    const path = join(temporary, name);
    try {
      const { mtimeMs } = await stat(path);
      if (now.getTime() - mtimeMs > LEFTOVER_AGE_MS) await rm(path, { force: true });
    } catch (error) {
      // Another process may have ended its upload in between.
      if (!isMissing(error)) throw error;
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
