import { open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isUuid, type OrganisationId } from '../kernel/ids.js';
import type { DossierRef, ErasedDossier } from '../kernel/ports.js';
import { isMissing, syncFolder } from './durableFiles.js';

/**
 * What was erased, one JSON object a line, only ever appended to: whoever restores a backup has this list applied to it. It names
 * organisations by their ids and nothing else.
 */
export interface ErasureList {
  has(dossier: DossierRef): Promise<boolean>;
  /** On the disk when it resolves. */
  append(erased: ErasedDossier): Promise<void>;
  readAll(): Promise<ErasedDossier[]>;
}

export function openErasureList(path: string): ErasureList {
  let known: { stamp: string; erased: ReadonlyMap<string, ErasedDossier> } | undefined;

  /** Read again when it has grown: other processes append to it too. */
  async function load(): Promise<ReadonlyMap<string, ErasedDossier>> {
    const stamp = await stampOf(path);
    if (known?.stamp === stamp) return known.erased;
    const erased = new Map(parseErasureList(await readText(path)).map((one) => [keyOf(one), one]));
    known = { stamp, erased };
    return erased;
  }

  return {
    has: async (dossier) => (await load()).has(keyOf(dossier)),
    async append({ organisationId, generation, at }) {
      const line = JSON.stringify({ organisationId, generation, at: at.toISOString() });
      const handle = await open(path, 'a', 0o600);
      try {
        // Begun on a line of its own, even where a crash cut the one before.
        await handle.writeFile(`\n${line}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await syncFolder(dirname(path));
    },
    readAll: async () => [...(await load()).values()],
  };
}

/** A line that a crash cut is no erasure: nothing was destroyed before it was whole. */
export function parseErasureList(text: string): ErasedDossier[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

function parseLine(line: string): ErasedDossier | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { organisationId, generation, at } = value as Record<string, unknown>;
  if (typeof organisationId !== 'string' || !isUuid(organisationId)) return undefined;
  if (!Number.isSafeInteger(generation) || (generation as number) < 1) return undefined;
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at))) return undefined;
  return {
    organisationId: organisationId.toLowerCase() as OrganisationId,
    generation: generation as number,
    at: new Date(at),
  };
}

function keyOf({ organisationId, generation }: DossierRef): string {
  return `${organisationId}.${generation}`;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    if (isMissing(error)) return 'none';
    throw error;
  }
}
