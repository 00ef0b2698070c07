import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../kernel/errors.js';
import type { Clock, DossierKeys, DossierRef, DossierSealer } from '../kernel/ports.js';
import { hasCode, isMissing, syncFolder } from './durableFiles.js';
import { createEnvelope, type Envelope } from './envelope.js';
import { openErasureList } from './erasureList.js';

export interface DossierKeyPlaces {
  /** Holds `keys/<aa>/<organisation>.<generation>`, each file one wrapped key. */
  readonly directory: string;
  /** Anywhere, best on another disk: whoever puts an old list back forgets the erasures since. */
  readonly erasureList: string;
}

/** A draft that is older than this has no process any more that would end it. */
const LEFTOVER_AGE_MS = 24 * 60 * 60 * 1000;

/**
 * Keys of dossiers as files, for the user of this process only, each key wrapped by the installation's envelope and bound to its dossier. Several
 * processes may share the directory: a key is written to `tmp/`, flushed, and linked to its name, which fails where there is one.
 *
 * Nothing is kept in memory beyond a call.
 */
export async function openDossierKeys(
  { directory, erasureList }: DossierKeyPlaces,
  envelope: Envelope,
  clock: Clock,
): Promise<DossierKeys> {
  const temporary = join(directory, 'tmp');
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  await removeLeftovers(temporary, clock.now());
  await mkdir(dirname(erasureList), { recursive: true, mode: 0o700 });
  const list = openErasureList(erasureList);

  /** `undefined` for one that was destroyed, also while we read. */
  async function read(dossier: DossierRef): Promise<DossierSealer | 'none' | undefined> {
    if (await list.has(dossier)) return undefined;
    try {
      const wrapped = await readIfThere(placeOf(directory, dossier).file);
      if (wrapped) return unwrapSealer(envelope, wrapped, dossier);
    } catch (error) {
      if (!(await list.has(dossier))) throw error;
    }
    return (await list.has(dossier)) ? undefined : 'none';
  }

  return {
    async create(dossier) {
      const there = await read(dossier);
      if (there !== 'none') return there;
      await writeKey(directory, temporary, dossier, envelope);
      const made = await read(dossier);
      // Whoever destroyed it in the meantime found no file yet.
      if (made === undefined) await shred(directory, dossier);
      return requireKey(made);
    },
    find: async (dossier) => requireKey(await read(dossier)),
    async destroy(dossier, at) {
      if (!(await list.has(dossier))) await list.append({ ...dossier, at });
      await shred(directory, dossier);
    },
    listErased: () => list.readAll(),
  };
}

/** Neither there nor destroyed: the key store is not the one that belongs to this database. */
function requireKey(found: DossierSealer | 'none' | undefined): DossierSealer | undefined {
  if (found !== 'none') return found;
  throw new AppError(
    'dossiers/key-missing',
    'The key of this dossier is not in the key store, and was not erased: the operator must restore the key store.',
  );
}

function placeOf(directory: string, { organisationId, generation }: DossierRef) {
  if (!/^[0-9a-f-]{36}$/.test(organisationId) || !Number.isSafeInteger(generation) || generation < 1)
    throw new TypeError('not a dossier');
  // The last characters, since the first ones of a UUIDv7 are a time and stay alike for years.
  const folder = join(directory, 'keys', organisationId.slice(-2));
  return { folder, file: join(folder, `${organisationId}.${generation}`) };
}

function contextOf({ organisationId, generation }: DossierRef): string {
  return `dossier:${organisationId}:${generation}`;
}

function unwrapSealer(envelope: Envelope, wrapped: Buffer, dossier: DossierRef): DossierSealer {
  const key = envelope.unwrap(wrapped, contextOf(dossier));
  const { seal, open: openSealed } = createEnvelope(key);
  key.fill(0);
  return { seal, open: openSealed };
}

/** Of several at once one is first, and all of them go on with its key. */
async function writeKey(
  directory: string,
  temporary: string,
  dossier: DossierRef,
  envelope: Envelope,
): Promise<void> {
  const { folder, file } = placeOf(directory, dossier);
  const { dataKey, wrapped } = envelope.newDataKey(contextOf(dossier));
  dataKey.fill(0);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncFolder(dirname(folder));
  await syncFolder(directory);
  const draft = join(temporary, randomUUID());
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(wrapped);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(folder);
}

/** Overwritten in place, so that a second name of the file, left by a crash, holds nothing either; then removed. */
async function shred(directory: string, dossier: DossierRef): Promise<void> {
  const { folder, file } = placeOf(directory, dossier);
  try {
    const handle = await open(file, 'r+');
    try {
      const { size } = await handle.stat();
      await handle.write(randomBytes(size), 0, size, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await unlink(file);
    await syncFolder(folder);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function removeLeftovers(temporary: string, now: Date): Promise<void> {
  for (const name of await readdir(temporary)) {
    const path = join(temporary, name);
    try {
      const { mtimeMs } = await stat(path);
      if (now.getTime() - mtimeMs > LEFTOVER_AGE_MS) await rm(path, { force: true });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}
