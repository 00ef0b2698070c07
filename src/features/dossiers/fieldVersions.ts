import { isDeepStrictEqual } from 'node:util';
import { appendToken, pointerTokens } from '../../kernel/jsonPointer.js';
import { PERSONAL_BLOCKS } from './blocks/index.js';

/** Since which version each value of the newest one has been what it is, by JSON Pointer; of containers as well. */
export type FieldVersions = Readonly<Record<string, number>>;

interface Saved {
  readonly version: number;
  readonly blocks: unknown;
  /** Absent for what was saved before this was kept: then its values are as old as that version, as far as is known. */
  readonly since?: FieldVersions;
}

/**
 * Goes through two versions once, so that the cost is that of the dossier, however many versions there are. A value that was changed and
 * changed back is as new as the second change.
 *
 * Of blocks about persons it goes no deeper than their entries: what is recorded here is kept in the clear, and a BODS statement may have
 * members of any name.
 */
export function trackFieldVersions(before: Saved, blocks: unknown, version: number): FieldVersions {
  const since: Record<string, number> = {};
  const visit = (old: unknown, now: unknown, pointer: string): boolean => {
    const isSame =
      isContainer(now) && isTracked(pointer) ? visitMembers(old, now, pointer) : isDeepStrictEqual(old, now);
    if (pointer !== '') since[pointer] = isSame ? (before.since?.[pointer] ?? before.version) : version;
    return isSame;
  };
  const visitMembers = (old: unknown, now: object, pointer: string): boolean => {
    const entries = Object.entries(now);
    const isAlike =
      isContainer(old) &&
      Array.isArray(old) === Array.isArray(now) &&
      Object.keys(old).length === entries.length;
    const same = entries.map(([token, child]) =>
      visit(memberOf(old, token), child, appendToken(pointer, token)),
    );
    return isAlike && same.every(Boolean);
  };
  visit(before.version === 0 ? undefined : before.blocks, blocks, '');
  return since;
}

/** How deep the members of a value are recorded. */
function isTracked(pointer: string): boolean {
  const [block, ...below] = pointerTokens(pointer);
  return block === undefined || !PERSONAL_BLOCKS.has(block) || below.length === 0;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function memberOf(value: unknown, token: string): unknown {
  return isContainer(value) && Object.hasOwn(value, token)
    ? (value as Record<string, unknown>)[token]
    : undefined;
}

/** Of a value, or of the nearest that is recorded around it. */
export function versionOf(since: FieldVersions, pointer: string): number | undefined {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    if (Object.hasOwn(since, at)) return since[at];
  }
  return undefined;
}
