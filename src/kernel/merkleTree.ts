import { createHash } from 'node:crypto';

/** Merkle trees of RFC 9162 §2.1, with SHA-256: a root over a list, and a proof that an entry is at its place in it. */

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** §2.1.1: domain separation keeps a leaf from being taken for a node. */
export function hashLeaf(entry: string | Uint8Array): Buffer {
  return createHash('sha256').update(LEAF).update(entry).digest();
}

function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

/** A tree over leaf hashes, every level kept, so that a proof costs as many steps as there are levels. */
export interface MerkleTree {
  readonly size: number;
  readonly root: Buffer;
  /** §2.1.3.1: from the leaf's sibling upwards. Throws RangeError for an index outside the tree. */
  pathOf(index: number): Buffer[];
}

/**
 * §2.1.1 splits at the largest power of two below the size; hashing level by level, with an odd one carried up as it is, gives the same
 * tree. Throws RangeError for an empty list, over which there is nothing to prove.
 */
export function buildMerkleTree(leafHashes: readonly Buffer[]): MerkleTree {
  const levels = [leafHashes];
  for (let level = leafHashes; level.length > 1; levels.push(level)) level = levelAbove(level);
  const root = levels.at(-1)?.[0];
  if (!root) throw new RangeError('a tree needs a leaf');
  return {
    size: leafHashes.length,
    root,
    pathOf(index) {
      if (!Number.isInteger(index) || index < 0 || index >= leafHashes.length)
        throw new RangeError('not a leaf of this tree');
      return levels.flatMap((level, height) => level[(index >> height) ^ 1] ?? []);
    },
  };
}

function levelAbove(level: readonly Buffer[]): Buffer[] {
  const above: Buffer[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const [left, right] = [level[index], level[index + 1]];
    if (left) above.push(right ? hashNode(left, right) : left);
  }
  return above;
}

/** No tree that is built here has more; it bounds how long a proof may be. */
const MAX_SIZE = 2 ** 32;

/** §2.1.3.2 */
export function isIncluded(
  leafHash: Uint8Array,
  index: number,
  path: readonly Uint8Array[],
  tree: { readonly size: number; readonly root: Uint8Array },
): boolean {
  const { size, root } = tree;
  if (![index, size].every(Number.isInteger) || index < 0 || index >= size || size > MAX_SIZE) return false;
  let [node, last] = [index, size - 1];
  let hash: Uint8Array = leafHash;
  for (const sibling of path) {
    if (last === 0 || sibling.length !== 32) return false;
    if (node % 2 === 1 || node === last) {
      hash = hashNode(sibling, hash);
      // A right edge that has no sibling below was carried up.
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = hashNode(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && Buffer.from(root).equals(hash);
}

/** `>>` would wrap at 2^31. */
function half(value: number): number {
  return Math.floor(value / 2);
}
